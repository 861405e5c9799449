"""Figures in documents: what a program measured last stands between two marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def put(path: Path, name: str, text: str) -> None:
    """Put a text in the place of the one between a document's marks of a name.

    Raises:
        ValueError: the document has no such marks.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    document = path.read_text("utf-8")
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{path} has no marks for {name}")
    path.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}", "utf-8")
