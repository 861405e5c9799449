"""One progress over many archives: each counts for the bytes of its file, no more and no less."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cbzsafe.progress import Progress


class Capped:
    """Passes an archive's progress on as a share of the whole.

    The engine starts and finishes a piece of work for each archive, may do so several times, and
    leaves out bytes that it need not read.

    Args:
        progress: of the whole; it was started with the sizes of all archives.
        size: bytes of this archive.
    """

    def __init__(self, progress: Progress, size: int) -> None:
        self._progress = progress
        self._left = size

    def message(self, text: str) -> None:
        """Pass a line on."""
        self._progress.message(text)

    def start(self, what: str, total: int) -> None:
        """Do nothing: the whole goes on."""

    def advance(self, count: int) -> None:
        """Pass on at most what is left of this archive."""
        count = min(count, self._left)
        self._left -= count
        if count:
            self._progress.advance(count)

    def finish(self) -> None:
        """Do nothing: the work may begin once more."""

    def close(self) -> None:
        """Pass on what was left out."""
        self.advance(self._left)
