"""gallery-dl's configuration as its `main()` will build it, read without touching gallery-dl's own.

The order is that of `gallery_dl.main` (gallery_dl/__init__.py), the merging that of
`gallery_dl.config.load`. A file that cannot be read or parsed counts as absent here: gallery-dl
says so itself, and better, when it comes to it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from cbzsafe.gallerydl.parser import Understood

COMMAND_LINE = "the command line"
"""The name of the source that is no file."""

Loads = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Source:
    """One place that configuration values came from.

    Attributes:
        name: the file's path, or `COMMAND_LINE`.
        values: what it holds, before anything is merged.
    """

    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Configuration:
    """The merged configuration, and what each source put into it.

    Attributes:
        merged: as gallery-dl's jobs will see it.
        sources: in the order of reading; later ones win.
    """

    merged: dict[str, Any]
    sources: tuple[Source, ...] = ()

    def section(self, name: str) -> Any:
        """The value of a top-level key: an empty object without it, and any type if it is wrong."""
        return self.merged.get(name, {})

    def files(self) -> tuple[str, ...]:
        """The paths of the files that were read, in order."""
        return tuple(one.name for one in self.sources if one.name != COMMAND_LINE)

    def origin(self, *path: str) -> str | None:
        """The name of the last source that has a value at `path`, a key of each level."""
        for source in reversed(self.sources):
            if _holds(source.values, path):
                return source.name
        return None


def read(understood: Understood) -> Configuration:
    """Read the configuration files and options that a command line leads to.

    Args:
        understood: the command line; its `--cbz` counts as stripped.
    """
    merged: dict[str, Any] = {}
    sources = []
    for source in _files(understood.namespace):
        _combine(merged, source.values)
        sources.append(source)
    given: dict[str, Any] = {}
    for path, key, value in _options(understood):
        _set(merged, path, key, value)
        _set(given, path, key, value)
    return Configuration(merged, (*sources, Source(COMMAND_LINE, given)))


def _holds(values: Any, path: Sequence[str]) -> bool:
    for key in path:
        if not isinstance(values, Mapping) or key not in values:
            return False
        values = values[key]
    return True


def _combine(merged: dict[str, Any], values: Mapping[str, Any]) -> None:
    from gallery_dl import util

    # A copy, or merging a later file would change what an earlier one is said to hold.
    util.combine_dict(merged, deepcopy(dict(values)))


def _set(values: dict[str, Any], path: Sequence[str], key: str, value: Any) -> None:
    from gallery_dl import config

    # main() ends with the same TypeError where an option goes through what is no object.
    with contextlib.suppress(TypeError):
        config.set(path, key, deepcopy(value), conf=values)


def _files(args: argparse.Namespace) -> Iterator[Source]:
    from gallery_dl import util

    defaults, default_loads = _defaults(getattr(args, "config_type", None))
    groups: list[tuple[Any, Loads]] = [
        (defaults if args.config_load else None, default_loads),
        (getattr(args, "configs_extra", None), default_loads),
        (getattr(args, "configs_json", None), util.json_loads),
        (getattr(args, "configs_yaml", None), _yaml),
        (getattr(args, "configs_toml", None), _toml),
    ]
    for paths, loads in groups:
        yield from _load(paths or (), loads, frozenset())


def _defaults(kind: str | None) -> tuple[Sequence[str], Loads]:
    from gallery_dl import config

    names = [name for name in ("_type", "_load", "_default_configs") if hasattr(config, name)]
    before = {name: getattr(config, name) for name in names}
    try:
        if kind:
            with contextlib.suppress(Exception):  # an unknown type, or a parser not installed
                config.default(kind)
        loads = getattr(config, "_load", None) or config.util.json_loads
        return list(config._default_configs), loads
    finally:
        for name, value in before.items():
            setattr(config, name, value)


def _load(paths: Sequence[str], loads: Loads, parents: frozenset[str]) -> Iterator[Source]:
    from gallery_dl import util

    for pattern in paths:
        path = str(util.expand_path(pattern))
        values = None if path in parents else _parse(path, loads)
        if not isinstance(values, dict):
            continue
        yield Source(path, values)
        below = values.get("subconfigs") or ()
        yield from _load([below] if isinstance(below, str) else below, loads, parents | {path})


def _parse(path: str, loads: Loads) -> Any:
    try:
        return loads(Path(path).read_text(encoding="utf-8"))
    except Exception:  # noqa: BLE001 - three parsers, each with its own errors
        return None


def _yaml(text: str) -> Any:
    return import_module("yaml").safe_load(text)


def _toml(text: str) -> Any:
    return import_module("tomllib").loads(text)


def _options(understood: Understood) -> Iterator[tuple[Sequence[str], str, Any]]:
    """What `main()` sets from the parsed line, in its order, as far as it concerns us."""
    args = understood.namespace
    if args.filename:
        yield (), "filename", args.filename
    if args.directory is not None:
        yield (), "base-directory", args.directory
        yield (), "directory", ()
    if args.postprocessors or understood.replaces_root_postprocessors:
        yield (), "postprocessors", list(args.postprocessors)
    for key in ("abort", "terminate"):
        if getattr(args, key):
            yield (), "skip", f"{key}:{getattr(args, key)}"
    if args.options_pp:
        yield (), "postprocessor-options", args.options_pp
    yield from args.options
