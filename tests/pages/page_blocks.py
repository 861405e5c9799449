"""The blocks of code on a page, each with what the text before it says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from programs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"

FOLDERS = ("howto", "reference")
NAMES = ("index.md", "quickstart.md", "troubleshooting.md")

PAGES = [
    *(DOCS / name for name in NAMES),
    *(page for folder in FOLDERS for page in sorted((DOCS / folder).glob("*.md"))),
]
"""The pages whose examples are run or validated, each of them."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}.*\n|\n(?= {4}))+")
_FILE = re.compile(r"`([~/][^`\s]*)`[^`\n]*:\n\n\Z")


@dataclass(frozen=True)
class Block:
    """One block.

    Attributes:
        page: the file that it is on.
        line: its first line, from 1.
        language: what stands behind the fence; empty for an indented one.
        text: with a line end.
        file: what the text right before it says that it is the content of, such as `~/a.json`.
    """

    page: Path
    line: int
    language: str
    text: str
    file: str = ""

    def __str__(self) -> str:
        """Name it as a test is named."""
        return f"{self.page.name}-{self.line}"


def fenced(page: Path) -> list[Block]:
    """Read the fenced blocks of a page."""
    text = page.read_text("utf-8")
    return [
        Block(page, _line(text, match.start(2)), match[1], match[2], _file(text[: match.start()]))
        for match in _FENCE.finditer(text)
    ]


def indented(page: Path) -> list[Block]:
    """Read the indented blocks of a page, which are no parts of lists."""
    text = page.read_text("utf-8")
    return [
        Block(
            page, _line(text, match.start()), "", re.sub("^ {4}", "", match[0], flags=re.MULTILINE)
        )
        for match in _INDENTED.finditer(_FENCE.sub(_blanked, text))
    ]


def _blanked(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _file(before: str) -> str:
    named = _FILE.search(before)
    return named[1] if named else ""


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
