"""Which `zip` post-processors a configuration asks for, level by level.

Entries are resolved as `DownloadJob.initialize` does (gallery_dl/job.py), and accumulate over the
levels as in `gallery_dl.config.accumulate`. This is for explaining only: what a job really
gets, gallery-dl decides when the job starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]

EXTRACTOR = "extractor"
DEPTH = 3
"""Levels below the root: `extractor`, a category, a subcategory."""


@dataclass(frozen=True, slots=True)
class Zip:
    """One entry that makes an archive.

    Attributes:
        path: the keys of the level where it stands; empty for the root.
        extension: of the archive, without the dot.
        keeps_files: whether pages stay beside the archive.
        only: categories that it is for, None for all.
        never: categories that it is not for.
    """

    path: Path
    extension: str
    keeps_files: bool
    only: frozenset[str] | None
    never: frozenset[str]

    def may_meet(self, other: Zip) -> bool:
        """Whether one job may get both; only plain category lists are told apart."""
        if self.only is not None and other.only is not None:
            return bool(self.only & other.only)
        return not (_within(self.only, other.never) or _within(other.only, self.never))


def levels(merged: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield each level that gallery-dl looks options up in: the root, then from `extractor` down.

    Args:
        merged: the configuration.
    """
    yield (), merged
    if isinstance(merged.get(EXTRACTOR), Mapping):
        yield from _below((EXTRACTOR,), merged[EXTRACTOR])


def chain(merged: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the level at `path` and the levels above it, the root first."""
    values: Any = merged
    yield (), values
    for depth, key in enumerate(path, 1):
        values = values[key]
        yield path[:depth], values


def find(merged: Mapping[str, Any], path: Path) -> list[Zip]:
    """All `zip` entries that a job of the level at `path` accumulates, the outermost first."""
    options: Mapping[str, Any] = {}
    for _, values in chain(merged, path):
        options = _mapping(values.get("postprocessor-options")) or options
    if "postprocessor-options" in merged:
        options = _mapping(merged["postprocessor-options"])
    found = []
    for at, values in chain(merged, path):
        for entry in _entries(values):
            resolved = {**_resolved(entry, merged), **options}
            if _name(resolved) == "zip":
                found.append(_zip(at, resolved))
    return found


def _below(path: Path, values: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield path, values
    for key, value in values.items():
        if len(path) < DEPTH and isinstance(value, Mapping):
            yield from _below((*path, key), value)


def _entries(values: Mapping[str, Any]) -> list[Any]:
    entries = values.get("postprocessors") or []
    return entries if isinstance(entries, list) else [entries]


def _resolved(entry: Any, merged: Mapping[str, Any]) -> Mapping[str, Any]:
    named = _mapping(merged.get("postprocessor"))
    if isinstance(entry, str):
        return _mapping(named.get(entry)) or {"name": entry}
    kind = _mapping(entry).get("type")
    if isinstance(kind, str):
        return {"name": kind, **_mapping(named.get(kind)), **entry}
    return _mapping(entry)


def _name(options: Mapping[str, Any]) -> str:
    # `zip/safe` and `zip@after` carry a mode and an event.
    name = str(options.get("name", ""))
    name, _, event = name.rpartition("@")
    name, _, mode = (name or event).rpartition("/")
    return name or mode


def _zip(path: Path, options: Mapping[str, Any]) -> Zip:
    return Zip(
        path,
        extension=str(options.get("extension", "zip")),
        keeps_files=bool(options.get("keep-files", False)),
        only=_categories(options.get("whitelist")),
        never=_categories(options.get("blacklist")) or frozenset(),
    )


def _categories(value: Any) -> frozenset[str] | None:
    if isinstance(value, str):
        value = value.split(",")
    return frozenset(map(str, value)) if isinstance(value, list) and value else None


def _within(only: frozenset[str] | None, never: frozenset[str]) -> bool:
    return only is not None and only <= never


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
