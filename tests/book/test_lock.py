"""The lock of a book."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cbzsafe.book.lock import BookLock
from cbzsafe.errors import BookUnavailable, StorageError
from cbzsafe.progress import Silent

HOLD = """
import sys, time
from pathlib import Path
from cbzsafe.book.lock import BookLock
from cbzsafe.progress import Silent
lock = BookLock(Path(sys.argv[1]), 5, Silent())
lock.acquire()
print("held", flush=True)
sys.stdin.read()
lock.release()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until its standard input is closed."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "a.cbz")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


class Told(Silent):
    """A progress that remembers what it was told."""

    def __init__(self):
        self.texts = []

    def message(self, text):
        self.texts.append(text)


def test_nothing_is_left_after_the_release(tmp_path):
    """The lock's file is gone once it is released."""
    lock = BookLock(tmp_path / "a.cbz", 1, Silent())
    lock.acquire()
    assert [p.name.startswith(".") for p in tmp_path.iterdir()] == [True]
    lock.release()
    assert not list(tmp_path.iterdir())


def test_waiting_is_bounded_and_announced(tmp_path, holder):
    """A lock that is held elsewhere is waited for, aloud, and not for ever."""
    told = Told()
    lock = BookLock(tmp_path / "a.cbz", 0.2, told)
    assert lock.left_over()
    with pytest.raises(BookUnavailable, match="Another process"):
        lock.acquire()
    assert len(told.texts) == 1
    assert holder.poll() is None


def test_the_lock_of_a_killed_process_is_free(tmp_path, holder):
    """Only the file of a killed process stays, and the next one takes it over."""
    holder.kill()
    holder.wait(10)
    lock = BookLock(tmp_path / "a.cbz", 0, Silent())
    assert lock.left_over()
    lock.acquire()
    lock.release()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path):
    """A file where the folder should be gives one sentence."""
    (tmp_path / "file").write_text("")
    lock = BookLock(tmp_path / "file" / "a.cbz", 0, Silent())
    with pytest.raises(StorageError, match="Cannot lock"):
        lock.acquire()


def test_folders_made_for_a_lock_go_with_it(tmp_path):
    """A book of which nothing came leaves no empty folders; one that got a file keeps them."""
    lock = BookLock(tmp_path / "a" / "b" / "c.cbz", 0, Silent())
    lock.acquire()
    lock.release()
    assert not list(tmp_path.iterdir())
    lock.acquire()
    (tmp_path / "a" / "kept").write_text("")
    lock.release()
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["kept"]


def test_two_processes_that_make_and_drop_the_folder_do_not_collide(tmp_path):
    """Locks that come and go with their folder are taken one after the other, without an error."""
    code = HOLD.replace("sys.stdin.read()", "").replace("lock.acquire()", "pass")
    code = code.replace("lock.release()", "")
    code += "for _ in range(150):\n    lock.acquire()\n    lock.release()\n"
    command = [sys.executable, "-c", code, str(tmp_path / "a" / "b" / "c.cbz")]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_folder_in_which_no_lock_can_be_made_does_not_stay(tmp_path):
    """Where the inodes run out at the lock's file the folders that were made for it go again."""
    place = tmp_path / "few"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=3", "tmpfs", place], check=True)
    try:
        lock = BookLock(place / "a" / "b" / "c.cbz", 0, Silent())
        with pytest.raises(StorageError, match="make room there"):
            lock.acquire()
        assert not list(place.iterdir())
    finally:
        subprocess.run(["umount", "-l", place], check=True)
