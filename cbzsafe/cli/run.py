"""`cbzsafe ARGS...`: gallery-dl's own run, with whole books."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

import click

from cbzsafe.cli import options, version
from cbzsafe.cli.command import COMMANDS, PassThrough, State
from cbzsafe.errors import StorageError

if TYPE_CHECKING:
    from cbzsafe.gallerydl.parser import Understood
    from cbzsafe.model import RunReport
    from cbzsafe.settings import Settings

EXAMPLES = (
    ("cbzsafe URL", "each chapter becomes one whole .cbz"),
    ("cbzsafe --publish-to ~/Comics -i urls.txt", "pages here, finished books there"),
    ("cbzsafe --report run.json -q URL", "nothing but errors, and a report for a program"),
    ("alias gallery-dl='cbzsafe --pack asked'", "as before, and safe where --cbz is given"),
)

STATUSES = (
    ("0", "every book of the run is whole"),
    ("1", "a bit: a book is not whole"),
    ("2", "a wrong option, variable or configuration key"),
    ("4 to 64", "bits of gallery-dl's own"),
    ("128", "a bit: the disk failed"),
    ("130, 143", "ended by SIGINT or SIGTERM"),
)


class RunCommand(PassThrough):
    """The run's command, whose help is also the program's."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the ways to call the program."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] [GALLERY-DL OPTIONS] URL...")
        formatter.write_usage(ctx.command_path, "COMMAND ARGS...", prefix=" " * len("Usage: "))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what else there is to know."""
        commands = [(f"{name} {entry.usage}", entry.help) for name, entry in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(commands)
        super().format_epilog(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(
            "Every other option is gallery-dl's: `gallery-dl --help` or `cbzsafe -h` lists them. "
            "Each option above has an environment variable, CBZSAFE_PAGE_RETRIES for "
            "--page-retries, and a key in the object `cbzsafe` of gallery-dl's configuration file, "
            "page-retries. The option wins over the variable, the variable over the key."
        )


def _run(understood: Understood, settings: Settings, *, quiet: bool, verbose: bool) -> int:
    """Run and render; a signal that comes between the two does not lose the report."""
    from cbzsafe.gallerydl import seam

    seam.check()  # before anything is imported that builds upon private names

    from cbzsafe.gallerydl import session
    from cbzsafe.interrupt import Stop
    from cbzsafe.ui import progress

    stop = Stop()
    with stop.handling():
        report = session.run(understood, settings, progress.for_stream(quiet), stop)
        with stop.uninterrupted():
            return _render(report, settings, quiet=quiet, verbose=verbose)


def _render(report: RunReport, settings: Settings, *, quiet: bool, verbose: bool) -> int:
    from cbzsafe.ui import json as json_ui
    from cbzsafe.ui import text

    text.run(report, quiet=quiet, verbose=verbose)
    if settings.report is None:
        return report.status
    try:
        json_ui.write_run(report, settings.report)
    except StorageError as error:
        sys.stderr.write(f"cbzsafe: {error}\n")
        return report.status | error.exit_code
    return report.status


@click.command(
    "cbzsafe",
    cls=RunCommand,
    examples=EXAMPLES,
    statuses=STATUSES,
    help="Run gallery-dl so that a .cbz at its final name is always whole.",
)
@options.of_a_run
@version.option
@click.pass_context
def command(ctx: click.Context, /, **given: str | None) -> int:
    """Download, and publish whole books."""
    from cbzsafe.cli import sources
    from cbzsafe.gallerydl import configuration, parser, seam

    understood = parser.understand(ctx.args)
    books = understood is not None and understood.downloads
    loglevel = understood.loglevel if understood else logging.INFO
    quiet, verbose = loglevel >= logging.ERROR, loglevel <= logging.DEBUG
    ctx.ensure_object(State).verbose = verbose

    read = configuration.read(understood) if understood and books else None
    settings = sources.resolve(given, os.environ, read).settings
    if understood is None or not books:
        return seam.call_main(list(ctx.args))
    return _run(understood, settings, quiet=quiet, verbose=verbose)
