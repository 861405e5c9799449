"""The table of commands, and what their parsing has in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from cbzsafe import invocation
from cbzsafe.cli.grouped import Grouped
from cbzsafe.cli.logs import Switch

Table = tuple[tuple[str, str], ...]
"""Lines of two columns in `--help`."""


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
    "check": Entry("cbzsafe.cli.check", "PATH...", "Say which archives are damaged."),
    "repair": Entry("cbzsafe.cli.repair", "PATH...", "Save what can be proved of damaged ones."),
    "doctor": Entry("cbzsafe.cli.doctor", "[DIR...]", "Say whether books are safe here."),
    "explain": Entry("cbzsafe.cli.explain", "ARGS...", "Show what a run would do, and do nothing."),
    "completion": Entry("cbzsafe.cli.completion", "SHELL", "Complete words in bash, zsh or fish."),
}
"""The commands by name."""


@dataclass(slots=True)
class State:
    """What a command tells of itself while it runs, for the case that it fails.

    Attributes:
        verbose: whether an error comes with its traceback.
        termination_log: file for Kubernetes' termination message, None for the usual place.
        log: turns the lines on standard error into objects.
    """

    verbose: bool = False
    termination_log: Path | None = None
    log: Switch = field(default_factory=Switch)


class Command(click.Command):
    """A command with its options in groups in `--help`, and Click's own texts left out.

    Args:
        args: Click's own.
        examples: command lines and what each does.
        statuses: exit statuses and what each means.
        kwargs: Click's own.
    """

    def __init__(
        self, *args: Any, examples: Table = (), statuses: Table = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.statuses = statuses

    def format_epilog(
        self,
        ctx: click.Context,  # noqa: ARG002 - Click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Write examples and exit statuses."""
        for heading, table in (("Examples", self.examples), ("Exit status", self.statuses)):
            if table:
                with formatter.section(heading):
                    formatter.write_dl(table, col_max=44)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each group under its heading, in the order of the options, Click's own last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        for option in sorted(options, key=lambda one: not isinstance(one, Grouped)):
            record = option.get_help_record(ctx)
            if record:
                group = option.group if isinstance(option, Grouped) else "Information"
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
