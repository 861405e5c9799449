"""A run's report, laid out: a row for each book, and what is to be said under it.

In a log the lines are a contract as far as their beginnings go: a book's line begins with its
outcome, and what is said under it is indented and begins with `error:`, `warning:` or `note:`.
"""

from __future__ import annotations

from collections import Counter

from cbzsafe.model import BookReport, Outcome, RunReport
from cbzsafe.ui import notes, sheet
from cbzsafe.ui.notes import Note
from cbzsafe.ui.sheet import Column, Row, Sheet, cells, line, used
from cbzsafe.ui.words import counted, listed, visible

COLLAPSE = 20
"""So many unchanged books are still named one by one."""

_NOT_PUBLISHED = (Outcome.HELD, Outcome.FAILED)

_COLUMNS: tuple[Column[BookReport], ...] = (
    Column("pages", lambda book: book.pages, always=True),
    Column("new", lambda book: book.new, always=True),
    Column("repaired", lambda book: book.repaired),
    Column("fetched again", lambda book: book.refetched),
    Column("missing", lambda book: len(book.missing)),
)


def has_something(report: RunReport) -> bool:
    """Whether there is anything to say: a run that only passed through has no books."""
    passed_over = report.elsewhere or report.finished
    return bool(report.books or report.problems or report.interrupted or passed_over)


def laid_out(report: RunReport, *, verbose: bool) -> Sheet:
    """Lay a run out.

    Args:
        report: what became of the run.
        verbose: name each unchanged book and each missing page, and each book's URL.
    """
    books, collapsed = shown(report, verbose=verbose)
    columns = used(_COLUMNS, books)
    return Sheet(
        ["outcome", *(column.name for column in columns), "size", "path"],
        [_row(book, columns, verbose=verbose) for book in books],
        collapsed_line(collapsed) if collapsed else "",
        notes.of_report(report.problems, report.weaker),
        closing(report),
    )


def _row(book: BookReport, columns: list[Column[BookReport]], *, verbose: bool) -> Row:
    partial = not book.whole and book.outcome is not Outcome.FAILED
    return Row(
        book_line(book),
        cells(book.outcome.value, columns, book, book.size, book.path),
        "warning" if partial else book.outcome.value,
        book_notes(book, verbose=verbose),
    )


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
    figures = [counted(book.pages, "page")]
    figures += [
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
    return line(f"{book.outcome.value:<9}", figures, book.size, book.path)


def collapsed_line(count: int) -> str:
    """Render the unchanged books that are only counted."""
    return f"{Outcome.UNCHANGED.value:<9}  {counted(count, 'book')}"


def book_notes(book: BookReport, *, verbose: bool) -> list[Note]:
    """Collect what is to be said under a book: no missing page goes unnamed or uncounted."""
    said = [notes.of_problem(problem) for problem in book.problems]
    told = {problem.page for problem in book.problems}
    untold = tuple(name for name in book.missing if name not in told)
    if untold:
        names = listed(untold, None if verbose else notes.LIMIT)
        said.append(Note("error", f"missing: {names}"))
    if book.staged and book.outcome in _NOT_PUBLISHED:
        pages = counted(book.staged, "page")
        where = visible(book.staging)
        said.append(Note("note", f"{pages} kept in {where}; the next run goes on from there"))
    if verbose and book.url:
        said.append(Note("note", f"from {visible(book.url)}"))
    return said


def closing(report: RunReport) -> str:
    """Render the last line, such as `3 books: 2 published, 1 held; exit status 1`."""
    outcomes = Counter(book.outcome for book in report.books)
    counts = [f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome if outcomes[outcome]]
    parts = [counted(len(report.books), "book") + (f": {', '.join(counts)}" if counts else "")]
    partial = sum(not book.whole and book.outcome not in _NOT_PUBLISHED for book in report.books)
    parts += [f"{partial} not whole"] if partial else []
    if report.elsewhere:
        parts.append(f"{counted(report.elsewhere, 'chapter')} left to other shards")
    if report.finished:
        parts.append(f"{counted(report.finished, 'chapter')} finished before")
    return sheet.closing(parts, report.interrupted, report.status)
