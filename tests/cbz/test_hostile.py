"""Archives that were made to cost time or memory: both stay bounded, and the verdict is right."""

from __future__ import annotations

import struct
import time
import zlib

import pytest

from cbzsafe.cbz import build, records
from cbzsafe.cbz.entry import Entry
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.model import Code, Verdict

MIB = 1 << 20


def codes(found):
    return {finding.code for finding in found.findings}


def written(path, entries, body):
    """Write an archive of a body and of the index of these entries."""
    index = b"".join(map(build.central_header, entries))
    path.write_bytes(body + index + build.end_records(len(entries), len(index), len(body), b""))
    return path


def seconds(function, *args):
    start = time.process_time()
    function(*args)
    return time.process_time() - start


def entry(name, data, size, crc, offset, method=8):
    begin = offset + records.LOCAL_SIZE + len(name)
    return Entry(name, method, 0, crc, data, size, offset, begin, "", 33, 0)


def quoted_overlap(count, size):
    """Build David Fifield's bomb: each entry quotes the headers of all that follow it.

    Returns:
        The entries and the body; each entry unpacks to the following headers and `size` zeros.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packer.compress(bytes(size)) + packer.flush()
    page, quoted, entries = bytes(size), b"", []
    for number in reversed(range(count)):
        name = f"{number:05}.txt"
        data, crc = quoted + kernel, zlib.crc32(page)
        made = entry(name, len(data), len(page), crc, 0)
        entries.append(made)
        header = build.local_header(made)
        # A stored block of deflate (RFC 1951, 3.2.4) that is not the last one.
        quoted = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + header + quoted
        page = header + page
    body = quoted[5:] + kernel
    step = 5 + records.LOCAL_SIZE + len("00000.txt")
    placed = [
        entry(e.name, e.compressed_size, e.size, e.crc, at * step)
        for at, e in enumerate(reversed(entries))
    ]
    return placed, body


def test_a_bomb_of_overlapping_entries_is_seen(tmp_path):
    """Entries that quote each other's headers overlap, though each unpacks as it declares."""
    entries, body = quoted_overlap(20, 10_000)
    assert zlib.decompress(body[entries[0].data_offset :][: entries[0].compressed_size], -15)
    found = scan(written(tmp_path / "bomb.cbz", entries, body))
    assert codes(found) == {Code.OVERLAP}
    assert found.verdict is Verdict.DAMAGED


def test_entries_that_sum_up_to_far_more_than_the_file_are_damage(tmp_path):
    """A size that is beyond the file's end is refused before anything is read."""
    data = bytes(1000)
    entries = [
        entry(f"{number}.txt", 2**40 + number, 2**40 + number, 1, 0, 0) for number in range(2000)
    ]
    path = written(tmp_path / "book.cbz", entries, build.local_header(entries[0]) + data)
    assert seconds(scan, path) < 5
    assert scan(path).verdict is Verdict.DAMAGED


def fakes(count, size=100):
    """Give headers whose pages, if one believes them, all reach to the file's end."""
    length = count * (records.LOCAL_SIZE + 5 + size)
    made = bytearray()
    for number in range(count):
        left = length - len(made) - records.LOCAL_SIZE - 5
        fake = entry(f"{number:05}", left, left, 1, len(made), 0)
        made += build.local_header(fake) + bytes(size)
    return bytes(made)


@pytest.mark.parametrize("look", [scan, salvage])
def test_fake_headers_cost_no_more_than_the_file_is_worth(tmp_path, look):
    """Eight times the false headers, each with a page to the end, cost about as much more time."""
    times = []
    for count in (2_000, 16_000):
        path = tmp_path / f"{count}.cbz"
        path.write_bytes(fakes(count))
        times.append(min(seconds(look, path) for _ in range(2)))
    assert times[1] < 16 * times[0] + 1


@pytest.mark.parametrize("method", [0, 8])
def test_an_index_of_many_entries_on_one_page_is_read_in_time(tmp_path, method):
    """Entries that share their bytes are not each read again, and are all called an overlap."""
    page = bytes(MIB)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = page if not method else packer.compress(page) + packer.flush()
    entries = [
        entry("000000", len(data), len(page), zlib.crc32(page), 0, method) for _ in range(3_000)
    ]
    path = written(tmp_path / "book.cbz", entries, build.local_header(entries[0]) + data)
    start = time.process_time()
    assert {Code.OVERLAP, Code.DUPLICATE_NAME} <= codes(scan(path, Depth.PAGES))
    assert seconds(salvage, path) + time.process_time() - start < 10
