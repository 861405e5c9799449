"""One damaged archive made sound: scan, salvage, keep the original, publish.

`plan` only reads, and says what would come out; `carry_out` writes it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cbzsafe import images
from cbzsafe.cbz import advice, backup, names
from cbzsafe.cbz.files import Identity, identity_of
from cbzsafe.cbz.publish import publish
from cbzsafe.cbz.rescue import Rescue, rescue
from cbzsafe.cbz.scan import Depth, Scan, scan
from cbzsafe.errors import ArchiveChanged
from cbzsafe.model import Code, Level, RepairedArchive, RepairOutcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cbzsafe.progress import Progress

TIDIED = frozenset(
    {
        Code.DEAD_BYTES,
        Code.INVALID_TIME,
        Code.ODD_ORDER,
        Code.UNSAFE_NAME,
        Code.WRONG_EXTENSION,
    }
)
"""What is not worth a new archive unless it is asked for: every page can be read all the same."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to repair.

    Attributes:
        tidy: repair what is only odd, too.
        keep_viewable: keep pages that are broken but can still be shown.
        decode: decode every picture, instead of looking at its ends.
        keep_original: keep the original in any case, and not only where something of it is lost.
    """

    tidy: bool = False
    keep_viewable: bool = False
    decode: bool = False
    keep_original: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What would come out of a repair.

    Attributes:
        path: the archive.
        result: what would be reported, but for the backup and the size.
        identity: the file from which the pages are to be taken.
        rescue: the pages; None where nothing is to be written.
    """

    path: Path
    result: RepairedArchive
    identity: Identity
    rescue: Rescue | None = None

    def is_current(self) -> bool:
        """Whether the archive is still the file that the plan was made for."""
        try:
            return identity_of(self.path.lstat()) == self.identity
        except OSError:
            return False


def plan(path: Path, wish: Wish, progress: Progress) -> Plan:
    """Find out what is wrong with an archive, and what can be saved of it.

    Args:
        path: the archive.
        wish: how to repair.
        progress: told of the bytes that are read.

    Raises:
        FileNotFoundError: there is no such file.
        UnreadableArchive: it is no regular file, or may not be opened.
        ArchiveChanged: it changed meanwhile.
        StorageError: the disk failed.
    """
    found = scan(path, Depth.DECODE if wish.decode else Depth.PAGES, progress)
    outcome, problem = _verdict(found, wish)
    if outcome is not RepairOutcome.REPAIRED:
        return Plan(path, _result(found, outcome, problem), found.identity)
    saved = rescue(found, wish.decode, wish.tidy, wish.keep_viewable, progress)
    if saved.identity != found.identity:
        raise ArchiveChanged(f"{path} changed while it was being read.")
    if not saved.sources:
        text = "No page of it can be proved: download it again."
        left = _result(found, RepairOutcome.LEFT, text)
        return Plan(path, replace(left, lost=saved.lost), found.identity)
    return Plan(path, _prospect(found, saved), found.identity, saved)


def _verdict(found: Scan, wish: Wish) -> tuple[RepairOutcome, str]:
    """Tell whether there is something to repair, and why not."""
    if found.verdict is Verdict.UNREADABLE:
        return RepairOutcome.UNREADABLE, advice.on_unreadable(found)
    errors = {finding.code for finding in found.findings if finding.level is Level.ERROR}
    if errors - TIDIED or (wish.tidy and TIDIED & {finding.code for finding in found.findings}):
        return RepairOutcome.REPAIRED, ""
    if errors:
        return RepairOutcome.LEFT, "Pages have names that are not safe: --tidy gives them others."
    return RepairOutcome.SOUND, ""


def _result(found: Scan, outcome: RepairOutcome, problem: str = "") -> RepairedArchive:
    path, pages = os.fspath(found.path), found.page_count
    return RepairedArchive(path, outcome, found.findings, pages, size=found.size, problem=problem)


def _prospect(found: Scan, saved: Rescue) -> RepairedArchive:
    """Say what the new archive will be."""
    indexed = {entry.name for entry in found.entries}
    outcome = RepairOutcome.PARTLY if saved.lost or saved.kept else RepairOutcome.REPAIRED
    there = [source.name for source in saved.sources]
    return replace(
        _result(found, outcome),
        pages=sum(not names.is_metadata(name) for name in there),
        recovered=tuple(name for name in there if name not in indexed and name not in saved.new),
        lost=saved.lost,
        gaps=_gaps([*there, *(finding.page or "" for finding in saved.lost)]),
        kept=saved.kept,
        renamed=saved.renamed,
    )


def _gaps(known: Iterable[str]) -> tuple[int, ...]:
    return tuple(names.missing_numbers(name for name in known if images.is_page(name)))


def carry_out(
    planned: Plan, wish: Wish, progress: Progress, folder: Path | None = None
) -> RepairedArchive:
    """Keep the original and put the new archive in its place; call it under the book's lock.

    Args:
        planned: what to do; one without pages changes nothing.
        wish: how to repair.
        progress: told of the bytes that are written and read back.
        folder: where to keep the original; None for beside it.

    Raises:
        BookUnavailable: a symbolic link stands there, or something that is no file.
        ArchiveChanged: the file is not the one any more that was planned for.
        PackFailed: the new archive could not be made.
        StorageError: the disk is full or failed.
    """
    saved = planned.rescue
    if saved is None:
        return planned.result
    if not planned.is_current():
        raise ArchiveChanged(f"{planned.path} changed meanwhile: run the same command again.")
    kept = None
    if wish.keep_original or not saved.is_complete:
        kept = backup.keep(planned.path, folder, progress)
    try:
        done = publish(
            planned.path,
            saved.sources,
            method=None,
            comment=saved.comment,
            progress=progress,
            expect=planned.identity,
        )
    except BaseException:
        if kept is not None:
            backup.forget(kept, planned.path, planned.identity)
        raise
    place = "" if kept is None else os.fspath(kept)
    return replace(planned.result, backup=place, size=done.scan.size)
