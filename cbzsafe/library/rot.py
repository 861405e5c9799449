"""Bit rot: bytes that changed in a file that, by its size and times, nobody wrote to."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from cbzsafe import __version__
from cbzsafe.cbz.pages import Depth
from cbzsafe.model import ArchiveReport, Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cbzsafe.library.state import Record

_PAGE = frozenset({Code.BAD_CRC, Code.BAD_DATA})
"""What says that a page's bytes are not those that were packed."""

_INDEX = frozenset(
    {
        Code.NO_INDEX,
        Code.BAD_INDEX,
        Code.HEADER_MISMATCH,
        Code.OVERLAP,
        Code.ORPHANED_PAGES,
        Code.DUPLICATE_NAME,
        Code.EMPTY_BOOK,
        Code.NOT_A_ZIP,
        Code.ENCRYPTED,
        Code.UNSAFE_NAME,
    }
)
"""What the records between the pages tell; not what depends on the decompressors of a computer."""

_UNPROVED = _PAGE | {
    *(Code.HEADER_MISMATCH, Code.ORPHANED_PAGES, Code.BIT_ROT),
    *(Code.ENCRYPTED, Code.UNSUPPORTED_COMPRESSION),
}
"""What leaves it open whether the page that it names was read and good."""

_UNLISTED = frozenset({Code.NO_INDEX, Code.BAD_INDEX, Code.NOT_A_ZIP, Code.EMPTY_BOOK})
"""What leaves it open which pages were read at all."""


def bit_rot(before: Record | None, now: ArchiveReport, depth: Depth) -> ArchiveReport:
    """Say of what a check finds that it is bit rot, where an earlier check proves it.

    A page whose CRC was right then and is wrong now was changed by something that leaves a file's
    size and times alone. The same goes for the index, but only where the same version of cbzsafe
    looked, for another one may simply see more. What was said once stays said for as long as the
    damage is there.

    Args:
        before: what is recorded of the file, which by size, times and inode is still the same.
        now: what this check says of it.
        depth: how closely this check looked.

    Returns:
        The report with a finding more for each page, and one for the index; `now` itself where
        there is nothing to add.
    """
    if before is None or before.report.problem or now.problem:
        return now
    added = [*_pages(before, now, depth), *_index(before, now)]
    return replace(now, findings=(*now.findings, *added)) if added else now


def _pages(before: Record, now: ArchiveReport, depth: Depth) -> Iterator[Finding]:
    if min(before.depth, depth) < Depth.PAGES:
        return
    said = {f.page: f for f in _of(before.report, {Code.BIT_ROT}) if f.page is not None}
    unproved = {f.page for f in _of(before.report, _UNPROVED)}
    unlisted = any(_of(before.report, _UNLISTED))
    for page, finding in {f.page: f for f in _of(now, _PAGE)}.items():
        if page in said:
            yield said[page]
        elif not unlisted and page not in unproved:
            yield _finding("The page's bytes were right", before, finding)


def _index(before: Record, now: ArchiveReport) -> Iterator[Finding]:
    damage = list(_of(now, _INDEX))
    known = {(f.code, f.page) for f in _of(before.report, _INDEX)}
    said = [f for f in _of(before.report, {Code.BIT_ROT}) if f.page is None]
    fresh = [f for f in damage if (f.code, f.page) not in known]
    if damage and said:
        yield said[0]
    elif fresh and before.version == __version__ and not any(_of(before.report, _UNLISTED)):
        where = next((f for f in fresh if f.start is not None), fresh[0])
        yield _finding("The index did not have this damage", before, replace(where, page=None))


def _of(report: ArchiveReport, codes: Iterable[Code]) -> Iterator[Finding]:
    return (f for f in report.findings if f.code in codes)


def _finding(right: str, before: Record, now: Finding) -> Finding:
    """Put it into words, with the bytes of the finding that shows the damage."""
    day = time.strftime("%Y-%m-%d", time.localtime(before.report.checked))
    text = (
        f"{right} on {day}, and neither the size nor the time of the file has changed since: a "
        "disk, a cable or memory changed what is read, not a program."
    )
    return replace(now, code=Code.BIT_ROT, detail=text)
