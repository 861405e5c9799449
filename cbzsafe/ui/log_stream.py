"""A stand-in for `sys.stderr` that makes objects of what is written without logging."""

from __future__ import annotations

import codecs
import io
import re
import threading
from typing import TYPE_CHECKING, Any

from cbzsafe.ui.logs import OURS, Journal

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined] # since Python 3.12

STRANGERS = "stderr"
"""The logger of lines of which nobody knows whose they are."""

LONGEST = 1 << 16
"""Characters after which a line that does not end is written all the same."""

_SAID = re.compile(r"(?:^\s*|: )(error|warning): ", re.IGNORECASE)
"""How argparse and most programs say how much a line weighs."""

_TRACEBACK = "Traceback (most recent call last):"


class Stream(io.TextIOBase):
    """Makes an object of each line.

    Threads may write at once: each has its own unfinished line. Blank lines are left out, and a
    traceback is one object.

    Attributes:
        journal: writes the objects.
        buffer: takes bytes, as UTF-8.

    Args:
        journal: as above.
    """

    encoding = "utf-8"
    errors = "backslashreplace"
    line_buffering = True  # gallery-dl does not flush such a stream
    name = "<stderr>"
    mode = "w"

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.buffer = _Bytes(self)
        self._unfinished: dict[int, str] = {}
        self._tracebacks: dict[int, list[str]] = {}

    def write(self, text: str) -> int:
        """Write the lines that have an end; what follows waits for its own.

        Raises:
            OSError: whatever the stream behind the journal raises, such as BrokenPipeError.
        """
        thread = threading.get_ident()
        with self.journal.alone:
            *lines, rest = (self._unfinished.get(thread, "") + text).split("\n")
            if len(rest) > LONGEST:
                lines, rest = [*lines, rest], ""
            self._unfinished[thread] = rest
            for line in lines:
                self._line(thread, line)
        return len(text)

    def finish(self) -> None:
        """Write what has no end yet, too."""
        self.buffer.finish()
        with self.journal.alone:
            for thread, line in [*self._unfinished.items()]:
                self._unfinished[thread] = ""
                self._line(thread, line)
            for thread in [*self._tracebacks]:
                self._end_traceback(thread)

    def _line(self, thread: int, line: str) -> None:
        line = line.rstrip("\r")
        if line == _TRACEBACK:
            self._tracebacks.setdefault(thread, [])
        if thread in self._tracebacks:
            self._tracebacks[thread].append(line)
            if line != _TRACEBACK and line[:1].strip():
                self._end_traceback(thread)
        elif line.strip():
            self._tell(line)

    def _end_traceback(self, thread: int) -> None:
        text = "\n".join(self._tracebacks.pop(thread)).rstrip()
        self.journal.say("error", text.rpartition("\n")[2], logger=STRANGERS, error=text)

    def _tell(self, line: str) -> None:
        said = _SAID.search(line)
        if line.startswith(f"{OURS}: "):
            level = said[1].lower() if said else "warning"
            self.journal.say(level, line[len(f"{OURS}: ") :])
        else:
            self.journal.say(said[1].lower() if said else "info", line, logger=STRANGERS)

    def flush(self) -> None:
        """Flush the stream behind; a line that has no end still waits."""
        self.journal.stream.flush()

    def close(self) -> None:
        """Do nothing: what stands behind outlives it."""

    def fileno(self) -> int:
        """The descriptor of the stream behind, for programs that are started."""
        return self.journal.stream.fileno()

    def writable(self) -> bool:
        """It is."""
        return True

    def reconfigure(self, **_: Any) -> None:
        """Take no orders: objects are UTF-8."""


class _Bytes(io.RawIOBase):
    """Takes bytes for a stream; a letter may come in pieces."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def write(self, data: Buffer) -> int:
        taken = bytes(data)
        with self._stream.journal.alone:
            self._stream.write(self._decoder.decode(taken))
        return len(taken)

    def finish(self) -> None:
        with self._stream.journal.alone:
            self._stream.write(self._decoder.decode(b"", final=True))

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        pass
