"""What is written, byte for byte, and what is refused."""

from __future__ import annotations

import errno
import io
import os
import shutil
import subprocess
import zipfile

import pictures
import pytest
from made_archives import NAMES, PAGES, zipped

from cbzsafe.cbz import records
from cbzsafe.cbz.pack import ArchivedPage, FilePage, Method, pack
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.cbz.sink import Sink
from cbzsafe.errors import PackFailed, StorageError
from cbzsafe.model import Verdict
from cbzsafe.progress import Silent

COMPRESSED = (Method.DEFLATED, Method.BZIP2, Method.LZMA)


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "book.cbz"


def archived(path):
    return [ArchivedPage(entry.name, path, entry, entry.comment) for entry in scan(path).entries]


def agrees(path, method):
    """Ask the other readers there are; `unzip` does not know LZMA."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == PAGES
    if method is not Method.LZMA:
        subprocess.run([shutil.which("unzip"), "-tqq", path], check=True)


@pytest.mark.parametrize("method", [method for method in Method if method is not Method.ZSTD])
def test_what_is_packed_is_read_by_all(staged, target, method):
    """Our scan, `zipfile` and `unzip` find every page whole, in each compression."""
    packed = pack(target, staged, method=method, comment=b"a comment")
    found = scan(packed.path, Depth.DECODE)
    assert found.findings == ()
    assert found.entries == packed.entries
    assert found.comment == b"a comment"
    agrees(packed.path, method)


@pytest.mark.parametrize("method", Method)
def test_the_same_pages_give_the_same_bytes(staged, target, method):
    """When and from where the pages are packed leaves no trace in the archive."""
    first = pack(target, staged, method=method)
    os.utime(staged[0].path, (1, 1))
    second = pack(target, staged, method=method)
    third = pack(target, archived(first.path), method=method)
    plain = pack(target, staged)
    fourth = pack(target, archived(plain.path), method=method)
    contents = {packed.path.read_bytes() for packed in (first, second, third, fourth)}
    assert len(contents) == 1


def test_headers_hold_no_more_than_they_must(staged, target):
    """A stored page has no extra field, no descriptor, the first DOS date and mode 0644."""
    packed = pack(target, [*staged, FilePage("ü.jpg", staged[0].path)])
    with zipfile.ZipFile(packed.path) as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert (info.extra, info.create_system) == (b"", 3)
            assert info.external_attr == 0o100644 << 16
            assert (info.create_version, info.extract_version) == (10, 10)
            assert info.flag_bits == (0x800 if info.filename == "ü.jpg" else 0)


def test_pages_are_taken_over_from_an_archive_of_another_make(target, tmp_path):
    """Pages of a deflated archive come out the same, stored."""
    other = tmp_path / "other.cbz"
    other.write_bytes(zipped(method=zipfile.ZIP_DEFLATED))
    packed = pack(target, archived(other))
    agrees(packed.path, Method.STORED)


def test_pages_are_taken_over_where_the_kernel_does_not_copy(staged, target, monkeypatch):
    """Without `copy_file_range` the pages are read and written, with the same result."""
    first = pack(target, staged)

    def refuse(*_):
        raise OSError(errno.EXDEV, "no")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    second = pack(target, archived(first.path))
    assert first.path.read_bytes() == second.path.read_bytes()


def test_what_was_taken_is_told(staged, target):
    """For each page from a file the identity of that file is given."""
    packed = pack(target, staged)
    for page in staged:
        status = page.path.stat()
        identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        assert packed.taken[page.name] == identity


def test_comments_of_entries_are_kept(staged, target):
    """An entry's comment is written, and read again."""
    page = FilePage("1.jpg", staged[0].path, "damaged-at-source")
    packed = pack(target, [page, FilePage("2.jpg", staged[0].path, "beschädigt")])
    assert [e.comment for e in scan(packed.path).entries] == ["damaged-at-source", "beschädigt"]


@pytest.mark.parametrize(
    "name", ["", "/1.jpg", "../1.jpg", "a/../b.jpg", "a\\b.jpg", "a\n.jpg", "C:x.jpg", "folder/"]
)
def test_names_that_must_not_be_are_refused(staged, target, name):
    """A name that could lead outside a folder is never written."""
    with pytest.raises(PackFailed):
        pack(target, [FilePage(name, staged[0].path)])
    assert os.listdir(target.parent) == []


