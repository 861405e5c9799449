"""What a scan says of archives that were written so, and of what is no archive."""

from __future__ import annotations

import os
import re
import socket
import struct
import zipfile

import pictures
import pytest
from made_archives import NAMES, PAGES, patched, places, zipped

from cbzsafe.cbz.scan import SOURCE_DAMAGED, Depth, scan
from cbzsafe.errors import ArchiveChanged, UnreadableArchive
from cbzsafe.model import Code, Verdict
from cbzsafe.progress import Silent

JPEG = pictures.jpeg(1, 9_000)
CLOSED_HALF = JPEG[: len(JPEG) // 2] + b"\xff\xd9"


def codes(tmp_path, data, depth=Depth.PAGES):
    path = tmp_path / "book.cbz"
    path.write_bytes(data)
    return {finding.code for finding in scan(path, depth).findings}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([], {Code.EMPTY_BOOK}),
        ([("chapter/", b"")], {Code.EMPTY_BOOK}),
        ([("1.jpg", b"")], {Code.EMPTY_PAGE}),
        ([("1.jpg", b"<!DOCTYPE html><html>No")], {Code.NOT_AN_IMAGE}),
        ([("1.jpg", b'{"error": 404}')], {Code.NOT_AN_IMAGE}),
        ([("1.jpg", bytes(9000))], {Code.NOT_AN_IMAGE}),
        ([("1.jpg", JPEG[:-100])], {Code.TRUNCATED_IMAGE}),
        ([("1.jpg", pictures.png(1))], {Code.WRONG_EXTENSION}),
        ([("../1.jpg", JPEG)], {Code.UNSAFE_NAME}),
        ([("/1.jpg", JPEG)], {Code.UNSAFE_NAME}),
        ([("2.jpg", JPEG), ("1.jpg", JPEG)], {Code.ODD_ORDER}),
        ([("2.jpg", JPEG), ("10.jpg", JPEG), ("11.jpg", JPEG)], set()),
        ([("1.jpg", JPEG), ("2.jpg", JPEG), ("4.jpg", JPEG)], {Code.NUMBERING_GAP}),
        ([("p3.jpg", JPEG), ("p4.jpg", JPEG)], {Code.NUMBERING_GAP}),
        ([("p0.jpg", JPEG), ("p1.jpg", JPEG)], set()),
        ([("8311.jpg", JPEG), ("9001.jpg", JPEG)], set()),
        ([("info.json", b"{"), ("ComicInfo.xml", b""), ("1.jpg", JPEG)], set()),
        ([("__MACOSX/._1.jpg", b"\0\5\x16\7"), ("1.jpg", JPEG)], set()),
        ([("ä 1.jpg", JPEG), ("日本 2.jpg", JPEG)], set()),
    ],
)
def test_each_finding_of_names_and_pages_is_made(tmp_path, pages, expected):
    """An archive that was written so has just the finding that belongs to it."""
    assert codes(tmp_path, zipped(pages)) == expected


def test_two_entries_of_one_name_are_found(tmp_path):
    """An archive with one name twice is damaged, whatever the bytes."""
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([("1.jpg", JPEG), ("1.jpg", pictures.jpeg(2))])
    assert codes(tmp_path, data) == {Code.DUPLICATE_NAME}


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ((8, "<H", 0x0001), Code.ENCRYPTED),
        ((10, "<H", 98), Code.UNSUPPORTED_COMPRESSION),
        ((14, "<H", 0), Code.INVALID_TIME),
        ((12, "<H", 0xFFFF), Code.INVALID_TIME),
    ],
)
def test_fields_of_the_index_make_their_findings(tmp_path, patch, code):
    """Encryption, a foreign compression and a time that is none are read from the index."""
    at, form, value = patch
    data = patched(zipped(), b"PK\1\2", at, form, value)
    data = patched(data, b"PK\3\4", at - 2, form, value)
    assert codes(tmp_path, data) == {code}


def test_a_page_closed_by_an_end_marker_is_found_by_decoding_alone(tmp_path):
    """Half a JPEG with an end marker passes the quick look and not the decoder."""
    data = zipped([("1.jpg", CLOSED_HALF)])
    assert codes(tmp_path, data) == set()
    assert codes(tmp_path, data, Depth.DECODE) == {Code.UNDECODABLE_IMAGE}


