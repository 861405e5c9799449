"""Options of a command line as plain data, whoever's they are: for completion and the manual."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What may stand for a value."""

    TEXT = "text"
    """Nobody knows: a URL, a number, an expression."""
    WORD = "word"
    """One of a few words."""
    FILE = "file"
    """A file's path."""
    FOLDER = "folder"
    """A folder's path."""
    ARCHIVE = "archive"
    """The path of an archive, or of a folder with some."""


_KINDS = {"FILE": Kind.FILE, "PATH": Kind.FILE, "DIR": Kind.FOLDER}
_WORDS = re.compile(r"[\w-]+(?:\|[\w-]+)+")
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


class Value(NamedTuple):
    """A value of an option, or an argument.

    Attributes:
        kind: what may stand here.
        choices: the words, where there are a few.
    """

    kind: Kind
    choices: tuple[str, ...] = ()


class Option(NamedTuple):
    """An option.

    Attributes:
        names: as they are written, such as `-d` and `--destination`.
        values: what follows it, one for each word; empty for a flag.
        help: its help text on one line.
        hidden: whether help does not tell of it.
    """

    names: tuple[str, ...]
    values: tuple[Value, ...]
    help: str
    hidden: bool

    @property
    def gist(self) -> str:
        """The first sentence of its help, without the full stop."""
        return _SENTENCES.split(self.help)[0].removesuffix(".")


def value(metavar: str, choices: tuple[str, ...] = ()) -> Value:
    """Tell from what stands for a value in a help text what may stand in its place.

    Args:
        metavar: such as `FILE`, `DIR` or `hold|publish`.
        choices: the words that may, where something else tells them.
    """
    if choices:
        return Value(Kind.WORD, choices)
    if _WORDS.fullmatch(metavar):
        return Value(Kind.WORD, tuple(metavar.split("|")))
    return Value(_KINDS.get(metavar, Kind.TEXT))
