"""The states after a power cut, from few operations on an empty folder."""

from __future__ import annotations

import subprocess
import sys

import pytest
from disk_states import states
from inodes import Create, Disk, Link, Rename, SyncFile, SyncFolder, Unlink, Write
from laying_out import lay_out
from recording import record

ROOT, FILE, FOLDER, OTHER = 1, 2, 3, 4

DATA = bytes(range(1, 251)) * 4
"""A thousand bytes, none of which is zero."""

MADE = [Create(FILE, ROOT, "new.part", 0o644), Write(FILE, 0, DATA)]
NAMED = Rename(FILE, ROOT, "new.part", ROOT, "new")


def empty():
    """A disk whose only folder is empty."""
    disk = Disk()
    disk.change(Create(ROOT, 0, "root", 0o755, is_folder=True))
    return disk


def found(operations, start=None):
    """What the root may have when the power is cut behind the operations: names and bytes."""
    made = states(start or empty(), operations, [len(operations)])
    return [
        {name.removeprefix("root/"): data for name, data in state.files.items()} for state in made
    ]


def test_a_rename_may_be_there_before_the_bytes():
    """Without a sync of the file its name may lead to nothing, to zeros or to a part."""
    there = [state["new"] for state in found([*MADE, NAMED]) if "new" in state]
    assert set(there) == {b"", bytes(1000), DATA, DATA[:500], DATA[:512]}


def test_what_is_synced_before_its_rename_is_whole_or_absent():
    """With a sync of the file the new name is there with all bytes, or not there."""
    made = found([*MADE, SyncFile(FILE), NAMED])
    assert {state.get("new") for state in made} == {None, DATA}


def test_nothing_is_lost_once_file_and_folder_are_synced():
    """Behind both syncs one state is left; what is done then may be there or not."""
    operations = [*MADE, SyncFile(FILE), NAMED, SyncFolder(ROOT)]
    assert found(operations) == [{"new": DATA}]
    assert found([*operations, Unlink(FILE, ROOT, "new")]) == [{}, {"new": DATA}]


def test_a_name_may_be_lost_whose_bytes_were_synced():
    """A sync of the file alone keeps no name, and one of the folder alone keeps no bytes."""
    assert found([*MADE, SyncFile(FILE)]) == [{"new.part": DATA}, {}]
    assert {"new.part": b""} in found([*MADE, SyncFolder(ROOT)])
    assert {} not in found([*MADE, SyncFolder(ROOT)])


def test_a_lost_folder_takes_along_what_is_in_it():
    """The folder is synced and the one above it is not, so all of it is there or none."""
    operations = [
        Create(FOLDER, ROOT, "folder", 0o755, is_folder=True),
        Create(FILE, FOLDER, "file", 0o644),
        Write(FILE, 0, DATA),
        SyncFile(FILE),
        SyncFolder(FOLDER),
    ]
    assert found(operations) == [{"folder/file": DATA}, {}]
    assert found([*operations, SyncFolder(ROOT)]) == [{"folder/file": DATA}]


def test_a_removal_may_be_lost_or_come_before_a_rename():
    """Two changes of names in two folders may be there in either order."""
    start = empty()
    for operation in (
        Create(FOLDER, ROOT, "folder", 0o755, is_folder=True),
        Create(OTHER, FOLDER, "page", 0o644),
        *MADE,
    ):
        start.change(operation)
    made = found([NAMED, Unlink(OTHER, FOLDER, "page")], start)
    assert {"new.part": DATA} in made
    assert {"new.part": DATA, "folder/page": b""} in made
    assert {"new": DATA, "folder/page": b""} in made


def test_two_names_of_a_file_share_what_becomes_of_its_bytes(tmp_path):
    """They are laid out as names of one file again."""
    root = tmp_path / "root"
    root.mkdir()
    operations = [*MADE, Link(FILE, ROOT, "second")]
    made = [state for state in states(empty(), operations) if len(state.files) == 2]
    assert all(len(set(state.files.values())) == 1 for state in made)
    lay_out(made[0], [root])
    assert (root / "second").samefile(root / "new.part")


def test_a_folder_is_laid_out_as_the_state_has_it(tmp_path):
    """Files of an earlier state go, and modes are the state's."""
    root = tmp_path / "root"
    (root / "old" / "folder").mkdir(parents=True)
    (root / "old" / "file").write_bytes(b"x")
    *_, state = states(empty(), [Create(FILE, ROOT, "file", 0o640), SyncFolder(ROOT)])
    lay_out(state, [root])
    assert [path.name for path in root.rglob("*")] == ["file"]
    assert (root / "file").stat().st_mode & 0o777 == 0o640


PROGRAM = """
import os, shutil, threading
os.makedirs("a b/ü")
with open("a b/ü/line\\n", "wb") as file:
    file.write(b"one")
    file.flush()
    os.rename("a b/ü/line\\n", "moved")
    file.write(b"two")
with open("moved", "ab") as file:
    file.write(b"three")
with open("moved", "r+b") as file:
    file.seek(4)
    file.write(b"X")
    file.truncate(9)
shutil.copyfile("moved", "copied")
fd = os.open("wide", os.O_RDWR | os.O_CREAT, 0o600)
os.writev(fd, [b"a", b"bc"])
os.pwrite(fd, b"far", 2000)
os.copy_file_range(fd, fd, 3, 2000, 5000)
os.fchmod(fd, 0o640)
os.link("wide", "other")
os.unlink("wide")
os.pwrite(fd, b"unseen", 0)
os.fsync(fd)
try:
    os.unlink("none")
except FileNotFoundError:
    os.rmdir("a b/ü")
def write(number):
    for _ in range(50):
        with open(f"thread {number}", "ab") as file:
            file.write(bytes([number]) * 100)
            file.flush()
            os.fsync(file.fileno())
threads = [threading.Thread(target=write, args=(number,)) for number in (1, 2, 3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_a_recording_follows_every_way_to_change_a_file(workdir):
    """Replayed, it gives the names, bytes and modes that the program left."""
    recording = record([sys.executable, "-c", PROGRAM], workdir, [workdir])
    assert recording.status == 0, recording.errors
    disk = recording.start.copy()
    for operation in recording.operations:
        disk.change(operation)
    for one in (disk, recording.end):
        assert "work/a b" in dict(one.walk())
    assert contents(disk) == contents(recording.end)


def contents(disk):
    """Every path of a disk, with bytes and mode."""
    return {path: (disk.data.get(inode), disk.modes[inode]) for path, inode in disk.walk()}


def test_what_is_not_understood_ends_the_recording(workdir):
    """A symbolic link is refused rather than left out."""
    assert subprocess.run(["ln", "--version"], capture_output=True, check=False).returncode == 0
    with pytest.raises(AssertionError, match="symlink"):
        record(["ln", "-s", "target", str(workdir / "link")], workdir, [workdir])
