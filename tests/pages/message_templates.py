"""The sentences that the program can say when something is wrong, read from its code.

A template is such a sentence with `…` for what is filled in. Those are found that are given to an
error, to a problem of a report, or as the reason why a book is held or a page failed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from programs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "cbzsafe"

GAP = "…"

CALLS = {
    *("UsageError", "UnsupportedGalleryDL", "UnreadableArchive", "ArchiveChanged", "StorageError"),
    *("HistoryUnavailable", "PackFailed", "BookUnavailable", "PageRefused"),
    *("Problem", "Failed", "fail", "hold", "hold_open", "warn", "note", "AbortExtraction"),
    "ValueError",
}
"""Functions, methods and classes of which an argument is what a user reads."""

VALUES = PACKAGE / "cli" / "values.py"
"""Only there is the text of a ValueError the end of a sentence for users."""


@dataclass(frozen=True)
class Template:
    """A sentence, or the part of one, and where it is made."""

    text: str
    where: str

    @property
    def pieces(self) -> list[str]:
        """What is always the same of it, in order; signs and spaces alone tell nothing."""
        parts = (part.strip(" .:,;()'\"\n") for part in self.text.split(GAP))
        return [part for part in parts if len(part) > 2]


def templates() -> list[Template]:
    """Find every template of the package."""
    return [found for path in sorted(PACKAGE.rglob("*.py")) for found in of_file(path)]


def of_file(path: Path) -> list[Template]:
    """Find the templates of a module."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    found = []
    for function in functions.values():
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _is_told(node, path):
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                texts = [text for one in node.args for text in _texts(one, function, functions)]
                found += [Template(text, where) for text in texts]
    return list(dict.fromkeys(found))


def _is_told(call: ast.Call, path: Path) -> bool:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return name in CALLS and (name != "ValueError" or path == VALUES)


def _texts(
    node: ast.expr, function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]
) -> Iterator[str]:
    """Give what an expression may be as templates; nothing where that is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, function, functions)
        yield from _texts(node.orelse, function, functions)
    elif isinstance(node, ast.Name):
        for statement in ast.walk(function):
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if any(isinstance(one, ast.Name) and one.id == node.id for one in targets):
                yield from _texts(statement.value, function, functions)  # type: ignore[attr-defined]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        called = functions.get(node.func.id)
        for statement in ast.walk(called) if called and called is not function else ():
            if isinstance(statement, ast.Return) and statement.value is not None:
                yield from _texts(statement.value, called, functions)
