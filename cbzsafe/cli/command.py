"""The table of commands, and what their parsing has in common."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import click

from cbzsafe import invocation
from cbzsafe.cli.options import Grouped


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the table.

    Attributes:
        module: where it is; imported when the command is called, and has it as `command`.
        usage: what stands for its arguments in `--help`.
        help: one sentence.
    """

    module: str
    usage: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        command: click.Command = import_module(self.module).command
        return command


RUN = Entry("cbzsafe.cli.run", "URL...", "Download, and publish whole books.")
"""What happens where the first word is no command's name."""

COMMANDS = {
    "explain": Entry("cbzsafe.cli.explain", "ARGS...", "Show what a run would do, and do nothing."),
}
"""The commands by name."""


@dataclass(slots=True)
class State:
    """What a command tells of itself while it runs, for the case that it fails.

    Attributes:
        verbose: whether an error comes with its traceback.
    """

    verbose: bool = False


class Command(click.Command):
    """A command with its options in groups in `--help`, and Click's own texts left out."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each group under its heading, in the order of the options."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record:
                group = parameter.group if isinstance(parameter, Grouped) else "Information"
                groups.setdefault(group, []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)


class PassThrough(Command):
    """A command that takes its own options out, and leaves all other words as they came.

    They are in the context's `args`, in order, with the `--` and what follows. Click by itself
    drops the `--`, after which nobody could tell a URL from an option.
    """

    ignore_unknown_options = True
    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the first `--` only."""
        before, rest = invocation.at_dashes(args)
        super().parse_args(ctx, before)
        ctx.args += rest
        return ctx.args
