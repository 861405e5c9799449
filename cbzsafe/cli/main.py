"""The program: the first word decides for a command, and its outcome is the exit status."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe import invocation
from cbzsafe.cli import errors
from cbzsafe.cli.command import COMMANDS, RUN, State

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        argv: without the program's name; None for the process's own.

    Returns:
        the exit status.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    name, arguments = invocation.command(words, COMMANDS)
    log = invocation.early(arguments, os.environ, "termination-log")
    state = State(
        verbose=invocation.wants_traceback(arguments), termination_log=Path(log) if log else None
    )
    with state.log:
        return errors.guard(lambda: _call(name, arguments, state), state)


def _call(name: str | None, arguments: list[str], state: State) -> int:
    state.log.early(name, arguments)
    # Not Click's own `main()`: it has its own mind about closed pipes and Ctrl-C.
    command = (RUN if name is None else COMMANDS[name]).load()
    path = "cbzsafe" if name is None else f"cbzsafe {name}"
    with command.make_context(path, arguments, obj=state) as ctx:
        return int(command.invoke(ctx) or 0)
