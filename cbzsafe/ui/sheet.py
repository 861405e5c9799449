"""A report laid out for people: a row for each thing, notes beneath it, and a last line.

On a terminal it becomes a table, and plain lines anywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from cbzsafe.errors import StorageError
from cbzsafe.ui.notes import Note
from cbzsafe.ui.words import near, size, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

T = TypeVar("T")

NARROW = 60
"""Cells below which a table leaves no room for a path, and plain lines read better."""


class Row(NamedTuple):
    """One thing.

    Attributes:
        line: what a log shows of it.
        cells: what a table shows of it; the last one is its path.
        kind: the word that decides on the first cell's colour.
        notes: what is said beneath it.
    """

    line: str
    cells: list[str]
    kind: str
    notes: list[Note]


class Sheet(NamedTuple):
    """A report, laid out.

    Attributes:
        names: of the columns.
        rows: in the order in which they are shown.
        collapsed: what is said in place of rows that are only counted; may be empty.
        notes: what concerns no single row.
        closing: the last line; may be empty.
    """

    names: list[str]
    rows: list[Row]
    collapsed: str
    notes: list[Note]
    closing: str


class Column(NamedTuple, Generic[T]):
    """A number that each row may have.

    Attributes:
        name: its heading.
        of: gives it.
        always: whether it is shown where all rows have none.
    """

    name: str
    of: Callable[[T], int]
    always: bool = False


def used(columns: Iterable[Column[T]], items: list[T]) -> list[Column[T]]:
    """Choose the columns that show something."""
    return [column for column in columns if column.always or any(map(column.of, items))]


def cells(head: str, columns: Iterable[Column[T]], item: T, amount: int, path: str) -> list[str]:
    """Render one item for a table: a word, its numbers, its bytes and its path."""
    numbers = [str(column.of(item) or "-") for column in columns]
    return [head, *numbers, size(amount) if amount else "-", visible(near(path))]


def line(head: str, figures: Iterable[str], amount: int, path: str) -> str:
    """Render one item for a log: the same in one line, and the whole path."""
    return "  ".join([head, *figures, *([size(amount)] if amount else []), visible(path)])


def closing(parts: Iterable[str], interrupted: str | None, status: int) -> str:
    """Render a last line that ends with how the process does."""
    signal = [f"interrupted by {interrupted}"] if interrupted else []
    return "; ".join([*parts, *signal, f"exit status {status}"])


def plain(sheet: Sheet) -> Iterator[str]:
    """Render a sheet for a log.

    Yields:
        Lines without their ends.
    """
    for row in sheet.rows:
        yield row.line
        yield from (f"  {note}" for note in row.notes)
    yield from filter(None, [sheet.collapsed, *map(str, sheet.notes), sheet.closing])


def show(sheet: Sheet, stream: TextIO | None, *, wanted: bool = False) -> None:
    """Write a sheet at once.

    The text is made whole before that: rich itself answers a closed pipe by ending the process
    with a status of its own. What cannot be written is given up where nobody reads any more.

    Args:
        sheet: what to show.
        stream: where to; None where the process has no such stream.
        wanted: whether it is what the command was called for, so that a full disk is told.

    Raises:
        StorageError: it is wanted and could not be written.
    """
    try:
        if stream is not None and (text := _render(sheet, stream)):
            stream.write(_encodable(text, stream))
            stream.flush()
    except (BrokenPipeError, ValueError):
        return
    except OSError as error:
        if wanted:
            reason = error.strerror or type(error).__name__
            raise StorageError(f"The report cannot be written: {reason}.") from error


def _render(sheet: Sheet, stream: TextIO) -> str:
    if stream.isatty():
        from rich.console import Console  # heavy, and logs do without it

        from cbzsafe.ui import table

        console = Console(file=stream)
        if console.width >= NARROW:
            return table.render(console, sheet)
    return "".join(f"{line}\n" for line in plain(sheet))


def _encodable(text: str, stream: TextIO) -> str:
    """Escape the letters that the stream has no bytes for: one of them would lose the report."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
