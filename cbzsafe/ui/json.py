"""A run's report for programs; `docs/report.md` tells of each field."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cbzsafe.ui import fields, files
from cbzsafe.ui.words import valid

if TYPE_CHECKING:
    from cbzsafe.model import BookReport, RunReport

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
        "fetched": report.fetched,
        "received": report.received,
        "elsewhere": report.elsewhere,
        "finished": report.finished,
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
        "findings": [fields.finding(finding) for finding in book.findings],
        "problems": [fields.problem(problem) for problem in book.problems],
    }


def write_run(report: RunReport, path: str | os.PathLike[str]) -> None:
    """Write a report so that its name holds the old report or the whole new one.

    Args:
        report: what became of a run.
        path: the file, as `cbzsafe.ui.files.write` takes it.

    Raises:
        StorageError: it could not be written; what was there before is still there.
    """
    files.write(path, fields.document(run_as_dict(report)), "report")
