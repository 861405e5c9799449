"""`cbzsafe repair PATH...`: what can be proved of damaged archives, in sound ones."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from cbzsafe.cli import archives, receivers, values
from cbzsafe.cli.answer import Answer
from cbzsafe.cli.command import Command
from cbzsafe.cli.notices import Notices
from cbzsafe.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cbzsafe.interrupt import Stop
    from cbzsafe.model import RepairReport, RunReport
    from cbzsafe.progress import Progress

EXAMPLES = (
    ("cbzsafe repair --dry-run ~/Comics", "what would come out"),
    ("cbzsafe repair ~/Comics", "damaged books written anew, the originals kept"),
    ("cbzsafe repair --tidy book.cbz", "what is only odd made right, too"),
    ("cbzsafe repair --from URL book.cbz", "then download the pages that it lacks"),
)

STATUSES = (
    ("0", "all archives are sound, and nothing of them is lost"),
    ("1", "pages are lost, or damage is left"),
    ("2", "an archive or a path cannot be read, or a wrong option"),
    ("128", "a bit: the disk failed, or cannot be written to"),
    ("130, 143", "ended by SIGINT or SIGTERM"),
)

_TOLD = ("notify", "notify_path", "on_publish")
"""The settings of a run that a repair has, too."""


@click.command(
    "repair",
    cls=Command,
    examples=EXAMPLES,
    statuses=STATUSES,
    options_metavar="[OPTIONS]",
    help="Write damaged archives anew, with every page whose bytes can be proved.",
    context_settings={"auto_envvar_prefix": "CBZSAFE_REPAIR"},
)
@archives.taken
@archives.option("Repair", "--dry-run", flag=True, help="Write nothing; say what would come out.")
@archives.option(
    "Repair",
    "--tidy",
    flag=True,
    help="Repair what is only odd, too: wrong extensions, unsafe names, times, order, dead bytes.",
)
@archives.option(
    "Repair",
    "--keep-viewable",
    flag=True,
    help="Keep pages that fail their checksum but can still be shown.",
)
@archives.option("Repair", "--decode", flag=True, help="Decode every picture whole.")
@archives.option(
    "Repair",
    "--from",
    "source",
    metavar="URL",
    help="Download what the one archive lacks from URL, that of its chapter.",
)
@archives.option(
    "Originals",
    "--backup-dir",
    metavar="DIR",
    parse=values.folder,
    help="Keep originals under DIR instead of beside each archive.",
)
@archives.option(
    "Originals",
    "--no-backup",
    flag=True,
    help="Keep no original of which every page is, proved, in the new archive.",
)
@archives.option(
    "Originals",
    "--lock-timeout",
    metavar="SECONDS",
    parse=values.seconds,
    help="Wait so long for a book that another process works on. Default: 600.",
)
@archives.option(
    "Publishing",
    "--notify",
    metavar="URL",
    parse=receivers.addresses,
    help=receivers.NOTIFY,
)
@archives.option(
    "Publishing",
    "--notify-path",
    metavar="OURS=THEIRS",
    parse=receivers.path_map,
    help=receivers.NOTIFY_PATH,
)
@archives.option(
    "Publishing",
    "--on-publish",
    metavar="CMD",
    parse=receivers.command,
    help=receivers.ON_PUBLISH,
)
@archives.shown
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Repair archives."""
    from cbzsafe.interrupt import Stop
    from cbzsafe.ui import progress

    answer = Answer(ctx, given, "repair")
    stop, bar = Stop(), progress.for_library(given["quiet"])
    notices = Notices(Settings(**{name: given[name] for name in _TOLD}), stop)
    with stop.handling():
        report = notices.of_repair(_repaired(given, answer, bar, stop))
        return _give(report, answer, given)


def _give(report: RepairReport, answer: Answer, given: dict[str, Any]) -> int:
    status = answer.give(report)
    if report.run is not None and answer.is_text:
        from cbzsafe.ui import text

        text.run(report.run, quiet=given["quiet"], verbose=given["verbose"])
    return status


def _repaired(given: dict[str, Any], answer: Answer, bar: Progress, stop: Stop) -> RepairReport:
    from cbzsafe.cbz.repair import Wish
    from cbzsafe.library import repair

    found, problems = archives.find(given)
    download = None
    if given["source"] is not None:
        _refuse_many(len(found) + len(problems), dry_run=given["dry_run"])
        download = _download(found[0].path, given) if found else None
    request = repair.Request(
        Wish(given["tidy"], given["keep_viewable"], given["decode"], not given["no_backup"]),
        given["backup_dir"],
        given["dry_run"],
        600.0 if given["lock_timeout"] is None else given["lock_timeout"],
        keep_all=given["verbose"] or given["as_json"],
    )
    report = repair.repair(found, problems, request, bar, stop, answer.tell)
    if download is None or report.failed or report.interrupted:
        return report
    stop.resume()
    run = download(bar, stop)
    status = run.status | int(_is_left(report, run))
    return replace(report, run=run, status=status, interrupted=run.interrupted)


def _refuse_many(count: int, *, dry_run: bool) -> None:
    if count != 1:
        raise click.UsageError("--from takes one archive: it is the URL of one book.")
    if dry_run:
        raise click.UsageError("--from downloads, and --dry-run writes nothing.")


def _is_left(report: RepairReport, run: RunReport) -> bool:
    """Whether the archive is as damaged as before: a run does not look at its every byte."""
    wrote = any(book.outcome.value in {"published", "updated"} for book in run.books)
    return bool(report.left) and not wrote


def _download(path: Path, given: dict[str, Any]) -> Callable[[Progress, Stop], RunReport]:
    """Make the download of what is not in the archive's book; what is wrong is told at once."""
    from cbzsafe.cli import sources
    from cbzsafe.gallerydl import configuration, refill

    silent = given["quiet"] or given["as_json"] or given["as_lines"]
    understood = refill.understood(path, given["source"], silent=silent)
    read = configuration.read(understood)
    wanted = {"pack": "always", "history": "verify"}
    settings = sources.resolve(wanted, os.environ, read).settings
    settings = replace(settings, publish_to=None, report=None, shard=None)
    if given["lock_timeout"] is not None:
        settings = replace(settings, lock_timeout=given["lock_timeout"])
    return lambda bar, stop: refill.fill(path, understood, settings, bar, stop)