def test_the_quick_look_reads_no_crc(tmp_path):
    """At depth ENDS a flipped byte inside a page goes unseen, and a cut page does not."""
    data = bytearray(zipped({"1.jpg": pictures.jpeg(1, 30_000), "2.jpg": JPEG[:-100]}))
    data[15_000] ^= 255
    assert codes(tmp_path, data, Depth.STRUCTURE) == set()
    assert codes(tmp_path, data, Depth.ENDS) == {Code.TRUNCATED_IMAGE}
    assert codes(tmp_path, data, Depth.PAGES) == {Code.TRUNCATED_IMAGE, Code.BAD_CRC}


def test_damage_that_the_site_serves_is_a_warning(tmp_path):
    """A broken picture whose entry says so leaves the archive sound."""
    path = tmp_path / "book.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("1.jpg")
        info.comment = f"x {SOURCE_DAMAGED}".encode()
        archive.writestr(info, CLOSED_HALF)
    found = scan(path, Depth.DECODE)
    assert [finding.code for finding in found.findings] == [Code.DAMAGED_AT_SOURCE]
    assert found.verdict is Verdict.SOUND
    assert not found.bad_pages


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (bytes(5000), "zeros"),
        (b"Rar!\x1a\x07\1\0" + zipped(), "RAR"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(99), "7z"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<html><title>404</title>", "HTML"),
        (JPEG, "JPEG"),
        (bytes(range(200, 256)) * 9, "no kind"),
    ],
)
def test_what_is_no_zip_file_is_named(tmp_path, data, word):
    """A file of another kind is unreadable, and the finding says what it is."""
    path = tmp_path / "book.cbz"
    path.write_bytes(data)
    found = scan(path)
    assert [finding.code for finding in found.findings] == [Code.NOT_A_ZIP]
    assert word in found.findings[0].detail
    assert found.verdict is Verdict.UNREADABLE


def test_findings_name_the_page_and_its_bytes(tmp_path):
    """A finding of a page has its name and the range of its bytes in the file."""
    data = bytearray(zipped())
    _, begin, end = places(bytes(data))[0][NAMES[2]]
    data[begin + 9] ^= 1
    path = tmp_path / "book.cbz"
    path.write_bytes(data)
    found = scan(path)
    (finding,) = found.findings
    assert (finding.page, finding.start, finding.end) == (NAMES[2], begin, end)
    assert found.bad_pages == {NAMES[2]}


def test_entries_and_comment_are_those_of_zipfile(tmp_path):
    """Names, sizes, CRCs and the comment agree with Python's own reader."""
    path = tmp_path / "book.cbz"
    path.write_bytes(zipped(comment=b"c" * 65_535, method=zipfile.ZIP_DEFLATED))
    found = scan(path)
    with zipfile.ZipFile(path) as archive:
        theirs = [(i.filename, i.CRC, i.file_size, i.compress_size) for i in archive.infolist()]
        assert found.comment == archive.comment
    assert [(e.name, e.crc, e.size, e.compressed_size) for e in found.entries] == theirs
    assert found.verdict is Verdict.SOUND


def test_a_bomb_is_inflated_no_further_than_it_declares(tmp_path):
    """A page that inflates to more than the index says is bad data."""
    data = zipped({"1.txt": bytes(30_000_000)}, zipfile.ZIP_DEFLATED)
    data = patched(data, b"PK\1\2", 24, "<L", 1000)
    data = patched(data, b"PK\3\4", 22, "<L", 1000)
    assert codes(tmp_path, data) == {Code.BAD_DATA}


@pytest.mark.parametrize("method", [8, 12, 14])
@pytest.mark.parametrize("size", [0, 1, 1 << 16, (1 << 20) + 1, 3_000_000])
def test_every_compression_is_read(tmp_path, method, size):
    """Deflate, bzip2 and LZMA pages of every size are sound, well and badly packed ones."""
    noise = pictures.png(1, 100_000)[:50_000]
    data = (noise * 61)[:size]
    assert codes(tmp_path, zipped({"1.txt": data, "2.txt": bytes(size)}, method)) == set()


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    """A folder, a pipe without a writer and a socket are refused without waiting."""
    path = tmp_path / "x.cbz"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    with pytest.raises(UnreadableArchive, match=re.escape(str(path))):
        scan(path)


def test_a_missing_file_is_reported_as_missing(tmp_path):
    """No file is another thing than an unreadable one."""
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "none.cbz")


class Meddler(Silent):
    """Does something to a file as soon as its pages are read."""

    def __init__(self, act):
        self.act = act

    def start(self, *_):
        self.act()


