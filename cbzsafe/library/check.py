"""The check: many archives in, one report out; nothing of the library is written to."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe.interrupt import Interrupted
from cbzsafe.library.survey import DEPTHS, survey
from cbzsafe.library.tally import Tally
from cbzsafe.model import ArchiveReport, CheckReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cbzsafe.interrupt import Stop
    from cbzsafe.library.find import Found
    from cbzsafe.library.state import State
    from cbzsafe.model import Problem
    from cbzsafe.progress import Progress


@dataclass(frozen=True, slots=True)
class Request:
    """How to check.

    Attributes:
        depth: `quick`, `normal` or `decode`.
        state: the file that records what was checked when, or None.
        changed: leave out what is recorded and has not changed.
        max_duration: seconds after which nothing more is read, or None.
        keep_all: report the sound archives too, one by one.
    """

    depth: str = "normal"
    state: Path | None = None
    changed: bool = False
    max_duration: float | None = None
    keep_all: bool = False


def check(
    archives: list[Found],
    problems: list[Problem],
    request: Request,
    progress: Progress,
    stop: Stop,
    tell: Callable[[ArchiveReport], None],
) -> CheckReport:
    """Look at archives until all are done, the time is up or a signal comes.

    Args:
        archives: what to look at.
        problems: what went wrong as they were listed; there is an exit status of 2 for it.
        request: how to look.
        progress: told of the bytes that are read.
        stop: lets a report be taken whole before a signal takes effect.
        tell: called with each archive's report as it comes.

    Raises:
        UsageError: the state file is none of ours.
        StorageError: the state file cannot be written.
    """
    started, clock = time.time(), time.monotonic()
    with ExitStack() as stack:
        state = None
        if request.state is not None:
            from cbzsafe.library.state import State

            state = stack.enter_context(State(request.state))
        going = _Check(request, progress, stop, Tally(request.keep_all, tell), state)
        ended = going.run(archives)
    status = max(going.tally.status, 2 if problems else 0)
    return CheckReport(
        **going.tally.fields(),
        unchanged=going.unchanged,
        left=going.left,
        depth=request.depth,
        status=ended.exit_code if ended else status,
        started=started,
        seconds=time.monotonic() - clock,
        interrupted=ended.cause if ended else None,
        problems=tuple(problems),
        weaker=weaker(request.depth),
    )


class _Check:
    """A check that is going on."""

    def __init__(
        self, request: Request, progress: Progress, stop: Stop, tally: Tally, state: State | None
    ) -> None:
        self.request = request
        self.tally = tally
        self.unchanged = self.left = 0
        self._progress = progress
        self._stop = stop
        self._state = state
        self._depth = DEPTHS[request.depth]
        self._until = time.monotonic() + (request.max_duration or float("inf"))

    def run(self, archives: list[Found]) -> Interrupted | None:
        """Do it, and give the signal that ended it."""
        waiting = {found.path: found for found in archives}
        self._stop.until_stopped(lambda: self._work(archives, waiting), None)
        self._progress.finish()
        self._pass_over(waiting)
        return self._stop.reason

    def _work(self, archives: list[Found], waiting: dict[Path, Found]) -> None:
        if self._state is not None:
            self._state.forget_gone(archives)
        self._drop_unchanged(waiting)
        self._look(self._ordered(list(waiting.values())), waiting)

    def _drop_unchanged(self, waiting: dict[Path, Found]) -> None:
        """Leave out what is recorded, as closely looked at as is asked for, and has not changed."""
        if self._state is None or not self.request.changed:
            return
        for found in list(waiting.values()):
            record = self._state.recall(found)
            if record is not None and record.depth >= self._depth and not record.report.problem:
                with self._stop.uninterrupted():
                    del waiting[found.path]
                    self.unchanged += 1
                    self.tally.known(record.report)

    def _ordered(self, archives: list[Found]) -> list[Found]:
        """Put first what was not read for the longest time, where there may not be time for all."""
        state = self._state
        if state is None or self.request.max_duration is None:
            return archives
        return sorted(archives, key=lambda found: state.last_checked(found, self._depth))

    def _look(self, archives: list[Found], waiting: dict[Path, Found]) -> None:
        tick = self._state.tick if self._state else None
        for found, report in survey(archives, self._depth, self._progress, self._until, tick):
            with self._stop.uninterrupted():
                del waiting[found.path]
                self._take(found, report)

    def _take(self, found: Found, report: ArchiveReport) -> None:
        if self._state is not None:
            from cbzsafe.library.rot import bit_rot

            report = bit_rot(self._state.recall(found), report, self._depth)
            self._state.record(found, report, self._depth)
        self.tally.read(report)

    def _pass_over(self, archives: dict[Path, Found]) -> None:
        """Report the damage that is known of what was not reached, and count the rest."""
        self.left += len(archives)
        for record in self._state.harmed(archives) if self._state and archives else ():
            self.left -= 1
            self.tally.known(record.report)


def weaker(depth: str) -> tuple[str, ...]:
    """Name the checks of this depth that are weaker than they could be."""
    if depth != "decode":
        return ()
    from cbzsafe import images

    return images.weaker()