@pytest.mark.parametrize("kind", ["missing", "link", "folder", "pipe", "twice"])
def test_a_page_that_cannot_be_taken_is_named(staged, target, tmp_path, kind):
    """No page is left out in silence: packing fails, and leaves nothing."""
    path = tmp_path / "odd.jpg"
    if kind == "link":
        path.symlink_to(staged[0].path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    odd = staged[0] if kind == "twice" else FilePage("odd.jpg", path)
    with pytest.raises(PackFailed, match=odd.name):
        pack(target, [*staged, odd])
    assert os.listdir(target.parent) == []


class Writer(Silent):
    """Writes to a page's file as soon as the first bytes are packed."""

    def __init__(self, path, data):
        self.path, self.data = path, data

    def advance(self, count):
        if self.data is not None and count:
            self.path.write_bytes(self.data)
            self.data = None


@pytest.mark.parametrize("size", [10, 5_000_000])
def test_a_page_that_changes_meanwhile_is_named(target, tmp_path, size):
    """A file that becomes shorter or longer while it is packed fails the whole."""
    path = tmp_path / "1.jpg"
    path.write_bytes(bytes(3_000_000))
    with pytest.raises(PackFailed, match=r"1\.jpg.*changed"):
        pack(target, [FilePage("1.jpg", path)], progress=Writer(path, bytes(size)))
    assert os.listdir(target.parent) == []


def test_a_full_disk_is_one_sentence(staged, target, monkeypatch):
    """ENOSPC names the folder and the bytes that are needed, and leaves nothing."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    need = sum(map(len, PAGES.values()))
    with pytest.raises(StorageError, match=f"{target.parent} .*full; {need} bytes"):
        pack(target, staged)
    assert os.listdir(target.parent) == []


def test_a_missing_folder_is_one_sentence(staged, target):
    """A folder that is not there is named."""
    with pytest.raises(StorageError, match="gone"):
        pack(target.parent / "gone" / "book.cbz", staged)


def test_an_interruption_leaves_nothing(staged, target, monkeypatch):
    """Whatever exception comes while packing, the temporary is removed."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Sink, "append", interrupt)
    with pytest.raises(KeyboardInterrupt):
        pack(target, staged)
    assert os.listdir(target.parent) == []


def test_a_page_of_an_archive_that_is_gone_is_named(staged, target, tmp_path):
    """A page of a removed archive fails the whole."""
    first = pack(target, staged)
    pages = archived(first.path)
    first.path.unlink()
    with pytest.raises(PackFailed, match=NAMES[0]):
        pack(target, pages)
    assert os.listdir(target.parent) == []
    assert tmp_path.is_dir()


@pytest.mark.parametrize("method", [Method.STORED, Method.DEFLATED])
def test_zip64_is_written_where_numbers_are_too_large(staged, target, monkeypatch, method):
    """Sizes and offsets beyond the limit go into zip64 fields that all readers understand."""
    monkeypatch.setattr(records, "LIMIT32", 6_000)
    packed = pack(target, staged, method=method)
    data = packed.path.read_bytes()
    assert b"PK\6\6" in data
    assert b"PK\6\7" in data
    assert scan(packed.path).verdict is Verdict.SOUND
    assert scan(packed.path).entries == packed.entries
    agrees(packed.path, method)


def test_more_entries_than_16_bits_count_are_written(target, tmp_path):
    """65 536 pages need a zip64 end record, and get one."""
    page = tmp_path / "page"
    page.write_bytes(b"x")
    packed = pack(target, [FilePage(f"{at}.txt", page) for at in range(65_536)])
    with zipfile.ZipFile(packed.path) as archive:
        assert len(archive.namelist()) == 65_536
    assert scan(packed.path).findings == ()


def test_a_large_page_is_copied_in_pieces(target, tmp_path):
    """A page of several blocks comes out whole, from a file and from an archive."""
    page = tmp_path / "1.png"
    page.write_bytes(pictures.png(1, 3_500_000))
    first = pack(target, [FilePage("1.png", page)])
    second = pack(target, archived(first.path))
    with zipfile.ZipFile(io.BytesIO(second.path.read_bytes())) as archive:
        assert archive.read("1.png") == page.read_bytes()


@pytest.mark.parametrize("method", [Method.STORED, *COMPRESSED])
def test_without_a_method_each_page_stays_as_it_is(target, tmp_path, method):
    """A page that is taken over keeps its compression, and one from a file is stored."""
    source, extra = tmp_path / "source.cbz", tmp_path / "7.jpg"
    extra.write_bytes(pictures.jpeg(7, 3000))
    source.write_bytes(zipped(method=int(method)))
    packed = pack(target, [*archived(source), FilePage("z7.jpg", extra)], method=None)
    before = {entry.name: (entry.method, entry.compressed_size) for entry in scan(source).entries}
    after = {entry.name: (entry.method, entry.compressed_size) for entry in packed.entries}
    assert after == before | {"z7.jpg": (Method.STORED, extra.stat().st_size)}
    assert scan(packed.path, Depth.DECODE).findings == ()
