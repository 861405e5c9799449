"""Who owns which bytes of an archive: extents, overlaps, gaps, and what lies in the gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe.cbz import local
from cbzsafe.cbz.index import headers
from cbzsafe.cbz.walk import Walk
from cbzsafe.model import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cbzsafe.cbz.entry import Entry
    from cbzsafe.cbz.files import ArchiveFile
    from cbzsafe.cbz.index import Index

_GAPS_TOLD = 100
_SHARED_MAX = 1 << 28
"""Bytes that are unpacked, beyond the file's own size, of pages that share theirs with others."""
_INDEX = "the index"


@dataclass(frozen=True, slots=True)
class Structure:
    """What the index and the local headers say of an archive.

    Attributes:
        entries: in the order of the index.
        misplaced: positions in `entries` whose bytes cannot be found for sure, or are those of
            so many others that they are not read again and again.
        findings: what is wrong with the structure.
    """

    entries: tuple[Entry, ...]
    misplaced: frozenset[int]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Extent:
    """Bytes of the file that belong to an entry or to the index; `loose` ones may go on."""

    start: int
    end: int
    owner: str
    loose: bool = False


def survey(file: ArchiveFile, index: Index) -> Structure:
    """Hold the index against the whole file."""
    entries, misplaced, findings = _entries(file, index)
    _find_again(file, index, entries, misplaced, findings)
    extents = _index_extents(index)
    extents += _extents(file, index, entries, misplaced, findings)
    extents.sort(key=lambda extent: (extent.start, extent.end))
    findings += _overlaps(extents)
    findings += _gap_findings(file, list(_gaps(extents, file.size)), entries)
    unread = misplaced | _too_often(entries, file.size + _SHARED_MAX)
    return Structure(tuple(entries), frozenset(unread), tuple(findings))


def _too_often(entries: list[Entry], most: int) -> set[int]:
    """Find the entries whose bytes are others' too, from where reading them all costs too much."""
    found, spent, reached = set(), 0, 0
    for at in sorted(range(len(entries)), key=lambda at: entries[at].header_offset):
        entry = entries[at]
        if entry.header_offset < reached:
            spent += max(entry.compressed_size, entry.size)
            if spent > most:
                found.add(at)
        reached = max(reached, entry.end)
    return found


def _entries(file: ArchiveFile, index: Index) -> tuple[list[Entry], set[int], list[Finding]]:
    entries: list[Entry] = []
    misplaced: set[int] = set()
    findings: list[Finding] = []
    for header in headers(file, index):
        placed = local.place(file, header, index.shift)
        if not placed.trusted:
            misplaced.add(len(entries))
        if placed.finding is not None:
            findings.append(placed.finding)
        entries.append(placed.entry)
    return entries, misplaced, index.findings + findings


def _find_again(
    file: ArchiveFile,
    index: Index,
    entries: list[Entry],
    misplaced: set[int],
    findings: list[Finding],
) -> None:
    """Find pages by what stands behind them where their local header does not lead to them."""
    walk = Walk(file)
    for at, limit in _limits(index, entries):
        entry = entries[at]
        fits = entry.end <= limit <= entry.end + local.DESCRIPTOR_MAX
        if at not in misplaced and (fits or walk.holds(entry)):
            continue
        found = next(filter(walk.holds, local.ending_before(entry, limit)), None)
        if found is not None:
            entries[at] = found
            if at not in misplaced:
                text = "The page's bytes do not begin where its local header ends."
                findings.append(
                    Finding(Code.HEADER_MISMATCH, text, entry.name, found.header_offset)
                )
            misplaced.discard(at)


def _limits(index: Index, entries: list[Entry]) -> list[tuple[int, int]]:
    """Pair positions in `entries`, in the order of the file, with where what follows begins."""
    order = sorted(range(len(entries)), key=lambda at: entries[at].header_offset)
    limits = [*(entries[at].header_offset for at in order), index.start][1:]
    return list(zip(order, limits, strict=True))


def _index_extents(index: Index) -> list[_Extent]:
    ranges = [(index.start, index.end), *index.tail]
    return [_Extent(start, end, _INDEX) for start, end in ranges if start < end]


def _extents(
    file: ArchiveFile,
    index: Index,
    entries: list[Entry],
    misplaced: set[int],
    findings: list[Finding],
) -> list[_Extent]:
    """Find where each entry ends, its data descriptor included."""
    extents = []
    for at, limit in _limits(index, entries):
        entry = entries[at]
        length = None if at in misplaced else local.descriptor_length(file, entry, limit)
        if length is None and at not in misplaced:
            text = "No data descriptor with the page's CRC and sizes follows it."
            findings.append(Finding(Code.HEADER_MISMATCH, text, entry.name, entry.end, entry.end))
        extents.append(
            _Extent(entry.header_offset, entry.end + (length or 0), entry.name, length is None)
        )
    return extents


def _overlaps(extents: list[_Extent]) -> list[Finding]:
    findings, last = [], None
    for extent in extents:
        if last is not None and extent.start < last.end and not (extent.loose and last.loose):
            page = last.owner if extent.owner == _INDEX else extent.owner
            text = f"Its bytes are also those of {last.owner if page != last.owner else _INDEX}."
            findings.append(
                Finding(Code.OVERLAP, text, page, extent.start, min(extent.end, last.end))
            )
        if last is None or extent.end > last.end:
            last = extent
    return findings


def _gaps(extents: list[_Extent], size: int) -> Iterator[tuple[int, int]]:
    """Give the ranges that belong to nothing; behind a loose extent nobody can tell."""
    position, loose = 0, False
    for extent in extents:
        if extent.start > position and not loose:
            yield position, extent.start
        if extent.end >= position:
            position, loose = extent.end, extent.loose
    if position < size and not loose:
        yield position, size


def _gap_findings(
    file: ArchiveFile, gaps: list[tuple[int, int]], entries: list[Entry]
) -> list[Finding]:
    """Say what lies in the gaps: pages that the index does not name, or nothing of worth."""
    if not gaps:
        return []
    named = {entry.name for entry in entries}
    walk = Walk(file)
    findings = []
    for start, end in gaps:
        orphans = {entry.name: entry for entry in walk.proved(start, end)}
        lost = [entry for name, entry in orphans.items() if name not in named]
        findings += [_orphan(entry) for entry in lost]
        if not lost:
            text = f"{end - start} bytes belong to nothing."
            findings.append(Finding(Code.DEAD_BYTES, text, None, start, end))
    return _shortened(findings)


def _orphan(entry: Entry) -> Finding:
    text = "The page is whole in the file, but the index does not name it."
    return Finding(Code.ORPHANED_PAGES, text, entry.name, entry.header_offset, entry.end)


def _shortened(findings: list[Finding]) -> list[Finding]:
    """Replace all but the first gaps without worth by one finding for all of them."""
    dead = [finding for finding in findings if finding.code is Code.DEAD_BYTES]
    if len(dead) <= _GAPS_TOLD:
        return findings
    total = sum((gap.end or 0) - (gap.start or 0) for gap in dead)
    text = f"{total} bytes in {len(dead)} places belong to nothing."
    one = Finding(Code.DEAD_BYTES, text, None, dead[0].start, dead[-1].end)
    return [finding for finding in findings if finding.code is not Code.DEAD_BYTES] + [one]


def has_local_header(file: ArchiveFile) -> bool:
    """Whether any page can be told to begin somewhere in the file."""
    return next(Walk(file).candidates(0, file.size), None) is not None
