"""Archives at the format's limits: many entries, large pages, long comments, names of all kinds."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from made_archives import NAMES, PAGES, zipped

from cbzsafe.cbz import build, records
from cbzsafe.cbz.entry import Entry
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.model import Code, Verdict

GIB = 1 << 30
MIB = 1 << 20
PAGE = b"page"

PEAK = """
import re, sys
from pathlib import Path
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import scan
look = {"scan": scan, "salvage": salvage}[sys.argv[2]]
look(Path(sys.argv[1]))
# Not ru_maxrss: that begins with what the process was forked from.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def peak(path, look="scan"):
    """Give the MiB of memory that a process takes at most for reading an archive."""
    command = [sys.executable, "-c", PEAK, str(path), look]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


def zeros_crc(count):
    """Compute the CRC of zeros by doubling: that of 2n zeros follows from that of n."""
    # One zero byte maps a CRC to another, linearly: the map as 32 columns, squared as needed.
    step = [_shifted(1 << bit) for bit in range(32)]
    value = 0xFFFFFFFF
    while count:
        if count & 1:
            value = _applied(step, value)
        step = [_applied(step, column) for column in step]
        count >>= 1
    return value ^ 0xFFFFFFFF


def _shifted(value):
    for _ in range(8):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


def _applied(columns, value):
    out = 0
    for bit in range(32):
        if value >> bit & 1:
            out ^= columns[bit]
    return out


def many(path, count, data=PAGE):
    """Write an archive of many small pages."""
    crc, at, parts, entries = zlib.crc32(data), 0, [], []
    for number in range(1, count + 1):
        name = f"{number:06}.txt"
        begin = at + records.LOCAL_SIZE + len(name)
        made = Entry(name, 0, 0, crc, len(data), len(data), at, begin, "", 33, 0)
        entries.append(made)
        parts += [build.local_header(made), data]
        at = made.end
    index = b"".join(map(build.central_header, entries))
    path.write_bytes(b"".join(parts) + index + build.end_records(count, len(index), at, b""))
    return path


def sparse(path, sizes):
    """Write an archive of stored pages of zeros that take no room on the disk."""
    entries, at = [], 0
    with path.open("wb") as file:
        for number, size in enumerate(sizes, 1):
            name = f"{number}.bin"
            begin = at + build.local_length(name, size)
            made = Entry(name, 0, 0, zeros_crc(size), size, size, at, begin, "", 33, 0)
            file.seek(at)
            file.write(build.local_header(made))
            entries.append(made)
            at = made.end
        index = b"".join(map(build.central_header, entries))
        file.seek(at)
        file.write(index + build.end_records(len(entries), len(index), at, b""))
    return path, tuple(entries)


def test_the_crc_of_zeros_is_computed_without_them():
    """The helper of these tests agrees with zlib."""
    assert [zeros_crc(n) for n in (0, 1, 9, 70_000)] == [
        zlib.crc32(bytes(n)) for n in (0, 1, 9, 70_000)
    ]


@pytest.fixture(scope="module")
def hundred_thousand(tmp_path_factory):
    """An archive of 100,000 entries, which takes a second to write."""
    return many(tmp_path_factory.mktemp("large") / "book.cbz", 100_000)


def test_a_hundred_thousand_entries_are_read(hundred_thousand):
    """More entries than 16 bits count are all found, and sound."""
    found = scan(hundred_thousand)
    assert (found.findings, len(found.entries)) == ((), 100_000)
    with zipfile.ZipFile(hundred_thousand) as archive:
        assert len(archive.infolist()) == 100_000


@pytest.mark.long
def test_a_hundred_thousand_pages_are_salvaged(hundred_thousand, tmp_path):
    """Without an index all of them are found by their local headers."""
    path = tmp_path / "book.cbz"
    data = hundred_thousand.read_bytes()
    path.write_bytes(data[: data.index(records.CENTRAL)])
    assert len(salvage(path).pages) == 100_000
    assert peak(path, "salvage") < 100


def test_memory_is_flat_over_pages(hundred_thousand, tmp_path):
    """A scan of ten times the pages needs what their names need, and less than 100 MB."""
    small = peak(many(tmp_path / "book.cbz", 10_000))
    large = peak(hundred_thousand)
    assert large < 100
    assert large - small < 60


@pytest.mark.parametrize("look", ["scan", "salvage"])
def test_memory_is_flat_over_sizes(tmp_path, look):
    """Pages of ten times the size need no more memory."""
    small, large = (peak(sparse(tmp_path / f"{n}", [n * MIB] * 10)[0], look) for n in (1, 10))
    assert large < min(100, small + 8)


@pytest.mark.parametrize("depth", [Depth.STRUCTURE, Depth.ENDS])
def test_pages_and_places_beyond_four_gibibytes_are_read(tmp_path, depth):
    """In a file of 10 GiB with holes every page is where it is, and the file is sound."""
    sizes = [5 * GIB, 10, 4 * GIB, 2**32 - 1, 7]
    path, entries = sparse(tmp_path / "book.cbz", sizes)
    found = scan(path, depth)
    assert (found.findings, found.entries) == ((), entries)
    with zipfile.ZipFile(path) as archive:
        theirs = [(info.header_offset, info.file_size, info.CRC) for info in archive.infolist()]
    assert theirs == [(entry.header_offset, entry.size, entry.crc) for entry in entries]


