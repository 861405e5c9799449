"""Standard output and standard error while an area is at the bottom of the terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO

    from cbzsafe.ui.live_area import Area


class Stream(io.TextIOBase):
    """Writes above an area; for all else it is the stream that it stands for.

    Args:
        area: where to.
        stream: the one that it stands for.
        lines: whether text that ends with a line's end and begins with none is whole lines. That
            is so for log records, and not for a page's path, which gallery-dl writes in pieces.
    """

    def __init__(self, area: Area, stream: TextIO, *, lines: bool = False) -> None:
        self._area = area
        self._stream = stream
        self._lines = lines

    def write(self, text: str) -> int:
        """Hand the text to the area; it never raises, since the area writes later."""
        line = self._lines and text.endswith("\n") and not text.startswith(("\n", "\r"))
        self._area.write(text, line=line)
        return len(text)

    def flush(self) -> None:
        """Do nothing: the area writes soon."""

    def close(self) -> None:
        """Do nothing: what stands behind outlives it."""

    def fileno(self) -> int:
        """The descriptor of the stream behind, for programs that are started."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """It is a terminal."""
        return True

    def writable(self) -> bool:
        """It is."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override] # a plain attribute there
        """That of the stream behind, which gallery-dl's configuration may change."""
        return self._stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override] # likewise
        """That of the stream behind."""
        return self._stream.errors

    def __getattr__(self, name: str) -> Any:
        """Give everything else that the stream behind has, such as `buffer` or `reconfigure`."""
        return getattr(self._stream, name)
