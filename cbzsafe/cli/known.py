"""What a command takes, read from Click's tables and gallery-dl's parser: for completion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click

from cbzsafe.cli.command import COMMANDS, RUN, PassThrough
from cbzsafe.errors import UnsupportedGalleryDL
from cbzsafe.model.option import Kind, Option, Value, value

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATHS = {"PATH": Kind.ARCHIVE, "DIR": Kind.FOLDER}
_BEHIND = re.compile(r"\W.*")


class Known(NamedTuple):
    """What a command takes.

    Attributes:
        options: by each of their names, in the order of the help.
        arguments: what the words that are no options are; the last one may come again.
        runs: whether what stands behind `--` is the command line of a run.
    """

    options: Mapping[str, Option]
    arguments: tuple[Value, ...]
    runs: bool


def known(name: str | None) -> Known:
    """Tell what a command takes.

    Args:
        name: of the command; None for a run.
    """
    command = (RUN if name is None else COMMANDS[name]).load()
    passes_on = command.ignore_unknown_options
    options: dict[str, Option] = {}
    for option in (*ours(command), *(_theirs() if passes_on else ())):
        for one in option.names:
            options.setdefault(one, option)
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    runs = isinstance(command, PassThrough) and not passes_on
    return Known(options, tuple(map(_argument, arguments)), runs)


def ours(command: click.Command) -> list[Option]:
    """Give the options of a command of ours, in the order of its help."""
    parameters = command.get_params(click.Context(command))
    return [_option(one) for one in parameters if isinstance(one, click.Option)]


def _option(option: click.Option) -> Option:
    values = () if option.is_flag or option.count else (_value(option),)
    return Option((*option.opts, *option.secondary_opts), values, option.help or "", option.hidden)


def _value(parameter: click.Parameter) -> Value:
    choices = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
    return value(parameter.metavar or "", tuple(map(str, choices)))


def _argument(argument: click.Argument) -> Value:
    """A path among a command's arguments is that of archives: nothing else is looked at."""
    first = _BEHIND.sub("", (argument.metavar or "").lstrip("["))
    return Value(_PATHS[first]) if first in _PATHS else _value(argument)


def _theirs() -> tuple[Option, ...]:
    from cbzsafe.gallerydl import options

    try:
        return options.options()
    except UnsupportedGalleryDL:  # ours are known all the same
        return ()
