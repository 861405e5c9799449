"""What may stand at the end of a command line that is being typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cbzsafe import invocation
from cbzsafe.cli.command import COMMANDS
from cbzsafe.cli.known import known
from cbzsafe.model.option import Kind, Option, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cbzsafe.cli.known import Known

PROGRAM = "cbzsafe"
"""The program's name; under another one, an alias, there are no commands."""

_REDIRECTION = re.compile(r"\d*(?:[<>]|>>|>\||&>|&>>)")

_TEXT = Value(Kind.TEXT)


class Offers(NamedTuple):
    """What may stand there.

    Attributes:
        kind: for a path the shell itself knows what there is.
        words: whole words, each with what it is, or `""`; for archives their extensions.
        kept: what stands in front of the value in the same word, such as `--pack=`.
    """

    kind: Kind
    words: tuple[tuple[str, str], ...] = ()
    kept: str = ""


def offers(words: Sequence[str]) -> Offers:
    """Tell what may stand in place of the last of some words.

    Args:
        words: the command line up to the cursor, the program first; the last may be empty.
    """
    program, *before, current = words
    if before and _REDIRECTION.fullmatch(before[-1]):
        return Offers(Kind.FILE)
    commands = COMMANDS if Path(program).name == PROGRAM else {}
    if not before and not current.startswith("-"):
        gists = ((name, entry.help.removesuffix(".")) for name, entry in commands.items())
        return _words(gists, current)
    name, before = invocation.command(before, commands)
    return _of(known(name), before, current)


def _of(command: Known, before: list[str], current: str) -> Offers:
    before, rest = invocation.at_dashes(before)
    if rest:
        return _behind(command, before, rest[1:], current)
    waiting, others = _read(before, command.options)
    if waiting:
        return _value(waiting[0], current)
    name, given, text = current.partition("=")
    if given and name.startswith("--"):
        option = _option(name, command.options)
        value = option.values[0] if option and option.values else _TEXT
        return _value(value, text, f"{name}=")
    if current.startswith("-"):
        return _words(_described(command.options), current)
    return _argument(command, others, current, before)


def _behind(command: Known, before: list[str], after: list[str], current: str) -> Offers:
    """Behind `--` are no options, except where a run's command line stands there."""
    if command.runs:
        return _of(known(None), after, current)
    others = _read(before, command.options)[1] + len(after)
    return _argument(command, others, current, before)


def _argument(command: Known, others: int, current: str, before: list[str]) -> Offers:
    values = command.arguments
    value = values[min(others, len(values) - 1)] if values else _TEXT
    if value.kind is not Kind.ARCHIVE:
        return _value(value, current)
    extensions = ("cbz", "zip") if "--zip" in before else ("cbz",)
    return Offers(value.kind, tuple((extension, "") for extension in extensions))


def _value(value: Value, current: str, kept: str = "") -> Offers:
    found = _words([(choice, "") for choice in value.choices], current, kept)
    return found._replace(kind=value.kind)


def _words(all_: Iterable[tuple[str, str]], current: str, kept: str = "") -> Offers:
    matching = ((f"{kept}{word}", gist) for word, gist in all_ if word.startswith(current))
    return Offers(Kind.WORD, tuple(matching), kept)


def _described(options: Mapping[str, Option]) -> Iterable[tuple[str, str]]:
    return ((name, one.gist) for name, one in options.items() if not one.hidden)


def _read(words: Iterable[str], options: Mapping[str, Option]) -> tuple[tuple[Value, ...], int]:
    """Read the words before the cursor.

    Returns:
        the values that the last option still waits for, and how many words are arguments.
    """
    waiting: tuple[Value, ...] = ()
    others = 0
    for word in words:
        if waiting:
            waiting = waiting[1:]
        elif word.startswith("--"):
            option = None if "=" in word else _option(word, options)
            waiting = option.values if option else ()
        elif word.startswith("-"):
            waiting = _short(word[1:], options)
        else:
            others += 1
    return waiting, others


def _option(name: str, options: Mapping[str, Option]) -> Option | None:
    """Find a long option, of which gallery-dl takes the beginning, too."""
    if name in options:
        return options[name]
    found = {id(one): one for key, one in options.items() if key.startswith(name)}
    return found.popitem()[1] if len(found) == 1 else None


def _short(letters: str, options: Mapping[str, Option]) -> tuple[Value, ...]:
    """Read one-letter options that stand together; the rest of a word is a value, too."""
    for at, letter in enumerate(letters, 1):
        option = options.get(f"-{letter}")
        if option is None:
            return ()
        if option.values:
            return option.values[1 if letters[at:] else 0 :]
    return ()
