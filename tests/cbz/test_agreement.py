"""Where other readers agree with a scan, and why they do not where they do not.

A reader that is named as passing exits with 0. Of those that are not named nothing is asked: what
they notice differs from version to version.
"""

from __future__ import annotations

import subprocess
import warnings
import zipfile

import pictures
import pytest
from damages import index_of, place, some
from damages_index import ended, headers_of
from damages_overlap import bomb
from made_archives import NAMES, PAGES, patched, zipped
from makers import EACH, MAKERS

from cbzsafe.cbz.entry import Method
from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.proof import whole
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.model import Code, Verdict

JPEG = pictures.jpeg(1, 9_000)
OTHER = pictures.jpeg(2, 9_000)
TESTS = {
    "unzip": ("unzip", "-tqq", "book.cbz"),
    "7z": ("7z", "t", "-bso0", "-bsp0", "book.cbz"),
    "bsdtar": ("bsdtar", "-xOf", "book.cbz"),
}
UNPACKING = {
    "unzip": ("unzip", "-qq", "../book.cbz"),
    "7z": ("7z", "x", "-bso0", "-bsp0", "../book.cbz"),
    "bsdtar": ("bsdtar", "-xf", "../book.cbz"),
}
OTHERS = {*TESTS, "zipfile"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.cbz"


def run(command, folder):
    """Run a reader and give its exit status; one that is not installed fails the test."""
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True}
    return subprocess.run(command, cwd=folder, check=False, timeout=60, **quiet).returncode


def passes(path, reader):
    """Whether a reader finds nothing wrong."""
    if reader != "zipfile":
        return run(TESTS[reader], path.parent) == 0
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None


def found(path, data, readers, depth=Depth.PAGES):
    """Give what a scan finds in an archive with which these readers find nothing wrong."""
    path.write_bytes(data)
    assert {reader for reader in readers if passes(path, reader)} == set(readers)
    return {finding.code for finding in scan(path, depth).findings}


def read_by(reader, path):
    """Give all pages as a reader unpacks them."""
    if reader == "zipfile":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    folder = path.parent / reader
    folder.mkdir()
    assert run(UNPACKING[reader], folder) == 0
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def readers_of(maker):
    """Give the readers that know the methods of a maker: `unzip` does not know LZMA."""
    return OTHERS - {"unzip"} if Method.LZMA in maker.methods else OTHERS


@pytest.mark.parametrize("maker", EACH, ids=lambda maker: maker.name)
def test_all_readers_agree_that_an_archive_of_a_maker_is_whole(maker, path):
    """What a scan calls sound, the other readers pass, too, and they unpack the same pages."""
    assert found(path, maker.make(), readers_of(maker), Depth.DECODE) == maker.odd
    assert scan(path).verdict is Verdict.SOUND
    with ArchiveFile(path) as file:
        ours = {entry.name: whole(file, entry) for entry in scan(path).entries}
    assert ours == PAGES
    assert {reader: read_by(reader, path) for reader in readers_of(maker)} == dict.fromkeys(
        readers_of(maker), PAGES
    )


def test_pages_that_a_killed_run_left_behind_are_seen(path):
    """The others read by the index alone, which names only what the last run appended."""
    data = MAKERS["gallery_dl"].make()
    torn = data[: place(data, 4)[1] + 900]
    data = zipped(some(4, 5, 6), before=torn)
    assert found(path, data, {"unzip", "bsdtar", "zipfile"}) == {
        Code.ORPHANED_PAGES,
        Code.NUMBERING_GAP,
    }


def test_a_page_that_the_index_skips_is_seen(path):
    """The others do not ask what lies between the pages that the index names."""
    data = MAKERS["gallery_dl"].make()
    headers = headers_of(data)
    data = ended(data[: index_of(data)], headers[:2] + headers[3:])
    assert found(path, data, OTHERS) == {Code.ORPHANED_PAGES, Code.NUMBERING_GAP}


def test_a_picture_that_was_cut_before_it_was_packed_is_seen(path):
    """The others compare the CRC, and it is that of the bytes that were packed."""
    pages = {"1.jpg": JPEG[:-100], "2.jpg": OTHER}
    assert found(path, zipped(pages), OTHERS) == {Code.TRUNCATED_IMAGE}


