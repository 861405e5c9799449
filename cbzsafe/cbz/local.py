"""Local headers and data descriptors: what the file itself says at the place of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cbzsafe.cbz import fields, records
from cbzsafe.cbz.entry import Entry
from cbzsafe.model import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cbzsafe.cbz.files import ArchiveFile, Window
    from cbzsafe.cbz.records import CentralHeader, LocalHeader

_GUESS = records.LOCAL_SIZE + 64
_DESCRIPTORS = (0, 16, 12, 24, 20)
"""Lengths of the forms that a data descriptor may have (APPNOTE 4.3.9), or of none."""
_EXTRA_MAX = 1 << 10
"""Bytes of extra fields that are thought of: more would let a wrong offset hide other pages."""
DESCRIPTOR_MAX = 24
"""Bytes of the longest form of a data descriptor."""


class Placed(NamedTuple):
    """An entry of the index, held against its local header.

    Attributes:
        entry: where the data begin is a guess where the local header cannot be read.
        trusted: whether it is not.
        finding: what is wrong.
    """

    entry: Entry
    trusted: bool
    finding: Finding | None


def read_local(source: ArchiveFile | Window, offset: int) -> LocalHeader:
    """Read the local header at a place.

    Raises:
        BadRecordError: there is none.
    """
    data = source.read(offset, _GUESS)
    if len(data) >= records.LOCAL_SIZE and data[:4] == records.LOCAL:
        length = records.local_length(data)
        if length > len(data):
            data = source.read(offset, length)
    return records.parse_local(data)


def place(file: ArchiveFile, header: CentralHeader, shift: int) -> Placed:
    """Hold a header of the index against the local header that it names."""
    offset = header.offset + shift
    try:
        if not 0 <= offset < file.size:
            raise fields.BadRecordError("it would lie outside the file")  # noqa: TRY301 - one place reports
        local = read_local(file, offset)
    except fields.BadRecordError as error:
        guess = offset + records.LOCAL_SIZE + len(header.name.encode("utf-8", "replace"))
        text = f"The page's local header cannot be read: {error}."
        return _placed(header, offset, guess, text, trusted=False)
    data_offset = offset + local.length
    text = _disagreement(local, header)
    if data_offset + header.compressed_size > file.size:
        text = "The page's bytes would go beyond the end of the file."
        return _placed(header, offset, data_offset, text, trusted=False)
    return _placed(header, offset, data_offset, text, trusted=True)


def _placed(
    header: CentralHeader, offset: int, data_offset: int, text: str, *, trusted: bool
) -> Placed:
    entry = Entry(
        header.name,
        header.method,
        header.flags,
        header.crc,
        header.compressed_size,
        header.size,
        offset,
        data_offset,
        header.comment,
        header.dos_date,
        header.dos_time,
    )
    if not text:
        return Placed(entry, trusted, None)
    # What an index says can lie before the file's first byte.
    start, end = max(offset, 0), max(data_offset, offset, 0)
    return Placed(entry, trusted, Finding(Code.HEADER_MISMATCH, text, entry.name, start, end))


def _summary(header: LocalHeader | CentralHeader) -> tuple[object, ...]:
    sizes = header.crc, header.compressed_size, header.size
    return header.name, header.method, header.flags, *sizes


def _disagreement(local: LocalHeader, header: CentralHeader) -> str:
    """Say in what the two headers differ, or nothing."""
    if _summary(local) == _summary(header):  # as nearly always
        return ""
    if local.name != header.name:
        return f"The local header calls the page {local.name!r}."
    if (local.flags ^ header.flags) & fields.FLAG_UTF8 and not header.name.isascii():
        return "Only one of local header and index marks the page's name as UTF-8."
    if local.method != header.method:
        return "Local header and index name different compression methods."
    if (local.flags ^ header.flags) & records.FLAG_ENCRYPTED:
        return "Only one of local header and index calls the page encrypted."
    theirs = (header.crc, header.compressed_size, header.size)
    # With a data descriptor the local header may leave these out, each on its own (4.4.4).
    given = [
        (ours, stated)
        for ours, stated in zip((local.crc, local.compressed_size, local.size), theirs, strict=True)
        if ours or not local.flags & records.FLAG_DESCRIPTOR
    ]
    agree = all(ours == stated for ours, stated in given)
    return "" if agree else "Local header and index have different sizes or CRCs."


def descriptor_length(file: ArchiveFile, entry: Entry, limit: int) -> int | None:
    """Bytes of the data descriptor behind a page.

    Args:
        file: the archive.
        entry: the page.
        limit: where what follows in the file begins; a form that ends there is preferred.

    Returns:
        0 where the entry has none, None where there should be one that fits and is not.
    """
    end = entry.end
    # Some writers set the flag and leave the descriptor out; then nothing is unaccounted for.
    if not entry.flags & records.FLAG_DESCRIPTOR or end == limit:
        return 0
    fitting = [
        found.length
        for found in records.descriptors(file.read(end, DESCRIPTOR_MAX))
        if (found.crc, found.compressed_size, found.size)
        == (entry.crc, entry.compressed_size, entry.size)
    ]
    if limit - end in fitting:
        return limit - end
    return fitting[0] if fitting else None


def ending_before(entry: Entry, limit: int) -> Iterator[Entry]:
    """Give the places where a page's bytes could be, so that they end where the next record begins.

    Args:
        entry: the page, whose own local header cannot be relied upon, but stands there.
        limit: where what follows in the file begins.
    """
    for length in _DESCRIPTORS if entry.flags & records.FLAG_DESCRIPTOR else (0,):
        begin = limit - length - entry.compressed_size
        extra = (
            begin
            - entry.header_offset
            - records.LOCAL_SIZE
            - len(entry.name.encode("utf-8", "replace"))
        )
        if 0 <= extra <= _EXTRA_MAX and begin != entry.data_offset and entry.header_offset >= 0:
            yield entry._replace(data_offset=begin)
