"""The live view of a run on a terminal: what the engine tells, and who may draw it when."""

from __future__ import annotations

import builtins
import getpass
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.progress import Progress, Unwatched, Watcher
from cbzsafe.ui import live_look
from cbzsafe.ui.live_area import Area, Size
from cbzsafe.ui.live_stream import Stream
from cbzsafe.ui.progress import LARGE, PATIENCE

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import TextIO

    from rich.console import Console

SOON = 0.5
"""Seconds that a run may take before anything is shown of it: most with nothing new are over."""

_WITHOUT_A_CURSOR = ("", "dumb", "unknown")
"""What TERM is where lines cannot be drawn anew."""

_NAMED = 3
"""Lines of a terminal that has room for the line which has no end yet."""

_DIRECT = ((builtins, "input"), (getpass, "getpass"), (subprocess.Popen, "wait"))
"""What uses the terminal itself: questions to the user, and programs that are waited for."""


class Live:
    """A progress and a watcher in one, of which a thread draws what they were told.

    Args:
        stream: the terminal.
        plain: tells messages.
    """

    def __init__(self, stream: TextIO, plain: Progress) -> None:
        self._stream = stream
        self._plain = plain
        self._console: Console | None = None
        self._began = time.monotonic()
        self._book = ("", 0, 0, 0)
        self._outcomes: Counter[str] = Counter()
        self._received = 0
        self._work = ("", 0, 0.0)
        self._worked = 0
        self.area = Area(stream, self._render)

    def message(self, text: str) -> None:
        """Tell one line, above the area."""
        self._plain.message(text)

    def start(self, what: str, total: int) -> None:
        """Begin a piece of work of `total` bytes, and end the one before."""
        self._work, self._worked = (what, total, time.monotonic()), 0

    def advance(self, count: int) -> None:
        """Report that `count` more bytes are done."""
        self._worked += count

    def finish(self) -> None:
        """End the piece of work."""
        self._work = ("", 0, 0.0)

    def page(self, book: Path, done: int, total: int, again: int) -> None:
        """Tell how far the book is that pages are coming for."""
        self._book = (book.name, done, total, again)

    def received(self, count: int) -> None:
        """Report that `count` more bytes of pages have come."""
        self._received += count

    def settled(self, book: Path, outcome: str) -> None:
        """Tell what became of a book."""
        del book
        self._outcomes[outcome] += 1

    def aside(self) -> AbstractContextManager[object]:
        """Leave the terminal to a program of the user's within the block."""
        return self.area.away()

    def glance(self) -> live_look.Glance:
        """What is known now; asked by the thread that draws."""
        now = time.monotonic()
        what, total, began = self._work
        long = total > LARGE and now - began > PATIENCE
        return live_look.Glance(
            *self._book,
            outcomes=self._outcomes.copy(),
            received=self._received,
            seconds=now - self._began,
            work=(what or "cbzsafe") if long else "",
            worked=(min(self._worked, total), total),
        )

    def _render(self, size: Size, unfinished: str) -> Sequence[str]:
        glance = self.glance()
        if glance.seconds < SOON:
            return ()
        console = self._console = self._console or self._new_console()
        console.width = max(1, size.columns - 1)
        lines = live_look.lines(console, glance)
        if size.lines >= _NAMED:
            lines.insert(0, live_look.unfinished(console, unfinished))
        return lines[: max(1, size.lines)]

    def _new_console(self) -> Console:
        """Make a console that knows the terminal's colours and letters, and never writes to it."""
        from rich.console import Console

        return Console(file=self._stream, force_terminal=True, highlight=False)


def is_possible() -> bool:
    """Whether standard output and standard error are one terminal that can draw lines anew."""
    try:
        same = os.fstat(sys.stdout.fileno()).st_rdev == os.fstat(sys.stderr.fileno()).st_rdev
        both = sys.stdout.isatty() and sys.stderr.isatty()
    except (OSError, ValueError, AttributeError):
        return False
    return same and both and os.environ.get("TERM", "") not in _WITHOUT_A_CURSOR


@contextmanager
def following(plain: Progress, *, wanted: bool) -> Iterator[tuple[Progress, Watcher]]:
    """Within the block, show a run on the terminal, where there is one.

    Args:
        plain: the progress that tells messages, and long work where there is no view.
        wanted: whether the user wants to see anything.

    Yields:
        the run's progress and its watcher.
    """
    if not (wanted and is_possible()):
        yield plain, Unwatched()
        return
    live = Live(sys.stderr, plain)
    with _in_place(live.area):
        yield live, live


@contextmanager
def _in_place(area: Area) -> Iterator[None]:
    """Let everything that is printed go through the area, and put all back at the end."""
    with ExitStack() as undo:
        for name in ("stdout", "stderr"):
            stream = Stream(area, getattr(sys, name), lines=name == "stderr")
            _replace(undo, sys, name, stream)
        for owner, name in _DIRECT:
            _replace(undo, owner, name, _alone(area, getattr(owner, name)))
        undo.callback(area.finish)
        area.start()
        yield


def _replace(undo: ExitStack, owner: Any, name: str, new: object) -> None:
    undo.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, new)


def _alone(area: Area, function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the area away while a function runs."""

    def call(*args: Any, **options: Any) -> Any:
        with area.away():
            return function(*args, **options)

    return call
