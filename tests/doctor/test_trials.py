"""Trials in real folders: on a disk, in memory, full, read-only, and in a stopped process."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from disks import disk, make_read_only, shrink
from programs import until

from cbzsafe.doctor import locking, naming, times, trials
from cbzsafe.doctor.patience import patiently
from cbzsafe.interrupt import Interrupted, Stop
from cbzsafe.model import Trial, Tried


def outcomes(tried):
    return {one.trial: one.works for one in tried}


def test_a_plain_disk_passes_every_trial(tmp_path):
    """Each trial works on an ordinary file system, and nothing is left."""
    tried = trials.run(tmp_path, Stop())
    assert outcomes(tried) == dict.fromkeys(Trial, True)
    assert [one.trial for one in tried] == list(Trial)
    assert list(tmp_path.iterdir()) == []


def test_memory_passes_every_trial(tmp_path):
    """A tmpfs does what a disk does, for as long as it is there."""
    with disk(tmp_path / "memory") as folder:
        assert outcomes(trials.run(folder, Stop())) == dict.fromkeys(Trial, True)
        assert list(folder.iterdir()) == []


def test_a_full_disk_cannot_be_written_to(tmp_path):
    """Writing fails with the system's own error, and nothing is left."""
    with disk(tmp_path / "full") as folder:
        shrink(folder, 0)
        (only,) = trials.run(folder, Stop())
        assert (only.trial, only.works, only.error) == (Trial.WRITE, False, "ENOSPC")
        assert [path.name for path in folder.iterdir()] == ["filler"]


