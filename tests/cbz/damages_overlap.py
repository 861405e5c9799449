"""Entries on each other's bytes: by accident, and to unfold into more than there is."""

from __future__ import annotations

import struct
import zlib

from damages import PLAIN, Damage, entering, index_of, place, without
from damages_index import ended, headers_of

from cbzsafe.model import Code

TABLE: list[Damage] = []
damage = entering(TABLE)

_KERNEL = bytes(300_000)
_SIX = (1, 1, 1, 1, 1, 2, 3, 4, 5, 6)
"""Once for each name that is not also that of an orphan."""


@damage([Code.OVERLAP, Code.HEADER_MISMATCH, Code.BAD_CRC, Code.DEAD_BYTES], without(2))
def an_entry_that_points_into_another(data, _):
    """Its own header is broken too, so that nothing tells of its bytes."""
    first, lost = place(data, 1)[0], place(data, 2)[0]
    second = data.find(b"PK\1\2", index_of(data) + 4)
    struct.pack_into("<L", data, second + 42, first)
    data[lost] = 0
    return data


@damage([Code.OVERLAP, Code.HEADER_MISMATCH, Code.ORPHANED_PAGES], _SIX, on=PLAIN)
def six_entries_on_one_page(data, _):
    """Each of six names stands for the first page's bytes, and the others are orphans."""
    first, *_ = headers = headers_of(data)
    names = [header[46:].split(b".")[0][:13] for header in headers]
    same = [first[:46] + name + first[46 + 13 :] for name in names]
    return ended(data[: index_of(data)], same)


def local(name, packed, crc, size):
    """Give a local header of a deflated page."""
    fixed = (b"PK\3\4", 20, 0, 8, 0, 33, crc, packed, size, len(name), 0)
    return struct.pack("<4s5H3L2H", *fixed) + name


def central(name, packed, crc, size, offset):
    """Give its header of the index."""
    fixed = (20, 20, 0, 8, 0, 33, crc, packed, size, len(name), 0, 0, 0, 0, 0, offset)
    return b"PK\1\2" + struct.pack("<6H3L5H2L", *fixed) + name


def bomb():
    """Give pages of which each quotes the next one's header as a stored block, and the index.

    This is the quoted overlap of "A better zip bomb" (Fifield, 2019), section "Quoting".

    Returns:
        The archive, and the bytes of its first page.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body, content, headers, quote = packer.compress(_KERNEL) + packer.flush(), _KERNEL, [], b""
    for number in range(9, -1, -1):
        name = b"%d.bin" % number
        sizes = (len(body), zlib.crc32(content), len(content))
        header = local(name, *sizes)
        # The first page's header stands at 0, each further one behind a block of 5 bytes.
        offset = number * (len(header) + 5)
        headers.insert(0, central(name, *sizes, offset))
        first, whole = content, header + body
        quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
        body, content = quote + whole, header + content
    return ended(whole, headers), first


@damage([Code.OVERLAP], [bomb()[1]])
def a_bomb_that_quotes_its_headers(_, __):
    """Nine of ten pages lie inside the first, as a part of its bytes."""
    return bomb()[0]
