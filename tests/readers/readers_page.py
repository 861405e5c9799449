"""The tables of docs/readers.md: what stands there, and what should."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from findings import SPOILED, Library, differences, wanted
from programs import ROOT

if TYPE_CHECKING:
    from reading import Program

PAGE = ROOT / "docs" / "readers.md"

YES, NO, NOTHING = "yes", "no", "none"
"""Read as it was put in; refused; holds nothing that this reader would show."""


def rows(heading: str) -> list[list[str]]:
    """Give the cells of the table below a heading, without its line of dashes."""
    section = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| (.+) \|$", section, re.MULTILINE)
    return [line.split(" | ") for line in lines if not line.startswith("---")]


def table(heading: str) -> dict[str, dict[str, str]]:
    """Give a table's cells by the first of the row and the head of the column."""
    (_, *heads), *rest = rows(heading)
    return {row[0]: dict(zip(heads, row[1:], strict=True)) for row in rest}


def column(library: Library, program: Program, reader: str) -> dict[str, str]:
    """Give what should stand in a reader's column, by kind."""
    answers = library.answers(program)[reader]
    return {
        kind: _word(answers[kind], wanted(book.items, program))
        for kind, book in library.books.items()
        if kind != SPOILED
    }


def _word(answer: dict, items: list) -> str:
    if not items:
        return NOTHING
    return NO if differences(answer, items) else YES
