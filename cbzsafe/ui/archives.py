"""What `check` and `repair` say to programs: one object at the end, or a line for each archive."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cbzsafe.errors import StorageError
from cbzsafe.ui import fields
from cbzsafe.ui.json import run_as_dict
from cbzsafe.ui.words import valid

if TYPE_CHECKING:
    from typing import TextIO

    from cbzsafe.model import ArchiveReport, CheckReport, RepairedArchive, RepairReport

__all__ = [
    "check_as_dict",
    "check_document",
    "check_summary_line",
    "checked_line",
    "repair_as_dict",
    "repair_document",
    "repair_summary_line",
    "repaired_line",
    "write",
]

CHECK = "cbzsafe.check/1"
"""Changes its number when a field goes away or changes its meaning, not when one is added."""

REPAIR = "cbzsafe.repair/1"
"""Likewise."""


def check_as_dict(report: CheckReport) -> dict[str, Any]:
    """Turn a check's report into what `json.dumps` takes, with strings that are valid Unicode.

    Args:
        report: what a check found.

    Returns:
        The fields of `docs/report.md`, in its order.
    """
    archives = [_checked(archive) for archive in report.archives]
    return {"schema": CHECK, **_check(report), "archives": archives, **_rest(report)}


def repair_as_dict(report: RepairReport) -> dict[str, Any]:
    """Do for a repair what `check_as_dict` does for a check.

    Args:
        report: what a repair did.

    Returns:
        The fields of `docs/report.md`, in its order.
    """
    archives = [_repaired(archive) for archive in report.archives]
    rest = {**_rest(report), **_run(report)}
    return {"schema": REPAIR, **_repair(report), "archives": archives, **rest}


def check_document(report: CheckReport) -> str:
    """Render a check as a text for people's eyes too, with a line end."""
    return fields.document(check_as_dict(report))


def repair_document(report: RepairReport) -> str:
    """Render a repair as a text for people's eyes too, with a line end."""
    return fields.document(repair_as_dict(report))


def checked_line(archive: ArchiveReport) -> str:
    """Render one archive of a check as a line, with its end."""
    return fields.line({"schema": CHECK, "type": "archive", **_checked(archive)})


def repaired_line(archive: RepairedArchive) -> str:
    """Render one archive of a repair as a line, with its end."""
    return fields.line({"schema": REPAIR, "type": "archive", **_repaired(archive)})


def check_summary_line(report: CheckReport) -> str:
    """Render a check without its archives as a line, with its end."""
    return fields.line({"schema": CHECK, "type": "summary", **_check(report), **_rest(report)})


def repair_summary_line(report: RepairReport) -> str:
    """Render a repair without its archives as a line, with its end."""
    rest = {**_rest(report), **_run(report)}
    return fields.line({"schema": REPAIR, "type": "summary", **_repair(report), **rest})


def _check(report: CheckReport) -> dict[str, Any]:
    return {
        **_process(report),
        "depth": report.depth,
        "sound": report.sound,
        "damaged": report.damaged,
        "unreadable": report.unreadable,
        "changing": report.changing,
        "vanished": report.vanished,
        "unchanged": report.unchanged,
        "left": report.left,
        "pages": report.pages,
        "size": report.size,
    }


def _repair(report: RepairReport) -> dict[str, Any]:
    return {
        **_process(report),
        "dry_run": report.dry_run,
        "sound": report.sound,
        "repaired": report.repaired,
        "partly": report.partly,
        "left": report.left,
        "unreadable": report.unreadable,
        "failed": report.failed,
        "skipped": report.skipped,
    }


def _process(report: CheckReport | RepairReport) -> dict[str, Any]:
    return {
        "status": report.status,
        "started": report.started,
        "seconds": report.seconds,
        "interrupted": report.interrupted,
    }


def _rest(report: CheckReport | RepairReport) -> dict[str, Any]:
    return {
        "problems": [fields.problem(problem) for problem in report.problems],
        "weaker": fields.strings(report.weaker),
    }


def _run(report: RepairReport) -> dict[str, Any]:
    return {"run": None if report.run is None else run_as_dict(report.run)}


def _checked(archive: ArchiveReport) -> dict[str, Any]:
    return {
        **fields.path("path", archive.path),
        "condition": archive.condition.value,
        "pages": archive.pages,
        "size": archive.size,
        "findings": [fields.finding(finding) for finding in archive.findings],
        "problem": valid(archive.problem),
        "checked": archive.checked,
        "known": archive.known,
    }


def _repaired(archive: RepairedArchive) -> dict[str, Any]:
    return {
        **fields.path("path", archive.path),
        "outcome": archive.outcome.value,
        "before": [fields.finding(finding) for finding in archive.before],
        "pages": archive.pages,
        "recovered": fields.strings(archive.recovered),
        "lost": [fields.finding(finding) for finding in archive.lost],
        "gaps": list(archive.gaps),
        "kept": fields.strings(archive.kept),
        "renamed": [_renaming(old, new) for old, new in archive.renamed],
        **fields.path("backup", archive.backup),
        "size": archive.size,
        "problem": valid(archive.problem),
        "disk_failed": archive.disk_failed,
    }


def _renaming(old: str, new: str) -> dict[str, str]:
    return {"old": valid(old), "new": valid(new)}


def write(text: str, stream: TextIO | None = None) -> None:
    """Write JSON whole, in UTF-8 whatever the stream's encoding, and flush it.

    Args:
        text: a document or a line.
        stream: where to; None for standard output as it is now.

    Raises:
        BrokenPipeError: nobody reads any more.
        StorageError: it could not be written otherwise.
    """
    stream = sys.stdout if stream is None else stream
    if stream is None:
        raise StorageError("The report cannot be written: standard output is closed.")
    try:
        stream.flush()
        _write_encoded(text, stream)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StorageError(f"The report cannot be written: {reason}.") from error


def _write_encoded(text: str, stream: TextIO) -> None:
    raw = getattr(stream, "buffer", None)  # io.StringIO has none
    if raw is None:
        stream.write(text)
    else:
        left = memoryview(text.encode())
        while left:  # unbuffered, as PYTHONUNBUFFERED makes it, a write may be cut short
            left = left[raw.write(left) or 0 :]
        raw.flush()
