"""Proving a page: its bytes are those that its CRC and its sizes name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cbzsafe.cbz import inflate
from cbzsafe.cbz.crc import crc32
from cbzsafe.cbz.entry import READABLE, Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cbzsafe.cbz.entry import Entry
    from cbzsafe.cbz.files import ArchiveFile

EDGE = 4096
"""Bytes of a page's two ends that are kept for the cheap check."""
_AT_ONCE = 1 << 16
"""Bytes up to which a page is read in one call."""
WHOLE_MAX = 1 << 30
"""The largest page that is held in memory for decoding, in bytes."""


class Edges(NamedTuple):
    """What is left of a page after it went by.

    Attributes:
        crc: of all its bytes.
        head: its first bytes, at most `EDGE`.
        tail: its last, likewise.
    """

    crc: int
    head: bytes
    tail: bytes


def content(file: ArchiveFile, entry: Entry) -> Iterator[memoryview]:
    """Give a page's bytes, unpacked, piece by piece; each piece is valid until the next.

    Raises:
        BadDataError: they do not unpack to the declared size.
        ArchiveChanged: the file ends too early.
    """
    chunks = file.chunks(entry.data_offset, entry.compressed_size)
    if entry.method != Method.STORED:
        return map(memoryview, inflate.inflate(chunks, entry.method, entry.size))
    if entry.compressed_size != entry.size:
        raise inflate.BadDataError("it is stored, but with two different sizes")
    return chunks


def whole(file: ArchiveFile, entry: Entry) -> bytes:
    """Give all of a page's bytes at once; raises as `content` does."""
    if entry.method == Method.STORED:
        return file.read(entry.data_offset, entry.size)
    return b"".join(content(file, entry))


def edges(file: ArchiveFile, entry: Entry) -> Edges:
    """Read a page whole, and keep its CRC and its ends; raises as `content` does."""
    if entry.method == Method.STORED and entry.compressed_size == entry.size <= _AT_ONCE:
        data = file.read_all(entry.data_offset, entry.size)
        return Edges(crc32(data), data[:EDGE], data[-EDGE:])
    crc, head, tail = 0, b"", b""
    for piece in content(file, entry):
        crc = crc32(piece, crc)
        if len(head) < EDGE:
            head += bytes(piece[: EDGE - len(head)])
        tail = bytes(piece[-EDGE:]) if len(piece) >= EDGE else (tail + bytes(piece))[-EDGE:]
    return Edges(crc, head, tail)


def ends(file: ArchiveFile, entry: Entry) -> Edges:
    """Read a page's ends only, without its CRC, where it is stored; else as `edges`."""
    if entry.method != Method.STORED:
        return edges(file, entry)
    tail = max(entry.data_offset, entry.end - EDGE)
    head = file.read(entry.data_offset, min(EDGE, entry.size))
    return Edges(entry.crc, head, file.read(tail, entry.end - tail))


def is_proved(file: ArchiveFile, entry: Entry) -> bool:
    """Tell whether an entry's bytes, as they lie in the file, give its CRC and its size."""
    if entry.method not in READABLE or not 0 <= entry.data_offset <= entry.end <= file.size:
        return False
    try:
        crc = 0
        for piece in content(file, entry):
            crc = crc32(piece, crc)
    except inflate.BadDataError:
        return False
    return crc == entry.crc
