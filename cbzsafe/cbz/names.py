"""Names of pages: their order, their safety, their numbers; and the names of temporaries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

_DIGITS = re.compile(r"([0-9]+)")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]|^/|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)")
_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})", re.DOTALL)

TEMPORARY_SUFFIX = ".part"

NaturalKey = tuple[tuple[tuple[int, int, str], ...], str]


def natural_key(name: str) -> NaturalKey:
    """Give the key by which pages stand in reading order.

    Runs of digits compare as numbers, letters without their case; equal names by that measure are
    told apart by their spelling, so that the order is total.
    """
    parts = _DIGITS.split(name.casefold())
    return tuple(_part(part) for part in parts if part), name


def _part(part: str) -> tuple[int, int, str]:
    """One run as a key: a number before a text, a short number before a long one."""
    if not ("0" <= part[0] <= "9"):
        return 1, 0, part
    digits = part.lstrip("0")
    # Compared by length and digits: int() refuses numbers of thousands of digits.
    return 0, len(digits), digits


def is_unsafe(name: str) -> bool:
    r"""Tell whether unpacking a page of this name could write outside the folder, or fail.

    Absolute, with a drive, with `..`, with a backslash, with control characters, or empty.
    """
    return not name.strip("/") or _UNSAFE.search(name) is not None


def safe(name: str) -> str:
    """Make a name out of an unsafe one that unpacks inside its folder, as readers show it.

    Backslashes become `/`; drives, roots and `..` go; what is left of control characters is `_`.
    """
    parts = re.split(r"[/\\]", re.sub(r"^[A-Za-z]:", "", name))
    kept = [_UNSAFE.sub("_", part) for part in parts if part not in {"", ".", ".."}]
    return "/".join(kept) or "page"


def unused(name: str, taken: Container[str]) -> str:
    """Give a name that is not taken: `001.1.jpg` for `001.jpg`, as gallery-dl enumerates."""
    stem, dot, extension = name.rpartition(".")
    if not stem or "/" in extension:
        stem, dot, extension = name, "", ""
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{stem}.{number}{dot}{extension}"
    return free


def is_metadata(name: str) -> bool:
    """Whether an entry describes the book instead of being a page of it."""
    return name.rpartition(".")[2].lower() in {"json", "xml", "txt"}


COMIC_INFO = "ComicInfo.xml"
"""The description of a book that readers look for, at the archive's root."""


def is_comic_info(name: str) -> bool:
    """Whether readers take an entry for the book's description; they do not look at its case."""
    return name.lower() == COMIC_INFO.lower()


def position(name: str) -> tuple[bool, bool, NaturalKey]:
    """Give the key by which entries stand: ComicInfo.xml, other metadata, then the pages."""
    return not is_comic_info(name), not is_metadata(name), natural_key(name)


def missing_numbers(names: Iterable[str]) -> list[int]:
    """Find the numbers that pages jump over, counted from 1.

    Nothing is said of names that are not all one prefix and a number before their extension, nor
    where more numbers are missing than there are: those numbers are no page numbers.

    Args:
        names: the pages' names, each with an extension.
    """
    matches = [_NUMBERED.fullmatch(name.rpartition(".")[0]) for name in names]
    if len(matches) < 2 or None in matches or len({m[1] for m in matches if m}) != 1:  # noqa: PLR2004 - one page has no gap
        return []
    numbers = {int(match[2]) for match in matches if match}
    if max(numbers) > 2 * len(numbers):
        return []
    return sorted(set(range(1, max(numbers))) - numbers)


def prefix_for(target: Path) -> str:
    """Give the beginning that all temporaries of a target share.

    It does not hold the title: a name of 250 bytes must leave room. It begins with a dot and holds
    no `.cbz`, for which readers look anywhere in a name.
    """
    import hashlib

    digest = hashlib.sha256(target.name.encode("utf-8", "surrogateescape")).hexdigest()
    return f".cbsafe-{digest[:12]}-"


def temporary(target: Path) -> Path:
    """Make up a name for a temporary of a target, in the target's folder."""
    import secrets

    return target.parent / f"{prefix_for(target)}{secrets.token_hex(4)}{TEMPORARY_SUFFIX}"
