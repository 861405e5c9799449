"""A run's report as log objects: one for each book, each problem and each missing page."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from cbzsafe.model import BookReport, Outcome, RunReport
from cbzsafe.ui import lines, notes

if TYPE_CHECKING:
    from cbzsafe.model import Problem
    from cbzsafe.ui.logs import Journal


def run(report: RunReport, journal: Journal, *, verbose: bool) -> None:
    """Tell what became of a run; the messages are those of `cbzsafe.ui.lines`.

    What cannot be written is given up, for there is nobody left to be told.

    Args:
        report: what became of the run.
        journal: takes the objects.
        verbose: name each unchanged book.
    """
    if not lines.has_something(report):
        return
    books, collapsed = lines.shown(report, verbose=verbose)
    with contextlib.suppress(OSError, ValueError):
        for book in books:
            _book(book, journal)
        if collapsed:
            journal.say("info", lines.collapsed_line(collapsed))
        for problem in report.problems:
            _problem(problem, journal)
        for text in report.weaker:
            journal.say("info", text)
        _closing(report, journal)


def _book(book: BookReport, journal: Journal) -> None:
    whose: dict[str, Any] = {"url": book.url, "book": book.path}
    journal.say(
        level(book),
        lines.book_line(book),
        **whose,
        outcome=book.outcome.value,
        whole=book.whole,
        pages=book.pages,
        new=book.new,
        repaired=book.repaired,
        refetched=book.refetched,
        missing=len(book.missing),
        staged=book.staged,
        size=book.size,
    )
    for problem in book.problems:
        _problem(problem, journal, **whose)
    told = {problem.page for problem in book.problems}
    for name in book.missing:
        if name not in told:
            journal.say("error", f"missing: {name}", **whose, page=name)


def level(book: BookReport) -> str:
    """How much a book's outcome weighs: a held one goes on in the next run."""
    if book.outcome is Outcome.FAILED:
        return "error"
    return "info" if book.whole and book.outcome is not Outcome.HELD else "warning"


def _problem(problem: Problem, journal: Journal, **whose: Any) -> None:
    text = notes.of_problem(problem).text
    journal.say(problem.severity.value, text, **whose, page=problem.page)


def _closing(report: RunReport, journal: Journal) -> None:
    weight = "warning" if report.interrupted else "error" if report.status else "info"
    journal.say(
        weight,
        lines.closing(report),
        status=report.status,
        seconds=round(report.seconds, 3),
        interrupted=report.interrupted,
    )
