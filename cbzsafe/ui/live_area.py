"""Lines at the bottom of a terminal that are drawn anew and anew, and what is written above them.

One thread writes to the terminal while the area is up. Whoever prints appends to a queue, which
takes no lock: a signal may raise there at any time, and never in the thread.

The cursor is left visible, at the beginning of the area's first line. So what a program that was
started writes, what the user types, and the prompt of a shell after a kill come in place of the
area, and a terminal that breaks its lines anew when it is resized moves nothing away from it.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

PERIOD = 0.125
"""Seconds between two drawings."""

PATIENCE = 1.0
"""Seconds that a terminal which takes nothing, as after Ctrl-S, is waited for at the end."""

MANY = 10_000
"""Pieces of text that wait for the terminal before those who print wait too."""

LONGEST = 1 << 14
"""Characters after which a line that does not end is written all the same."""

_ERASE = "\r\x1b[J"


class Size(NamedTuple):
    """Of a terminal, in cells.

    Attributes:
        columns: of each line.
        lines: of the screen.
    """

    columns: int
    lines: int


_UNKNOWN = Size(80, 24)
"""What a terminal is taken for that says 0, as one of `docker run -t` may at first."""


class Area:
    """The area, and the terminal that it is on.

    Args:
        stream: the terminal.
        render: gives the area's lines, none wider than the terminal has cells and no more than it
            has lines; asked by the thread with the size and the line that has no end yet.
    """

    def __init__(self, stream: TextIO, render: Callable[[Size, str], Sequence[str]]) -> None:
        self._stream = stream
        self._render = render
        self._waiting: deque[tuple[str, bool]] = deque()
        self._open = ""
        self._shown: Sequence[str] = ()
        self._thread = Thread()
        self._ended = Event()
        self._begun = False
        self._away = 0
        self._lost = False

    def write(self, text: str, *, line: bool = False) -> None:
        """Write text above the area, as soon as it is drawn next.

        Args:
            text: may be a piece of a line; then it waits for the others, and shows in the area.
            line: whether it is whole lines, which another line without an end does not concern.
        """
        self._waiting.append((text, line))
        while len(self._waiting) > MANY and self._is_up():
            time.sleep(PERIOD)
        if not self._is_up():
            self._write_out("")

    def start(self) -> None:
        """Begin to draw."""
        self._begun = True
        self._stop()
        self._ended = Event()
        self._thread = Thread(target=self._draw_on, args=(self._ended,), daemon=True)
        with suppress(RuntimeError):  # no thread is to be had: what is written goes straight out
            self._thread.start()

    def finish(self) -> None:
        """Write what waits, and take the area away."""
        self._begun = False
        self._stop()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Take the area away while something else has the terminal."""
        self._away += 1
        try:
            self._stop()
            yield
        finally:
            self._away -= 1
            if self._begun and not self._away:
                self.start()

    def _is_up(self) -> bool:
        return self._thread.is_alive()

    def _stop(self) -> None:
        self._ended.set()
        if self._is_up():
            self._thread.join(2 * PATIENCE)
        self._write_out("")

    def _draw_on(self, ended: Event) -> None:
        while not ended.wait(PERIOD):
            if self._is_ready(0):
                self._draw()
        if self._is_ready(PATIENCE):
            self._write_out(_ERASE if self._shown else "")
        self._shown = ()

    def _is_ready(self, patience: float) -> bool:
        """Whether the terminal takes something."""
        with suppress(OSError, ValueError):
            return bool(select.select([], [self._stream], [], patience)[1])
        return True  # writing tells what is wrong

    def _draw(self) -> None:
        above = self._taken()
        lines = self._shown
        with suppress(Exception):
            lines = self._render(self._size(), self._open)
        if above or lines != self._shown:
            back = f"\x1b[{len(lines) - 1}A\r" if len(lines) > 1 else "\r" * len(lines)
            self._put((_ERASE if self._shown else "") + above + "\n".join(lines) + back)
            self._shown = lines

    def _write_out(self, before: str) -> None:
        """Write what waits, and what has no end yet; no area is below it then."""
        text, self._open = before + self._taken() + self._open, ""
        if text:
            self._put(text)

    def _taken(self) -> str:
        """Take what waits, up to the last line's end; what is behind it stays open."""
        whole = []
        with suppress(IndexError):
            while True:
                text, is_line = self._waiting.popleft()
                if is_line:
                    whole.append(text)
                    continue
                *lines, rest = (self._open + text).split("\n")
                whole += [f"{_overwritten(line)}\n" for line in lines]
                self._open = _overwritten(rest)
                if len(self._open) > LONGEST:
                    whole.append(f"{self._open}\n")
                    self._open = ""
        return "".join(whole)

    def _size(self) -> Size:
        columns, lines = os.get_terminal_size(self._stream.fileno())
        return Size(columns or _UNKNOWN.columns, lines or _UNKNOWN.lines)

    def _put(self, text: str) -> None:
        """Write to the terminal; one that is gone is given up."""
        if self._lost:
            return
        try:
            encoding = self._stream.encoding or "utf-8"
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError):
            self._lost = True


def _overwritten(line: str) -> str:
    """What is seen of a line whose beginning was returned to: what was written last."""
    pieces = [piece for piece in line.split("\r") if piece]
    return (pieces[-1] if pieces else "") + "\r" * line.endswith("\r")
