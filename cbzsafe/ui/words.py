"""The words and figures that all renderings share; they know the current folder and time zone."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Iterable, Sequence

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's general categories that a terminal obeys, hides or cannot take.

Cf holds the marks that turn the direction of writing; Cs are surrogates, which stand for the bytes
of a file name that is not UTF-8 (PEP 383).
"""

_JOINERS = "\u200c\u200d"
"""Two of Cf that Persian, Indic scripts and emoji cannot be written without."""

_STEP = 1000

_TENTHS = 10
"""Seconds below which tenths of one matter."""


def visible(text: str) -> str:
    r"""Make text safe for a terminal and for one line.

    Args:
        text: anything, such as a file name or a site's words.

    Returns:
        The text, with each character that is no letter but an order shown as its escape, such as
        `\x1b` or `\n`; a byte that is not UTF-8 is shown as `\xe9`.
    """
    return "".join(_escape(char) if _is_hidden(char) else char for char in text)


def valid(text: str) -> str:
    """Make text encodable as UTF-8, for a format that has its own escapes for all else.

    Args:
        text: anything, such as a file name that came through `os.fsdecode`.

    Returns:
        The text, with each surrogate shown as `visible` shows it.
    """
    return "".join(_escape(char) if "\ud800" <= char <= "\udfff" else char for char in text)


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN and char not in _JOINERS


def _escape(char: str) -> str:
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")


def size(count: int) -> str:
    """Say a number of bytes in decimal units, as disks and gallery-dl's sites do.

    Args:
        count: bytes.

    Returns:
        Such as `812 B`, `3.4 MB`, `1.2 GB`.
    """
    if count < _STEP:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB"):
        amount /= _STEP
        if round(amount, 1) < _STEP:
            return f"{amount:.1f} {unit}"
    return f"{amount / _STEP:.1f} TB"


def duration(seconds: float) -> str:
    """Say how long something took, such as `0.3 s`, `12 min 5 s` or `2 h 40 min`."""
    if round(seconds, 1) < _TENTHS:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    amounts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{amount} {unit}" for amount, unit in amounts if amount)


def day(moment: float) -> str:
    """Say a time in seconds since the epoch as the local date, such as `2026-11-20`."""
    return time.strftime("%Y-%m-%d", time.localtime(moment))


def ranges(numbers: Iterable[int]) -> list[str]:
    """Put ascending numbers together where they follow each other: `7 to 9`, `12`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return [" to ".join(map(str, run)) for run in runs]


def counted(number: int, noun: str) -> str:
    """Say a number of things, such as `1 page` or `12 pages`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str], limit: int | None) -> str:
    """Join names for one line.

    Args:
        names: any names.
        limit: how many to name before the rest is only counted, or None for all.

    Returns:
        Such as `1.jpg, 2.jpg and 7 more`.
    """
    shown = names if limit is None else names[:limit]
    rest = len(names) - len(shown)
    return visible(", ".join(shown)) + (f" and {rest} more" if rest else "")


def near(path: str) -> str:
    """Say a path relative to the current folder where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        return path
    return min(path, relative, key=len)
