"""What in a user's configuration works against a safe book, and what cbzsafe does about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cbzsafe import zips

if TYPE_CHECKING:
    from cbzsafe.gallerydl.configuration import Configuration
    from cbzsafe.gallerydl.parser import Understood
    from cbzsafe.zips import Path


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """One thing that was found in the configuration.

    Attributes:
        where: the key from the root, with dots.
        what: the value there, or what is wrong with it.
        source: the file, or the command line.
        answer: what cbzsafe does about it, one sentence.
    """

    where: str
    what: str
    source: str
    answer: str


@dataclass(frozen=True, slots=True)
class _Rule:
    key: str
    matters: Callable[[Any], bool]
    answer: str


def _is_false(value: Any) -> bool:
    # gallery-dl asks for truth only, so that 0 and null count as false.
    return not value


def _keeps_files(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value.get("keep-files"))


def _says(*words: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value.partition(":")[0] in words


_KEPT = "The pages stay beside the archive after it is published."

# Looked up by gallery-dl at the root first and then at the innermost level that has the key
# (config.interpolate).
_INNERMOST = (
    _Rule(
        "archive-mode",
        _says("memory"),
        "Each book's pages enter the history when the book is published, in this mode as well.",
    ),
    _Rule(
        "archive-event",
        bool,
        "A page enters the history only after its book is published, whatever the event.",
    ),
    _Rule("postprocess", _is_false, "No post-processor runs: nothing is packed or deferred."),
    _Rule(
        "skip",
        _says("abort", "terminate", "exit"),
        "It takes effect at the end of a book, so that a hole behind known pages is still filled.",
    ),
    _Rule(
        "skip", _is_false, "Each page is fetched again and replaces the one that the book holds."
    ),
    _Rule(
        "skip",
        _says("enumerate"),
        "The same bytes under one name are one page; other bytes get the numbered name.",
    ),
    _Rule(
        "actions",
        bool,
        "They run as they are, and the exit status comes from the books: it is not 0 when one is "
        "not whole.",
    ),
    _Rule("postprocessor-options", _keeps_files, _KEPT),
    _Rule("download", _is_false, "Nothing is downloaded: nothing is packed or deferred."),
)

_AT_ROOT = (
    _Rule(
        "signals-ignore",
        bool,
        "SIGTERM and SIGINT end the run cleanly all the same; others are ignored as it says.",
    ),
    _Rule(
        "signals-actions",
        bool,
        "SIGTERM and SIGINT end the run cleanly instead; others act as it says.",
    ),
)

_PART = _Rule(
    "part",
    _is_false,
    "Pages of a book are written as .part files all the same: none is short at its final name.",
)

_ONE_WRITER = "They become one writer, and the report says that two were asked for."
_NONE_ADDED = "It is written safely, with its own options, and no other is injected."
_BOTH = "Both are written, and pages leave their folder when both are published."
_REPLACED = "--cbz replaces them, as it does in gallery-dl."


def find(
    understood: Understood, configuration: Configuration, *, injecting: bool
) -> tuple[Conflict, ...]:
    """Find all conflicts of a configuration, sorted.

    Args:
        understood: the command line.
        configuration: what it leads to.
        injecting: whether a post-processor is injected.
    """
    found = {
        *_from_rules(configuration),
        *_from_parts(configuration),
        *_from_zips(configuration, asked=understood.cbz_asked and injecting, injecting=injecting),
        *_replaced(understood, configuration),
    }
    return tuple(sorted(found))


def _from_rules(configuration: Configuration) -> Iterator[Conflict]:
    merged = configuration.merged
    for path, values in zips.levels(merged):
        rules = _INNERMOST if path else (*_INNERMOST, *_AT_ROOT)
        for rule in rules:
            if not path or rule.key not in merged:
                yield from _applied(rule, configuration, path, values)


def _from_parts(configuration: Configuration) -> Iterator[Conflict]:
    """Find `part: false` where the downloader looks for it (downloader/common.py)."""
    merged = configuration.merged
    if "part" in merged:
        yield from _applied(_PART, configuration, (), merged)
        return
    places: list[Path] = [("downloader",), ("downloader", "http")]
    places += [(*path, "http") for path, _ in zips.levels(merged) if len(path) > 1]
    for path in places:
        yield from _applied(_PART, configuration, path, _at(merged, path))


def _applied(
    rule: _Rule, configuration: Configuration, path: Path, values: Mapping[str, Any]
) -> Iterator[Conflict]:
    if rule.key in values and rule.matters(values[rule.key]):
        what = json.dumps(values[rule.key], sort_keys=True, default=str)
        yield _conflict(configuration, (*path, rule.key), what, rule.answer)


def _from_zips(configuration: Configuration, *, asked: bool, injecting: bool) -> Iterator[Conflict]:
    for path, _ in zips.levels(configuration.merged):
        where = (*path, "postprocessors")
        found = zips.find(configuration.merged, path)
        for at, entry in enumerate(found):
            if entry.path != path:
                continue
            name = f"zip for .{entry.extension}"
            if any(entry.may_meet(other) for other in _for_same_file(found[:at], entry)):
                yield _conflict(configuration, where, f"a second {name}", _ONE_WRITER)
            elif injecting:
                answer = _BOTH if asked and entry.extension != "cbz" else _NONE_ADDED
                yield _conflict(configuration, where, name, answer)
            if entry.keeps_files:
                yield _conflict(configuration, where, f"keep-files in the {name}", _KEPT)


def _for_same_file(found: list[zips.Zip], entry: zips.Zip) -> list[zips.Zip]:
    return [other for other in found if other.extension == entry.extension]


def _replaced(understood: Understood, configuration: Configuration) -> Iterator[Conflict]:
    if not understood.replaces_root_postprocessors:
        return
    for source in configuration.sources[:-1]:
        if source.values.get("postprocessors"):
            yield Conflict("postprocessors", "at the root", source.name, _REPLACED)


def _conflict(configuration: Configuration, path: Path, what: str, answer: str) -> Conflict:
    source = configuration.origin(*path) or "the command line"
    return Conflict(".".join(path), what, source, answer)


def _at(merged: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    values: Any = merged
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values if isinstance(values, Mapping) else {}
