"""Archives whose pages are compressed by Zstandard, under its number and under its old one."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from backports.zstd import zipfile as zstd_zipfile
from made_archives import PAGES, patched
from mending import mended, pages

from cbzsafe.cbz.entry import Method
from cbzsafe.cbz.pack import ArchivedPage, pack
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.model import Code, Verdict


def zstd_zipped(pages=PAGES):
    """Give an archive of pages that were compressed by another program's Zstandard."""
    file = io.BytesIO()
    with zstd_zipfile.ZipFile(file, "w", zstd_zipfile.ZIP_ZSTANDARD) as archive:
        for name, data in pages.items():
            archive.writestr(name, data)
    return file.getvalue()


def numbered(data, number):
    """Give an archive whose headers all name a method by this number."""
    return patched(patched(data, b"PK\3\4", 8, "<H", number), b"PK\1\2", 10, "<H", number)


@pytest.mark.parametrize("number", [93, 20])
def test_an_archive_of_zstd_is_sound(tmp_path, number):
    """Method 93, and 20 that it was once called, are read and checked as any other."""
    data = bytearray(numbered(zstd_zipped(), number))
    path = tmp_path / "book.cbz"
    path.write_bytes(data)
    assert scan(path, Depth.DECODE).findings == ()
    data[data.find(b"PK\3\4", 9) - 9] ^= 1
    path.write_bytes(data)
    assert {finding.code for finding in scan(path).findings} <= {Code.BAD_DATA, Code.BAD_CRC}
    assert scan(path).verdict is Verdict.DAMAGED


@pytest.mark.parametrize("number", [93, 20])
def test_pages_of_zstd_are_taken_over_under_the_number_that_readers_know(tmp_path, number):
    """A page of the old number keeps its compressed bytes, and bears the new number."""
    path = tmp_path / "book.cbz"
    path.write_bytes(numbered(zstd_zipped(), number))
    before = scan(path).entries
    assert {entry.method for entry in before} == {number}
    packed = pack(path, [ArchivedPage(e.name, path, e) for e in before], method=None)
    assert scan(packed.path, Depth.DECODE).findings == ()
    sizes = [(entry.name, entry.compressed_size) for entry in before]
    assert [(e.name, e.compressed_size) for e in packed.entries] == sizes
    with zstd_zipfile.ZipFile(packed.path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == PAGES
        assert {info.compress_type for info in archive.infolist()} == {93}


def test_an_archive_of_the_old_number_is_repaired(tmp_path):
    """All pages but the broken one are in the new archive, byte for byte."""
    path = tmp_path / "book.cbz"
    data = bytearray(numbered(zstd_zipped(), 20))
    data[data.find(b"PK\3\4", 9) - 9] ^= 1
    path.write_bytes(data)
    done = mended(path)
    (lost,) = (finding.page for finding in done.lost)
    assert pages(path) == {name: page for name, page in PAGES.items() if name != lost}


def test_what_is_packed_as_zstd_is_read_by_others(tmp_path):
    """Our own archive of method 93 says which version reads it, and others read it."""
    path = tmp_path / "book.cbz"
    path.write_bytes(zstd_zipped())
    given = [ArchivedPage(entry.name, path, entry) for entry in scan(path).entries]
    packed = pack(path, given, method=Method.ZSTD)
    assert scan(packed.path, Depth.DECODE).findings == ()
    with zstd_zipfile.ZipFile(packed.path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == PAGES
        kinds = {(info.compress_type, info.extract_version) for info in archive.infolist()}
    assert kinds == {(93, 63)}


WITHOUT = """
import sys
sys.modules["_zstd"] = sys.modules["backports.zstd"] = None
from pathlib import Path
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import scan
found = scan(Path(sys.argv[1]))
print(found.verdict.value, *{finding.code.value for finding in found.findings})
print(found.findings[0].detail)
print(*salvage(Path(sys.argv[1])).pages)
"""


def test_without_a_library_the_finding_says_what_to_install(tmp_path):
    """Where nothing reads Zstandard the archive is unreadable, not damaged, and nothing crashes."""
    path = tmp_path / "book.cbz"
    path.write_bytes(zstd_zipped())
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, path], capture_output=True, text=True, check=True
    )
    verdict, detail, saved = done.stdout.split("\n")[:3]
    assert verdict == "unreadable unsupported-compression"
    assert "pip install 'cbzsafe[full]'" in detail
    assert saved == ""
