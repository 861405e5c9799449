"""A run's report for people: a table on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cbzsafe.ui import lines, log_run, sheet

if TYPE_CHECKING:
    from typing import TextIO

    from cbzsafe.model import RunReport


def run(report: RunReport, *, quiet: bool, verbose: bool, stream: TextIO | None = None) -> None:
    """Tell what became of a run, as `cbzsafe.ui.sheet.show` does, or to a journal, as objects.

    Args:
        report: what became of the run.
        quiet: say nothing.
        verbose: name each unchanged book and each missing page, and each book's URL.
        stream: where to; None for standard error as it is now.
    """
    if not quiet and lines.has_something(report):
        stream = sys.stderr if stream is None else stream
        journal = getattr(stream, "journal", None)
        if journal is not None:
            log_run.run(report, journal, verbose=verbose)
        else:
            sheet.show(lines.laid_out(report, verbose=verbose), stream)
