"""What a publish does where the disk fails, and where something odd stands beside the archive."""

from __future__ import annotations

import errno
import os
import stat
import time
from dataclasses import replace

import pytest
from made_archives import PAGES, zipped

from cbzsafe.cbz import publish as module
from cbzsafe.cbz.entry import Method
from cbzsafe.cbz.files import identity_of
from cbzsafe.cbz.names import prefix_for
from cbzsafe.cbz.publish import publish, sweep, sync
from cbzsafe.cbz.scan import scan
from cbzsafe.errors import ArchiveChanged, BookUnavailable, PackFailed, StorageError
from cbzsafe.progress import Silent


@pytest.fixture
def target(tmp_path):
    """The final name, in a folder that is there."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "book.cbz"


def failing(number):
    """Give a function that fails as the kernel does."""

    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    return fail


def failing_for_folders(number):
    """Give an `fsync` that fails for folders alone."""
    fsync = os.fsync

    def fail(fd):
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(fd)

    return fail


class Counted(Silent):
    """Adds up the bytes that it is told of."""

    done = 0

    def advance(self, count):
        self.done += count


def test_what_is_asked_for_reaches_the_archive(staged, target):
    """Method and comment are those that were given, and every byte is told of twice."""
    told = Counted()
    publish(target, staged, method=Method.DEFLATED, comment=b"kept", progress=told)
    found = scan(target)
    assert ({entry.method for entry in found.entries}, found.comment) == ({8}, b"kept")
    assert told.done > sum(map(len, PAGES.values()))


def test_a_rename_that_fails_is_an_error_of_the_disk(staged, target, monkeypatch):
    """The temporary goes; where it went by itself that is no second error."""
    monkeypatch.setattr(os, "replace", failing(5))
    with pytest.raises(StorageError, match="the disk failed"):
        publish(target, staged)
    assert os.listdir(target.parent) == []

    def vanish(path, _):
        path.unlink()
        failing(5)()

    monkeypatch.setattr(os, "replace", vanish)
    with pytest.raises(StorageError, match="the disk failed"):
        publish(target, staged)


def test_a_folder_that_cannot_be_synced_after_the_rename_is_told(staged, target, monkeypatch):
    """Nobody may take the pages for safe, though the new archive stands there whole."""
    monkeypatch.setattr(os, "fsync", failing_for_folders(5))
    with pytest.raises(StorageError, match="the disk failed"):
        publish(target, staged)


def test_a_folder_that_cannot_be_made_to_last_is_told(staged, target, monkeypatch):
    """A new folder whose name may not survive a power cut is an error of the disk."""
    monkeypatch.setattr(os, "fsync", failing_for_folders(5))
    with pytest.raises(StorageError, match="the disk failed"):
        publish(target.parent / "new" / "book.cbz", staged)


@pytest.mark.parametrize("name", ["EINVAL", "ENOTSUP", "EBADF"])
def test_a_file_system_that_cannot_sync_folders_is_good_enough(staged, target, monkeypatch, name):
    """Only that one answer is let pass."""
    monkeypatch.setattr(os, "fsync", failing_for_folders(getattr(errno, name)))
    publish(target, staged)
    assert len(scan(target).entries) == len(PAGES)


def test_only_folders_are_synced_as_folders(tmp_path):
    """A file that has come to a folder's name is told."""
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync(tmp_path / "file")


def test_no_descriptor_stays_open(staged, target, monkeypatch):
    """Neither a publish nor one that fails costs the process a file descriptor."""
    publish(target, staged)
    before = len(os.listdir("/proc/self/fd"))
    publish(target, staged)
    monkeypatch.setattr(os, "fchmod", failing(5))
    with pytest.raises(StorageError):
        publish(target, staged)
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_reading_back_has_ended_when_a_sync_fails(staged, target, monkeypatch):
    """The error is the sync's, and nothing goes on in the background."""
    ended = []

    def slow(*_):
        time.sleep(0.1)
        ended.append(True)
        raise PackFailed("it did not read back")

    monkeypatch.setattr(module, "_read_back", slow)
    monkeypatch.setattr(os, "fsync", failing(28))
    with pytest.raises(StorageError, match="the disk is full"):
        publish(target, staged)
    assert ended == [True]


def test_an_archive_that_reads_back_with_other_entries_is_refused(staged, target, monkeypatch):
    """Sound is not enough: what went in must be in it."""
    pack = module.pack

    def forget_one(*args, **kwargs):
        packed = pack(*args, **kwargs)
        return replace(packed, entries=packed.entries[:-1])

    monkeypatch.setattr(module, "pack", forget_one)
    with pytest.raises(PackFailed, match="did not read back as it was written"):
        publish(target, staged)
    assert os.listdir(target.parent) == []


def test_a_file_that_changes_until_the_last_moment_is_not_replaced(staged, target, monkeypatch):
    """What is expected there is looked at behind the reading back, which may take minutes."""
    target.write_bytes(zipped())
    expected = identity_of(target.lstat())
    read_back = module._read_back

    def meanwhile(*args):
        target.write_bytes(b"another's")
        return read_back(*args)

    monkeypatch.setattr(module, "_read_back", meanwhile)
    with pytest.raises(ArchiveChanged):
        publish(target, staged, expect=expected)
    assert target.read_bytes() == b"another's"
    assert os.listdir(target.parent) == ["book.cbz"]


def test_a_file_that_cannot_be_given_back_to_its_owner_keeps_its_mode(staged, target, monkeypatch):
    """Who may read it is what its owner asked for."""
    target.write_bytes(zipped())
    target.chmod(0o604)
    monkeypatch.setattr(os, "fchown", failing(1))
    publish(target, staged)
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


def test_a_link_at_the_name_of_the_temporary_is_not_followed(target):
    """Another's file gets neither mode nor owner of ours."""
    other = target.with_name("other")
    other.touch(0o600)
    target.symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        module.seal(target, other.parent.stat())
    assert stat.S_IMODE(other.stat().st_mode) == 0o600


def test_the_final_name_is_looked_at_before_anything_is_made(staged, tmp_path):
    """One that cannot be looked at is told, and nothing is written."""
    with pytest.raises(StorageError, match="cannot be looked at"):
        publish(tmp_path / ("x" * 300), staged)
    assert os.listdir(tmp_path) == ["staging"]


@pytest.mark.parametrize("kind", ["a symbolic link", "no regular file"])
def test_what_is_no_file_is_told_by_what_it_is(staged, target, kind):
    """A link is called one, so that its owner knows what to move."""
    if kind == "a symbolic link":
        target.symlink_to("none")
    else:
        os.mkfifo(target)
    with pytest.raises(BookUnavailable, match=f"is {kind}: move it away"):
        publish(target, staged)


def test_a_sweep_leaves_the_lock_and_what_is_no_file(target):
    """A lock file that is held is not removed, and nothing but a regular file is ours."""
    prefix = prefix_for(target)
    (target.parent / f"{prefix}lock").touch()
    (target.parent / f"{prefix}00000000.part").mkdir()
    (target.parent / f"{prefix}00000001.part").symlink_to("none")
    (target.parent / f"{prefix}00000002.part").touch()
    before = set(os.listdir(target.parent))
    assert sweep(target) == 1
    assert before - set(os.listdir(target.parent)) == {f"{prefix}00000002.part"}
