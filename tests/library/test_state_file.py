"""The state file on a disk that is full or read-only, damaged, shared, and under a kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from state_cases import found, report

from cbzsafe.cbz.pages import Depth
from cbzsafe.errors import StorageError, UsageError
from cbzsafe.library.state import State
from cbzsafe.library.state_rows import STATE

HERE = Path(__file__).parent

RECORD = """
import sys, time
from pathlib import Path
from state_cases import found, report
from cbzsafe.cbz.pages import Depth
from cbzsafe.library.state import State
with State(Path(sys.argv[1])) as state:
    for number in range(int(sys.argv[3])):
        state.record(found(f"/{sys.argv[2]}/{number}.cbz"), report(), Depth.PAGES)
        print(time.monotonic(), flush=True)
        time.sleep(0.002)
    while sys.argv[4:]:
        state.tick()
        time.sleep(0.05)
"""


@contextmanager
def recorder(path, name, count, *more):
    """Another process that records archives and prints the time after each."""
    command = [sys.executable, "-c", RECORD, path, name, str(count), *more]
    env = {**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent}:{HERE.parent.parent}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as process:
        yield process
        process.kill()


@contextmanager
def disk(folder, options):
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def numbers(path, name):
    """The numbers of the archives that are recorded."""
    with State(path) as state:
        return [n for n in range(3000) if state.recall(found(f"/{name}/{n}.cbz"))]


def open_and_close(path, patience=30.0):
    with State(path, patience):
        pass


def fill(state):
    """Record until the disk is full."""
    for number in range(100_000):
        state.record(found(f"/{'x' * 200}/{number}.cbz"), report(), Depth.PAGES)
        state._written = float("-inf")


def damage(path, offset, data):
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


@pytest.mark.parametrize("moment", [0.2, 1.5])
def test_a_kill_loses_a_second_at_most(tmp_path, moment):
    """After SIGKILL the file is whole and holds all but what came in the last second."""
    path = tmp_path / "state"
    with recorder(path, "a", 3000) as process:
        first = process.stdout.readline()
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        later = process.stdout.read().split("\n")[:-1]
    times = [float(line) for line in (first, *later)]
    kept = numbers(path, "a")
    assert kept == list(range(len(kept)))
    assert len(kept) >= max(1, sum(when < times[-2:][0] - 1 for when in times))


def test_what_waits_is_written_while_nothing_more_comes(tmp_path):
    """A process that only ticks has written all within about a second."""
    with recorder(tmp_path / "state", "a", 20, "tick") as process:
        for _ in range(20):
            process.stdout.readline()
        time.sleep(2)
        process.send_signal(signal.SIGKILL)
    assert numbers(tmp_path / "state", "a") == list(range(20))


def test_two_processes_keep_each_others_records(tmp_path):
    """Two that record into one new file at the same time both get all of it in."""
    path = tmp_path / "state"
    with recorder(path, "a", 200) as one, recorder(path, "b", 200) as other:
        for process in (one, other):
            process.communicate(timeout=30)
        assert [one.returncode, other.returncode] == [0, 0]
    assert numbers(path, "a") == numbers(path, "b") == list(range(200))


def test_two_looks_at_one_archive_add_up(tmp_path):
    """What another process recorded meanwhile is not overwritten by a shallower look."""
    with State(tmp_path / "state") as mine, State(tmp_path / "state") as other:
        assert mine.recall(found()) is None
        other.record(found(), report(checked=1e9), Depth.DECODE)
        mine.record(found(), report(checked=2e9), Depth.STRUCTURE)
        assert other.recall(found()) == mine.recall(found())
        assert mine.recall(found()).depth == Depth.DECODE


def test_a_file_that_is_held_elsewhere_is_waited_for_and_not_for_ever(tmp_path):
    """A lock that goes away in time does not fail, and one that stays gives a sentence."""
    path = tmp_path / "state"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(StorageError, match="another process has held it for"):
            open_and_close(path, 0.2)
        assert 0.1 < time.monotonic() - started < 5
        holder.execute("ROLLBACK")
    open_and_close(path, 0.2)


def test_a_full_disk_is_said_and_spoils_nothing(tmp_path):
    """Recording on a full disk gives a sentence, and what was written before stays."""
    with disk(tmp_path / "disk", "size=400k") as folder:
        with State(folder / "state") as state:
            state.record(found("/first.cbz"), report(), Depth.PAGES)
        with pytest.raises(StorageError, match="cannot be written to: the disk"):
            record_until_full(folder / "state")
        with pytest.raises(StorageError, match="cannot be written to"):
            open_and_close(fresh_on_full(folder))
        (folder / "filler").unlink()
        with State(folder / "state") as state:
            assert state.recall(found("/first.cbz"))


def record_until_full(path):
    with State(path) as state:
        fill(state)


def fresh_on_full(folder):
    """Use up the last bytes of a disk, and name a file that is not there."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    return folder / "another"


