"""What a command leaves for those who watch it: report, metrics, termination message."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cbzsafe.cli import errors
from cbzsafe.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cbzsafe.model import CheckReport, RepairReport, RunReport
    from cbzsafe.ui.sheet import Sheet

    Report = TypeVar("Report", RunReport, CheckReport, RepairReport)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where it goes.

    Attributes:
        kind: `run`, `check` or `repair`, after which the functions of `cbzsafe.ui` are named.
        termination_log: file for Kubernetes' termination message, None for the usual place.
        metrics: file for the metrics, or None.
        report: file for the report of a run, or None.
    """

    kind: str
    termination_log: Path | None
    metrics: Path | None = None
    report: Path | None = None

    def require(self) -> None:
        """Make sure, before any work, that all can be made.

        Raises:
            UsageError: a package is missing, or one file is to take two of them.
        """
        self._refuse_one_file()
        if self.metrics is not None:
            from cbzsafe.ui import metrics

            metrics.require()

    def _refuse_one_file(self) -> None:
        """The last one written would replace the others."""
        taken: dict[str, str] = {}
        for option in ("report", "metrics", "termination-log"):
            path: Path | None = getattr(self, option.replace("-", "_"))
            if path is None or _takes_many(path):
                continue
            first = taken.setdefault(os.path.realpath(path), option)
            if first != option:
                raise UsageError(f"--{first} and --{option} name the same file.")

    def write(
        self, report: Report, laid_out: Callable[[Report], Sheet], folders: Iterable[Path]
    ) -> int:
        """Write everything; what cannot be written is told, and does not keep the rest.

        Args:
            report: of the run, the check or the repair.
            laid_out: lays it out for people, without what nobody need do anything about.
            folders: of which the free space is wanted.

        Returns:
            the exit status: the report's, with a bit for what could not be written.
        """
        report = _told(report, self._write_report)
        report = _told(report, lambda report: self._write_metrics(report, folders))
        report = _told(report, lambda report: self._write_message(report, laid_out))
        return report.status

    def _write_report(self, report: Report) -> None:
        if self.report is not None:
            from cbzsafe.ui import json

            getattr(json, f"write_{self.kind}")(report, self.report)

    def _write_metrics(self, report: Report, folders: Iterable[Path]) -> None:
        if self.metrics is not None:
            from cbzsafe.ui import metrics

            getattr(metrics, f"write_{self.kind}")(report, self.metrics, free_space(folders))

    def _write_message(self, report: Report, laid_out: Callable[[Report], Sheet]) -> None:
        from cbzsafe.ui import termination

        if termination.is_wanted(self.termination_log):
            termination.write(termination.of_sheet(laid_out(report)), self.termination_log)


def _told(report: Report, write: Callable[[Report], None]) -> Report:
    """Write one thing; where it fails, what comes after has the exit status that this makes."""
    try:
        write(report)
    except StorageError as error:
        with suppress(OSError, ValueError, AttributeError):  # standard error may be closed as well
            errors.tell(str(error))
        return replace(report, status=_with_bit(report, error.exit_code))
    return report


def _with_bit(report: RunReport | CheckReport | RepairReport, bit: int) -> int:
    """Add a bit to a status; 2 gives way to it, for 130 is SIGINT's."""
    return report.status if report.interrupted else report.status & ~2 | bit


def _takes_many(path: Path) -> bool:
    """Whether nothing that is there is replaced, as in a pipe or in what /dev/stdout is."""
    from cbzsafe.ui import files

    try:
        return files.is_special(path)
    except OSError:  # told when it is written
        return True


def free_space(folders: Iterable[Path]) -> dict[str, int]:
    """Tell the bytes that are free for us in folders, or in what is there of their paths.

    Folders of which that is not known are left out.
    """
    from cbzsafe.cbz.storage import free_bytes

    paths = [Path(os.path.abspath(folder)) for folder in folders]
    free = {str(path): free_bytes(path) for path in paths}
    return {path: count for path, count in free.items() if count is not None}
