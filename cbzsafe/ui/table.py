"""A sheet as a table on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from cbzsafe.ui.notes import Note
    from cbzsafe.ui.sheet import Row, Sheet

STYLES = {
    "published": "green",
    "updated": "cyan",
    "unchanged": "dim",
    "held": "yellow",
    "failed": "bold red",
    "sound": "green",
    "damaged": "bold red",
    "unreadable": "bold red",
    "changing": "yellow",
    "vanished": "dim",
    "repaired": "green",
    "partly": "yellow",
    "left": "bold red",
    "error": "red",
    "warning": "yellow",
    "note": "dim",
}
"""A style for each kind of a row, by the words of the model, and for each kind of a note."""


def render(console: Console, sheet: Sheet) -> str:
    """Render a sheet, in the colours that the console's stream takes."""
    with console.capture() as capture:
        for part in _parts(sheet):
            console.print(part)
    return capture.get()


def _parts(sheet: Sheet) -> Iterator[Table | Padding | Text]:
    from rich.text import Text

    if sheet.rows:
        yield from _rows(sheet.names, sheet.rows)
    if sheet.collapsed:
        yield Text(sheet.collapsed, style=STYLES["unchanged"])
    yield from _notes(sheet.notes, indent=0)
    if sheet.closing:
        yield Text(sheet.closing, style="bold")


def _rows(names: list[str], rows: list[Row]) -> Iterator[Table | Padding]:
    """Yield each row as a table of its own: what is said under it has the whole width."""
    names = [name.replace(" ", "\n") if place else name for place, name in enumerate(names)]
    widths = _widths([names, *(row.cells for row in rows)])
    yield _table(names, widths, ["bold"] * len(names), "bottom")
    for row in rows:
        yield _table(row.cells, widths, [STYLES[row.kind], *[""] * (len(names) - 1)])
        yield from _notes(row.notes, indent=2)


def _widths(rows: list[list[str]]) -> list[int]:
    """Find the cells of each column but the path's, which takes what is left."""
    columns = [*zip(*rows, strict=True)][:-1]
    return [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]


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


def _notes(notes: Iterable[Note], *, indent: int) -> Iterator[Padding]:
    from rich.padding import Padding
    from rich.text import Text

    for note in notes:
        text = Text(overflow="fold")
        text.append(f"{note.kind}: ", style=STYLES[note.kind])
        text.append(note.text)
        yield Padding(text, (0, 0, 0, indent), expand=False)
