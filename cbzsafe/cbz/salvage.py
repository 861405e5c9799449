"""Damaged archive in, proved pages out.

A page is proved when the CRC of all its bytes is the one that its local header, its data
descriptor or the index names, with the sizes that it names. Nothing else is given out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cbzsafe import images
from cbzsafe.cbz import names, pages, proof
from cbzsafe.cbz.files import ArchiveFile, Identity
from cbzsafe.cbz.scan import Depth, batches, scan_open, workers
from cbzsafe.cbz.walk import Walk
from cbzsafe.errors import UnreadableArchive
from cbzsafe.model import Code, Finding, Level
from cbzsafe.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cbzsafe.cbz.entry import Entry
    from cbzsafe.progress import Progress

_INSIDE = Finding(Code.OVERLAP, "The page's bytes lie inside those of another page.")


@dataclass(frozen=True, slots=True)
class Salvage:
    """What can be saved of an archive.

    Attributes:
        path: the file, as it was named.
        identity: device, inode, size and mtime in nanoseconds, as it was read.
        pages: proved, each name once, in reading order; a `damaged-at-source` comment is kept.
        lost: pages that are known by name and cannot be proved, and why; each name once.
        findings: those of the archive's structure.
        comment: the archive's own.
        unsafe: proved, under names that must not be unpacked as they are; `lost` names them too.
        broken: the best there is of each lost page, whose bytes are unproved or a broken picture.
        superseded: proved, under the name of one of `pages`, with other bytes than that has.
    """

    path: Path
    identity: Identity
    pages: tuple[Entry, ...]
    lost: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    comment: bytes = b""
    unsafe: tuple[Entry, ...] = ()
    broken: tuple[Entry, ...] = ()
    superseded: tuple[Entry, ...] = ()


@dataclass(slots=True)
class _Collected:
    """What the file has of pages.

    Attributes:
        proved: by their place.
        unsafe: proved, with unsafe names.
        claims: what could not be proved, one for each name.
        inside: names of the index whose bytes are proved and lie in another page.
    """

    proved: list[Entry] = field(default_factory=list)
    unsafe: list[Entry] = field(default_factory=list)
    claims: dict[str, Entry] = field(default_factory=dict)
    inside: dict[str, Entry] = field(default_factory=dict)


def salvage(path: Path, progress: Progress | None = None, *, decode: bool = True) -> Salvage:
    """Collect every page whose bytes can be proved, wherever in the file it lies.

    Args:
        path: the archive.
        progress: told of the bytes that are read.
        decode: decode each picture; else only the ends are looked at, and pictures are decoded
            where several proved pages have one name.

    Raises:
        FileNotFoundError: there is no such file.
        UnreadableArchive: it is no regular file, or no ZIP file; the message says what it is.
        ArchiveChanged: it changed or was replaced meanwhile.
        StorageError: the disk failed.
    """
    with ArchiveFile(path) as file:
        found = scan_open(file, Depth.STRUCTURE, Silent())
        for finding in found.findings:
            if finding.code is Code.NOT_A_ZIP:
                raise UnreadableArchive(f"{path}: {finding.detail}")
        got = _collect(file, found.entries, progress or Silent())
        chosen, faulty = _choose(file, got.proved, decode=decode)
        unsafe, more = _fit(file, got.unsafe, decode=decode)
        file.verify_unchanged()
    faulty |= more
    lost = {name: finding for name, (_, finding) in faulty.items()}
    lost |= {name: _unproved(claim) for name, claim in got.claims.items() if name not in lost}
    lost |= {name: pages.locate(_INSIDE, entry) for name, entry in got.inside.items()}
    best = got.claims | {name: entry for name, (entry, _) in faulty.items()}
    return Salvage(
        path,
        file.identity,
        tuple(sorted(chosen.values(), key=lambda entry: names.natural_key(entry.name))),
        tuple(finding for name, finding in lost.items() if name not in chosen),
        found.findings,
        found.comment,
        unsafe,
        tuple(e for name, e in best.items() if name not in chosen and not names.is_unsafe(name)),
        tuple(e for e in got.proved if _differs(e, chosen.get(e.name, e))),
    )


def _differs(one: Entry, other: Entry) -> bool:
    """Whether two copies of a page have other bytes."""
    return (one.crc, one.size) != (other.crc, other.size)


def _collect(file: ArchiveFile, index: tuple[Entry, ...], progress: Progress) -> _Collected:
    """Prove what the file's local headers say, then what the index alone says."""
    walk = Walk(file, {entry.header_offset: entry for entry in index}, unsafe=True)
    got = _Collected()
    for entry, holds in _reporting(walk.visit(0, file.size), file, progress):
        if holds:
            got.proved.append(entry)
        elif not entry.is_folder and not names.is_unsafe(entry.name):  # such may be chance
            got.claims.setdefault(entry.name, entry)
    walked = {(entry.header_offset, entry.name) for entry in got.proved} if index else set()
    for entry in index:
        if _is_folder(entry) or (entry.header_offset, entry.name) in walked:
            continue
        if walk.holds(entry):
            got.proved.append(entry)
        else:
            got.claims[entry.name] = entry
    outer = [entry for entry in _outermost(got.proved) if not _is_folder(entry)]
    got.proved = [entry for entry in outer if not names.is_unsafe(entry.name)]
    got.unsafe = [entry for entry in outer if names.is_unsafe(entry.name)]
    got.claims.update((entry.name, entry) for entry in got.unsafe)
    told = {entry.name for entry in outer} | got.claims.keys() if index else set()
    got.inside = {e.name: e for e in index if e.name not in told and not _is_folder(e)}
    return got


