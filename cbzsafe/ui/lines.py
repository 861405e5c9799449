"""A run's report as plain lines: one for each book, and what is to be said under it.

The lines are a contract as far as their beginnings go: a book's line begins with its outcome, and
what is said under it is indented and begins with `error:`, `warning:` or `note:`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from cbzsafe.model import BookReport, Outcome, Problem, RunReport
from cbzsafe.ui.words import counted, listed, size, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

COLLAPSE = 20
"""So many unchanged books are still named one by one."""

NAMED = 10
"""So many missing pages are named where no problem names them; verbose names all."""

_NOT_PUBLISHED = (Outcome.HELD, Outcome.FAILED)


class Note(NamedTuple):
    """One line under a book or under a run.

    Attributes:
        kind: `error`, `warning` or `note`.
        text: one sentence, safe for a terminal.
    """

    kind: str
    text: str

    def __str__(self) -> str:
        """Render the line without its indentation."""
        return f"{self.kind}: {self.text}"


def has_something(report: RunReport) -> bool:
    """Whether there is anything to say: a run that only passed through has no books."""
    return bool(report.books or report.problems or report.interrupted)


def plain(report: RunReport, *, verbose: bool) -> Iterator[str]:
    """Render a run for a log.

    Args:
        report: what became of the run.
        verbose: name each unchanged book and each missing page, and each book's URL.

    Yields:
        Lines without their ends.
    """
    books, collapsed = shown(report, verbose=verbose)
    for book in books:
        yield book_line(book)
        yield from (f"  {note}" for note in book_notes(book, verbose=verbose))
    if collapsed:
        yield collapsed_line(collapsed)
    yield from map(str, run_notes(report))
    yield closing(report)


def shown(report: RunReport, *, verbose: bool) -> tuple[list[BookReport], int]:
    """Tell which books are named, and how many unchanged ones are only counted."""
    silent = [book for book in report.books if _is_dull(book)]
    if verbose or len(silent) <= COLLAPSE:
        return list(report.books), 0
    return [book for book in report.books if not _is_dull(book)], len(silent)


def _is_dull(book: BookReport) -> bool:
    return book.outcome is Outcome.UNCHANGED and book.whole and not book.problems


def book_line(book: BookReport) -> str:
    """Render one book, such as `published  12 pages  +12 new  3.4 MB  /path/of/it.cbz`."""
    fields = [f"{book.outcome.value:<9}", counted(book.pages, "page")]
    fields += [
        f"{sign}{number} {what}"
        for sign, number, what in (
            ("+", book.new, "new"),
            ("", book.repaired, "repaired"),
            ("", book.refetched, "fetched again"),
            ("", len(book.missing), "missing"),
            ("", book.staged, "staged"),
        )
        if number
    ]
    fields += [size(book.size)] if book.size else []
    return "  ".join([*fields, visible(book.path)])


def collapsed_line(count: int) -> str:
    """Render the unchanged books that are only counted."""
    return f"{Outcome.UNCHANGED.value:<9}  {counted(count, 'book')}"


def book_notes(book: BookReport, *, verbose: bool) -> list[Note]:
    """Collect what is to be said under a book: no missing page goes unnamed or uncounted."""
    notes = [_problem(problem) for problem in book.problems]
    told = {problem.page for problem in book.problems}
    untold = tuple(name for name in book.missing if name not in told)
    if untold:
        names = listed(untold, None if verbose else NAMED)
        notes.append(Note("error", f"missing: {names}"))
    if book.staged and book.outcome in _NOT_PUBLISHED:
        pages = counted(book.staged, "page")
        where = visible(book.staging)
        notes.append(Note("note", f"{pages} kept in {where}; the next run goes on from there"))
    if verbose and book.url:
        notes.append(Note("note", f"from {visible(book.url)}"))
    return notes


def run_notes(report: RunReport) -> list[Note]:
    """Collect what concerns no single book."""
    notes = [_problem(problem) for problem in report.problems]
    return notes + [Note("note", visible(sentence)) for sentence in report.weaker]


def _problem(problem: Problem) -> Note:
    page = problem.page or ""
    prefix = "" if page in problem.text else f"{page}: "
    return Note(problem.severity.value, visible(prefix + problem.text))


def closing(report: RunReport) -> str:
    """Render the last line, such as `3 books: 2 published, 1 held; exit status 1`."""
    outcomes = Counter(book.outcome for book in report.books)
    counts = [f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome if outcomes[outcome]]
    parts = [counted(len(report.books), "book") + (f": {', '.join(counts)}" if counts else "")]
    partial = sum(not book.whole and book.outcome not in _NOT_PUBLISHED for book in report.books)
    parts += [f"{partial} not whole"] if partial else []
    parts += [f"interrupted by {report.interrupted}"] if report.interrupted else []
    return "; ".join([*parts, f"exit status {report.status}"])
