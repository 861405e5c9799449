"""The records of a ZIP file as frozen data, parsed from bytes and built into bytes.

Section numbers are those of PKWARE's APPNOTE.TXT, version 6.3.10. Nothing here reads a file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from cbzsafe.cbz.fields import (
    FLAG_UTF8,
    MARK32,
    ZIP64,
    BadRecordError,
    decode_name,
    decode_unmarked,
    extra_fields,
    widened,
)

LOCAL = b"PK\3\4"
CENTRAL = b"PK\1\2"
END = b"PK\5\6"
END64 = b"PK\6\6"
LOCATOR64 = b"PK\6\7"
DESCRIPTOR = b"PK\7\x08"

LIMIT16 = 0xFFFF
"""What a 16-bit field holds when the value stands in a zip64 record (4.4.1.4)."""
LIMIT32 = 0xFFFFFFFF
"""Likewise for 32 bits."""
MARK16 = 0xFFFF

FLAG_ENCRYPTED = 1 << 0
FLAG_DESCRIPTOR = 1 << 3
FLAG_PATCHED = 1 << 5
FLAG_MASKED = 1 << 13

VERSION_MAX = 63
"""The highest version of the format that a reader can be asked to know (4.4.3.2)."""

DOS_DATE = 0x0021
"""1980-01-01, the earliest date that a DOS time can name (4.4.6)."""
DOS_TIME = 0x0000

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")

LOCAL_SIZE = _LOCAL.size
CENTRAL_SIZE = _CENTRAL.size
END_SIZE = _END.size
END64_SIZE = _END64.size
LOCATOR64_SIZE = _LOCATOR64.size


class LocalHeader(NamedTuple):
    """A local file header (4.3.7), zip64 resolved.

    Attributes:
        length: bytes of the whole header; the page's data begins behind them.
        zip64: whether a zip64 extra field is there, so that a descriptor has 64-bit sizes.
    """

    name: str
    flags: int
    method: int
    dos_time: int
    dos_date: int
    crc: int
    compressed_size: int
    size: int
    length: int
    zip64: bool


class CentralHeader(NamedTuple):
    """A header of the central directory (4.3.12), zip64 resolved; `length` as in `LocalHeader`."""

    name: str
    flags: int
    method: int
    dos_time: int
    dos_date: int
    crc: int
    compressed_size: int
    size: int
    offset: int
    comment: str
    length: int


@dataclass(frozen=True, slots=True)
class EndRecord:
    """The end of central directory record (4.3.16) or its zip64 twin (4.3.14)."""

    disk: int
    count: int
    directory_size: int
    directory_offset: int
    comment: bytes = b""


class Descriptor(NamedTuple):
    """A data descriptor (4.3.9) in one of the four forms that it may have."""

    crc: int
    compressed_size: int
    size: int
    length: int


def parse_local(data: bytes, start: int = 0) -> LocalHeader:
    """Read a local header.

    Raises:
        BadRecordError: no signature, or `data` ends inside the header.
    """
    if len(data) < start + LOCAL_SIZE or data[start : start + 4] != LOCAL:
        raise BadRecordError("no local header")
    fixed = _LOCAL.unpack_from(data, start)
    _, _, flags, method, dos_time, dos_date, crc, packed, size, name_size, extra_size = fixed
    begin = start + LOCAL_SIZE
    end = begin + name_size + extra_size
    if len(data) < end:
        raise BadRecordError("the local header is cut off")
    fields = extra_fields(data[begin + name_size : end]) if extra_size else {}
    name = decode_name(data[begin : begin + name_size], flags, fields)
    if MARK32 in (size, packed):
        size, packed = widened(fields, [size, packed])
    return LocalHeader(
        name,
        flags,
        method,
        dos_time,
        dos_date,
        crc,
        packed,
        size,
        end - start,
        ZIP64 in fields,
    )


def local_length(data: bytes) -> int:
    """Bytes of the local header whose first 30 bytes these are."""
    name, extra = struct.unpack_from("<2H", data, 26)
    return int(LOCAL_SIZE + name + extra)


def parse_central(data: bytes, start: int = 0) -> CentralHeader:
    """Read a header of the central directory.

    Raises:
        BadRecordError: no signature, or `data` ends inside the header.
    """
    if len(data) < start + CENTRAL_SIZE or data[start : start + 4] != CENTRAL:
        raise BadRecordError("no header of the index")
    fixed = _CENTRAL.unpack_from(data, start)
    _, _, _, flags, method, dos_time, dos_date, crc, packed, size = fixed[:10]
    name_size, extra_size, comment_size, _, _, _, offset = fixed[10:]
    begin = start + CENTRAL_SIZE
    extra = begin + name_size
    end = extra + extra_size + comment_size
    if len(data) < end:
        raise BadRecordError("a header of the index is cut off")
    fields = extra_fields(data[extra : extra + extra_size]) if extra_size else {}
    name = decode_name(data[begin:extra], flags, fields)
    raw = data[extra + extra_size : end]
    comment = raw.decode("utf-8", "replace") if flags & FLAG_UTF8 else decode_unmarked(raw)
    if MARK32 in (size, packed, offset):
        size, packed, offset = widened(fields, [size, packed, offset])
    return CentralHeader(
        name, flags, method, dos_time, dos_date, crc, packed, size, offset, comment, end - start
    )


def central_length(data: bytes, start: int) -> int:
    """Bytes of the header of the central directory whose first 46 bytes are at `start`."""
    name, extra, comment = struct.unpack_from("<3H", data, start + 28)
    return int(CENTRAL_SIZE + name + extra + comment)


def parse_end(data: bytes, start: int = 0) -> EndRecord:
    """Read an end record; its comment may be cut off by the end of `data`.

    Raises:
        BadRecordError: no signature or too short.
    """
    if len(data) < start + END_SIZE or data[start : start + 4] != END:
        raise BadRecordError("no end record")
    _, disk, _, _, count, size, offset, comment = _END.unpack_from(data, start)
    begin = start + END_SIZE
    return EndRecord(disk, count, size, offset, data[begin : begin + comment])


def end_length(data: bytes, start: int) -> int:
    """Bytes that the end record at `start` claims, its comment included."""
    return int(END_SIZE + struct.unpack_from("<H", data, start + 20)[0])


def parse_locator64(data: bytes) -> int:
    """Read a zip64 locator (4.3.15): the offset of the zip64 end record.

    Raises:
        BadRecordError: it is none.
    """
    if len(data) < LOCATOR64_SIZE or data[:4] != LOCATOR64:
        raise BadRecordError("no zip64 locator")
    return int(_LOCATOR64.unpack_from(data)[2])


def parse_end64(data: bytes) -> EndRecord:
    """Read a zip64 end record.

    Raises:
        BadRecordError: it is none.
    """
    if len(data) < END64_SIZE or data[:4] != END64:
        raise BadRecordError("no zip64 end record")
    _, _, _, _, disk, _, _, count, size, offset = _END64.unpack_from(data)
    return EndRecord(disk, count, size, offset)


def descriptors(data: bytes) -> list[Descriptor]:
    """Read `data` in each of the forms of a data descriptor: signed or not, 32 or 64 bits."""
    found = []
    for skip in (4, 0) if data[:4] == DESCRIPTOR else (0,):
        for form in ("<3L", "<L2Q"):
            length = skip + struct.calcsize(form)
            if len(data) >= length:
                crc, packed, size = struct.unpack_from(form, data, skip)
                found.append(Descriptor(crc, packed, size, length))
    return found