@pytest.mark.parametrize("files", [2, 3, 4, 5, 9])
def test_nothing_but_the_room_is_blamed_where_there_are_too_few_inodes(tmp_path, files):
    """The trial that ran out of room counts as not made, and is the last one."""
    place = tmp_path / "few"
    place.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=8m,nr_inodes={files}", "tmpfs", place], check=True
    )
    try:
        *before, last = trials.run(place, Stop())
        assert list(place.iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", place], check=True)
    assert all(one.works for one in before)
    assert last.error == "ENOSPC"
    assert last.works is (False if last.trial is Trial.WRITE else None)


def test_a_read_only_disk_is_given_up_after_the_first_trial(tmp_path):
    """Where no folder can be made there is nothing else to try."""
    with disk(tmp_path / "read-only") as folder:
        make_read_only(folder)
        (only,) = trials.run(folder, Stop())
        assert (only.trial, only.works, only.error) == (Trial.WRITE, False, "EROFS")


def removing_first(fresh, path):
    path.unlink()
    time.sleep(0.05)
    fresh.rename(path)


def copying(fresh, path):
    data = fresh.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    time.sleep(0.05)
    path.write_bytes(data)
    fresh.unlink()


def leaving_the_other(fresh, path):
    copy = fresh.with_name("copy")
    copy.write_bytes(fresh.read_bytes())
    copy.replace(path)


@pytest.mark.parametrize(
    ("replace", "detail"),
    [
        (removing_first, "for a moment there was no file of that name"),
        (copying, "for a moment the file was not whole"),
        (leaving_the_other, "the new file did not take the place of the old one"),
    ],
)
def test_a_rename_in_several_steps_is_seen(replace, detail, tmp_path):
    """A reader sees no file, half a file, or two names, and the trial says which."""
    tried = trials.attempt(Trial.RENAME, lambda place: trials.rename(place, replace), tmp_path)
    assert (tried.works, tried.detail) == (False, detail)


@pytest.mark.parametrize(
    ("function", "trial"),
    [(locking.excludes, Trial.LOCK), (locking.released, Trial.LOCK_RELEASED)],
)
def test_without_a_second_process_a_lock_is_not_judged(function, trial, tmp_path, monkeypatch):
    """Where no process can be started the trial says so, and neither yes nor no."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    tried = function(tmp_path)
    assert (tried.trial, tried.works) == (trial, None)


def test_a_lock_that_keeps_nobody_out_is_seen(tmp_path):
    """Where both processes get the lock, it is none."""
    assert locking.excludes(tmp_path, lambda *_: None).works is False


def test_a_file_system_without_locks_is_told_with_its_error(tmp_path):
    """The system's own error is kept."""

    def refusing(fd, how):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    tried = trials.attempt(Trial.LOCK, lambda place: locking.excludes(place, refusing), tmp_path)
    assert (tried.works, tried.error) == (False, "ENOLCK")


def test_no_second_process_is_left(tmp_path):
    """What held the lock is gone when the trial is over, and the lock with it."""
    locking.excludes(tmp_path)
    with (tmp_path / "lock").open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()
    commands = [Path(f"/proc/{child}/cmdline").read_text("utf-8") for child in children]
    assert not any("LOCK_EX" in command for command in commands)


def test_names_that_are_refused_are_named(tmp_path):
    """The names that the system does not take are told, and the others are not."""
    tried = naming._tried(Trial.ODD_NAMES, tmp_path / "odd", ("a/b", "fine", "n" * 256))
    assert (tried.works, tried.detail) == (False, "refused: 'a/b' 'nnn...'")


@pytest.mark.parametrize(
    ("back", "step"),
    [
        (times._MOMENT, 1e-9),
        (times._MOMENT // 100 * 100, 1e-7),
        (times._MOMENT // 1000 * 1000, 1e-6),
        (times._MOMENT // 10**6 * 10**6, 1e-3),
        (times._MOMENT // 10**9 * 10**9, 1.0),
        (times._MOMENT // (2 * 10**9) * (2 * 10**9), 2.0),
    ],
)
def test_the_steps_of_times_are_told(back, step):
    """What comes back of a time shows in which steps the file system keeps it."""
    assert times._step(back) == pytest.approx(step)


def test_a_signal_takes_effect_when_nothing_is_left(tmp_path):
    """A SIGTERM in the midst of a trial ends the trials, after the private folder is gone."""
    stop = Stop()

    def signalled(place):
        os.kill(os.getpid(), signal.SIGTERM)
        assert until(lambda: stop.reason is not None)
        return Tried(Trial.WRITE, works=True)

    def never(place):
        raise AssertionError(place)

    wanted = {Trial.WRITE: signalled, Trial.RENAME: never}
    with stop.handling(), pytest.raises(Interrupted) as end:
        patiently(lambda: trials.run(tmp_path, stop, wanted), stop)
    assert end.value.exit_code == 143
    assert list(tmp_path.iterdir()) == []


def test_a_killed_doctor_leaves_no_process(tmp_path):
    """The process that holds the lock ends when the one that started it is killed."""
    code = (
        "import sys, pathlib; from cbzsafe.doctor import locking\n"
        "with locking._held(pathlib.Path(sys.argv[1])) as (holder, fd):\n"
        "    print(holder.pid, flush=True); sys.stdin.read()\n"
    )
    words = [sys.executable, "-c", code, tmp_path / "lock"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipes) as doctor:
        holder = doctor.stdout.readline()
        doctor.kill()
        doctor.wait()
    assert holder.strip().isdigit()
    with (tmp_path / "lock").open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # waits until the holder is gone


def test_a_clock_that_is_ahead_of_the_server_takes_no_folder_from_a_doctor(tmp_path, monkeypatch):
    """How old a private folder is follows from the file system's own clock."""
    (tmp_path / f"{trials.PREFIX}new").mkdir()
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 7200)
    trials.run(tmp_path, Stop(), trials.WRITING)
    assert [path.name for path in tmp_path.iterdir()] == [f"{trials.PREFIX}new"]


def test_what_a_killed_doctor_left_is_removed_later(tmp_path):
    """A private folder that is old goes, and one that may be in use or is none of ours stays."""
    names = [f"{trials.PREFIX}old", f"{trials.PREFIX}new", "other"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "written").touch()
    for name in (names[0], names[2]):
        os.utime(tmp_path / name, (time.time() - 7200,) * 2)
    trials.run(tmp_path, Stop(), trials.WRITING)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
