"""An archive that somebody else made gets its final name."""

from __future__ import annotations

import os

import pytest
import repairs
from disks import disk, shrink

from cbzsafe.cbz import adopt as module
from cbzsafe.cbz.adopt import adopt
from cbzsafe.cbz.scan import scan
from cbzsafe.errors import ArchiveChanged, BookUnavailable, PackFailed, StorageError


@pytest.fixture
def came(tmp_path):
    """A whole archive under a temporary name."""
    path = tmp_path / "staging" / ".came.part"
    path.parent.mkdir()
    path.write_bytes(repairs.whole())
    return path


@pytest.fixture(params=["here", "elsewhere"])
def library(request, tmp_path):
    """A folder of the same file system, and one of another."""
    folder = tmp_path / "library"
    if request.param == "here":
        yield folder
        return
    with disk(folder):
        yield folder


def test_an_archive_gets_its_name(came, library):
    """It has the same bytes and time, folders are made, and nothing stays in its old place."""
    os.utime(came, (1, 1_000_000_000))
    adopt(scan(came), library / "sub" / "a.zip")
    assert (library / "sub" / "a.zip").read_bytes() == repairs.whole()
    assert (library / "sub" / "a.zip").stat().st_mtime == 1_000_000_000
    assert os.listdir(library / "sub") == ["a.zip"]
    assert not came.exists()


def test_what_is_replaced_lends_its_mode(came, library):
    """A file that a group may write to stays one."""
    library.mkdir(exist_ok=True)
    (library / "a.cbz").write_bytes(b"old")
    (library / "a.cbz").chmod(0o664)
    adopt(scan(came), library / "a.cbz")
    assert (library / "a.cbz").stat().st_mode & 0o777 == 0o664
    assert (library / "a.cbz").read_bytes() == repairs.whole()


def test_a_file_that_changed_after_it_was_read_is_refused(came, library):
    """What got more bytes since gets no name."""
    found = scan(came)
    came.write_bytes(repairs.whole() + b"more")
    with pytest.raises(ArchiveChanged, match="changed after"):
        adopt(found, library / "a.cbz")
    assert not (library / "a.cbz").exists()
    assert came.exists()


def test_what_is_no_file_is_not_replaced(came, library):
    """A link at the final name stays, and so does what came."""
    library.mkdir(exist_ok=True)
    (library / "a.cbz").symlink_to(came)
    with pytest.raises(BookUnavailable, match="symbolic link"):
        adopt(scan(came), library / "a.cbz")
    assert (library / "a.cbz").is_symlink()
    assert came.read_bytes() == repairs.whole()


def test_without_room_nothing_is_written_on_another_disk(came, tmp_path):
    """The sentence has the bytes, and what came stays."""
    with disk(tmp_path / "library") as library:
        shrink(library, 8192)
        with pytest.raises(StorageError, match="are free"):
            adopt(scan(came), library / "a.cbz")
        assert os.listdir(library) == ["filler"]
    assert came.exists()


def test_a_copy_that_reads_back_otherwise_gets_no_name(came, tmp_path, monkeypatch):
    """The temporary goes, the old file stays, and so does what came."""

    def spoiling(path, *args):
        data = bytearray(path.read_bytes())
        data[5000] ^= 1
        path.write_bytes(data)
        return scan(path, *args)

    monkeypatch.setattr(module, "scan", spoiling)
    with disk(tmp_path / "library") as library:
        (library / "a.cbz").write_bytes(b"old")
        with pytest.raises(PackFailed, match="read back"):
            adopt(scan(came), library / "a.cbz")
        assert os.listdir(library) == ["a.cbz"]
        assert (library / "a.cbz").read_bytes() == b"old"
    assert came.read_bytes() == repairs.whole()


def test_an_error_of_the_disk_is_no_other_file_system(came, tmp_path, monkeypatch):
    """A rename that fails for another reason fails the publish."""
    (tmp_path / "a.cbz").mkdir()
    monkeypatch.setattr(module, "standing", lambda _: None)
    with pytest.raises(StorageError):
        adopt(scan(came), tmp_path / "a.cbz")
    assert came.exists()
