"""How the engine's progress is told on standard error."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from cbzsafe.progress import Progress, Silent
from cbzsafe.ui.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from rich.progress import Progress as Bar
    from rich.progress import ProgressColumn, TaskID

LARGE = 64 << 20
"""Bytes up to which work is over before anybody wonders."""

PATIENCE = 1.0
"""Seconds that work may take before it is shown."""


_PAUSE = 0.1
"""Seconds between two updates of a bar, which is drawn ten times a second."""

_NEVER = float("inf")


class Terminal:
    """Tells messages as lines, and large work that takes its time as a bar on a terminal.

    Args:
        stream: where to; None for standard error as it is at each call.
        large: bytes that work must have more than to be shown.
        speed: whether the bar tells how fast the work goes.
    """

    def __init__(
        self, stream: TextIO | None = None, *, large: int = LARGE, speed: bool = False
    ) -> None:
        self._given = stream
        self._large = large
        self._speed = speed
        self._what = ""
        self._total = self._done = 0
        self._due = _NEVER
        self._bar: tuple[Bar, TaskID] | None = None

    def message(self, text: str) -> None:
        """Tell one line; a bar that is being shown stays below it."""
        with contextlib.suppress(Exception):
            self._tell(f"cbzsafe: {visible(text)}")

    def start(self, what: str, total: int) -> None:
        """Begin a piece of work of `total` bytes, and end the one before."""
        self.finish()
        self._what, self._total, self._done = what, total, 0
        with contextlib.suppress(Exception):
            if self._is_worth_showing():
                self._due = time.monotonic() + PATIENCE

    def advance(self, count: int) -> None:
        """Report that `count` more bytes are done; mostly that is an addition."""
        self._done += count
        if (now := time.monotonic()) >= self._due:
            self._due = now + _PAUSE
            with contextlib.suppress(Exception):
                self._show()

    def finish(self) -> None:
        """End the piece of work and take its bar away."""
        bar, self._bar, self._due = self._bar, None, _NEVER
        with contextlib.suppress(Exception):
            if bar:
                bar[0].stop()

    def _tell(self, line: str) -> None:
        stream = self._stream()
        if self._bar:
            self._bar[0].console.print(line, markup=False, highlight=False, soft_wrap=True)
        elif stream:
            stream.write(f"{line}\n")
            stream.flush()

    def _show(self) -> None:
        if not self._bar:
            self._bar = self._new_bar()
        bar, task = self._bar
        bar.update(task, completed=self._done)

    def _is_worth_showing(self) -> bool:
        stream = self._stream()
        return self._total > self._large and stream is not None and stream.isatty()

    def _stream(self) -> TextIO | None:
        return self._given or sys.stderr

    def _new_bar(self) -> tuple[Bar, TaskID]:
        """Show a bar that leaves standard output and the cursor alone, in case of a kill."""
        from rich.console import Console
        from rich.progress import Progress as Bar

        console = Console(file=self._stream())
        bar = Bar(
            *_columns(speed=self._speed),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        task = bar.add_task(
            visible(self._what) or "cbzsafe", total=self._total, completed=self._done
        )
        bar.start()
        console.show_cursor(True)
        return bar, task


def _columns(*, speed: bool) -> Iterator[ProgressColumn]:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    yield TextColumn("{task.description}", markup=False)
    yield BarColumn()
    yield DownloadColumn()
    if speed:
        yield TransferSpeedColumn()
    yield TimeRemainingColumn()


def for_stream(quiet: bool, stream: TextIO | None = None) -> Progress:
    """Choose who listens to the engine.

    Args:
        quiet: nobody.
        stream: where to; None for standard error as it is at each call.

    Returns:
        A progress that never raises.
    """
    return Silent() if quiet else Terminal(stream)


def for_library(quiet: bool, stream: TextIO | None = None) -> Progress:
    """Choose who listens to work on a whole library: `start` is called once, with all its bytes.

    Many small archives take as long as one large, so that the time alone decides on the bar.

    Args:
        quiet: nobody.
        stream: where to; None for standard error as it is at each call.

    Returns:
        A progress that never raises.
    """
    return Silent() if quiet else Terminal(stream, large=0, speed=True)
