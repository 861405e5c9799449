"""The one definition of a sound archive, for those that were just written and for old ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe import images
from cbzsafe.cbz import index, layout, naming, pages, processors
from cbzsafe.cbz.entry import SOURCE_DAMAGED, Entry
from cbzsafe.cbz.files import ArchiveFile, Identity
from cbzsafe.cbz.names import is_metadata
from cbzsafe.cbz.pages import Depth
from cbzsafe.model import Code, Finding, Level, Verdict, verdict
from cbzsafe.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cbzsafe.progress import Progress

__all__ = ["SOURCE_DAMAGED", "Depth", "Entry", "Scan", "scan"]

_HEAD = 4096
_FOREIGN = frozenset({"rar", "7z"})
"""Kinds that may hold a ZIP file, with its records, as one of their own pages."""
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found out of an archive.

    Attributes:
        path: the file, as it was named.
        size: bytes of the file.
        identity: device, inode, size and mtime in nanoseconds, as it was read.
        entries: in the order of the index.
        findings: what is wrong or odd, the structure first, then page by page.
        comment: the archive's own.
    """

    path: Path
    size: int
    identity: Identity
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    comment: bytes = b""

    @property
    def verdict(self) -> Verdict:
        """What the findings add up to."""
        return verdict(self.findings)

    @property
    def page_count(self) -> int:
        """How many entries are pages: neither folders nor metadata."""
        return sum(not (e.is_folder or is_metadata(e.name)) for e in self.entries)

    @property
    def bad_pages(self) -> frozenset[str]:
        """Names of pages that a finding calls worse than odd."""
        return frozenset(
            finding.page
            for finding in self.findings
            if finding.page is not None and finding.level is not Level.WARNING
        )


def scan(
    path: Path, depth: Depth = Depth.PAGES, progress: Progress | None = None, threads: int = 0
) -> Scan:
    """Read an archive, and say all that is wrong or odd with it.

    Args:
        path: the file; nothing but a regular file is read, and none is waited for.
        depth: how closely to look.
        progress: told of the bytes that are read.
        threads: how many decode; 0 for one a processor.

    Raises:
        FileNotFoundError: there is no such file.
        UnreadableArchive: it is no regular file, or may not be opened.
        ArchiveChanged: it changed or was replaced meanwhile.
        StorageError: the disk failed.
    """
    with ArchiveFile(path) as file:
        found = scan_open(file, depth, progress or Silent(), threads)
        file.verify_unchanged()
    return found


def scan_open(file: ArchiveFile, depth: Depth, progress: Progress, threads: int = 0) -> Scan:
    """Do as `scan` does, on an open file, without asking whether it changed."""
    place = index.locate(file)
    alien = _alien(file, place)
    if place is None or alien is not None:
        return Scan(file.path, file.size, file.identity, (), (alien or _torn(file),))
    structure = layout.survey(file, place)
    findings = [*structure.findings, *naming.look(structure.entries)]
    if depth > Depth.STRUCTURE:
        findings += _pages(file, structure, depth, progress, threads or workers())
    entries = structure.entries
    return Scan(file.path, file.size, file.identity, entries, tuple(findings), place.comment)


def _alien(file: ArchiveFile, place: index.Index | None) -> Finding | None:
    """Say what the file is, if it is no ZIP file."""
    head = file.read(0, _HEAD)
    kind = images.sniff(head)
    if kind not in _FOREIGN and (place is not None or layout.has_local_header(file)):
        return None
    text = f"The file is no ZIP file but {images.describe(head)}."
    return Finding(Code.NOT_A_ZIP, text, None, 0, file.size)


def _torn(file: ArchiveFile) -> Finding:
    text = "The file has no index at its end: it was not written to its end, or was cut."
    return Finding(Code.NO_INDEX, text, None, 0, file.size)


def _pages(
    file: ArchiveFile,
    structure: layout.Structure,
    depth: Depth,
    progress: Progress,
    threads: int,
) -> list[Finding]:
    """Look at each page whose place is known and whose bytes can be read."""
    entries = [
        entry
        for at, entry in enumerate(structure.entries)
        if at not in structure.misplaced and _is_readable(entry)
    ]
    progress.start(file.path.name, sum(entry.compressed_size for entry in entries))
    findings = []
    for entry, finding in _judged(file, entries, depth, threads):
        progress.advance(entry.compressed_size)
        if finding is not None:
            findings.append(finding)
    progress.finish()
    return findings


def _is_readable(entry: Entry) -> bool:
    return not (entry.is_folder and not entry.size) and not naming.is_closed(entry)


def _judged(
    file: ArchiveFile, entries: list[Entry], depth: Depth, threads: int
) -> Iterator[tuple[Entry, Finding | None]]:
    """Pair the entries with their findings; decoding is spread over the processors."""
    if depth < Depth.DECODE:
        yield from ((entry, pages.judge(file, entry, depth)) for entry in entries)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        for batch in batches(entries):
            found = pool.map(lambda entry: pages.judge(file, entry, depth), batch)
            yield from zip(batch, found, strict=True)


def workers() -> int:
    """How many threads decode: as many as there are processors for us, at most four."""
    return min(4, processors.available())


def batches(entries: list[Entry]) -> Iterable[list[Entry]]:
    """Cut a list into pieces, so that not all of it is submitted at once."""
    return (entries[at : at + _BATCH] for at in range(0, len(entries), _BATCH))
