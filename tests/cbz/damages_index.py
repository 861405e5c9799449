"""Damages of the index and of the end record, up to lies that only some readers believe."""

from __future__ import annotations

import struct

from damages import ANY, PLAIN, Damage, end_of, entering, index_of
from made_archives import NAMES, patched
from makers import named

from cbzsafe.model import Code

TABLE: list[Damage] = []
damage = entering(TABLE)

_COMMENT = 0xFFFF


def headers_of(data):
    """Give the headers of the index one by one."""
    at, headers = index_of(data), []
    while data[at : at + 4] == b"PK\1\2":
        length = 46 + sum(struct.unpack_from("<3H", data, at + 28))
        headers.append(bytes(data[at : at + length]))
        at += length
    return headers


def ended(pages, headers, comment=b"", gap=b""):
    """Give an archive of these bytes and headers, with an end record that is right."""
    index = b"".join(headers)
    count, start = len(headers), len(pages) + len(gap)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(index), start, len(comment))
    return bytes(pages) + gap + index + end + comment


@damage([Code.NO_INDEX], on=ANY)
def a_wiped_index(data, _):
    start = index_of(data)
    data[start:] = bytes(len(data) - start)
    return data


@damage([Code.NO_INDEX], on=ANY)
def an_end_record_that_is_missing(data, _):
    return data[: end_of(data)]


@damage([Code.BAD_INDEX, Code.EMPTY_BOOK, Code.ORPHANED_PAGES], on=PLAIN)
def an_end_record_behind_a_wiped_index(data, _):
    start, end = index_of(data), end_of(data)
    data[start:end] = bytes(end - start)
    return data


@damage([Code.BAD_INDEX], on=ANY)
def an_end_record_that_counts_wrong(data, _):
    return patched(bytes(data), b"PK\5\6", 10, "<H", len(NAMES) + 1)


@damage([Code.BAD_INDEX, Code.ORPHANED_PAGES], on=ANY)
def an_index_with_a_broken_header(data, _):
    second = data.find(b"PK\1\2", index_of(data) + 4)
    data[second] = 0
    return data


@damage([Code.ORPHANED_PAGES, Code.NUMBERING_GAP], on=PLAIN)
def an_index_that_skips_a_page(data, _):
    """It agrees with its end record, so that no other reader misses the page."""
    headers = headers_of(data)
    return ended(data[: index_of(data)], headers[:2] + headers[3:])


@damage([Code.ODD_ORDER], on=PLAIN)
def an_index_in_another_order(data, _):
    return ended(data[: index_of(data)], headers_of(data)[::-1])


@damage([Code.DEAD_BYTES], on=named("gallery_dl", "jar_deflated"))
def an_index_that_was_moved_back(data, chance):
    return ended(data[: index_of(data)], headers_of(data), gap=chance.randbytes(300))


@damage([Code.DEAD_BYTES], on=named("gallery_dl", "jar_deflated"))
def an_index_twice(data, _):
    """As programs leave it that append a new index and cut nothing off."""
    return ended(data, headers_of(data))


@damage([Code.DEAD_BYTES], on=named("gallery_dl", "jar_deflated"))
def an_end_record_twice(data, _):
    return data + data[end_of(data) :]


@damage([Code.HEADER_MISMATCH, Code.DEAD_BYTES])
def an_index_that_leads_beyond_the_end(data, _):
    headers = headers_of(data)
    headers[2] = headers[2][:42] + struct.pack("<L", 1 << 30) + headers[2][46:]
    return ended(data[: index_of(data)], headers)


@damage([], on=named("gallery_dl", "jar_deflated"))
def a_comment_of_the_greatest_length(data, chance):
    return ended(data[: index_of(data)], headers_of(data), chance.randbytes(_COMMENT))


@damage([], on=named("gallery_dl", "jar_deflated"))
def a_comment_full_of_end_records(data, _):
    """Signatures alone, each of which some reader takes for the end record."""
    comment = (b"PK\5\6" * _COMMENT)[:_COMMENT]
    return ended(data[: index_of(data)], headers_of(data), comment)


@damage([Code.EMPTY_BOOK, Code.ORPHANED_PAGES], on=named("gallery_dl", "jar_deflated"))
def a_comment_that_is_an_end_record(data, _):
    """It ends where the file does and says that there are no pages, which readers believe."""
    return ended(data[: index_of(data)], headers_of(data), ended(b"", []))


@damage(
    [Code.ORPHANED_PAGES, Code.NUMBERING_GAP, Code.DEAD_BYTES],
    on=named("gallery_dl", "jar_deflated"),
)
def a_comment_that_is_an_index(data, _):
    """It names all pages but one, and is right in all that it says."""
    start, headers = index_of(data), headers_of(data)
    before = ended(data[:start], headers)
    comment = ended(b"", headers[:2] + headers[3:])
    comment = comment[:-6] + struct.pack("<LH", len(before), 0)
    return ended(data[:start], headers, comment)
