"""What is said under a row or under a whole report: one sentence a line, with its weight first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cbzsafe.ui.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cbzsafe.model import Problem

LIMIT = 10
"""So many things of one kind are named under a row; verbose names all."""


class Note(NamedTuple):
    """One line under a row or under a report.

    Attributes:
        kind: `error`, `warning` or `note`.
        text: one sentence, safe for a terminal.
    """

    kind: str
    text: str

    def __str__(self) -> str:
        """Render the line without its indentation."""
        return f"{self.kind}: {self.text}"


def of_problem(problem: Problem) -> Note:
    """Render a problem, with the page's name where its sentence does not have it."""
    page = problem.page or ""
    prefix = "" if page in problem.text else f"{page}: "
    return Note(problem.severity.value, visible(prefix + problem.text))


def of_report(problems: Iterable[Problem], weaker: Iterable[str]) -> list[Note]:
    """Render what concerns no single row: what is wrong, and which checks were weaker."""
    return [*map(of_problem, problems), *(Note("note", visible(text)) for text in weaker)]


def limited(notes: list[tuple[Note, int]], *, verbose: bool) -> list[Note]:
    """Leave out what is too much, and say how much that is.

    Args:
        notes: each with the number of things that it stands for.
        verbose: leave out nothing.
    """
    shown = [note for note, _ in notes]
    rest = 0 if verbose else sum(count for _, count in notes[LIMIT:])
    return [*shown[:LIMIT], Note("note", f"and {rest} more; -v names them")] if rest else shown
