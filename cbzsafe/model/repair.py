"""What a repair did, archive by archive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cbzsafe.model.findings import Finding
from cbzsafe.model.problem import Problem

if TYPE_CHECKING:
    from cbzsafe.model.run import RunReport


class RepairOutcome(StrEnum):
    """What became of one archive in a repair; in a dry run, what would become of it."""

    SOUND = "sound"
    """There was nothing to repair; the file was not touched."""
    REPAIRED = "repaired"
    """Every page that is known of is in the new archive."""
    PARTLY = "partly"
    """The new archive is sound, but pages are lost."""
    LEFT = "left"
    """It is damaged, and was left as it is; the problem says why and what to do."""
    UNREADABLE = "unreadable"
    """It is no ZIP file, or cannot be read; left as it is."""
    FAILED = "failed"
    """The disk failed, or the file changed meanwhile, or another process has it; left as it is."""


@dataclass(frozen=True, slots=True)
class RepairedArchive:
    """What became of one archive in a repair.

    Attributes:
        path: the file.
        outcome: see `RepairOutcome`.
        before: what was wrong or odd with it.
        pages: pages in it now; in a dry run, how many would be.
        recovered: names of pages that the index did not give and that were found in the file.
        lost: pages that are not in the new archive, and why.
        gaps: numbers that the pages' names leave out, for pages that nobody knows by name.
        kept: names of pages that fail their CRC and were kept because they still decode.
        renamed: pages that got another name: pairs of the old and the new one.
        backup: where the original is kept; empty where it is not.
        size: bytes of the file now.
        problem: why it was not repaired and what to do, one sentence; empty otherwise.
        disk_failed: whether the disk is to blame.
    """

    path: str
    outcome: RepairOutcome
    before: tuple[Finding, ...] = ()
    pages: int = 0
    recovered: tuple[str, ...] = ()
    lost: tuple[Finding, ...] = ()
    gaps: tuple[int, ...] = ()
    kept: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    backup: str = ""
    size: int = 0
    problem: str = ""
    disk_failed: bool = False


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did.

    Attributes:
        archives: in the order of their paths; those with nothing to repair only if asked for.
        sound: archives with nothing to repair.
        repaired: see `RepairOutcome`; likewise the four that follow.
        partly: see `RepairOutcome`.
        left: see `RepairOutcome`.
        unreadable: see `RepairOutcome`.
        failed: see `RepairOutcome`.
        skipped: archives that vanished, or were not reached before a signal came.
        dry_run: whether nothing was written.
        status: the exit status of the process.
        started: seconds since the epoch.
        seconds: how long it took.
        interrupted: the name of the signal that ended it, such as `SIGTERM`.
        problems: what is wrong and belongs to no archive.
        weaker: checks that were weaker than they could be, one sentence each.
        run: what `--from` downloaded, if that was asked for.
    """

    archives: tuple[RepairedArchive, ...] = ()
    sound: int = 0
    repaired: int = 0
    partly: int = 0
    left: int = 0
    unreadable: int = 0
    failed: int = 0
    skipped: int = 0
    dry_run: bool = False
    status: int = 0
    started: float = 0.0
    seconds: float = 0.0
    interrupted: str | None = None
    problems: tuple[Problem, ...] = ()
    weaker: tuple[str, ...] = ()
    run: RunReport | None = None
