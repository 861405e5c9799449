"""A repair's report for people: what became of each archive, or in a dry run what would.

In a log the lines are a contract as far as their beginnings go: an archive's line begins with its
outcome, and what is said under it is indented and begins with `error:`, `warning:` or `note:`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cbzsafe.model import Finding, RepairedArchive, RepairOutcome, RepairReport
from cbzsafe.ui import findings, sheet
from cbzsafe.ui.notes import LIMIT, Note, limited, of_report
from cbzsafe.ui.sheet import Column, Row, Sheet
from cbzsafe.ui.words import counted, duration, listed, ranges, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_COLUMNS: tuple[Column[RepairedArchive], ...] = (
    Column("pages", lambda archive: archive.pages, always=True),
    Column("recovered", lambda archive: len(archive.recovered)),
    Column("lost", lambda archive: len(archive.lost)),
)

_WORDS = {
    RepairOutcome.SOUND: "sound",
    RepairOutcome.REPAIRED: "repaired",
    RepairOutcome.PARTLY: "partly repaired",
    RepairOutcome.LEFT: "left",
    RepairOutcome.UNREADABLE: "unreadable",
    RepairOutcome.FAILED: "failed",
}

_WRITTEN = (RepairOutcome.REPAIRED, RepairOutcome.PARTLY)

_PLANNED = (*_WRITTEN, RepairOutcome.LEFT)
"""What a dry run foretells; the other outcomes are so already."""


def show(report: RepairReport, *, quiet: bool, verbose: bool, stream: TextIO | None = None) -> None:
    """Tell what a repair did, as `cbzsafe.ui.sheet.show` does.

    Args:
        report: what it did.
        quiet: say nothing of what is sound, and no last line.
        verbose: name the sound archives too, each finding, and each page.
        stream: where to; None for standard output as it is now.
    """
    stream = sys.stdout if stream is None else stream
    sheet.show(laid_out(report, quiet=quiet, verbose=verbose), stream, wanted=True)


def laid_out(report: RepairReport, *, quiet: bool, verbose: bool) -> Sheet:
    """Lay a repair out; see `show` for what the arguments are."""
    all_of_them = verbose and not quiet
    shown = [
        archive
        for archive in report.archives
        if all_of_them or archive.outcome is not RepairOutcome.SOUND
    ]
    columns = sheet.used(_COLUMNS, shown)
    return Sheet(
        ["would be" if report.dry_run else "outcome", *(c.name for c in columns), "size", "path"],
        [_row(archive, columns, dry=report.dry_run, verbose=verbose) for archive in shown],
        "",
        of_report(report.problems, () if quiet else report.weaker),
        "" if quiet else closing(report),
    )


def _row(
    archive: RepairedArchive,
    columns: list[Column[RepairedArchive]],
    *,
    dry: bool,
    verbose: bool,
) -> Row:
    width = max(len(_said(outcome, dry=dry)) for outcome in RepairOutcome)
    head = f"{_said(archive.outcome, dry=dry):<{width}}"
    return Row(
        sheet.line(head, _figures(archive), archive.size, archive.path),
        sheet.cells(_WORDS[archive.outcome], columns, archive, archive.size, archive.path),
        archive.outcome.value,
        archive_notes(archive, dry=dry, verbose=verbose),
    )


def _said(outcome: RepairOutcome, *, dry: bool) -> str:
    return ("would be " if dry and outcome in _PLANNED else "") + _WORDS[outcome]


def _figures(archive: RepairedArchive) -> list[str]:
    numbers = {"recovered": len(archive.recovered), "lost": len(archive.lost)}
    told = [f"{number} {what}" for what, number in numbers.items() if number]
    return [counted(archive.pages, "page"), *told]


def archive_notes(archive: RepairedArchive, *, dry: bool, verbose: bool) -> list[Note]:
    """Collect what is to be said under an archive; what was not done is said conditionally.

    Args:
        archive: what became of it.
        dry: whether nothing was written.
        verbose: tell each finding, and name each page.
    """
    done = not dry and archive.outcome in _WRITTEN
    lost = "not proved" if archive.outcome is RepairOutcome.LEFT else f"{_would(done)}lost"
    return [
        *_found(archive, verbose=verbose),
        *limited([(_lost(finding, lost), 1) for finding in archive.lost], verbose=verbose),
        *_missing(archive, limit=None if verbose else LIMIT),
        *_changed(archive, done=done, verbose=verbose),
        *([Note("error", visible(archive.problem))] if archive.problem else []),
    ]


def _would(done: bool) -> str:
    return "" if done else "would be "


def _found(archive: RepairedArchive, *, verbose: bool) -> list[Note]:
    if verbose:
        told = findings.notes(archive.before, verbose=True)
        return [Note("note", f"found {note.text}") for note in told]
    return [Note("note", f"found {findings.codes(archive.before)}")] if archive.before else []


def _lost(finding: Finding, how: str) -> Note:
    page = f"{finding.page}: " if finding.page else ""
    return Note("error", visible(f"{how}: {page}{finding.detail}"))


def _missing(archive: RepairedArchive, limit: int | None) -> list[Note]:
    numbers = listed(ranges(archive.gaps), limit)
    if len(archive.gaps) == 1:
        return [Note("warning", f"page {numbers} is missing by its number")]
    text = f"pages {numbers} are missing by their numbers"
    return [Note("warning", text)] if archive.gaps else []


def _changed(archive: RepairedArchive, *, done: bool, verbose: bool) -> Iterator[Note]:
    """Tell what is not as it was in the old archive, and where that one is."""
    limit, would = None if verbose else LIMIT, _would(done)
    if verbose and archive.recovered:
        yield Note("note", f"{would}recovered: {listed(archive.recovered, None)}")
    if archive.kept:
        names = listed(archive.kept, limit)
        yield Note("warning", f"{would}kept, as they still decode, with a wrong CRC: {names}")
    if archive.renamed:
        pairs = [f"{old} to {new}" for old, new in archive.renamed]
        yield Note("note", f"{would}renamed: {listed(pairs, limit)}")
    if archive.backup:
        verb = "is" if done else "would be"
        yield Note("note", f"the original {verb} kept as {visible(archive.backup)}")


def closing(report: RepairReport) -> str:
    """Render the last line, such as `12 archives: 8 sound, 4 repaired; 3.1 s; exit status 0`."""
    numbers = {outcome: int(getattr(report, outcome.value)) for outcome in RepairOutcome}
    total = sum(numbers.values()) + report.skipped
    parts = [counted(total, "archive")]
    if report.sound == total and not report.problems and not report.interrupted:
        return f"{parts[0]}, nothing to repair; {duration(report.seconds)}"
    counts = [
        f"{number} {_said(outcome, dry=report.dry_run)}"
        for outcome, number in numbers.items()
        if number
    ] + ([f"{report.skipped} skipped"] if report.skipped else [])
    parts[0] += f": {', '.join(counts)}" if counts else ""
    parts += ["nothing was written"] if report.dry_run else []
    return sheet.closing([*parts, duration(report.seconds)], report.interrupted, report.status)
