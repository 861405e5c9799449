"""How the engine's progress is told on standard error."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from cbzsafe.progress import Progress, Silent
from cbzsafe.ui.words import visible

if TYPE_CHECKING:
    from typing import TextIO

    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LARGE = 64 << 20
"""Bytes up to which work is over before anybody wonders."""

PATIENCE = 1.0
"""Seconds that work may take before it is shown."""


class Terminal:
    """Tells messages as lines, and large work that takes its time as a bar on a terminal.

    Args:
        stream: where to; None for standard error as it is at each call.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._given = stream
        self._what = ""
        self._total = self._done = 0
        self._since = 0.0
        self._bar: tuple[Bar, TaskID] | None = None

    def message(self, text: str) -> None:
        """Tell one line; a bar that is being shown stays below it."""
        with contextlib.suppress(Exception):
            self._tell(f"cbzsafe: {visible(text)}")

    def start(self, what: str, total: int) -> None:
        """Begin a piece of work of `total` bytes, and end the one before."""
        self.finish()
        self._what, self._total, self._done = what, total, 0
        self._since = time.monotonic()

    def advance(self, count: int) -> None:
        """Report that `count` more bytes are done."""
        self._done += count
        with contextlib.suppress(Exception):
            self._show()

    def finish(self) -> None:
        """End the piece of work and take its bar away."""
        bar, self._bar, self._total = self._bar, None, 0
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
        if not self._bar and self._is_worth_showing():
            self._bar = _bar(visible(self._what), self._total, self._stream())
        if self._bar:
            bar, task = self._bar
            bar.update(task, completed=self._done)

    def _is_worth_showing(self) -> bool:
        stream = self._stream()
        slow = self._total > LARGE and time.monotonic() - self._since > PATIENCE
        return slow and stream is not None and stream.isatty()

    def _stream(self) -> TextIO | None:
        return self._given or sys.stderr


def _bar(what: str, total: int, stream: TextIO | None) -> tuple[Bar, TaskID]:
    """Show a bar that leaves standard output and the cursor alone, in case of a kill."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    label = TextColumn("{task.description}", markup=False)
    columns = (label, BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(file=stream)
    bar = Bar(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    )
    task = bar.add_task(what, total=total)
    bar.start()
    console.show_cursor(True)
    return bar, task


def for_stream(quiet: bool, stream: TextIO | None = None) -> Progress:
    """Choose who listens to the engine.

    Args:
        quiet: nobody.
        stream: where to; None for standard error as it is at each call.

    Returns:
        A progress that never raises.
    """
    return Silent() if quiet else Terminal(stream)
