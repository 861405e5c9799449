"""How `check` and `repair` answer: text or JSON, and what they leave for those who watch."""

from __future__ import annotations

import functools
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.cli.command import State
from cbzsafe.cli.outputs import Outputs
from cbzsafe.errors import StorageError

if TYPE_CHECKING:
    import click


class Answer:
    """The answer of one call.

    Args:
        ctx: the call's; errors from here on know what it knows.
        given: the options' values by their names.
        kind: `check` or `repair`, after which the functions of `cbzsafe.ui` are named.

    Raises:
        UsageError: a package is missing.
    """

    def __init__(self, ctx: click.Context, given: dict[str, Any], kind: str) -> None:
        state = ctx.ensure_object(State)
        state.verbose = given["verbose"]
        state.termination_log = given["termination_log"] or state.termination_log
        self._given = given
        self._kind = kind
        self._outputs = Outputs(kind, state.termination_log, given["metrics"])
        self._outputs.require()

    @property
    def is_text(self) -> bool:
        """Whether people are to read it."""
        return not (self._given["as_json"] or self._given["as_lines"])

    def tell(self, archive: Any) -> None:
        """Hear of an archive as it comes, and write its line if that was asked for."""
        if self._given["as_lines"]:
            self._write(f"{self._kind}ed_line", archive)

    def give(self, report: Any) -> int:
        """Write the report, and what is left for those who watch, whether or not it could be.

        Returns:
            the exit status.

        Raises:
            StorageError: the JSON could not be written.
        """
        try:
            self._show(report)
        except StorageError as error:
            self._leave(replace(report, status=error.exit_code))
            raise
        return self._leave(report)

    def _show(self, report: Any) -> None:
        if self._given["as_json"]:
            self._write(f"{self._kind}_document", report)
        elif self._given["as_lines"]:
            self._write(f"{self._kind}_summary_line", report)
        else:
            given = self._given
            self._sheets.show(report, quiet=given["quiet"], verbose=given["verbose"])

    def _leave(self, report: Any) -> int:
        laid_out = functools.partial(self._sheets.laid_out, quiet=False, verbose=False)
        return self._outputs.write(report, laid_out, map(_folder, self._given["paths"]))

    @property
    def _sheets(self) -> Any:
        return import_module(f"cbzsafe.ui.{self._kind}")

    def _write(self, function: str, what: Any) -> None:
        from cbzsafe.ui import archives

        archives.write(getattr(archives, function)(what))


def _folder(path: str) -> Path:
    """The folder that an argument means: the one that a file is in."""
    return Path(path) if Path(path).is_dir() else Path(path).parent
