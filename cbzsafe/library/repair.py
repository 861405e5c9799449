"""The repair of many archives: all are looked at, and those that are damaged are written anew."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.book.lock import BookLock
from cbzsafe.book.trouble import sentence
from cbzsafe.cbz.publish import sweep
from cbzsafe.cbz.repair import TIDIED, Plan, Wish, carry_out, plan
from cbzsafe.errors import CbzsafeError, StorageError, UnreadableArchive
from cbzsafe.images.lack import is_lack
from cbzsafe.interrupt import Interrupted
from cbzsafe.library.check import weaker
from cbzsafe.library.survey import DEPTHS, survey
from cbzsafe.model import Condition, RepairedArchive, RepairOutcome, RepairReport
from cbzsafe.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cbzsafe.interrupt import Stop
    from cbzsafe.library.find import Found
    from cbzsafe.model import ArchiveReport, Problem
    from cbzsafe.progress import Progress

_STATUS = {
    RepairOutcome.SOUND: 0,
    RepairOutcome.REPAIRED: 0,
    RepairOutcome.PARTLY: 1,
    RepairOutcome.LEFT: 1,
    RepairOutcome.FAILED: 1,
    RepairOutcome.UNREADABLE: 2,
}


@dataclass(frozen=True, slots=True)
class Request:
    """How to repair.

    Attributes:
        wish: what is done to an archive.
        backup_dir: where originals are kept, at their paths below the folder that was named; None
            for beside each.
        dry_run: write nothing, and say what would come out.
        lock_timeout: seconds to wait for a book that another process works on.
        keep_all: report the sound archives too, one by one.
    """

    wish: Wish = field(default_factory=Wish)
    backup_dir: Path | None = None
    dry_run: bool = False
    lock_timeout: float = 600.0
    keep_all: bool = False


def repair(
    archives: list[Found],
    problems: list[Problem],
    request: Request,
    progress: Progress,
    stop: Stop,
    tell: Callable[[RepairedArchive], None],
) -> RepairReport:
    """Repair what is damaged of many archives.

    A signal ends it before the next archive; a new archive that is being written is finished.

    Args:
        archives: what to look at.
        problems: what went wrong as they were listed; there is an exit status of 2 for it.
        request: how to repair.
        progress: told of the bytes that are read and written.
        stop: asked between archives.
        tell: called with what became of each archive as it comes.
    """
    started, clock = time.time(), time.monotonic()
    going = _Repair(request, progress, stop, tell)
    interrupted = going.run(archives)
    status = max(going.status, 2) if problems else going.status
    status &= ~2 if status & StorageError.exit_code else status  # 130 is SIGINT's
    depth = "decode" if request.wish.decode else "normal"
    return RepairReport(
        archives=tuple(sorted(going.kept, key=lambda result: result.path)),
        **going.fields(),
        skipped=len(archives) - sum(going.counts.values()),
        dry_run=request.dry_run,
        status=interrupted.exit_code if interrupted else status,
        started=started,
        seconds=time.monotonic() - clock,
        interrupted=interrupted.cause if interrupted else None,
        problems=tuple(problems),
        weaker=weaker(depth),
    )


class _Repair:
    """A repair that is going on."""

    def __init__(
        self,
        request: Request,
        progress: Progress,
        stop: Stop,
        tell: Callable[[RepairedArchive], None],
    ) -> None:
        self.request = request
        self.kept: list[RepairedArchive] = []
        self.counts = dict.fromkeys(RepairOutcome, 0)
        self.status = 0
        self._progress = progress
        self._stop = stop
        self._tell = tell

    def run(self, archives: list[Found]) -> Interrupted | None:
        """Do it, and give the signal that ended it."""
        self._stop.until_stopped(lambda: self._work(archives), None)
        return self._stop.reason

    def _work(self, archives: list[Found]) -> None:
        for found in self._suspects(archives):
            self._stop.check()
            self._mend(found)

    def fields(self) -> dict[str, Any]:
        """Give the fields of the report that are counts of outcomes."""
        return {outcome.value: count for outcome, count in self.counts.items()}

    def _suspects(self, archives: list[Found]) -> list[Found]:
        """Look at all, unless it is one alone, and give those that have to be looked at closer."""
        if len(archives) == 1:
            return archives
        depth = DEPTHS["decode" if self.request.wish.decode else "normal"]
        suspects = []
        for found, report in survey(archives, depth, self._progress):
            if self._may_be_mended(report):
                suspects.append(found)
            elif report.condition is not Condition.VANISHED:
                self._sweep(found.path)
                self._take(_untouched(report))
        return sorted(suspects, key=lambda found: found.path)

    def _may_be_mended(self, report: ArchiveReport) -> bool:
        if report.problem:
            return False
        tidies = self.request.wish.tidy and any(f.code in TIDIED for f in report.findings)
        return tidies or report.condition is not Condition.SOUND

    def _take(self, result: RepairedArchive) -> None:
        self.counts[result.outcome] += 1
        self.status = max(self.status & 3, _STATUS[result.outcome]) | (self.status & 128)
        self.status |= StorageError.exit_code if result.disk_failed else 0
        if self.request.keep_all or result.outcome is not RepairOutcome.SOUND:
            self.kept.append(result)
        self._tell(result)

    def _mend(self, found: Found) -> None:
        """Repair one archive, and take what became of it, unless it vanished."""
        try:
            self._try(found)
        except FileNotFoundError:
            return
        except UnreadableArchive as error:
            self._take(_blamed(found, RepairOutcome.UNREADABLE, error))
        except Exception as error:
            if not (isinstance(error, CbzsafeError) or is_lack(error)):
                raise
            self._take(_blamed(found, RepairOutcome.FAILED, error))

    def _try(self, found: Found) -> None:
        if found.path.is_symlink():
            text = f"{found.path} is a symbolic link: name the file that it leads to."
            raise UnreadableArchive(text)
        planned = plan(found.path, self.request.wish, self._progress)
        if self.request.dry_run or planned.rescue is None:
            self._sweep(found.path)
            self._take(planned.result)
            return
        with self._locked(found.path, self.request.lock_timeout, self._progress):
            if not planned.is_current():
                planned = plan(found.path, self.request.wish, self._progress)
            self._carry_out(found, planned)

    def _carry_out(self, found: Found, planned: Plan) -> None:
        """Write the new archive; a signal waits until it is reported, too."""
        folder = self.request.backup_dir
        if folder is not None:
            folder /= Path(found.key).parent
        with self._stop.uninterrupted():
            sweep(found.path)
            self._take(carry_out(planned, self.request.wish, self._progress, folder))

    def _sweep(self, path: Path) -> None:
        """Remove what a repair left that was killed behind its rename."""
        left = BookLock(path, 0, Silent()).left_over()
        if left and not self.request.dry_run:
            # One that another process holds is no left-over, and a folder may be read-only.
            with suppress(CbzsafeError), self._locked(path, 0, Silent()):
                sweep(path)

    @contextmanager
    def _locked(self, path: Path, timeout: float, progress: Progress) -> Iterator[None]:
        lock = BookLock(path, timeout, progress)
        lock.acquire()
        try:
            yield
        finally:
            lock.release()


def _untouched(report: ArchiveReport) -> RepairedArchive:
    outcomes = {Condition.SOUND: RepairOutcome.SOUND, Condition.CHANGING: RepairOutcome.FAILED}
    outcome = outcomes.get(report.condition, RepairOutcome.UNREADABLE)
    return RepairedArchive(
        report.path,
        outcome,
        report.findings,
        report.pages,
        size=report.size,
        problem=report.problem,
    )


def _blamed(found: Found, outcome: RepairOutcome, error: Exception) -> RepairedArchive:
    return RepairedArchive(
        os.fspath(found.path),
        outcome,
        size=found.size,
        problem=sentence(error),
        disk_failed=isinstance(error, StorageError),
    )
