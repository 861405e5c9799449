"""`cbzsafe doctor [DIR...]`: what is wrong with the place in which runs go wrong."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cbzsafe import invocation
from cbzsafe.cli import archives, options, receivers
from cbzsafe.cli.command import COMMANDS, PassThrough, State
from cbzsafe.receivers import TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cbzsafe.doctor.examine import Request
    from cbzsafe.gallerydl.configuration import Configuration
    from cbzsafe.gallerydl.parser import Understood
    from cbzsafe.model import DoctorReport, SettingInForce
    from cbzsafe.settings import InForce

EXAMPLES = (
    ("cbzsafe doctor", "the folders of the configuration"),
    ("cbzsafe doctor /library", "a folder in which books are published"),
    ("cbzsafe doctor -- -c job.conf -i urls.txt", "what a run with these would use"),
    ("kubectl exec POD -- cbzsafe doctor --json", "the same for a program"),
)

STATUSES = (
    ("0", "nothing endangers books"),
    ("1", "something does, or no run can work"),
    ("2", "a wrong option"),
    ("130, 143", "ended by SIGINT or SIGTERM"),
)

HELP = """Say whether books are safe here: versions, configuration, process, clock, decoders, and
for each DIR what its file system does, which is tried in a folder that is removed again. Behind --
may stand what stands behind `cbzsafe` in the command line of a run."""


class _Doctor(PassThrough):
    """Takes folders as what is no option, and keeps what stands behind `--` apart."""

    ignore_unknown_options = False
    allow_extra_args = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the `--`, and keep the rest."""
        before, rest = invocation.at_dashes(args)
        super().parse_args(ctx, before)
        ctx.args = rest[1:]
        return ctx.args


@click.command(cls=PassThrough, add_help_option=False)
@options.of_a_run
def _line(**given: str | None) -> dict[str, str | None]:
    """Take our own options out of a run's command line."""
    return given


@click.command(
    "doctor",
    cls=_Doctor,
    examples=EXAMPLES,
    statuses=STATUSES,
    options_metavar="[OPTIONS]",
    help=HELP,
    context_settings={"auto_envvar_prefix": "CBZSAFE_DOCTOR"},
)
@click.argument("folders", metavar="[DIR]... [-- ARGS]", nargs=-1, type=click.UNPROCESSED)
@archives.option("Output", "--json", "as_json", flag=True, help="Write one JSON object at the end.")
@archives.option("Output", "-q", "--quiet", flag=True, help="Say only what is wrong.")
@archives.option("Output", "-v", "--verbose", flag=True, help="Say what is as it should be, too.")
@archives.log_format
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Examine the place."""
    from cbzsafe.doctor import examine
    from cbzsafe.interrupt import Stop

    ctx.ensure_object(State).verbose = given["verbose"]
    stop = Stop()
    with stop.handling():
        report = examine.examine(_request(given["folders"], ctx.args), stop)
        _render(report, given)
        return report.status


def _request(named: Sequence[str], words: list[str]) -> Request:
    """Find out what a run with these words would work with, as far as it can be found out."""
    from cbzsafe.cli import sources
    from cbzsafe.doctor.examine import Request
    from cbzsafe.errors import UsageError
    from cbzsafe.settings import Settings

    _insist_on_place()
    with _line.make_context("cbzsafe", words) as inner:
        given: dict[str, str | None] = inner.params
        understood, read = _understood(inner.args)
    settings, wrong = Settings(), ""
    in_force: tuple[SettingInForce, ...] = ()
    try:
        resolved = sources.resolve(given, os.environ, read)
        settings, in_force = resolved.settings, tuple(map(_in_force, resolved.in_force))
        receivers.tokens(settings.notify or (), os.environ)
    except UsageError as error:
        wrong = str(error)
    paths = tuple(map(Path, named))
    return Request(os.environ, variables(), paths, understood, read, settings, in_force, wrong)


def _insist_on_place() -> None:
    """Refuse to go on where relative paths lead nowhere, gallery-dl's own folder among them."""
    try:
        Path.cwd()
    except FileNotFoundError:
        text = "The current folder is not there any more: go to another one."
        raise click.UsageError(text) from None


def _understood(words: list[str]) -> tuple[Understood | None, Configuration | None]:
    from cbzsafe.errors import UnsupportedGalleryDL
    from cbzsafe.gallerydl import configuration, parser

    try:
        understood = parser.understand(words)
    except UnsupportedGalleryDL:  # the section of versions says so
        return None, None
    if understood is None:
        raise click.UsageError("gallery-dl does not take what stands behind --.")
    return understood, configuration.read(understood)


def _in_force(one: InForce) -> SettingInForce:
    from cbzsafe.model import SettingInForce

    value = one.value.value if isinstance(one.value, Enum) else one.value
    return SettingInForce(one.name, "none" if value is None else str(value), one.source)


def variables() -> frozenset[str]:
    """Name every environment variable of ours that means something."""
    names = {invocation.variable(name) for name in invocation.names()} | {TOKEN}
    for entry in COMMANDS.values():
        loaded = entry.load()
        prefix = loaded.context_settings.get("auto_envvar_prefix")
        for parameter in loaded.params if prefix else ():
            longest = max(parameter.opts, key=len).lstrip("-").replace("-", "_").upper()
            names.add(f"{prefix}_{longest}")
    return frozenset(names)


def _render(report: DoctorReport, given: dict[str, Any]) -> None:
    from cbzsafe.ui import archives, doctor, fields

    if given["as_json"]:
        archives.write(fields.document(doctor.as_dict(report)))
    else:
        doctor.show(report, quiet=given["quiet"], verbose=given["verbose"])
