"""From what a user wrote to a setting's value.

Each function takes text, or what a JSON, YAML or TOML file made of it, and raises ValueError with
the rest of a sentence that begins with the place where the value was written.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enum import Enum

Parse = Callable[[object], object]

INDEX = "JOB_COMPLETION_INDEX"
"""The variable in which Kubernetes tells a pod of an Indexed Job its number, from 0."""

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?", re.IGNORECASE | re.ASCII)
_DURATION = re.compile(
    r"(?=\d)(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", re.ASCII
)
_PART = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


def one_of(kind: type[Enum]) -> Parse:
    """Make a parser for the values of an enumeration of strings."""

    def parse(raw: object) -> Enum:
        try:
            return kind(raw)
        except ValueError:
            choices = ", ".join(member.value for member in kind)
            raise ValueError(f"{raw!r} is none of {choices}") from None

    return parse


def count(raw: object) -> int:
    """Parse a whole number from 0."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise ValueError(f"{raw!r} is no whole number from 0")
    return raw


def seconds(raw: object) -> float:
    """Parse a number of seconds from 0."""
    value = _number(raw)
    if value is None or value < 0:
        raise ValueError(f"{raw!r} is no number of seconds from 0")
    return value


def deadline(raw: object) -> float:
    """Parse a number of seconds above 0."""
    value = _number(raw)
    if value is None or value <= 0:
        raise ValueError(f"{raw!r} is no number of seconds above 0")
    return value


def size(raw: object) -> int:
    """Parse a number of bytes above 0; K, M, G and T are powers of 1024, as in gallery-dl."""
    match = None if isinstance(raw, bool) else _SIZE.fullmatch(str(raw).strip())
    bytes_ = int(float(match[1]) * _UNITS[match[2].upper()]) if match else 0
    if bytes_ < 1:
        raise ValueError(f"{raw!r} is no size above 0, such as 500M or 2G")
    return bytes_


def expression(raw: object) -> str:
    """Parse a Python expression, as gallery-dl compiles a filter (`compile_expression_raw`)."""
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r} is no Python expression")  # noqa: TRY004 - see the module
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(raw, "<zip-filter>", "eval")
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        raise ValueError(f"{raw!r} is no Python expression") from None
    return raw


_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def yes_or_no(raw: object) -> bool:
    """Parse true or false, as a configuration file or an environment variable has it."""
    value = raw if isinstance(raw, bool) else _WORDS.get(str(raw).strip().lower())
    if value is None:
        raise ValueError(f"{raw!r} is neither true nor false")
    return value


def comicinfo_formats(raw: object) -> tuple[tuple[str, str | None], ...]:
    """Parse an object with gallery-dl format strings by element of ComicInfo, or its JSON."""
    value = raw
    if isinstance(raw, str):
        import json

        with suppress(ValueError):
            value = json.loads(raw)
    if not isinstance(value, dict):
        raise ValueError(f"{raw!r} is no object, such as {{'Series': '{{manga}} ({{lang}})'}}")  # noqa: TRY004 - see the module
    for name, text in value.items():
        _require_element(name)
        if not (text is None or isinstance(text, str)):
            raise ValueError(f"{name} is {text!r}, and no format string")
    return tuple(value.items())


def _require_element(name: str) -> None:
    from cbzsafe.comicinfo.elements import COMPUTED, ELEMENTS

    if name in COMPUTED:
        raise ValueError(f"{name} follows from the archive, and cannot be set")
    if name not in ELEMENTS:
        near = difflib.get_close_matches(name, ELEMENTS, 1)
        hint = f", did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"ComicInfo has no element {name!r}{hint}")


def folder(raw: object) -> Path:
    """Parse the path of a folder, which need not be there yet."""
    path = _path(raw)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{raw!r} is no folder")
    return path


def file(raw: object) -> Path:
    """Parse the path of a file, which need not be there yet."""
    path = _path(raw)
    if path.is_dir():
        raise ValueError(f"{raw!r} is a folder, not a file")
    return path


def duration(raw: object) -> float:
    """Parse a span of time above 0: `90`, `90s`, `10m`, `2h` or `1h30m`; in seconds."""
    match = _DURATION.fullmatch(str(raw).strip())
    spans = [float(part or 0) for part in match.groups()] if match else [0.0]
    value = sum(span * unit for span, unit in zip(spans, (3600, 60, 1), strict=False))
    if value <= 0:
        raise ValueError(f"{raw!r} is no span of time, such as 90s, 10m or 1h30m")
    return value


def part(raw: object) -> tuple[int, int]:
    """Parse a part of a whole, such as `3/7`: the third of seven."""
    match = _PART.fullmatch(str(raw))
    number, parts = map(int, match.groups()) if match else (0, 0)
    if not 1 <= number <= parts:
        raise ValueError(f"{raw!r} is no part, such as 3/7 for the third of seven")
    return number, parts


def shard(raw: object) -> tuple[int, int]:
    """Parse a part whose number may be `index`: that of the pod in an Indexed Job, from 0."""
    text = str(raw)
    if not text.startswith("index/"):
        return part(raw)
    index = os.environ.get(INDEX, "")
    if not (index.isascii() and index.isdigit()):
        raise ValueError(f"{raw!r} needs {INDEX}, which Kubernetes sets in an Indexed Job")
    return part(f"{int(index) + 1}/{text.partition('/')[2]}")


def _path(raw: object) -> Path:
    if not isinstance(raw, str) or not raw or "\0" in raw:
        raise ValueError(f"{raw!r} is no path")
    return Path(raw)


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
