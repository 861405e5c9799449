"""Who is told of published books, from settings to what went wrong."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cbzsafe.cli import receivers
from cbzsafe.model import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from cbzsafe.interrupt import Stop
    from cbzsafe.model import BookReport, RepairReport, RunReport
    from cbzsafe.notify.commands import Commands
    from cbzsafe.settings import Settings

_NEW = frozenset({"published", "updated"})
_MENDED = frozenset({"repaired", "partly"})


class Notices:
    """What is told of the books of one run or repair; nothing of it fails the run.

    Args:
        settings: those of the run; a repair has the ones of them that matter here.
        stop: the signals'.

    Attributes:
        aside: entered while the user's command runs, from before its start: it has the terminal.

    Raises:
        UsageError: the servers' keys are wrong.
    """

    def __init__(self, settings: Settings, stop: Stop) -> None:
        self.aside: Callable[[], AbstractContextManager[object]] = nullcontext
        self._notify = settings.notify or ()
        self._mapping = settings.notify_path
        self._stop = stop
        self._tokens = receivers.tokens(self._notify, os.environ)
        self._commands: Commands | None = None
        if settings.on_publish is not None:
            from cbzsafe.notify.commands import Commands

            self._commands = Commands(settings.on_publish, stop)

    def hear(self, book: BookReport) -> None:
        """Hear of a book that is settled, and run the command if it is new."""
        if self._commands is not None and book.outcome.value in _NEW:
            with self.aside():
                self._commands.run(book.path, book.outcome.value, book.url)

    def of_run(self, report: RunReport) -> RunReport:
        """Tell of a run's books, and give the report with what went wrong at that."""
        return replace(report, problems=(*report.problems, *self._told(_new(report), report)))

    def of_repair(self, report: RepairReport) -> RepairReport:
        """Run the command for the archives that were written anew, and do as for a run."""
        if report.dry_run:
            return report
        paths = []
        for book in _mended(report):
            paths.append(book.path)
            self.hear(book)
        return replace(report, problems=(*report.problems, *self._told(paths, report)))

    def _told(self, paths: Sequence[str], report: RunReport | RepairReport) -> list[Problem]:
        said = [] if self._commands is None else self._commands.problems()
        if not (self._notify and paths):
            return said
        try:
            return [*said, *self._tell(paths, report)]
        except Exception as error:  # noqa: BLE001 - the report is worth more than this
            text = (
                f"No server was told of new books: there was an unexpected {type(error).__name__}."
            )
            return [*said, Problem(text, severity=Severity.WARNING)]

    def _tell(self, paths: Sequence[str], report: RunReport | RepairReport) -> list[Problem]:
        from cbzsafe.notify.messages import News
        from cbzsafe.notify.tell import tell

        news = News(tuple(paths), lambda: _document(report), self._mapping)
        return tell(list(zip(self._notify, self._tokens, strict=True)), news, self._stop)


def _new(report: RunReport) -> list[str]:
    return [book.path for book in report.books if book.outcome.value in _NEW]


def _mended(report: RepairReport) -> Iterator[BookReport]:
    """Give what a repair wrote, and what `--from` then downloaded, as books of a run."""
    from cbzsafe.model import BookReport, Outcome

    downloaded = () if report.run is None else report.run.books
    new = {os.path.abspath(book.path): book for book in downloaded if book.outcome.value in _NEW}
    for archive in report.archives:
        path = os.path.abspath(archive.path)
        if archive.outcome.value in _MENDED and path not in new:
            yield BookReport(path, Outcome.UPDATED)
    yield from new.values()


def _document(report: RunReport | RepairReport) -> dict[str, Any]:
    """Make of a report what a webhook gets."""
    from cbzsafe.model import RunReport
    from cbzsafe.ui.archives import repair_as_dict
    from cbzsafe.ui.json import run_as_dict

    return run_as_dict(report) if isinstance(report, RunReport) else repair_as_dict(report)
