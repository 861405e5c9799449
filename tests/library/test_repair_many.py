"""Many archives repaired: which are touched, in what order, what is counted, what stops it."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest
from disks import disk, make_read_only, shrink
from repairs import PAGES, broken, pages, whole

from cbzsafe.book.lock import BookLock
from cbzsafe.cbz.names import prefix_for
from cbzsafe.cbz.repair import Wish
from cbzsafe.interrupt import Stop
from cbzsafe.library.find import Finder
from cbzsafe.library.repair import Request, repair
from cbzsafe.model import RepairOutcome
from cbzsafe.progress import Silent


class Listener(Silent):
    """Keeps what is said, and does something as each piece of work begins."""

    def __init__(self, act=None):
        self.said, self.act = [], act

    def message(self, text):
        self.said.append(text)

    def start(self, what, total):
        if self.act:
            self.act(what, total)


def repaired(*paths, progress=None, stop=None, **request):
    """Repair what the paths name; give the report, and what was told archive by archive."""
    finder, told = Finder(), []
    found = list(finder.find(paths))
    made = Request(**request)
    report = repair(found, finder.problems, made, progress or Silent(), stop or Stop(), told.append)
    return report, told


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    for name in ("a/sound.cbz", "a/torn.cbz", "b/flipped.cbz", "b/page.cbz"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / "a/sound.cbz").write_bytes(whole())
    (folder / "a/torn.cbz").write_bytes(whole()[:-60])
    (folder / "b/flipped.cbz").write_bytes(broken())
    (folder / "b/page.cbz").write_bytes(b"<html>gone")
    return folder


def listing(folder):
    return {
        os.fspath(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def test_what_is_damaged_is_repaired_and_the_rest_is_counted(library):
    """Each archive has its outcome, the sound ones are left alone, and the worst is the status."""
    report, told = repaired(library)
    assert [(os.path.basename(r.path), r.outcome.value) for r in report.archives] == [
        ("torn.cbz", "repaired"),
        ("flipped.cbz", "partly"),
        ("page.cbz", "unreadable"),
    ]
    assert (report.sound, report.repaired, report.partly, report.unreadable) == (1, 1, 1, 1)
    assert (report.status, report.skipped, len(told)) == (2, 0, 4)
    assert pages(library / "a/torn.cbz") == PAGES
    before = listing(library)
    again, _ = repaired(library)
    assert (again.sound, again.unreadable, again.status) == (3, 1, 2)
    assert listing(library) == before


def test_a_dry_run_says_the_same_and_writes_nothing(library):
    """The counts are those of the repair that follows, and no file and no folder changes."""
    before = listing(library)
    dry, _ = repaired(library, dry_run=True)
    assert listing(library) == before
    done, _ = repaired(library)
    fields = ("sound", "repaired", "partly", "left", "unreadable", "failed", "status")
    assert [getattr(dry, name) for name in fields] == [getattr(done, name) for name in fields]
    assert [(r.path, r.outcome, r.pages, r.lost) for r in dry.archives] == [
        (r.path, r.outcome, r.pages, r.lost) for r in done.archives
    ]


def test_originals_go_to_their_paths_below_the_named_folder(library, tmp_path):
    """Under --backup-dir the folders of the library come back; a file named alone has none."""
    repaired(library, backup_dir=tmp_path / "kept")
    kept = tmp_path / "kept"
    assert {name for name in listing(kept) if name.endswith("original")} == {
        "a/torn.1.damaged-original",
        "b/flipped.1.damaged-original",
    }
    assert (kept / "b/flipped.1.damaged-original").read_bytes() == broken()
    (library / "a/torn.cbz").write_bytes(whole()[:-60])
    repaired(library / "a/torn.cbz", backup_dir=kept)
    assert (kept / "torn.1.damaged-original").read_bytes() == whole()[:-60]


@pytest.mark.parametrize("several", [False, True])
def test_only_with_tidy_is_what_is_odd_repaired(tmp_path, several):
    """Alone or among others, an archive with dead bytes is sound, and tidied if asked for."""
    path = tmp_path / "odd.cbz"
    path.write_bytes(whole() + b"behind")
    if several:
        (tmp_path / "other.cbz").write_bytes(whole())
    assert repaired(tmp_path)[0].sound == 1 + several
    assert repaired(tmp_path, wish=Wish(tidy=True))[0].repaired == 1
    assert path.read_bytes() == repacked(tmp_path)


def repacked(folder):
    other = folder / "again.cbz"
    other.write_bytes(whole() + b"x")
    repaired(other, wish=Wish(tidy=True))
    return other.read_bytes()


@contextmanager
def held(path):
    """Hold an archive's lock as another process does."""
    with path.with_name(prefix_for(path) + "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_a_book_that_another_process_has_is_waited_for_in_vain(library):
    """The wait is told and bounded, the archive stays, and the next ones are repaired."""
    path, listener = library / "a/torn.cbz", Listener()
    old = path.read_bytes()
    with held(path):
        report, _ = repaired(library, lock_timeout=0.2, progress=listener)
    failed = next(r for r in report.archives if r.path == os.fspath(path))
    assert failed.outcome is RepairOutcome.FAILED
    assert "--lock-timeout" in failed.problem
    assert listener.said == [f"waiting for {path}: another process is working on it (up to 0.2 s)"]
    assert (path.read_bytes(), report.partly, failed.disk_failed) == (old, 1, False)


def test_what_another_process_repaired_meanwhile_is_not_repaired_again(library):
    """Behind the wait the archive is looked at anew."""
    path = library / "a/torn.cbz"
    lock = BookLock(path, 1, Silent())
    lock.acquire()

    def finish(*_):
        path.unlink()
        path.write_bytes(whole())
        lock.release()

    waiting = Listener()
    waiting.message = finish
    report, _ = repaired(path, progress=waiting)
    assert (report.sound, report.status) == (1, 0)
    assert os.listdir(path.parent).count("torn.cbz") == len(os.listdir(path.parent)) - 1


def test_a_file_that_vanishes_is_skipped(library):
    """What is gone when its turn comes has no outcome."""
    finder = Finder()
    found = list(finder.find([library / "a/torn.cbz"]))
    found[0].path.unlink()
    report = repair(found, [], Request(), Silent(), Stop(), print)
    assert (report.skipped, report.archives, report.status) == (1, (), 0)


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_regular_file_is_left(library, kind):
    """A symbolic link is not followed and a pipe is not waited for."""
    path = library / "named.cbz"
    if kind == "link":
        path.symlink_to("a/torn.cbz")
    else:
        os.mkfifo(path)
    before = listing(library)
    report, _ = repaired(path)
    (left,) = report.archives
    assert (left.outcome, report.status) == (RepairOutcome.UNREADABLE, 2)
    assert ("symbolic link" if kind == "link" else "pipe") in left.problem
    assert listing(library) == before


@pytest.mark.parametrize("why", ["full", "read-only"])
def test_a_disk_that_takes_nothing_leaves_all_as_it_was(tmp_path, why):
    """The original stays whole, nothing is left beside it, and the status has bit 128."""
    with disk(tmp_path / "disk") as folder:
        path = folder / "torn.cbz"
        path.write_bytes(whole()[:-60])
        if why == "full":
            shrink(folder, 12_000)
        else:
            make_read_only(folder)
        there = sorted(os.listdir(folder))
        report, _ = repaired(folder)
        (failed,) = report.archives
        assert (failed.outcome, failed.disk_failed, report.status) == ("failed", True, 129)
        words = {"full": "are free: make room there", "read-only": "Read-only file system"}[why]
        assert words in failed.problem
        assert sorted(os.listdir(folder)) == there
        assert path.read_bytes() == whole()[:-60]
        if why == "read-only":
            assert repaired(folder, dry_run=True)[0].repaired == 1


def test_a_signal_in_the_midst_of_writing_lets_the_archive_be_finished(library):
    """The archive is whole and reported, those behind it are skipped, and the status is 143."""

    def once(what, total):
        if what == "torn.cbz" and (library / "a/.torn.1.damaged-original").exists():
            os.kill(os.getpid(), signal.SIGTERM)
            act.act = None

    act, stop = Listener(once), Stop()
    with stop.handling():
        report, told = repaired(library, progress=act, stop=stop)
    assert (report.status, report.interrupted, report.skipped) == (143, "SIGTERM", 2)
    assert [r.outcome for r in report.archives if "torn" in r.path] == [RepairOutcome.REPAIRED]
    assert sorted(os.path.basename(r.path) for r in told) == ["sound.cbz", "torn.cbz"]
    assert pages(library / "a/torn.cbz") == PAGES


def test_a_signal_while_a_book_is_waited_for_ends_at_once(library):
    """Nothing is written, and the lock of the other process stays."""
    path, stop = library / "a/torn.cbz", Stop()
    old = path.read_bytes()
    send = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    with held(path), stop.handling():
        send.start()
        began = time.monotonic()
        report, _ = repaired(path, stop=stop)
        assert time.monotonic() - began < 2
        assert path.with_name(prefix_for(path) + "lock").exists()
    assert (report.status, report.skipped, path.read_bytes()) == (130, 1, old)


@pytest.mark.parametrize("several", [False, True])
def test_what_a_kill_left_beside_a_sound_archive_is_swept(library, several):
    """A lock without its owner and a temporary go; those of another process that lives stay."""
    path = library / "a/sound.cbz"
    lock = path.with_name(prefix_for(path) + "lock")
    part = path.with_name(prefix_for(path) + "00000000.part")
    part.write_bytes(b"half")
    with held(path):
        repaired(library if several else path)
        assert (lock.exists(), part.exists()) == (True, True)
    repaired(library if several else path, dry_run=True)
    assert (lock.exists(), part.exists()) == (True, True)
    repaired(library if several else path)
    assert (lock.exists(), part.exists()) == (False, False)
