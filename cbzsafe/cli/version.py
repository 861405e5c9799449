"""`--version`: both programs', for an error report needs both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from cbzsafe import __version__
from cbzsafe.cli.grouped import Grouped

F = TypeVar("F", bound=Callable[..., object])


def option(function: F) -> F:
    """Decorate a command's function with `--version`."""
    return click.option(
        "--version",
        cls=Grouped,
        group="Information",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show,
        help="Show the versions of cbzsafe and gallery-dl and exit.",
    )(function)


def _show(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    del parameter
    if not wanted or ctx.resilient_parsing:
        return
    from cbzsafe.gallerydl import parser

    click.echo(f"cbzsafe {__version__}\ngallery-dl {parser.version()}")
    ctx.exit()
