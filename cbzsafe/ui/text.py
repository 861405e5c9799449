"""A run's report for people: a table on a terminal, plain lines anywhere else."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from cbzsafe.model import BookReport, Outcome, RunReport
from cbzsafe.ui import lines
from cbzsafe.ui.words import near, size, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Literal, TextIO

    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

_NARROW = 60
"""Cells below which a table leaves no room for a path, and plain lines read better."""

_STYLES = {
    "published": "green",
    "updated": "cyan",
    "unchanged": "dim",
    "held": "yellow",
    "failed": "bold red",
    "error": "red",
    "warning": "yellow",
    "note": "dim",
}

_NUMBERS: tuple[tuple[str, Callable[[BookReport], int]], ...] = (
    ("pages", lambda book: book.pages),
    ("new", lambda book: book.new),
    ("repaired", lambda book: book.repaired),
    ("fetched again", lambda book: book.refetched),
    ("missing", lambda book: len(book.missing)),
)
_ALWAYS = ("pages", "new")


def run(report: RunReport, *, quiet: bool, verbose: bool, stream: TextIO | None = None) -> None:
    """Tell what became of a run.

    The text is made whole and then written at once: rich itself answers a closed pipe by ending
    the process with a status of its own. What cannot be written is given up, for there is nobody
    left to be told.

    Args:
        report: what became of the run.
        quiet: say nothing.
        verbose: name each unchanged book and each missing page, and each book's URL.
        stream: where to; None for standard error as it is now.
    """
    stream = sys.stderr if stream is None else stream
    if quiet or stream is None or not lines.has_something(report):
        return
    with contextlib.suppress(OSError, ValueError):
        stream.write(_render(report, stream, verbose=verbose))
        stream.flush()


def _render(report: RunReport, stream: TextIO, *, verbose: bool) -> str:
    if stream.isatty():
        from rich.console import Console  # heavy, and logs do without it

        console = Console(file=stream)
        if console.width >= _NARROW:
            return _on_terminal(console, report, verbose=verbose)
    return "".join(f"{line}\n" for line in lines.plain(report, verbose=verbose))


def _on_terminal(console: Console, report: RunReport, *, verbose: bool) -> str:
    with console.capture() as capture:
        for part in _parts(report, verbose=verbose):
            console.print(part)
    return capture.get()


def _parts(report: RunReport, *, verbose: bool) -> Iterator[Table | Padding | Text]:
    from rich.text import Text

    books, collapsed = lines.shown(report, verbose=verbose)
    yield from _book_parts(books, verbose=verbose)
    if collapsed:
        yield Text(lines.collapsed_line(collapsed), style=_STYLES["unchanged"])
    yield from _notes(lines.run_notes(report), indent=0)
    yield Text(lines.closing(report), style="bold")


def _book_parts(books: list[BookReport], *, verbose: bool) -> Iterator[Table | Padding]:
    """Yield each book's row as a table of its own: what is said under it has the whole width."""
    if not books:
        return
    numbers = [(name, of) for name, of in _NUMBERS if name in _ALWAYS or any(map(of, books))]
    names = ["outcome", *(name.replace(" ", "\n") for name, _ in numbers), "size", "path"]
    rows = [_row(book, [of(book) for _, of in numbers]) for book in books]
    widths = _widths([names, *rows])
    yield _table(names, widths, ["bold"] * len(names), "bottom")
    for book, row in zip(books, rows, strict=True):
        yield _table(row, widths, [_style(book), *[""] * (len(names) - 1)])
        yield from _notes(lines.book_notes(book, verbose=verbose), indent=2)


def _row(book: BookReport, numbers: list[int]) -> list[str]:
    cells = [str(number) if number else "-" for number in numbers]
    amount = size(book.size) if book.size else "-"
    return [book.outcome.value, *cells, amount, visible(near(book.path))]


def _widths(rows: list[list[str]]) -> list[int]:
    """Find the cells of each column but the path's, which takes what is left."""
    columns = [*zip(*rows, strict=True)][:-1]
    return [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]


def _style(book: BookReport) -> str:
    partial = not book.whole and book.outcome is not Outcome.FAILED
    return _STYLES["warning" if partial else book.outcome.value]


def _table(
    cells: list[str],
    widths: list[int],
    styles: list[str],
    vertical: Literal["top", "bottom"] = "top",
) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for index, width in enumerate(widths):
        table.add_column(width=width, justify="right" if index else "left", vertical=vertical)
    table.add_column(overflow="fold", ratio=1, vertical=vertical)
    table.add_row(*(Text(cell, style=style) for cell, style in zip(cells, styles, strict=True)))
    return table


def _notes(notes: Iterable[lines.Note], *, indent: int) -> Iterator[Padding]:
    from rich.padding import Padding
    from rich.text import Text

    for note in notes:
        text = Text(overflow="fold")
        text.append(f"{note.kind}: ", style=_STYLES[note.kind])
        text.append(note.text)
        yield Padding(text, (0, 0, 0, indent), expand=False)
