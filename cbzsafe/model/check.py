"""What a check found out, archive by archive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cbzsafe.model.findings import Finding
from cbzsafe.model.problem import Problem


class Condition(StrEnum):
    """What a check says of one file."""

    SOUND = "sound"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"
    """No ZIP file, encrypted, or one that cannot be opened or read."""
    CHANGING = "changing"
    """It was written to or replaced each time it was read, so that nothing can be said of it."""
    VANISHED = "vanished"
    """It was there when the folder was listed, and not any more."""


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What a check says of one archive.

    Attributes:
        path: the file, as it was named or found.
        condition: see `Condition`.
        pages: entries of its index that are neither folders nor metadata.
        size: bytes of the file.
        findings: what is wrong or odd, as `cbzsafe.cbz.scan.Scan` has them.
        problem: why it could not be read, one sentence; empty where it could.
        checked: seconds since the epoch when it was read; long ago where `known`.
        known: whether it was not read this time, and this is what the state file remembers.
    """

    path: str
    condition: Condition
    pages: int = 0
    size: int = 0
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    checked: float = 0.0
    known: bool = False


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found out.

    Attributes:
        archives: in the order of their paths; the sound ones without findings only if asked for.
        sound: how many archives are so; likewise the four that follow.
        damaged: see `Condition`; what the state file remembers is counted too.
        unreadable: see `Condition`.
        changing: see `Condition`.
        vanished: see `Condition`.
        unchanged: archives that were not read because the state file knows them, with `--changed`.
        left: archives that were not read because the time was up or a signal came.
        pages: pages of the archives that were read.
        size: bytes of the archives that were read.
        depth: how closely was looked: `quick`, `normal` or `decode`.
        status: the exit status of the process.
        started: seconds since the epoch.
        seconds: how long it took.
        interrupted: the name of the signal that ended it, such as `SIGTERM`.
        problems: what is wrong and belongs to no archive, such as a folder that cannot be listed.
        weaker: checks that were weaker than they could be, one sentence each.
    """

    archives: tuple[ArchiveReport, ...] = ()
    sound: int = 0
    damaged: int = 0
    unreadable: int = 0
    changing: int = 0
    vanished: int = 0
    unchanged: int = 0
    left: int = 0
    pages: int = 0
    size: int = 0
    depth: str = "normal"
    status: int = 0
    started: float = 0.0
    seconds: float = 0.0
    interrupted: str | None = None
    problems: tuple[Problem, ...] = ()
    weaker: tuple[str, ...] = ()
