"""Paths from a file or from standard input, as `find -print0` and other programs give them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

STDIN = "-"


def expand(paths: Iterable[str], lists: Iterable[str]) -> list[Path]:
    """Put together the paths of the command line and those of lists.

    Args:
        paths: from the command line; `-` stands for a list on standard input.
        lists: names of files that are lists; `-` likewise.

    Raises:
        UsageError: a list cannot be read, or a path is empty.
    """
    found: list[Path] = []
    for path in paths:
        found += read(path) if path == STDIN else [_named(path)]
    for name in lists:
        found += read(name)
    return found


def _named(path: str) -> Path:
    """Refuse what a variable that is not set leaves: it would mean the folder of the process."""
    if not path:
        raise UsageError("A path is empty.")
    return Path(path)


def read(name: str) -> list[Path]:
    """Read a list: a path a line, or separated by NUL bytes where there is one.

    Args:
        name: the file, or `-` for standard input.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        data = _standard_input() if name == STDIN else _named(name).read_bytes()
    except OSError as error:
        raise UsageError(f"The list {name} cannot be read: {error.strerror}.") from error
    separator = b"\0" if b"\0" in data else b"\n"
    lines = (line if separator == b"\0" else line.rstrip(b"\r") for line in data.split(separator))
    return [Path(os.fsdecode(line)) for line in lines if line]


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise UsageError("Standard input is closed, and no list can be read from it.")
    return sys.stdin.buffer.read()
