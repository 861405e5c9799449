"""What is generated on the pages, where it stands, and how it is put there."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import option_tables
import report_schemas
import sections
from programs import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCS = ROOT / "docs"

BLOCKS: dict[tuple[str, str], Callable[[], str]] = {
    ("reference/options.md", "options"): option_tables.options,
    ("reference/exit-status.md", "statuses"): option_tables.statuses,
}
"""The text between a page's marks of a name, by page and name."""


def write(docs: Path = DOCS) -> None:
    """Put every generated part into its place.

    Args:
        docs: the folder of the pages.

    Raises:
        ValueError: a page has no marks for its part.
    """
    for (page, name), text in BLOCKS.items():
        sections.put(docs / page, name, text())
    for name, schema in report_schemas.schemas(docs).items():
        text = json.dumps(schema, ensure_ascii=False, indent=2)
        (docs / "schemas" / f"{name}.json").write_text(f"{text}\n", "utf-8")


def stale(copy: Path) -> list[str]:
    """Name the files under docs/ that `write` would change.

    Args:
        copy: a folder that is not there yet, for a copy of docs/ to write into.
    """
    shutil.copytree(DOCS, copy)
    for old in (copy / "schemas").iterdir():
        old.unlink()
    write(copy)
    files = {path.relative_to(docs) for docs in (DOCS, copy) for path in docs.rglob("*.*")}
    return sorted(str(file) for file in files if _bytes(DOCS / file) != _bytes(copy / file))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
