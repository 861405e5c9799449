"""JSON Schemas, made from the tables of docs/report.md and docs/logs.md.

The tables are what `tests/test_docs.py` compares with the program. A schema lets fields through
that it does not know, for more may be added without a new number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| (.+) \|$", re.MULTILINE)
_BULLET = re.compile(r"^- `([\w-]+)`: ", re.MULTILINE)
_CONSTANT = re.compile(r"`([\w./]+)`")
_CHOICE = re.compile(r"(?:what became of the book: )?((?:`[\w-]+`, )*`[\w-]+`,? or `[\w-]+`)")
_LISTED = {"see below", "what the file system is, see below", "what was tried, see below"}

_THINGS = {
    "books": "A book",
    "problems": "A problem",
    "findings": "A finding",
    "renamings": "A renaming",
    "diagnoses": "A diagnosis",
    "packages": "A package",
    "files": "An unread file",
    "settings": "A setting",
    "folders": "A folder",
    "trials": "A trial",
    "mount": "A mount",
    "process": "The process",
    "clock": "The clock",
    "decoders": "The decoders",
    "run": "The run",
}
"""The sections that describe what `array of …` and `… or null` name."""

_ARCHIVES = {"The check": "A checked archive", "The repair": "A repaired archive"}
"""What `array of archives` is in each section."""


def schemas(docs: Path) -> dict[str, Json]:
    """Make every schema, by the name of its file without the ending.

    Args:
        docs: the folder with report.md and logs.md.
    """
    report, logs = _sections(docs / "report.md"), _sections(docs / "logs.md")
    made = {
        f"{kind}-1": _document(report, f"The {kind}", f"cbzsafe.{kind}/1")
        for kind in ("run", "check", "repair", "doctor")
    }
    made |= {
        f"{kind}-line-1": _lines(report, f"The {kind}", f"cbzsafe.{kind}/1")
        for kind in ("check", "repair")
    }
    return {**made, "log-line": _log_line(logs)}


def _sections(path: Path) -> dict[str, str]:
    headings = re.split(r"^## (.+)$", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(headings[::2], headings[1::2], strict=True))


def _document(report: dict[str, str], section: str, title: str) -> Json:
    needed: dict[str, Json] = {}
    made = _object(report, section, needed)
    return {"$schema": DRAFT, "title": title, **made, "$defs": _sorted(needed)}


def _lines(report: dict[str, str], section: str, title: str) -> Json:
    """Make the schema of a line of `--jsonl`: an archive's, or the summary."""
    needed: dict[str, Json] = {}
    own = _object(report, "A line", needed)["properties"]
    schema = {"const": title, "description": own["schema"]["description"]}
    kinds = {
        "archive": _object(report, _ARCHIVES[section], needed),
        "summary": _object(report, section, needed, leave_out={"schema", "archives"}),
    }
    lines = [
        _of({"schema": schema, "type": {"const": kind}} | made["properties"])
        for kind, made in kinds.items()
    ]
    needed.pop(_ARCHIVES[section], None)
    return {"$schema": DRAFT, "title": f"{title}, a line", "oneOf": lines, "$defs": _sorted(needed)}


def _log_line(logs: dict[str, str]) -> Json:
    """Make the schema of a log line, of whose fields the first four are always there."""
    made = _object(logs, "Fields", {})
    required = list(made["properties"])[:4]
    return {"$schema": DRAFT, "title": "a line of --log-format json", **made, "required": required}


def _object(
    report: dict[str, str],
    section: str,
    needed: dict[str, Json],
    leave_out: frozenset[str] | set[str] = frozenset(),
) -> Json:
    """Make the schema of a section's object, and those of what it is made of."""
    rows = [row for row in _ROW.findall(report[section]) if row[0] not in leave_out]
    properties = {
        name: _field(report, section, kind, meaning, needed) for name, kind, meaning in rows
    }
    return _of(properties)


def _of(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _field(
    report: dict[str, str], section: str, kind: str, meaning: str, needed: dict[str, Json]
) -> Json:
    words = _words(report[section], kind, meaning)
    if words:
        key = "const" if len(words) == 1 else "enum"
        return {key: words[0] if len(words) == 1 else words, "description": meaning}
    return {**_typed(report, section, kind, needed), "description": meaning}


def _words(section: str, kind: str, meaning: str) -> list[str]:
    """Give the only values that a string may have, if it says so."""
    if kind != "string":
        return []
    if meaning in _LISTED:
        return _BULLET.findall(section)
    if _CONSTANT.fullmatch(meaning):
        return _CONSTANT.findall(meaning)
    choice = _CHOICE.match(meaning)
    return re.findall(r"`([\w-]+)`", choice[1]) if choice else []


def _typed(report: dict[str, str], section: str, kind: str, needed: dict[str, Json]) -> Json:
    base, _, null = kind.partition(" or ")
    if base.startswith("array of "):
        item = base.removeprefix("array of ")
        return {"type": "array", "items": _one(report, section, item, needed)}
    if base in {"string", "integer", "number", "boolean"}:
        return {"type": [base, "null"] if null else base}
    return {"anyOf": [_one(report, section, base, needed), {"type": "null"}]}


def _one(report: dict[str, str], section: str, what: str, needed: dict[str, Json]) -> Json:
    if what in {"strings", "integers"}:
        return {"type": what.removesuffix("s")}
    name = _ARCHIVES[section] if what == "archives" else _THINGS[what]
    if name not in needed:
        needed[name] = {}  # in its place before what it is made of
        needed[name] = _object(report, name, needed)
    return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}


def _sorted(needed: dict[str, Json]) -> dict[str, Json]:
    return dict(sorted(needed.items()))
