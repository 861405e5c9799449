"""What a lock leaves behind, and what it is where a file system cannot lock."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest

from cbzsafe.book.lock import BookLock
from cbzsafe.errors import StorageError
from cbzsafe.progress import Silent


@pytest.fixture
def lock(tmp_path):
    """The lock of a book that nobody else works on."""
    return BookLock(tmp_path / "a.cbz", 0, Silent())


def test_a_file_system_that_cannot_lock_is_told(lock, monkeypatch):
    """A mere file is no lock: a process that is killed would leave it."""

    def fail(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(StorageError, match="must support flock"):
        lock.acquire()
    assert not lock.held


def test_a_lock_that_is_held_is_not_left_over(lock):
    """Its own file is no sign of a killed process."""
    lock.acquire()
    assert not lock.left_over()
    lock.release()
    assert not lock.left_over()


def test_a_release_closes_the_lock_whatever_became_of_its_file(lock, tmp_path):
    """No descriptor stays open, and a file that is gone already is no error."""
    lock.acquire()
    lock.release()
    before = len(os.listdir("/proc/self/fd"))
    lock.acquire()
    lock.acquire()
    lock.path.unlink()
    lock.release()
    lock.release()
    assert len(os.listdir("/proc/self/fd")) == before
    assert (lock.held, os.listdir(tmp_path)) == (False, [])
