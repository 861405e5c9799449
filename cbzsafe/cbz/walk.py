"""Walking a file from one local header to the next, without an index or beside it.

A header counts only as far as it is proved: what looks like one inside the bytes of a proved
page is part of that page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cbzsafe.cbz import fields, names, proof, records
from cbzsafe.cbz.entry import READABLE, Entry
from cbzsafe.cbz.files import Window, find_all
from cbzsafe.cbz.local import DESCRIPTOR_MAX, read_local

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cbzsafe.cbz.files import ArchiveFile
    from cbzsafe.cbz.records import LocalHeader

_VERSION_MAX = 63
_EFFORT = 16
"""How often the file's size may be read in all, so that crafted headers cannot hold us up."""
_SLACK = 1 << 26
_UNPACKING = 4
"""How many bytes that come out of a page count as one that is read: pictures hardly shrink."""


@dataclass(slots=True)
class Walk:
    """Finds pages by their local headers.

    Attributes:
        file: where to look.
        known: entries of the index by the place of their local header; they serve where the
            header itself does not have CRC and sizes, and for the comment.
        spent: bytes that were read for proofs.
        unsafe: give pages with unsafe names, too.
    """

    file: ArchiveFile
    known: Mapping[int, Entry] = field(default_factory=dict)
    spent: int = 0
    unsafe: bool = False

    def candidates(self, start: int, end: int) -> Iterator[tuple[int, LocalHeader]]:
        """Give every place in a range where a page could begin."""
        for place in find_all(self.file, records.LOCAL, start, end):
            header = self._plausible(self.file, place)
            if header is not None and place + header.length <= end:
                yield place, header

    def proved(self, start: int, end: int) -> Iterator[Entry]:
        """Give the pages that begin in a range and can be proved, wherever they end."""
        return (entry for entry, proved in self.visit(start, end) if proved)

    def visit(self, start: int, end: int) -> Iterator[tuple[Entry, bool]]:
        """Give each page that begins in a range, and whether its bytes are proved.

        What cannot be proved has the sizes that its header claims.
        """
        limit = self.file.size
        window = Window(self.file, 1 << 10)
        position: int | None = start
        while position is not None and position < end:
            header = self._plausible(window, position)
            proved = None
            if header is not None and position + header.length <= end:
                proved = self._prove(position, header, limit)
                yield proved or self._entry(position, header), proved is not None
            if proved is not None:
                position = self._behind(proved, limit)
            else:
                position = next(find_all(self.file, records.LOCAL, position + 1, end), None)

    def _plausible(self, source: ArchiveFile | Window, place: int) -> LocalHeader | None:
        """Read a header that makes sense, and none that is chance."""
        data = source.read(place, 6)
        if len(data) < 6 or data[:4] != records.LOCAL or data[4] > _VERSION_MAX:  # noqa: PLR2004 - as read
            return None
        try:
            header = read_local(source, place)
        except fields.BadRecordError:
            return None
        sensible = self.unsafe or not names.is_unsafe(header.name)
        return header if sensible and header.method in READABLE else None

    def _entry(self, place: int, header: LocalHeader) -> Entry:
        return Entry(
            header.name,
            header.method,
            header.flags,
            header.crc,
            header.compressed_size,
            header.size,
            place,
            place + header.length,
            "",
            header.dos_date,
            header.dos_time,
        )

    def _prove(self, place: int, header: LocalHeader, end: int) -> Entry | None:
        """Try what the index says, then what the header says, then what a descriptor says."""
        if header.flags & (records.FLAG_ENCRYPTED | records.FLAG_PATCHED):
            return None
        entry = self._entry(place, header)
        for attempt in self._claims(entry):
            if attempt.end <= end and self.holds(attempt):
                return attempt
        # Some headers have the sizes all the same, and leave out the CRC alone.
        return self._by_descriptor(entry, end) if header.flags & records.FLAG_DESCRIPTOR else None

    def _claims(self, entry: Entry) -> Iterator[Entry]:
        """Give what is said of a page's CRC and sizes; the index knows its comment too."""
        known = self.known.get(entry.header_offset)
        if known is not None and not names.is_unsafe(known.name) and known.method in READABLE:
            yield known._replace(data_offset=entry.data_offset)
            if _content(known) == _content(entry):
                return
        if entry.compressed_size or self._is_followed(entry):
            yield entry

    def _is_followed(self, entry: Entry) -> bool:
        """Whether another record follows at once: only then is a page without bytes believed."""
        following = self.file.read(entry.data_offset, 4)
        return following in {records.LOCAL, records.CENTRAL} and not (
            entry.flags & records.FLAG_DESCRIPTOR
        )

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry's bytes are proved, as long as there is effort left."""
        cost = max(entry.compressed_size, entry.size // _UNPACKING)
        # What is refused costs nothing: one size that is a lie must not take all other pages along.
        if not self._affords(cost):
            return False
        self.spent += cost
        return proof.is_proved(self.file, entry)

    def _affords(self, count: int) -> bool:
        """Tell whether there is effort left to read so many bytes more."""
        return self.spent + count <= _EFFORT * self.file.size + _SLACK

    def _by_descriptor(self, entry: Entry, end: int) -> Entry | None:
        """Find the page's end by a data descriptor that counts the bytes before it."""
        if entry.compressed_size and entry.end <= end:
            for claim in self._described(entry, entry.end):
                if self.holds(claim):
                    return claim
        return next(filter(self.holds, self._first_described(entry, end)), None)

    def _first_described(self, entry: Entry, end: int) -> list[Entry]:
        """Give what the first signed descriptor says that counts the bytes before it.

        Only what is really searched is counted as effort: a streamed archive has a search a page.
        """
        claims: list[Entry] = []
        reached = entry.data_offset
        places = find_all(self.file, records.DESCRIPTOR, reached, end)
        while not claims and self._affords(0):
            place = next(places, end)
            self.spent += place - reached
            if place == end:
                break
            reached, claims = place, list(self._described(entry, place))
        return claims

    def _described(self, entry: Entry, place: int) -> Iterator[Entry]:
        """Give what a data descriptor at a place says of a page, if it is the page's."""
        packed = place - entry.data_offset
        for found in records.descriptors(self.file.read(place, DESCRIPTOR_MAX)):
            if found.compressed_size == packed:
                yield entry._replace(crc=found.crc, compressed_size=packed, size=found.size)

    def _behind(self, entry: Entry, end: int) -> int:
        """Where to go on behind a proved page: behind its data descriptor, if it has one."""
        if not entry.flags & records.FLAG_DESCRIPTOR:
            return max(entry.end, entry.header_offset + 1)
        for found in records.descriptors(self.file.read(entry.end, DESCRIPTOR_MAX)):
            fits = (found.crc, found.compressed_size) == (entry.crc, entry.compressed_size)
            if fits and self.file.read(entry.end + found.length, 2) in {b"PK", b""}:
                return min(entry.end + found.length, end)
        return entry.end


def _content(entry: Entry) -> tuple[int, int, int, int]:
    return entry.method, entry.crc, entry.compressed_size, entry.size
