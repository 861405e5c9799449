"""What is taken for a backup, and what is not: the original goes only where one is there."""

from __future__ import annotations

import os

import pytest
from made_archives import NAMES, PAGES, zipped
from mending import mended

from cbzsafe.cbz import backup as module
from cbzsafe.cbz.backup import SUFFIX, forget, keep
from cbzsafe.cbz.files import identity_of
from cbzsafe.errors import ArchiveChanged
from cbzsafe.progress import Silent


@pytest.fixture
def path(tmp_path):
    """An archive that is to be kept."""
    made = tmp_path / "book.cbz"
    made.write_bytes(zipped())
    return made


@pytest.fixture
def no_links(monkeypatch):
    """A file system without hard links."""

    def refuse(*_, **__):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)


class Counted(Silent):
    """Adds up the bytes that it is told of."""

    done = 0

    def advance(self, count):
        self.done += count


def test_a_backup_of_the_same_size_and_time_and_other_bytes_is_none(path, no_links):
    """It is compared byte for byte, and the archive is kept under the next number."""
    other = path.with_name(f".book.1{SUFFIX}")
    other.write_bytes(bytes(path.stat().st_size))
    os.utime(other, ns=(0, path.stat().st_mtime_ns))
    kept = keep(path)
    assert kept.name == f".book.2{SUFFIX}"
    assert kept.read_bytes() == path.read_bytes()
    assert set(other.read_bytes()) == {0}


def test_a_copy_that_was_made_before_is_found_again(path, no_links):
    """A repair that was killed behind its backup makes no second one."""
    first = keep(path)
    assert keep(path) == first
    assert len(os.listdir(path.parent)) == 2


def test_a_name_that_is_taken_at_the_last_moment_is_not_used(path, monkeypatch):
    """What another process put there stays, and the backup gets the next number."""
    other = path.with_name(f".book.1{SUFFIX}")
    other.write_bytes(b"another's")
    monkeypatch.setattr(module.os.path, "lexists", lambda _: False)
    kept = keep(path)
    assert (kept.name, other.read_bytes()) == (f".book.2{SUFFIX}", b"another's")
    assert kept.samefile(path)


def test_the_bytes_of_a_copy_are_told_of(path, no_links):
    """A large archive takes a while, which whoever waits should see."""
    told = Counted()
    keep(path, progress=told)
    assert told.done == path.stat().st_size


@pytest.mark.parametrize("change", ["none", "other bytes", "gone"])
def test_a_backup_is_forgotten_only_while_its_original_is_there(path, no_links, change):
    """A backup that has become the only copy stays."""
    original = identity_of(path.lstat())
    kept = keep(path)
    if change == "other bytes":
        path.write_bytes(b"other")
    elif change == "gone":
        path.unlink()
    forget(kept, path, original)
    assert kept.exists() is (change != "none")


@pytest.mark.parametrize("viewable", [True, False])
def test_the_original_of_a_broken_page_is_kept_though_nobody_asked_for_it(path, viewable):
    """A page that is lost, or kept in a form that can only be shown, may be worth another try."""
    data = bytearray(path.read_bytes())
    data[data.index(PAGES[NAMES[0]]) + 500] ^= 1
    path.write_bytes(data)
    done = mended(path, keep_original=False, keep_viewable=viewable)
    assert done.backup
    assert (bool(done.kept), bool(done.lost)) == (viewable, not viewable)


def test_an_original_that_changes_while_it_is_copied_is_not_kept(path, no_links, monkeypatch):
    """A copy of half the old and half the new file is no backup, and does not stay."""

    def meanwhile(*_):
        path.write_bytes(b"another's")

    monkeypatch.setattr(module.shutil, "copystat", meanwhile)
    with pytest.raises(ArchiveChanged):
        keep(path)
    assert os.listdir(path.parent) == [path.name]
