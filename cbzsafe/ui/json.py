"""A run's report for programs; `docs/report.md` tells of each field."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.errors import StorageError
from cbzsafe.ui import fields
from cbzsafe.ui.words import valid, visible

if TYPE_CHECKING:
    from cbzsafe.model import BookReport, RunReport

_KERNEL = ("dev", "proc")
"""Top-level folders whose names lead to what is open already."""

SCHEMA = "cbzsafe.run/1"
"""Changes its number when a field goes away or changes its meaning, not when one is added."""


def run_as_dict(report: RunReport) -> dict[str, Any]:
    """Turn a report into what `json.dumps` takes, with strings that are valid Unicode.

    Args:
        report: what became of a run.

    Returns:
        The fields of `docs/report.md`, in its order.
    """
    return {
        "schema": SCHEMA,
        "status": report.status,
        "gallery_dl_status": report.gallery_dl_status,
        "started": report.started,
        "seconds": report.seconds,
        "interrupted": report.interrupted,
        "books": [_book(book) for book in report.books],
        "problems": [fields.problem(problem) for problem in report.problems],
        "weaker": fields.strings(report.weaker),
    }


def _book(book: BookReport) -> dict[str, Any]:
    return {
        **fields.path("path", book.path),
        "outcome": book.outcome.value,
        "whole": book.whole,
        "pages": book.pages,
        "new": book.new,
        "repaired": book.repaired,
        "refetched": book.refetched,
        "missing": fields.strings(book.missing),
        "staged": book.staged,
        **fields.path("staging", book.staging),
        "size": book.size,
        "url": valid(book.url),
        "problems": [fields.problem(problem) for problem in book.problems],
    }


def write_run(report: RunReport, path: str | os.PathLike[str]) -> None:
    """Write a report so that its name holds the old report or the whole new one.

    Args:
        report: what became of a run.
        path: the file to make or to replace; a pipe or a device is written to as it is.

    Raises:
        StorageError: it could not be written; what was there before is still there.
    """
    data = fields.document(run_as_dict(report)).encode()
    try:
        target = Path(path)
        if _is_special(target):
            _append(target, data)
        else:
            _replace(Path(os.path.realpath(target)), data)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(
            f"The report cannot be written to {visible(os.fspath(path))}: {reason}."
        ) from error


def _is_special(path: Path) -> bool:
    """Tell what must not be replaced: /dev/stdout may be a plain file that others write to."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    ordinary = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    return not ordinary or path.absolute().parts[1] in _KERNEL


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def _replace(target: Path, data: bytes) -> None:
    temporary = target.parent / f".cbzsafe-{secrets.token_hex(4)}.part"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # some network file systems have no sync of folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
