"""Names and extra fields: the parts of ZIP headers that have no fixed length.

Section numbers are APPNOTE's, as in `records`.
"""

from __future__ import annotations

import struct

from cbzsafe.cbz.crc import crc32

FLAG_UTF8 = 1 << 11
"""The flag that says that name and comment are UTF-8 (4.4.4)."""
MARK32 = 0xFFFFFFFF
"""What a 32-bit field holds when the value stands in the zip64 field (4.4.1.4)."""
ZIP64 = 0x0001
"""The number of the zip64 field (4.5.3)."""
_UNICODE_PATH = 0x7075


class BadRecordError(ValueError):
    """Bytes are not the record that was asked for."""


def extra_fields(extra: bytes) -> dict[int, bytes]:
    """Split an extra field (4.5.1) into its blocks; padding and half a block are left out."""
    fields: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        block = extra[position + 4 : position + 4 + length]
        if len(block) == length:
            fields.setdefault(kind, block)
        position += 4 + length
    return fields


def decode_name(raw: bytes, flags: int, fields: dict[int, bytes]) -> str:
    """Read a name: UTF-8 by flag (4.4.4), else the Unicode Path field (4.6.9), else CP437.

    Info-ZIP's `zip` on Unix writes names as the file system has them and sets no flag: what is not
    ASCII and is UTF-8 all the same is taken for that, as `unzip`, 7-Zip and libarchive do there.

    Raises:
        BadRecordError: flagged as UTF-8, and it is none.
    """
    try:
        if flags & FLAG_UTF8:
            return raw.decode("utf-8")
        block = fields.get(_UNICODE_PATH, b"")
        if len(block) > 5 and block[0] == 1 and block[1:5] == struct.pack("<L", crc32(raw)):  # noqa: PLR2004 - version and CRC come first
            return block[5:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRecordError("a name is no UTF-8, though it is marked as such") from error
    return decode_unmarked(raw)


def decode_unmarked(raw: bytes) -> str:
    """Read a text that nothing says the encoding of; see `decode_name`."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")  # its table takes a millisecond to import


def widened(fields: dict[int, bytes], values: list[int]) -> list[int]:
    """Replace the values that are full by those of the zip64 field, in its order (4.5.3)."""
    block = fields.get(ZIP64, b"")
    position = 0
    for place, value in enumerate(values):
        if value == MARK32 and position + 8 <= len(block):
            (values[place],) = struct.unpack_from("<Q", block, position)
            position += 8
    return values