def test_half_a_picture_that_was_closed_is_seen_by_decoding(path):
    """The others do not know pictures, and the quick look knows only their ends."""
    data = zipped({"1.jpg": JPEG[: len(JPEG) // 2] + b"\xff\xd9", "2.jpg": OTHER})
    assert found(path, data, OTHERS) == set()
    assert found(path, data, OTHERS, Depth.DECODE) == {Code.UNDECODABLE_IMAGE}


def test_an_error_page_in_place_of_a_picture_is_seen(path):
    """The others take any bytes for a page."""
    pages = {"1.jpg": b"<!DOCTYPE html><title>Not found</title>", "2.jpg": OTHER}
    assert found(path, zipped(pages), OTHERS) == {Code.NOT_AN_IMAGE}


def test_an_empty_page_is_seen(path):
    """The CRC of no bytes is right, so that the others have nothing to say."""
    assert found(path, zipped({"1.jpg": b"", "2.jpg": OTHER}), OTHERS) == {Code.EMPTY_PAGE}


def test_a_name_that_is_there_twice_is_seen(path):
    """Each of the two is whole, and the others test entries, not names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        data = zipped([("1.jpg", JPEG), ("1.jpg", OTHER)])
    assert found(path, data, OTHERS) == {Code.DUPLICATE_NAME}


def test_a_name_that_leads_out_of_the_folder_is_seen(path):
    """The others think of the name only when they unpack, and not when they test."""
    assert found(path, zipped({"../1.jpg": JPEG}), OTHERS) == {Code.UNSAFE_NAME}


def test_a_book_without_pages_is_seen(path):
    """To the others it is an archive like any other."""
    assert found(path, zipped({}), {"7z", "bsdtar", "zipfile"}) == {Code.EMPTY_BOOK}


def test_a_comment_that_hides_all_pages_is_seen(path):
    """The others take the last end record, which is text here, and find an empty archive."""
    data = MAKERS["gallery_dl"].make()
    data = ended(data[: index_of(data)], headers_of(data), ended(b"", []))
    assert found(path, data, {"7z", "bsdtar", "zipfile"}) == {Code.EMPTY_BOOK, Code.ORPHANED_PAGES}


def test_pages_on_each_others_bytes_are_seen(path):
    """Each page unpacks to what its header says, and `bsdtar` does not compare their places."""
    assert found(path, bomb()[0], {"bsdtar"}) == {Code.OVERLAP}


def test_a_local_header_with_another_crc_is_seen(path):
    """Python's reader believes the index, and other readers the header before the page."""
    data = bytearray(MAKERS["gallery_dl"].make())
    data[place(data, 4)[0] + 14] ^= 1
    assert found(path, bytes(data), {"zipfile"}) == {Code.HEADER_MISMATCH}
    assert not passes(path, "unzip")


def test_a_local_header_with_another_name_is_seen(path):
    """`bsdtar` unpacks a page under one of its two names without a word."""
    data = bytearray(MAKERS["gallery_dl"].make())
    data[place(data, 4)[0] + 30] ^= 1
    assert found(path, bytes(data), {"bsdtar"}) == {Code.HEADER_MISMATCH}


def test_a_broken_data_descriptor_is_seen(path):
    """The others read what the index says, and a reader of a stream would reject the page."""
    data = bytearray(MAKERS["jar_deflated"].make())
    _, _, end = place(data, 4)
    data[end + 4 : end + 8] = b"abcd"
    assert found(path, bytes(data), {"unzip", "zipfile"}) == {Code.HEADER_MISMATCH}


def test_an_end_record_that_counts_wrong_is_seen(path):
    """`zipfile` and `bsdtar` read the index to its end, and never compare the count."""
    data = patched(MAKERS["gallery_dl"].make(), b"PK\5\6", 10, "<H", len(NAMES) + 1)
    assert found(path, data, {"bsdtar", "zipfile"}) == {Code.BAD_INDEX}


def test_bytes_before_an_archive_are_a_warning_alone(path):
    """`unzip` exits with 1, which stands for a warning to it as well, and unpacks every page."""
    data = b"x" * 700 + MAKERS["gallery_dl"].make()
    assert found(path, data, OTHERS - {"unzip"}) == {Code.DEAD_BYTES}
    assert run(TESTS["unzip"], path.parent) == 1
    assert scan(path).verdict is Verdict.SOUND
    assert read_by("zipfile", path) == PAGES
