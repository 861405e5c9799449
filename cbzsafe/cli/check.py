"""`cbzsafe check PATH...`: what is damaged in a library; reads only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from cbzsafe.cli import archives, values
from cbzsafe.cli.answer import Answer
from cbzsafe.cli.command import Command

if TYPE_CHECKING:
    from cbzsafe.interrupt import Stop
    from cbzsafe.model import CheckReport

EXAMPLES = (
    ("cbzsafe check ~/Comics", "what is damaged in a library"),
    ("cbzsafe check --decode book.cbz", "every picture decoded whole"),
    ("cbzsafe check --state s.db --max-duration 10m ~/Comics", "a slice of it, every night"),
    ("find . -name '*.cbz' -print0 | cbzsafe check -", "what another program lists"),
)

STATUSES = (
    ("0", "all archives are sound"),
    ("1", "an archive is damaged"),
    ("2", "an archive or a path cannot be read, or a wrong option"),
    ("128", "a bit: the state file, the report or the metrics cannot be written"),
    ("130, 143", "ended by SIGINT or SIGTERM"),
)


@click.command(
    "check",
    cls=Command,
    examples=EXAMPLES,
    statuses=STATUSES,
    options_metavar="[OPTIONS]",
    help="Say which archives are damaged, page by page. Nothing is written to.",
    context_settings={"auto_envvar_prefix": "CBZSAFE_CHECK"},
)
@archives.taken
@archives.option("Depth", "--quick", flag=True, help="Look at the structure only.")
@archives.option("Depth", "--decode", flag=True, help="Decode every picture whole.")
@archives.option(
    "Scrubbing",
    "--state",
    metavar="FILE",
    parse=values.file,
    help="Record in FILE what was checked when, and tell bit rot by it.",
)
@archives.option(
    "Scrubbing",
    "--changed",
    flag=True,
    help="Read only what is not recorded or has changed since.",
)
@archives.option(
    "Scrubbing",
    "--max-duration",
    metavar="TIME",
    parse=values.duration,
    help="Stop after TIME, such as 10m; with --state, what was not read for longest comes first.",
)
@archives.option(
    "Scrubbing",
    "--subset",
    metavar="I/N",
    parse=values.part,
    help="Take the part I of N; a file is always in the same part.",
)
@archives.shown
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Check archives."""
    from cbzsafe.interrupt import Stop

    answer = Answer(ctx, given, "check")
    if given["changed"] and given["state"] is None:
        raise click.UsageError("--changed needs --state FILE, to know what has changed.")
    stop = Stop()
    with stop.handling():
        return answer.give(_checked(given, answer, stop))


def _checked(given: dict[str, Any], answer: Answer, stop: Stop) -> CheckReport:
    from cbzsafe.library import check
    from cbzsafe.model import CheckReport
    from cbzsafe.ui import progress

    request = check.Request(
        archives.depth(given),
        given["state"],
        given["changed"],
        given["max_duration"],
        keep_all=given["verbose"] or given["as_json"],
    )
    started = time.time()
    listed = stop.until_stopped(lambda: archives.find(given), None)
    if listed is None or stop.reason is not None:
        status, cause = (stop.reason.exit_code, stop.reason.cause) if stop.reason else (1, None)
        return CheckReport(depth=request.depth, status=status, started=started, interrupted=cause)
    stop.resume()
    found, problems = listed
    bar = progress.for_library(given["quiet"])
    return check.check(found, problems, request, bar, stop, answer.tell)
