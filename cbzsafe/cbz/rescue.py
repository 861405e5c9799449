"""What goes into the new archive: proved pages, under names that readers can take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cbzsafe import images
from cbzsafe.cbz import names, proof
from cbzsafe.cbz.crc import crc32
from cbzsafe.cbz.entry import KEPT_DAMAGED, Method
from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.inflate import BadDataError
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.sources import ArchivedPage
from cbzsafe.errors import ArchiveChanged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cbzsafe.cbz.entry import Entry
    from cbzsafe.cbz.files import Identity
    from cbzsafe.cbz.scan import Scan
    from cbzsafe.model import Finding
    from cbzsafe.progress import Progress


@dataclass(frozen=True, slots=True)
class Rescue:
    """The pages of a new archive.

    Attributes:
        sources: in the order that they are to have.
        identity: of the file that they lie in.
        comment: the archive's.
        lost: pages that are not among them, and why.
        kept: names of those that are broken.
        renamed: pairs of an old and a new name.
        is_complete: whether the old file has nothing that the new one will not have.
    """

    sources: tuple[ArchivedPage, ...]
    identity: Identity
    comment: bytes
    lost: tuple[Finding, ...]
    kept: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    is_complete: bool

    @property
    def new(self) -> frozenset[str]:
        """Names that pages have only now."""
        return frozenset(name for _, name in self.renamed)


@dataclass(slots=True)
class _Names:
    """Gives each page a name of its own."""

    taken: set[str]
    renamed: list[tuple[str, str]] = field(default_factory=list)

    def give(self, old: str, wanted: str) -> str:
        if wanted == old:
            return old
        new = names.unused(wanted, self.taken)
        self.taken.add(new)
        self.renamed.append((old, new))
        return new


def rescue(
    found: Scan, decode: bool, tidy: bool, keep_viewable: bool, progress: Progress
) -> Rescue:
    """Choose the pages of a new archive.

    Args:
        found: what a scan said of the old one.
        decode: decode every picture, instead of looking at its ends.
        tidy: give pictures the extension of what they are.
        keep_viewable: take pages that are broken but can still be shown, marked in their comment.
        progress: told of the bytes that are read.

    Raises: as `salvage` does.
    """
    saved = salvage(found.path, progress, decode=decode)
    entries = list(saved.pages)
    with ArchiveFile(found.path) as file:
        kept = list(_viewable(file, saved.broken)) if keep_viewable else []
        labels = _Names({entry.name for entry in [*entries, *kept]})

        def page(entry: Entry, mark: str = "") -> ArchivedPage:
            name = labels.give(entry.name, _wanted(file, entry, tidy))
            return _page(found.path, entry, name, mark)

        sources = [
            *(page(entry) for entry in [*entries, *saved.unsafe]),
            *(page(entry, KEPT_DAMAGED) for entry in kept),
        ]
    there = {entry.name for entry in [*kept, *saved.unsafe]}
    lost = tuple(finding for finding in saved.lost if finding.page not in there)
    return Rescue(
        tuple(sorted(sources, key=lambda source: names.position(source.name))),
        saved.identity,
        saved.comment,
        lost,
        tuple(entry.name for entry in kept),
        tuple(labels.renamed),
        is_complete=not (lost or kept or saved.superseded),
    )


def _page(archive: Path, entry: Entry, name: str, mark: str = "") -> ArchivedPage:
    marks = [word for word in entry.comment.split() if word != mark]
    comment = " ".join([*marks, mark]) if mark else entry.comment
    return ArchivedPage(name, archive, entry, comment)


def _wanted(file: ArchiveFile, entry: Entry, tidy: bool) -> str:
    """Give a name that can be unpacked, with the extension of what a picture is if asked for."""
    name = names.safe(entry.name) if names.is_unsafe(entry.name) else entry.name
    if not tidy or not images.is_page(name):
        return name
    kind = images.sniff(proof.ends(file, entry).head)
    if not images.is_picture(kind) or images.promised(name) == kind:
        return name
    return f"{name.rpartition('.')[0]}.{images.extension_for(kind)}"


def _viewable(file: ArchiveFile, broken: tuple[Entry, ...]) -> Iterator[Entry]:
    """Give the broken pages that can still be shown, with the CRC that their bytes have."""
    for entry in broken:
        there = _clipped(file, entry)
        data = _read(file, there) if images.is_page(entry.name) and _begins(file, there) else b""
        if data and images.viewable(data):
            yield there._replace(crc=crc32(data))


def _clipped(file: ArchiveFile, entry: Entry) -> Entry:
    """Let a stored page end where the file does: its writing may have been cut short."""
    if entry.method != Method.STORED:
        return entry
    size = max(0, min(entry.size or entry.compressed_size, file.size - entry.data_offset))
    return entry._replace(size=size, compressed_size=size)


def _begins(file: ArchiveFile, entry: Entry) -> bool:
    """Whether an entry begins as a picture does: else it is not worth the memory."""
    try:
        first = next(iter(proof.content(file, entry)), b"")
        return images.is_picture(images.sniff(bytes(first[: proof.EDGE])))
    except (BadDataError, ArchiveChanged):
        return False


def _read(file: ArchiveFile, entry: Entry) -> bytes:
    if entry.size > images.VIEWABLE_LIMIT:
        return b""
    try:
        return proof.whole(file, entry)
    except (BadDataError, ArchiveChanged):
        return b""
