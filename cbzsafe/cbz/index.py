"""Finding an archive's index, and reading it, whatever state it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cbzsafe.cbz import fields, records
from cbzsafe.cbz.files import Window
from cbzsafe.model import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cbzsafe.cbz.files import ArchiveFile
    from cbzsafe.cbz.records import CentralHeader, EndRecord

_COMMENT_MAX = 0xFFFF
_VERSION_AT = 6
"""Where a header of the index says which version reads it (4.4.3)."""


@dataclass(slots=True)
class Index:
    """Where an archive's index stands, and what is wrong with it.

    Attributes:
        start: first byte of the central directory.
        end: the byte behind its last, as read.
        shift: bytes before the archive, which its offsets do not count.
        count: entries that it claims.
        tail: the ranges of the records behind it.
        comment: the archive's comment.
        findings: grows while `headers` goes on.
    """

    start: int
    end: int
    shift: int
    count: int
    tail: list[tuple[int, int]]
    comment: bytes
    findings: list[Finding] = field(default_factory=list)

    def accuse(self, detail: str, start: int, end: int) -> None:
        """Add a finding of a bad index."""
        self.findings.append(Finding(Code.BAD_INDEX, detail, None, start, end))


def locate(file: ArchiveFile) -> Index | None:
    """Find the index by the end record, the last one that fits.

    Returns:
        The place, or None where there is no end record in the last 64 KiB.
    """
    base = max(0, file.size - _COMMENT_MAX - records.END_SIZE)
    data = file.read(base, file.size - base)
    fallback = None
    for place in _end_records(data):
        index = _index_at(file, base + place, records.parse_end(data, place))
        index.tail.append((base + place, _end_of(data, base, place)))
        if not index.findings:
            return index
        fallback = fallback or index
    return fallback


def _end_records(data: bytes) -> list[int]:
    """Places of end records: those that end where the file does first, then from the end."""
    places = []
    place = data.rfind(records.END)
    while place >= 0:
        if place + records.END_SIZE <= len(data):
            places.append(place)
        place = data.rfind(records.END, 0, place + 3)
    return sorted(places, key=lambda p: p + records.end_length(data, p) != len(data))


def _end_of(data: bytes, base: int, place: int) -> int:
    return base + min(place + records.end_length(data, place), len(data))


def _index_at(file: ArchiveFile, place: int, end: EndRecord) -> Index:
    """Resolve zip64, and find where the directory really begins."""
    limit, tail, record = place, [], end
    wide = _end64(file, place)
    if wide is not None:
        limit, record = wide
        tail.append((limit, place))
    index = Index(0, limit, 0, record.count, tail, end.comment)
    if end.disk not in {0, records.MARK16} or record.disk:
        index.accuse("The archive is one part of several.", place, place + records.END_SIZE)
    _place_directory(file, index, record)
    return index


def _end64(file: ArchiveFile, place: int) -> tuple[int, EndRecord] | None:
    """Read the zip64 end record that a locator before the end record names."""
    begin = place - records.LOCATOR64_SIZE
    try:
        named = records.parse_locator64(file.read(max(begin, 0), records.LOCATOR64_SIZE))
    except fields.BadRecordError:
        return None
    for offset in (begin - records.END64_SIZE, named):
        if 0 <= offset < begin:
            try:
                return offset, records.parse_end64(file.read(offset, records.END64_SIZE))
            except fields.BadRecordError:
                continue
    return None


def _place_directory(file: ArchiveFile, index: Index, record: EndRecord) -> None:
    """Take the directory that ends where the end record begins, else the one that it names."""
    touching = index.end - record.directory_size
    limit = index.end
    for start in (touching, record.directory_offset):
        if 0 <= start <= limit and _begins(file, start, record):
            index.start = start
            index.end = min(start + record.directory_size, limit)
            index.shift = start - record.directory_offset
            break
    else:
        index.start = limit
        index.accuse("The end record names no index.", limit, limit + records.END_SIZE)
        return
    if index.shift < 0:
        index.accuse("The end record names an index behind the real one.", index.start, index.end)
    elif index.start + record.directory_size != limit:
        # Most readers count back from the end record.
        index.accuse("The index that the end record names does not reach to it.", index.end, limit)


def _begins(file: ArchiveFile, start: int, record: EndRecord) -> bool:
    if record.count == 0:
        return record.directory_size == 0
    return file.read(start, 4) == records.CENTRAL


def headers(file: ArchiveFile, index: Index) -> Iterator[CentralHeader]:
    """Read the headers of the index, and complain in `index.findings` of what does not fit.

    A header that cannot be read is left out; reading goes on behind it where its length is known.
    """
    window = Window(file)
    position, seen = index.start, 0
    while position + records.CENTRAL_SIZE <= index.end:
        fixed = window.read(position, records.CENTRAL_SIZE)
        if fixed[:4] != records.CENTRAL:
            break
        length = records.central_length(fixed, 0)
        header = _header(window, index, position, length)
        if header is not None:
            yield header
        seen, position = seen + 1, position + length
    _compare(index, seen, position)


def _header(window: Window, index: Index, position: int, length: int) -> CentralHeader | None:
    try:
        if position + length > index.end:
            raise fields.BadRecordError("a header of the index is cut off")  # noqa: TRY301 - one place accuses
        data = window.read(position, length)
        if data[_VERSION_AT] > records.VERSION_MAX:
            text = f"A header asks for version {data[_VERSION_AT]} of the format: there is none."
            index.accuse(text, position, position + length)
        return records.parse_central(data)
    except fields.BadRecordError as error:
        index.accuse(f"In the index, {error}.", position, min(position + length, index.end))
        return None


def _compare(index: Index, seen: int, position: int) -> None:
    """Compare what was read of the index with what the end record claims."""
    if seen != index.count:
        text = f"The index has {seen} entries where the end record claims {index.count}."
        index.accuse(text, index.start, index.end)
    elif position != index.end:
        index.accuse("The index ends before the end record says.", position, index.end)