def _is_folder(entry: Entry) -> bool:
    """Whether it stands for a folder, be it spelled as on Windows."""
    return entry.is_folder or (not entry.size and entry.name.endswith("\\"))


def _reporting(
    visit: Iterator[tuple[Entry, bool]], file: ArchiveFile, progress: Progress
) -> Iterator[tuple[Entry, bool]]:
    """Tell how far in the file the walk has come."""
    progress.start(file.path.name, file.size)
    done = 0
    for entry, holds in visit:
        yield entry, holds
        now = entry.end if holds else entry.header_offset
        progress.advance(max(0, now - done))
        done = max(done, now)
    progress.finish()


def _outermost(proved: list[Entry]) -> Iterator[Entry]:
    """Leave out what lies inside another proved page: that is part of its bytes."""
    reached, outer = 0, -1
    for entry in sorted(proved, key=lambda entry: (entry.header_offset, -entry.end)):
        # An index may give one local header two names.
        if entry.end > reached or entry.header_offset == outer:
            outer = entry.header_offset
            yield entry
        reached = max(reached, entry.end)


def _choose(
    file: ArchiveFile, proved: list[Entry], *, decode: bool
) -> tuple[dict[str, Entry], dict[str, tuple[Entry, Finding]]]:
    """Take one of each name: the last in the file that is a whole picture.

    Returns:
        What was taken, and of each name the last that was not, and why.
    """
    chosen: dict[str, Entry] = {}
    faulty: dict[str, tuple[Entry, Finding]] = {}
    first: dict[str, Entry] = {}
    differing = {e.name for e in proved if _differs(e, first.setdefault(e.name, e))}

    def look(entry: Entry) -> Finding | None:
        return _fault(file, entry, decode=decode or entry.name in differing)

    for entry, finding in _each(proved, look):
        if finding is None:
            chosen[entry.name] = entry
        else:
            faulty[entry.name] = entry, finding
    if not decode:  # of copies that none decodes, one is taken as if it were alone
        left = [entry for entry in proved if entry.name not in chosen]
        chosen |= {entry.name: entry for entry in left if not _fault(file, entry, decode=False)}
    return chosen, faulty


def _fit(
    file: ArchiveFile, unsafe: list[Entry], *, decode: bool
) -> tuple[tuple[Entry, ...], dict[str, tuple[Entry, Finding]]]:
    """Tell those apart, as `_choose` does, that are whole under the names that they would get."""

    def look(entry: Entry) -> Finding | None:
        return _fault(file, entry._replace(name=names.safe(entry.name)), decode=decode)

    looked = list(_each(unsafe, look))
    faulty = {e.name: (e, replace(fault, page=e.name)) for e, fault in looked if fault}
    return tuple(entry for entry, fault in looked if not fault), faulty


def _each(
    entries: list[Entry], look: Callable[[Entry], Finding | None]
) -> Iterator[tuple[Entry, Finding | None]]:
    """Look at all entries, spread over the processors, and give them in their order."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers()) as pool:
        for batch in batches(entries):
            yield from zip(batch, pool.map(look, batch), strict=True)


def _fault(file: ArchiveFile, entry: Entry, *, decode: bool) -> Finding | None:
    """Say why a proved page is no whole picture; what is no picture by its name is let through."""
    if not images.is_page(entry.name):
        return None
    finding = pages.look(file, entry, proof.ends(file, entry), decode=decode)
    if finding is None or pages.forgive(finding, entry.comment).level is Level.WARNING:
        return None
    return pages.locate(finding, entry)


def _unproved(entry: Entry) -> Finding:
    text = "The page's bytes in the file are not those that its CRC and its sizes name."
    if names.is_unsafe(entry.name):
        text = "A page of this name is not unpacked."
        return pages.locate(Finding(Code.UNSAFE_NAME, text), entry)
    if not entry.compressed_size:
        text = "Its writing was cut short: neither its size nor its CRC is known."
    return pages.locate(Finding(Code.BAD_CRC, text), entry)
