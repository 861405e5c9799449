"""The ZIP records that this project writes: the least that the format allows, and no more.

All entries bear one constant time, have no extra field but zip64's, and no data descriptor, so
that the same pages give the same bytes. Section numbers are APPNOTE's, as in `records`.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cbzsafe.cbz import fields, records
from cbzsafe.cbz.entry import ZSTD_METHODS, Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cbzsafe.cbz.entry import Entry

_UNIX = 3 << 8
_ATTRIBUTES = 0o100644 << 16
_VERSIONS: dict[int, int] = {
    Method.STORED: 10,
    Method.DEFLATED: 20,
    Method.BZIP2: 46,
    **dict.fromkeys((Method.LZMA, *ZSTD_METHODS), 63),
}
_ZIP64_VERSION = 45
LZMA_ENDS_ITSELF = 1 << 1
"""The flag that says that LZMA data have an end marker (4.4.4)."""


def flags_for(name: str, comment: str) -> int:
    """Give the general purpose bits: UTF-8 only where name or comment needs it."""
    return 0 if name.isascii() and comment.isascii() else fields.FLAG_UTF8


def encode(name: str) -> bytes:
    """Give a name's bytes, by the flag that `flags_for` sets."""
    return name.encode("utf-8")


def is_large(size: int) -> bool:
    """Whether a page of `size` bytes needs zip64 sizes; what packs a little larger does too."""
    return size + (size >> 10) + 1024 >= records.LIMIT32


def _zip64(values: list[int]) -> bytes:
    """The zip64 field (4.5.3) of these values, empty where there are none."""
    return struct.pack(f"<2H{len(values)}Q", 1, 8 * len(values), *values) if values else b""


def _version(method: int, *, zip64: bool) -> int:
    """The least version that reads it (4.4.3)."""
    return max(_VERSIONS[method], _ZIP64_VERSION if zip64 else 0)


def local_length(name: str, size: int) -> int:
    """Bytes of the local header of a page of `size` bytes."""
    return records.LOCAL_SIZE + len(encode(name)) + (20 if is_large(size) else 0)


def central_length(name: str, comment: str, sizes: Sequence[int]) -> int:
    """Bytes of an entry's header in the central directory.

    Args:
        name: of the page.
        comment: the entry's.
        sizes: bytes of the page, unpacked and packed, and where its local header begins.
    """
    wide = sum(value >= records.LIMIT32 for value in sizes)
    field = 4 + 8 * wide if wide else 0
    return records.CENTRAL_SIZE + len(encode(name)) + field + len(encode(comment))


def local_header(entry: Entry) -> bytes:
    """Build the local header (4.3.7) of an entry."""
    large = is_large(entry.size)
    extra = _zip64([entry.size, entry.compressed_size]) if large else b""
    sizes = [fields.MARK32] * 2 if large else [entry.compressed_size, entry.size]
    name = encode(entry.name)
    fixed = struct.pack(
        "<4s5H3L2H",
        records.LOCAL,
        _version(entry.method, zip64=large),
        entry.flags,
        entry.method,
        entry.dos_time,
        entry.dos_date,
        entry.crc,
        *sizes,
        len(name),
        len(extra),
    )
    return fixed + name + extra


def central_header(entry: Entry) -> bytes:
    """Build the header of an entry in the central directory (4.3.12)."""
    values = [entry.size, entry.compressed_size, entry.header_offset]
    wide = [value for value in values if value >= records.LIMIT32]
    size, packed, offset = (
        fields.MARK32 if value >= records.LIMIT32 else value for value in values
    )
    extra, name, comment = _zip64(wide), encode(entry.name), entry.comment.encode("utf-8")
    version = _version(entry.method, zip64=bool(wide) or is_large(entry.size))
    fixed = struct.pack(
        "<4s6H3L5H2L",
        records.CENTRAL,
        _UNIX | version,
        version,
        entry.flags,
        entry.method,
        entry.dos_time,
        entry.dos_date,
        entry.crc,
        packed,
        size,
        len(name),
        len(extra),
        len(comment),
        0,
        0,
        _ATTRIBUTES,
        offset,
    )
    return fixed + name + extra + comment


def end_records(count: int, size: int, offset: int, comment: bytes) -> bytes:
    """Build what closes the file (4.3.14 to 4.3.16), with zip64 only where it is needed.

    Args:
        count: entries.
        size: bytes of the central directory.
        offset: where it begins.
        comment: the archive's, at most 65535 bytes.
    """
    closing = b""
    if count >= records.LIMIT16 or size >= records.LIMIT32 or offset >= records.LIMIT32:
        closing = _end64(count, size, offset)
    counts = [records.MARK16 if closing else count] * 2
    places = [fields.MARK32] * 2 if closing else [size, offset]
    end = struct.pack("<4s4H2LH", records.END, 0, 0, *counts, *places, len(comment))
    return closing + end + comment


def _end64(count: int, size: int, offset: int) -> bytes:
    version = _ZIP64_VERSION
    record = struct.pack(
        "<4sQ2H2L4Q",
        records.END64,
        records.END64_SIZE - 12,
        _UNIX | version,
        version,
        0,
        0,
        count,
        count,
        size,
        offset,
    )
    return record + struct.pack("<4sLQL", records.LOCATOR64, 0, offset + size, 1)
