"""What `check` and `repair` have in common on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cbzsafe.cli import values
from cbzsafe.cli.grouped import Grouped
from cbzsafe.settings import LogFormat

if TYPE_CHECKING:
    from cbzsafe.library.find import Found
    from cbzsafe.model import Problem

F = TypeVar("F", bound=Callable[..., object])


class _Parsed(click.ParamType):  # type: ignore[type-arg,unused-ignore] # generic since 8.2
    """A value by one of the functions of `cbzsafe.cli.values`."""

    def __init__(self, parse: values.Parse, metavar: str) -> None:
        self.name = metavar
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse, or complain as Click does."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


class _Option(Grouped):
    """An option whose environment variable has the option's own name, not its parameter's."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Look it up as Click does: an empty variable is none."""
        longest = max(self.opts, key=len).lstrip("-").replace("-", "_").upper()
        return os.environ.get(f"{ctx.auto_envvar_prefix}_{longest}") or None


def option(
    group: str,
    *names: str,
    help: str,  # noqa: A002 - Click's word
    parse: values.Parse | None = None,
    metavar: str | None = None,
    flag: bool = False,
    multiple: bool = False,
) -> Callable[[F], F]:
    """Make an option.

    Args:
        group: its heading in `--help`.
        names: as Click takes them.
        help: one sentence.
        parse: from the text to the value.
        metavar: what stands for the value in `--help`.
        flag: whether it has no value.
        multiple: whether it may be given several times.
    """
    kind = _Parsed(parse, metavar or "") if parse else None
    return click.option(
        *names,
        cls=_Option,
        group=group,
        help=help,
        is_flag=flag or None,  # with False Click takes such an option without its value, too
        multiple=multiple,
        metavar=metavar,
        type=kind,
    )


log_format = option(
    "Reporting",
    "--log-format",
    metavar="text|json",
    parse=values.one_of(LogFormat),
    help="Write lines of text to standard error (default), or a JSON object a line.",
)
"""Decorates a command's function with the option that `cbzsafe.cli.logs` has seen before."""

_COMMON = (
    click.argument("paths", metavar="PATH...", nargs=-1, type=click.UNPROCESSED),
    option(
        "Archives",
        "--files-from",
        "lists",
        metavar="FILE",
        multiple=True,
        help="Take paths from FILE, one a line or separated by NUL bytes; - is standard input.",
    ),
    option("Archives", "--zip", "zips", flag=True, help="Look at .zip files in folders too."),
    option(
        "Archives",
        "--glob",
        "globs",
        metavar="PATTERN",
        multiple=True,
        help="In folders, look at the names that match PATTERN instead of *.cbz.",
    ),
    option(
        "Archives",
        "--exclude",
        metavar="PATTERN",
        multiple=True,
        help="In folders, leave out files and folders whose name or path matches PATTERN.",
    ),
)

_OUTPUT = (
    option("Output", "--json", "as_json", flag=True, help="Write one JSON object at the end."),
    option(
        "Output",
        "--jsonl",
        "as_lines",
        flag=True,
        help="Write a JSON object a line, one an archive as it comes, and a summary.",
    ),
    option("Output", "-q", "--quiet", flag=True, help="Say nothing of what is sound."),
    option("Output", "-v", "--verbose", flag=True, help="Name what is sound, and every finding."),
)


_WATCHING = (
    option(
        "Reporting",
        "--metrics",
        metavar="FILE",
        parse=values.file,
        help="Write metrics to FILE, in the text format of Prometheus.",
    ),
    option(
        "Reporting",
        "--termination-log",
        metavar="FILE",
        parse=values.file,
        help="Write a short summary to FILE; without it, to /dev/termination-log if that is there.",
    ),
    log_format,
)


def taken(function: F) -> F:
    """Decorate a command's function with the paths and the options that choose archives."""
    return _with(function, _COMMON)


def shown(function: F) -> F:
    """Decorate a command's function with the options of its output."""
    return _with(function, (*_OUTPUT, *_WATCHING))


def _with(function: F, decorators: tuple[Callable[[Any], Any], ...]) -> F:
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


def depth(given: dict[str, Any]) -> str:
    """Choose how closely to look.

    Raises:
        click.UsageError: two depths were asked for.
    """
    if given["quick"] and given["decode"]:
        raise click.UsageError("--quick and --decode exclude each other.")
    return "decode" if given["decode"] else "quick" if given["quick"] else "normal"


def find(given: dict[str, Any]) -> tuple[list[Found], list[Problem]]:
    """List the archives that are meant, and what went wrong with that.

    Args:
        given: the options' values by their names.

    Raises:
        click.UsageError: no path was given, or two forms of output.
        UsageError: a list cannot be read.
    """
    from cbzsafe.library import find, listing

    if not given["paths"] and not given["lists"]:
        raise click.UsageError("Name a file or a folder, such as ~/Comics.")
    if given["as_json"] and given["as_lines"]:
        raise click.UsageError("--json and --jsonl exclude each other.")
    wanted = find.Wanted(given["zips"], given["globs"], given["exclude"], given.get("subset"))
    finder = find.Finder(wanted)
    found = list(finder.find(listing.expand(given["paths"], given["lists"])))
    return found, finder.problems