def test_a_read_only_disk_is_said_at_once(tmp_path):
    """A file that cannot be written to is refused before anything is checked."""
    with disk(tmp_path / "disk", "size=1m") as folder:
        open_and_close(folder / "state")
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        with pytest.raises(StorageError, match="it is read-only"):
            open_and_close(folder / "state")
        with pytest.raises(StorageError, match="cannot be written to"):
            open_and_close(folder / "new")


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    """A mount that is missing is not papered over by a new file elsewhere."""
    with pytest.raises(StorageError, match="its folder is not there"):
        open_and_close(tmp_path / "missing" / "state")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", [".", "/dev/null"])
def test_what_is_no_file_is_refused(tmp_path, place):
    """A folder or a device holds no state."""
    with pytest.raises(UsageError, match="is no file"):
        open_and_close(tmp_path / place)


@pytest.mark.parametrize(
    "data", [b"{}", b"PK\3\4" + bytes(5000), b"SQLite format 3\0" + bytes(5000), b"\0" * 4096]
)
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path, data):
    """An archive or a text named by mistake is not overwritten."""
    path = tmp_path / "state"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="is no state file of cbzsafe"):
        open_and_close(path)
    assert path.read_bytes() == data
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path):
    """gallery-dl's download archive is SQLite too, and no state file."""
    path = tmp_path / "state"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY) WITHOUT ROWID")
    data = path.read_bytes()
    with pytest.raises(UsageError, match="is no state file of cbzsafe: name another"):
        open_and_close(path)
    assert path.read_bytes() == data


def test_an_empty_file_becomes_a_state_file(tmp_path):
    """That is what a kill at the very beginning leaves, and what mktemp makes."""
    (tmp_path / "state").touch()
    open_and_close(tmp_path / "state")
    assert (tmp_path / "state").read_bytes()[68:72] == b"cbzs"


def test_a_newer_state_file_is_refused(tmp_path):
    """Nothing is recorded in a form that this version does not know."""
    open_and_close(tmp_path / "state")
    with closing(sqlite3.connect(tmp_path / "state")) as db:
        db.execute(f"PRAGMA user_version = {STATE.format + 1}")
    with pytest.raises(UsageError, match="was made by a newer cbzsafe: upgrade"):
        open_and_close(tmp_path / "state")


@pytest.mark.parametrize("at", ["head", "middle", "end"])
def test_a_damaged_state_file_is_refused_with_what_to_do(tmp_path, at):
    """A page that was overwritten, or an end that is missing, is noticed as the file is opened."""
    path = tmp_path / "state"
    with State(path) as state:
        for number in range(2000):
            state.record(found(f"/{number}.cbz"), report(), Depth.PAGES)
    if at == "end":
        os.truncate(path, path.stat().st_size // 2)
    else:
        damage(path, {"head": 100, "middle": 4096 * 20}[at], b"\xa5" * 3000)
    with pytest.raises(UsageError, match="move it away and run the same command again") as caught:
        open_and_close(path)
    assert "\n" not in str(caught.value)


def test_damage_that_comes_while_it_is_open_is_no_crash(tmp_path):
    """A file that loses its table under us is a sentence as well."""
    path = tmp_path / "state"
    with State(path) as state, closing(sqlite3.connect(path)) as other, other:
        other.execute("DROP TABLE archives")
        other.commit()
        with pytest.raises(UsageError, match="no such table"):
            state.recall(found())
        with pytest.raises(UsageError, match="no such table"):
            state.last_checked(found())