@pytest.mark.long
def test_a_page_of_more_than_four_gibibytes_is_checked_and_salvaged(tmp_path):
    """Its CRC is read whole, and without an index it is found by its zip64 header."""
    path, entries = sparse(tmp_path / "book.cbz", [4 * GIB + 5, 10, GIB])
    assert scan(path).verdict is Verdict.SOUND
    os.truncate(path, entries[-1].end)
    assert salvage(path).pages == entries


@pytest.mark.parametrize("comment", [b"c" * 65_535, b"PK\5\6" * 16_383, bytes(65_535)])
def test_the_longest_comment_hides_nothing(tmp_path, comment):
    """The end record is found before 65535 bytes, whatever they are."""
    path = tmp_path / "book.cbz"
    path.write_bytes(zipped(comment=comment))
    found = scan(path)
    assert (found.findings, found.comment) == ((), comment)


def named(raw, flags=0, extra=b""):
    """Write an archive of one page whose name has these bytes."""
    size, crc = len(PAGE), zlib.crc32(PAGE)
    fields = struct.pack("<5H3L2H", 20, flags, 0, 0, 33, crc, size, size, len(raw), len(extra))
    body = records.LOCAL + fields + raw + extra + PAGE
    rest = struct.pack("<3H2L", 0, 0, 0, 0, 0)
    index = records.CENTRAL + b"\x14\0" + fields + rest + raw + extra
    return body + index + build.end_records(1, len(index), len(body), b"")


def unicode_path(raw, name):
    """Give the field 0x7075 (4.6.9) that says that the name `raw` means `name`."""
    block = struct.pack("<BL", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<2H", 0x7075, len(block)) + block


@pytest.mark.parametrize(
    ("raw", "flags", "extra", "name"),
    [
        (b"\x81\xe1.txt", 0, b"", "üß.txt"),
        ("日.txt".encode(), 1 << 11, b"", "日.txt"),
        (b"_.txt", 0, unicode_path(b"_.txt", "日.txt"), "日.txt"),
        (b"_.txt", 0, unicode_path(b"x.txt", "日.txt"), "_.txt"),
        ("n" * 65_535, 0, b"", "n" * 65_535),
    ],
    ids=["cp437", "utf8", "unicode-path", "stale-unicode-path", "longest"],
)
def test_names_are_read_in_every_form(tmp_path, raw, flags, extra, name):
    """A name in CP437, in UTF-8 or in its own field is the one that the writer meant."""
    path = tmp_path / "book.cbz"
    path.write_bytes(named(raw.encode() if isinstance(raw, str) else raw, flags, extra))
    found = scan(path)
    assert ([entry.name for entry in found.entries], found.findings) == ([name], ())
    assert [entry.name for entry in salvage(path).pages] == [name]


@pytest.mark.parametrize("before", [1, 70_000, 3 * MIB])
def test_bytes_before_the_archive_shift_it(tmp_path, before):
    """Offsets that do not count what stands before the archive are understood."""
    path = tmp_path / "book.cbz"
    path.write_bytes(b"#" * before + zipped())
    found = scan(path)
    assert {finding.code for finding in found.findings} == {Code.DEAD_BYTES}
    assert [entry.name for entry in found.entries] == list(NAMES)
    assert len(salvage(path).pages) == len(PAGES)


@pytest.mark.parametrize("signature", [records.DESCRIPTOR, b""], ids=["signed", "unsigned"])
@pytest.mark.parametrize("wide", [False, True], ids=["32", "64"])
def test_data_descriptors_are_read_in_every_form(tmp_path, signature, wide):
    """Signed or not, with sizes of 32 or 64 bits: the bytes behind a page are accounted for."""
    crc, size = zlib.crc32(PAGE), len(PAGE)
    extra = struct.pack("<2H2Q", 1, 16, 0, 0) if wide else b""
    sizes = [0xFFFFFFFF] * 2 if wide else [0, 0]
    head = struct.pack("<5H3L2H", 45 if wide else 20, 8, 0, 0, 33, 0, *sizes, 5, len(extra))
    form = "<L2Q" if wide else "<3L"
    one = records.LOCAL + head + b"%d.txt" + extra + PAGE
    one += signature + struct.pack(form, crc, size, size)
    body = (one % 1) + (one % 2)
    step, begin = len(body) // 2, 30 + 5 + len(extra)
    entries = [
        Entry(f"{at + 1}.txt", 0, 8, crc, size, size, at * step, at * step + begin, "", 33, 0)
        for at in range(2)
    ]
    index = b"".join(map(build.central_header, entries))
    path = tmp_path / "book.cbz"
    path.write_bytes(body + index + build.end_records(2, len(index), len(body), b""))
    found = scan(path)
    assert (found.findings, found.entries) == ((), tuple(entries))
    assert salvage(path).pages == tuple(entries)