@pytest.mark.parametrize("how", ["grow", "shrink", "replace", "remove"])
def test_a_file_that_changes_meanwhile_is_no_result(tmp_path, how):
    """Whatever is done to a file while it is read, no verdict is given."""
    path = tmp_path / "book.cbz"
    path.write_bytes(zipped())
    other = tmp_path / "other"
    other.write_bytes(path.read_bytes())
    acts = {
        "grow": lambda: path.write_bytes(path.read_bytes() + b"x"),
        "shrink": lambda: os.truncate(path, 5_000),
        "replace": lambda: other.replace(path),
        "remove": path.unlink,
    }
    with pytest.raises(ArchiveChanged):
        scan(path, progress=Meddler(acts[how]))


def test_zip64_is_read_beyond_four_gigabytes(tmp_path):
    """An entry of 4 GiB, with a page behind it, is found in a sparse file."""
    path = tmp_path / "huge.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("2.txt", b"small")
    small = path.read_bytes()
    size = 1 << 32
    wide = struct.pack("<2H2Q", 1, 16, size, size)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 33, 7, *[(1 << 32) - 1] * 2, 5, 20)
    header = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 45, 45, 0, 0, 0, 33, 7, *[(1 << 32) - 1] * 2, 5, 20, 0, 0, 0, 0, 0
    )
    _, start = places(small)
    behind = len(local) + 25 + size
    second = bytearray(small[start : small.find(b"PK\5\6")])
    second[42:46] = b"\xff" * 4
    second[30:32] = struct.pack("<H", 12)
    second += struct.pack("<2HQ", 1, 8, behind)
    directory = header + b"1.txt" + wide + bytes(second)
    place = behind + start
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, len(directory), place)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, place + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *[0xFFFF] * 2, *[0xFFFFFFFF] * 2, 0)
    with path.open("wb") as file:
        file.write(local + b"1.txt" + wide)
        file.seek(behind)
        file.write(small[:start] + directory + end64 + locator + end)
    found = scan(path, Depth.STRUCTURE)
    assert found.findings == ()
    assert [(e.name, e.size, e.header_offset) for e in found.entries] == [
        ("1.txt", size, 0),
        ("2.txt", 5, behind),
    ]
    with zipfile.ZipFile(path) as archive:
        assert archive.read("2.txt") == b"small"


@pytest.mark.long
def test_a_hundred_thousand_entries_are_read(tmp_path):
    """The count of entries is not bounded by 16 bits, in an archive that is not of our making."""
    path = tmp_path / "many.cbz"
    count = 100_000
    header = b"".join(
        struct.pack("<4s5H3L2H", b"PK\3\4", 10, 0, 0, 0, 33, 0, 0, 0, 9, 0)
        + f"{at:05}.txt".encode()
        for at in range(count)
    )
    directory = b"".join(
        struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 10, 10, 0, 0, 0, 33, 0, 0, 0, 9, 0, 0, 0, 0, 0, at * 39
        )
        + f"{at:05}.txt".encode()
        for at in range(count)
    )
    start, size = len(header), len(directory)
    path.write_bytes(
        header
        + directory
        + struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
        + struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, start, 0)
    )
    found = scan(path)
    assert len(found.entries) == count
    assert found.findings == ()


def test_concatenated_archives_are_read_as_readers_do(tmp_path):
    """Of two archives in one file the last counts, and the first one's other pages are orphans."""
    first = zipped({"old.jpg": JPEG})
    path = tmp_path / "book.cbz"
    path.write_bytes(first + zipped())
    found = scan(path)
    assert [entry.name for entry in found.entries] == list(NAMES)
    orphans = [f.page for f in found.findings if f.code is Code.ORPHANED_PAGES]
    assert orphans == ["old.jpg"]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == list(NAMES)


def test_an_archive_as_a_page_is_not_taken_for_orphans(tmp_path):
    """Local headers inside the bytes of an entry belong to that entry."""
    assert codes(tmp_path, zipped({"extra.zip": zipped(), "1.jpg": JPEG})) == set()


def test_an_end_record_inside_the_comment_does_not_fool(tmp_path):
    """A comment that holds a whole empty archive leaves the real index in force."""
    path = tmp_path / "book.cbz"
    path.write_bytes(zipped(comment=b"-" + b"PK\5\6" + bytes(18) + b"-"))
    found = scan(path)
    assert [entry.name for entry in found.entries] == list(PAGES)
