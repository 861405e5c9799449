"""The room that an archive takes is known before it is written, and a lack of it is told."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from disks import disk, shrink
from made_archives import NAMES, PAGES, zipped

from cbzsafe.cbz import build, records
from cbzsafe.cbz.entry import Entry
from cbzsafe.cbz.pack import ArchivedPage, FilePage, Method, pack, room_for
from cbzsafe.cbz.publish import publish
from cbzsafe.cbz.scan import scan
from cbzsafe.cbz.storage import exactly, free_bytes, insist_on_room
from cbzsafe.errors import StorageError

BLOCK = 4096
COPIED = [method for method in Method if method is not Method.ZSTD]


@pytest.fixture
def small(tmp_path):
    with disk(tmp_path / "disk", "1m") as folder:
        yield folder


def archived(path):
    return [ArchivedPage(entry.name, path, entry, entry.comment) for entry in scan(path).entries]


def wide_entry(size=0, packed=0, offset=0):
    return Entry("ü.jpg", 0, 0, 0, packed, size, offset, offset, "é")


def test_the_room_for_stored_pages_is_exact(staged, tmp_path):
    """Names, comments and records included, it is the size of the file that is written."""
    pages = [*staged, FilePage("ü.jpg", staged[0].path, "beschädigt")]
    done = pack(tmp_path / "book.cbz", pages, comment=b"an archive's")
    assert room_for(pages, Method.STORED, b"an archive's") == done.path.stat().st_size


@pytest.mark.parametrize("method", COPIED)
def test_the_room_for_pages_that_stay_compressed_is_exact(staged, tmp_path, method):
    """What is copied as it is takes what it takes in its old archive."""
    before = pack(tmp_path / "before.cbz", staged, method=method).path
    pages = [*archived(before), FilePage("new.jpg", staged[0].path)]
    done = pack(tmp_path / "book.cbz", pages, method=None)
    assert room_for(pages, None) == done.path.stat().st_size


@pytest.mark.parametrize(("more", "is_wide"), [(0, True), (1, False)])
def test_the_room_of_many_pages_is_exact(staged, tmp_path, monkeypatch, more, is_wide):
    """From as many pages on as 16 bits count no more, the zip64 records count, too."""
    monkeypatch.setattr(records, "LIMIT16", len(staged) + more)
    done = pack(tmp_path / "book.cbz", staged)
    assert (records.END64 in done.path.read_bytes()) is is_wide
    assert room_for(staged, Method.STORED) == done.path.stat().st_size


@pytest.mark.parametrize("size", [0, records.LIMIT32 - 1, records.LIMIT32])
@pytest.mark.parametrize("packed", [0, records.LIMIT32])
@pytest.mark.parametrize("offset", [0, records.LIMIT32])
def test_the_length_of_an_index_header_is_exact(size, packed, offset):
    """Each number that needs zip64's field is counted in it."""
    length = build.central_length("ü.jpg", "é", (size, packed, offset))
    assert length == len(build.central_header(wide_entry(size, packed, offset)))


def test_pages_that_are_compressed_now_count_as_nothing(staged, small, tmp_path):
    """What may fit is not refused: two megabytes that deflate well go on a disk of one."""
    page = tmp_path / "page.txt"
    page.write_bytes(bytes(2 << 20))
    publish(small / "book.cbz", [FilePage("page.txt", page)], method=Method.DEFLATED)
    assert scan(small / "book.cbz").entries[0].size == 2 << 20


def test_a_lack_is_told_in_bytes_before_anything_is_written(staged, small):
    """The sentence has what is needed and what is free, and not even a folder is made."""
    shrink(small, 2 * BLOCK)
    need = room_for(staged, Method.STORED)
    text = f"{small}/deep needs {exactly(need)}, 8,192 bytes (8.2 kB) are free: make room"
    with pytest.raises(StorageError, match=re.escape(text)):
        publish(small / "deep" / "book.cbz", staged)
    assert os.listdir(small) == ["filler"]


def test_the_old_archive_stays_and_its_room_does_not_count(staged, small):
    """Two archives must fit at the same time, and the old one is left as it is."""
    target = small / "book.cbz"
    target.write_bytes(zipped({name: PAGES[name] * 4 for name in NAMES}))
    before = target.read_bytes()
    shrink(small, BLOCK)
    with pytest.raises(StorageError, match="4,096 bytes"):
        publish(target, staged)
    assert target.read_bytes() == before


def test_what_fits_to_the_block_is_written(staged, small):
    """As much room as is needed is enough, and a block less is not."""
    need = room_for(staged, Method.STORED)
    shrink(small, need // BLOCK * BLOCK)
    with pytest.raises(StorageError, match="are free"):
        publish(small / "book.cbz", staged)
    (small / "filler").unlink()
    shrink(small, (need + BLOCK - 1) // BLOCK * BLOCK)
    publish(small / "book.cbz", staged)
    assert free_bytes(small) == 0


def test_what_is_free_is_what_df_says(small, tmp_path):
    """What root alone may use is not counted."""
    for folder in (small, tmp_path):
        command = ["df", "--output=avail", "-B1", folder]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        slack = BLOCK * 4096  # others write to the machine's disk meanwhile
        assert abs((free_bytes(folder) or 0) - int(told.split()[1])) <= slack


def test_a_file_system_without_blocks_is_not_believed():
    """Where nothing is counted nothing is refused."""
    assert free_bytes(Path("/proc")) is None
    insist_on_room(Path("/proc"), 1 << 60)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1048576, "1,048,576 bytes (1.0 MB)"),
        (31457280, "31,457,280 bytes (31.5 MB)"),
        (999_999_999, "999,999,999 bytes (1.0 GB)"),
        (5 * 10**15, "5,000,000,000,000,000 bytes (5000.0 TB)"),
    ],
)
def test_a_number_of_bytes_is_told_exactly_and_readably(count, text):
    """To the byte for who computes, rounded for who reads."""
    assert exactly(count) == text
