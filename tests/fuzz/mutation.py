"""Changing archives so that most of them stay archives."""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate

SIGNATURES = (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08")
FIELDS = {
    b"PK\3\4": (2, 2, 2, 2, 2, 4, 4, 4, 2, 2),
    b"PK\1\2": (2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4),
    b"PK\5\6": (2, 2, 2, 2, 4, 4, 2),
    b"PK\6\6": (8, 2, 2, 4, 4, 8, 8, 8, 8),
    b"PK\6\7": (4, 8, 4),
    b"PK\7\x08": (4, 4, 4),
}
"""The widths of each record's fields behind its signature (APPNOTE 4.3)."""
EXTREMES = (0, 1, 8, 9, 12, 14, 93, 0x7F, 0x800, 0x808, 0xFFFE, 0xFFFF, 2**31, 2**32 - 1, 2**64 - 1)


def mutated(data, chance):
    """Change an archive in one to three places."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        chance.choice((change_field, change_field, change_byte, insert, remove, repair))(
            out, chance
        )
    return bytes(out)


def finds(data):
    """Give the places of all records, with their signatures."""
    for signature in SIGNATURES:
        place = data.find(signature)
        while place >= 0:
            yield place, signature
            place = data.find(signature, place + 1)


def change_field(out, chance):
    """Set one field of one record to an extreme, a neighbour, a place or a size."""
    found = list(finds(out))
    if not found:
        return
    place, signature = chance.choice(found)
    widths = FIELDS[signature]
    number = chance.randrange(len(widths))
    at, width = place + list(accumulate((4, *widths)))[number], widths[number]
    old = int.from_bytes(out[at : at + width], "little")
    values = [*EXTREMES, old ^ 1 << chance.randrange(8 * width), old + 1, old - 1]
    values += [len(out), chance.choice(found)[0], chance.randrange(len(out))]
    new = chance.choice(values) % (1 << 8 * width)
    out[at : at + width] = new.to_bytes(width, "little")


def change_byte(out, chance):
    """Flip one byte anywhere."""
    if out:
        out[chance.randrange(len(out))] = chance.randrange(256)


def insert(out, chance):
    """Insert a part of the archive, or a signature, and shift what is behind it."""
    at, begin = (chance.randrange(len(out) + 1) for _ in range(2))
    piece = bytes(out[begin : begin + chance.choice((1, 4, 30, 100, 400))])
    if chance.random() < 0.2:
        piece = chance.choice(SIGNATURES)
    out[at:at] = piece
    shift(out, at, len(piece))


def remove(out, chance):
    """Remove some bytes, and shift what is behind them."""
    at = chance.randrange(len(out) + 1)
    count = len(out[at : at + chance.choice((1, 4, 30, 100))])
    del out[at : at + count]
    shift(out, at, -count)


def shift(out, at, count):
    """Add to every offset behind a place."""
    for signature, field in ((b"PK\1\2", 42), (b"PK\5\6", 16)):
        place = out.find(signature)
        while 0 <= place <= len(out) - field - 4:
            (offset,) = struct.unpack_from("<L", out, place + field)
            if at <= offset <= len(out):
                struct.pack_into("<L", out, place + field, max(0, offset + count))
            place = out.find(signature, place + 1)


def repair(out, _):
    """Give each entry of the index the CRC that its bytes have, where they are stored."""
    place = out.find(b"PK\1\2")
    while 0 <= place <= len(out) - 46:
        packed, size = struct.unpack_from("<2L", out, place + 20)
        (local,) = struct.unpack_from("<L", out, place + 42)
        if local + 30 <= len(out) and packed == size:
            name, extra = struct.unpack_from("<2H", out, local + 26)
            begin = local + 30 + name + extra
            crc = zlib.crc32(out[begin : begin + size])
            struct.pack_into("<L", out, place + 16, crc)
            struct.pack_into("<3L", out, local + 14, crc, packed, size)
        place = out.find(b"PK\1\2", place + 1)
