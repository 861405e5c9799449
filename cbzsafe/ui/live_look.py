"""What the live view of a run looks like: two lines, made of plain figures."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cbzsafe.model import Outcome
from cbzsafe.ui.table import STYLES
from cbzsafe.ui.words import size, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

WIDEST = 100
"""Cells beyond which a name and its figures would stand too far apart."""

_BARS = ((60, 24), (40, 10))
"""Cells that a line must have, and what the bar has then; a narrower one has none."""

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")

_SEPARATOR = " \N{MIDDLE DOT} "


@dataclass(slots=True)
class Glance:
    """What is known of a run at one moment.

    Attributes:
        book: the file name of the book that pages are coming for; empty before the first.
        done: its pages that are there.
        total: pages that it is to have, 0 where that is not known.
        again: fetches of its pages beyond the first.
        outcomes: books so far by `Outcome`.
        received: bytes of pages that came.
        seconds: since the run began.
        work: the name of what is being packed or read, empty where that takes no time.
        worked: its bytes that are done, and all of them.
    """

    book: str = ""
    done: int = 0
    total: int = 0
    again: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    received: int = 0
    seconds: float = 0.0
    work: str = ""
    worked: tuple[int, int] = (0, 0)


def lines(console: Console, glance: Glance) -> list[str]:
    """Render the two lines.

    Args:
        console: its width is that of the terminal, less one: a line that fills the last cell lets
            the cursor hang between two lines.
        glance: what they show.

    Returns:
        Lines without their ends, with the console's colours.
    """
    width = min(console.width, WIDEST)
    return [
        _line(console, _current(glance, width), width),
        _line(console, _so_far(glance), width),
    ]


def unfinished(console: Console, text: str) -> str:
    """Render what was written of a line that has no end yet, such as a page's path."""
    from rich.text import Text

    shown = visible(_ESCAPES.sub("", text.strip("\r")))
    return _line(console, Text(shown, style="dim"), console.width)


def _line(console: Console, content: Table | Text, width: int) -> str:
    with console.capture() as capture:
        console.print(content, width=width, no_wrap=True, overflow="ellipsis", end="")
    return capture.get().rstrip("\n")


def _current(glance: Glance, width: int) -> Table | Text:
    from rich.table import Table
    from rich.text import Text

    name, figures, done, total = _figures(glance, narrow=width < _BARS[-1][0])
    if not name:
        return Text("waiting for the first page", style="dim")
    room = next((cells for least, cells in _BARS if width >= least), 0) if total else 0
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True, pad_edge=False)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    cells: list[object] = [Text(visible(name), style="bold")]
    if room:
        from rich.progress_bar import ProgressBar

        grid.add_column(width=room)
        bar = ProgressBar(total, done, room, complete_style="green", finished_style="green")
        cells.append(bar)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_row(*cells, figures)  # type: ignore[arg-type] # each is a renderable
    return grid


def _figures(glance: Glance, *, narrow: bool) -> tuple[str, Text, int, int]:
    """Choose what the first line tells of: a piece of long work, or the book."""
    from rich.text import Text

    if glance.work:
        done, total = glance.worked
        return glance.work, Text(f"{size(done)} of {size(total)}"), done, total
    pages = f"{glance.done}/{glance.total}" if glance.total else f"{glance.done}"
    noun = " page" if (glance.total or glance.done) == 1 else " pages"
    figures = Text(pages if narrow else pages + noun)
    if glance.again:
        figures.append(f"{_SEPARATOR}{glance.again} again", style="yellow")
    return glance.book, figures, glance.done, glance.total


def _so_far(glance: Glance) -> Text:
    from rich.text import Text

    parts = [
        (f"{outcome} {glance.outcomes[outcome]}", STYLES[outcome])
        for outcome in Outcome
        if glance.outcomes[outcome]
    ]
    parts += [(_clock(glance.seconds), "dim"), (size(glance.received), "dim")]
    shown = Text()
    for number, part in enumerate(parts):
        shown.append(_SEPARATOR if number else "", style="dim")
        shown.append(*part)
    return shown


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
