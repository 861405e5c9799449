"""A check's report for people.

In a log the lines are a contract as far as their beginnings go: an archive's line begins with its
condition, and what is said under it is indented and begins with `error:`, `warning:` or `note:`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cbzsafe.model import ArchiveReport, CheckReport, Condition
from cbzsafe.ui import findings, sheet
from cbzsafe.ui.notes import Note, of_report
from cbzsafe.ui.sheet import Column, Row, Sheet
from cbzsafe.ui.words import counted, day, duration, size, visible

if TYPE_CHECKING:
    from typing import TextIO

_COLUMNS: tuple[Column[ArchiveReport], ...] = (
    Column("pages", lambda archive: archive.pages, always=True),
)

_DULL = (Condition.SOUND, Condition.VANISHED)


def show(report: CheckReport, *, quiet: bool, verbose: bool, stream: TextIO | None = None) -> None:
    """Tell what a check found, as `cbzsafe.ui.sheet.show` does.

    Args:
        report: what it found.
        quiet: say nothing of what is sound, and no last line.
        verbose: name the sound and the vanished archives too, and each finding with its place.
        stream: where to; None for standard output as it is now.
    """
    stream = sys.stdout if stream is None else stream
    sheet.show(laid_out(report, quiet=quiet, verbose=verbose), stream, wanted=True)


def laid_out(report: CheckReport, *, quiet: bool, verbose: bool) -> Sheet:
    """Lay a check out; see `show` for what the arguments are."""
    all_of_them = verbose and not quiet
    shown = [one for one in report.archives if all_of_them or one.condition not in _DULL]
    return Sheet(
        ["condition", *(column.name for column in _COLUMNS), "size", "path"],
        [_row(archive, verbose=verbose) for archive in shown],
        "",
        of_report(report.problems, () if quiet else report.weaker),
        "" if quiet else closing(report),
    )


def _row(archive: ArchiveReport, *, verbose: bool) -> Row:
    condition = archive.condition.value
    odd = archive.condition is Condition.SOUND and archive.findings
    figures = [counted(archive.pages, "page")]
    return Row(
        sheet.line(f"{condition:<10}", figures, archive.size, archive.path),
        sheet.cells(condition, _COLUMNS, archive, archive.size, archive.path),
        "warning" if odd else condition,
        archive_notes(archive, verbose=verbose),
    )


def archive_notes(archive: ArchiveReport, *, verbose: bool) -> list[Note]:
    """Collect what is to be said under an archive."""
    notes = findings.notes(archive.findings, verbose=verbose)
    if archive.problem:
        kind = "note" if archive.condition is Condition.VANISHED else "error"
        notes.append(Note(kind, visible(archive.problem)))
    if archive.known:
        notes.append(Note("note", f"found on {day(archive.checked)}, not read again"))
    return notes


def closing(report: CheckReport) -> str:
    """Render the last line, such as `60 archives: 57 sound, 3 damaged; 1.8 GB in 0.3 s; …`."""
    total = sum(number for number, _ in _counts(report)) + report.left
    if not total and not report.problems and not report.interrupted:
        return f"no archives; {duration(report.seconds)}"
    if report.sound == total and not report.problems and not report.interrupted:
        return _all_sound(report)
    counts = [f"{number} {what}" for number, what in _counts(report) if number]
    parts = [counted(total, "archive") + (f": {', '.join(counts)}" if counts else "")]
    parts += _unread(report)
    parts += [f"{size(report.size)} in {duration(report.seconds)}"]
    return sheet.closing(parts, report.interrupted, report.status)


def _all_sound(report: CheckReport) -> str:
    parts = [f"{counted(report.sound, 'archive')} sound{_odd(report)}"]
    parts += [counted(report.pages, "page"), size(report.size)]
    return "; ".join([", ".join(parts), *_unread(report), duration(report.seconds)])


def _counts(report: CheckReport) -> list[tuple[int, str]]:
    return [
        (report.sound, f"sound{_odd(report)}"),
        (report.damaged, "damaged"),
        (report.unreadable, "unreadable"),
        (report.changing, "changing"),
        (report.vanished, "vanished"),
    ]


def _odd(report: CheckReport) -> str:
    odd = sum(one.condition is Condition.SOUND and bool(one.findings) for one in report.archives)
    return f" ({odd} with warnings)" if odd else ""


def _unread(report: CheckReport) -> list[str]:
    """Say how many archives were not read, and why."""
    reason = "" if report.interrupted else ": the time was up"
    return [
        *([f"{report.unchanged} unchanged, not read again"] if report.unchanged else []),
        *([f"{report.left} not reached{reason}"] if report.left else []),
    ]
