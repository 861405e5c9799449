"""`cbzsafe explain ARGS...`: what a run would do, without doing it."""

from __future__ import annotations

import json
import os
import shlex
from enum import Enum
from typing import TYPE_CHECKING

import click

from cbzsafe.cli import options
from cbzsafe.cli.command import PassThrough

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cbzsafe.conflicts import Conflict
    from cbzsafe.explanation import Explanation
    from cbzsafe.settings import InForce


def lines(explanation: Explanation) -> Iterator[str]:
    """Write an explanation as plain text.

    Args:
        explanation: what a run would do.

    Yields:
        the lines, without line ends.
    """
    yield "Command line:"
    yield f"  {shlex.join(explanation.command)}"
    yield "Injected post-processor:"
    yield f"  {json.dumps(explanation.injected) if explanation.injected else 'none'}"
    yield f"  {explanation.reason}"
    yield "Settings:"
    yield from _settings(explanation.settings)
    yield "Configuration files:"
    yield from (f"  {name}" for name in explanation.files or ("none",))
    yield "Conflicts:"
    for conflict in explanation.conflicts:
        yield from _conflict(conflict)
    if not explanation.conflicts:
        yield "  none"


def _settings(settings: tuple[InForce, ...]) -> Iterator[str]:
    width = max(len(one.name) for one in settings)
    for one in settings:
        value = one.value.value if isinstance(one.value, Enum) else one.value
        shown = "none" if value is None else str(value)
        yield f"  {one.name:{width}}  {shown}  ({one.source})"


def _conflict(conflict: Conflict) -> Iterator[str]:
    yield f"  {conflict.where}: {conflict.what}  ({conflict.source})"
    yield f"    {conflict.answer}"


@click.command(
    "explain",
    cls=PassThrough,
    options_metavar="[OPTIONS] [GALLERY-DL OPTIONS] [URL]...",
    help="Show what `cbzsafe ARGS...` would do, and do nothing.",
)
@options.of_a_run
@click.pass_context
def command(ctx: click.Context, /, **given: str | None) -> int:
    """Show what a run would do."""
    from cbzsafe import explanation
    from cbzsafe.cli import sources
    from cbzsafe.gallerydl import configuration, parser

    understood = parser.understand(ctx.args)
    downloads = understood is not None and understood.downloads
    read = configuration.read(understood) if understood and downloads else None
    resolved = sources.resolve(given, os.environ, read)
    explained = explanation.explain(
        ctx.args, understood, read, resolved.settings, resolved.in_force
    )
    for line in lines(explained):
        click.echo(line)
    return 0
