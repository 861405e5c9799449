"""`cbzsafe ARGS...`: gallery-dl's own run, with whole books."""

from __future__ import annotations

import functools
import logging
import os
import sys
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cbzsafe.cli import errors, options, version
from cbzsafe.cli.command import COMMANDS, PassThrough, State
from cbzsafe.cli.notices import Notices
from cbzsafe.cli.outputs import Outputs
from cbzsafe.errors import UsageError
from cbzsafe.settings import LogFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cbzsafe.gallerydl.configuration import Configuration
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


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for.

    Attributes:
        understood: gallery-dl's arguments.
        read: its configuration.
        settings: ours.
        quiet: whether nothing but errors is told.
        verbose: whether everything is.
    """

    understood: Understood
    read: Configuration
    settings: Settings
    quiet: bool
    verbose: bool

    @property
    def folders(self) -> Iterator[Path]:
        """Where books are made, and where they are published; found out when it is asked for."""
        from cbzsafe.doctor.configured import base_directories

        yield from base_directories(self.read)
        if self.settings.publish_to is not None:
            yield self.settings.publish_to

    @property
    def watched(self) -> bool:
        """Whether the run is to be shown on a terminal: not where gallery-dl prints nothing."""
        output = self.read.section("output")
        mode = output.get("mode", "auto") if isinstance(output, dict) else "auto"
        prints = mode is None or (mode and mode != "null")
        silent = self.understood.loglevel >= logging.WARNING  # gallery_dl/__init__.py
        return bool(prints) and not silent and self.settings.log_format is LogFormat.TEXT

    @property
    def outputs(self) -> Outputs:
        """What is left for those who watch."""
        settings = self.settings
        return Outputs("run", settings.termination_log, settings.metrics, settings.report)


def _run(wish: _Wish) -> int:
    """Run and render; a signal that comes after the run does not lose the report."""
    from cbzsafe.gallerydl import seam

    seam.check()  # before anything is imported that builds upon private names

    from cbzsafe.gallerydl import session
    from cbzsafe.interrupt import Stop
    from cbzsafe.ui import live, progress

    wish.outputs.require()
    stop = Stop()
    notices = Notices(wish.settings, stop)
    with _printing(), stop.handling():
        plain = progress.for_stream(wish.quiet)
        with live.following(plain, wanted=wish.watched) as (bar, watcher):
            notices.aside = watcher.aside
            report = session.run(
                wish.understood, wish.settings, bar, stop, notices.hear, watcher=watcher
            )
        return _render(notices.of_run(report), wish)


@contextmanager
def _printing() -> Iterator[None]:
    """Give gallery-dl, which prints each page's path, a place for it where there is no stdout."""
    if sys.stdout is not None:
        yield
        return
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def _render(report: RunReport, wish: _Wish) -> int:
    from cbzsafe.ui import lines, text

    text.run(report, quiet=wish.quiet, verbose=wish.verbose)
    laid_out = functools.partial(lines.laid_out, verbose=False)
    return wish.outputs.write(report, laid_out, wish.folders)


def _passed_on(ctx: click.Context, *, rejected: bool) -> int:
    """Let gallery-dl have a line as it is; that it took none is a container's last word, too."""
    from cbzsafe.gallerydl import seam

    status = seam.call_main(list(ctx.args))
    if status and rejected:
        errors.leave(
            f"gallery-dl did not take the command line (exit status {status}); the log says why.",
            ctx.obj,
        )
    return status


def _refuse_rewriting(understood: Understood, settings: Settings) -> None:
    """Other shards' chapters must not be marked as downloaded in a list that they share.

    Raises:
        UsageError: the list would be written to.
    """
    if settings.shard is not None and understood.rewrites_input:
        raise UsageError(
            "--shard: -I and -x write into the list of URLs what this shard did not download; "
            "use -i."
        )


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
    from cbzsafe.gallerydl import configuration, parser

    understood = parser.understand(ctx.args)
    books = understood is not None and understood.downloads
    loglevel = understood.loglevel if understood else logging.INFO
    quiet, verbose = loglevel >= logging.ERROR, loglevel <= logging.DEBUG
    ctx.ensure_object(State).verbose = verbose

    read = configuration.read(understood) if understood and books else None
    settings = sources.resolve(given, os.environ, read).settings
    ctx.obj.termination_log = settings.termination_log
    ctx.obj.log.use(settings.log_format)
    if understood is None or read is None:
        return _passed_on(ctx, rejected=understood is None)
    _refuse_rewriting(understood, settings)
    return _run(_Wish(understood, read, settings, quiet, verbose))
