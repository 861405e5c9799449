"""One archive looked at, whatever happens to it meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pictures
import pytest
from disks import PLAIN_USER
from programs import until
from repairs import broken, whole

from cbzsafe.cbz.files import identity_of
from cbzsafe.cbz.scan import Depth
from cbzsafe.library.examine import TRIES, examine
from cbzsafe.model import Code, Condition
from cbzsafe.progress import Silent

LARGE = whole({f"{number:03}.jpg": pictures.jpeg(number, 100_000) for number in range(1, 9)})
"""A book that is not read in one go."""

OTHER = whole({f"{number:03}.jpg": pictures.jpeg(50 + number, 90_000) for number in range(1, 9)})

SMALL = whole()


class Meddler(Silent):
    """Does something in the midst of a reading, behind its third page."""

    def __init__(self, act, times=1):
        self.act, self.left = act, times
        self.page = self.readings = 0

    def start(self, *_):
        self.page = 0
        self.readings += 1

    def advance(self, _):
        self.page += 1
        if self.page == 3 and self.left:
            self.left -= 1
            self.act()


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.cbz"
    path.write_bytes(LARGE)
    return path


def look(path, progress=None, depth=Depth.PAGES):
    return examine(path, depth, progress or Silent()).report


def write_at(path, offset, data):
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def replace(path, data):
    path.with_name("new").write_bytes(data)
    path.with_name("new").rename(path)


def write_other_bytes_for_a_moment(path):
    write_at(path, 500_000, b"other bytes")
    write_at(path, 500_000, LARGE[500_000:500_011])


def cut_for_a_moment(path):
    os.truncate(path, 300_000)
    write_at(path, 300_000, LARGE[300_000:])


ACTS = {
    "grows": lambda path: write_at(path, path.stat().st_size, b"behind"),
    "is touched": os.utime,
    "is written to and put right": write_other_bytes_for_a_moment,
    "is cut and put right": cut_for_a_moment,
    "is written anew": lambda path: path.write_bytes(OTHER),
    "is replaced": lambda path: replace(path, OTHER),
    "is replaced by itself": lambda path: replace(path, LARGE),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_changes_while_it_is_read_is_read_again(book, act):
    """What is said in the end is said of the file as it then is."""
    meddler = Meddler(lambda: ACTS[act](book))
    examined = examine(book, Depth.PAGES, meddler)
    assert (examined.report.condition, examined.report.problem) == (Condition.SOUND, "")
    assert examined.identity == identity_of(book.stat())
    assert examined.report.size == book.stat().st_size
    assert meddler.readings == 2


@pytest.mark.parametrize("act", ACTS)
def test_what_changes_each_time_is_said_to_be_changing(book, act):
    """After three readings nothing is said but that, and nothing is taken for what was read."""
    meddler = Meddler(lambda: ACTS[act](book), times=-1)
    examined = examine(book, Depth.PAGES, meddler)
    assert (examined.report.condition, examined.report.findings) == (Condition.CHANGING, ())
    assert f"{book} changed while it was being read. It was read 3 times" in examined.report.problem
    assert examined.identity is None
    assert meddler.readings == TRIES == 3


def test_what_was_cut_is_damaged_once_it_stays_so(book):
    """The reading in which it was cut counts for nothing, and the next one for what is left."""
    found = look(book, Meddler(lambda: os.truncate(book, 300_000)))
    assert [finding.code for finding in found.findings] == [Code.NO_INDEX]
    assert (found.condition, found.size) == (Condition.DAMAGED, 300_000)


def test_what_is_removed_while_it_is_read_has_vanished(book):
    """Its size is not told, and no page of it is called damaged."""
    found = look(book, Meddler(book.unlink))
    assert (found.condition, found.size, found.findings) == (Condition.VANISHED, 0, ())


def test_what_was_removed_before_its_turn_has_vanished(tmp_path):
    """It is said that it was there, and when it was looked for."""
    before = time.time()
    found = look(tmp_path / "gone.cbz")
    assert found.condition is Condition.VANISHED
    assert "was there when the folder was listed" in found.problem
    assert before <= found.checked <= time.time()


WRITER = """
import os, sys
from repairs import whole
path, data = sys.argv[2], open(sys.argv[2], "rb").read()

def in_place():
    with open(path, "r+b", buffering=0) as file:
        file.write(bytes(len(data) // 2))
        file.seek(0)
        file.write(data[:len(data) // 2])

def replacing():
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)

while True:
    globals()[sys.argv[1]]()
"""


@contextmanager
def writing(how, path):
    """Let another process write to a file over and over."""
    path.with_name("started").unlink(missing_ok=True)
    before = path.stat().st_mtime_ns
    command = [sys.executable, "-c", WRITER, how, path]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE) as process:
        try:
            assert until(lambda: not path.exists() or path.stat().st_mtime_ns != before)
            yield
            assert process.poll() is None
        finally:
            process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("how", ["in_place", "replacing"])
def test_what_another_process_writes_all_the_time_is_never_called_damaged(tmp_path, how, data):
    """What is written over or replaced while it is read is read again, or said to be changing."""
    path = tmp_path / "book.cbz"
    path.write_bytes(data)
    with writing(how, path):
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            examined = examine(path, Depth.PAGES, Silent())
            if examined.report.findings:  # the writer was held up: for so long half a file is all
                assert time.time_ns() - examined.identity[3] > 20_000_000


def test_damage_of_a_file_that_was_just_written_is_found(tmp_path):
    """It takes a second reading to know that nobody is at it."""
    path = tmp_path / "book.cbz"
    path.write_bytes(broken())
    assert look(path).condition is Condition.DAMAGED
    meddler = Meddler(lambda: None)
    assert look(path, meddler).condition is Condition.DAMAGED
    assert meddler.readings == 1


def test_a_time_in_the_future_is_no_reason_for_doubt(tmp_path):
    """What another computer's clock wrote is read once."""
    path = tmp_path / "book.cbz"
    path.write_bytes(broken())
    os.utime(path, (time.time() + 3600,) * 2)
    meddler = Meddler(lambda: None)
    assert look(path, meddler).condition is Condition.DAMAGED
    assert meddler.readings == 1


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.fspath(path))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (os.mkfifo, "is a pipe, not a file."),
        (os.mkdir, "is a folder, not a file."),
        (lambda path: path.symlink_to("/dev/null"), "is a device or socket, not a file."),
        (make_socket, "cannot be opened: No such device or address."),
        (
            lambda path: path.symlink_to(path),
            "cannot be opened: Too many levels of symbolic links.",
        ),
    ],
)
def test_what_is_no_file_cannot_be_read(tmp_path, monkeypatch, make, problem):
    """It is not waited for, and the problem says what it is."""
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    path = tmp_path / "x.cbz"
    make(path if make is not make_socket else "x.cbz")
    found = look(path)
    assert (found.condition, found.findings) == (Condition.UNREADABLE, ())
    assert found.problem == f"{path} {problem}"


_LOOK = """
import sys
from pathlib import Path
from cbzsafe.cbz.scan import Depth
from cbzsafe.library.examine import examine
from cbzsafe.progress import Silent
report = examine(Path(sys.argv[1]), Depth.PAGES, Silent()).report
print(report.condition.value, report.size, report.problem)
"""


def test_a_file_that_may_not_be_read_is_unreadable(book):
    """Its size is told all the same, with the kernel's reason."""
    book.chmod(0)
    command = [*PLAIN_USER, sys.executable, "-c", _LOOK, book]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = f"unreadable {len(LARGE)} {book} cannot be opened: Permission denied.\n"
    assert done.stdout == told


def test_a_disk_that_fails_makes_a_file_unreadable(book):
    """An error of reading is told as such, and the file is not called damaged."""
    command = [
        "strace",
        "-qq",
        "-o",
        book.with_name("trace"),
        "-e",
        "trace=pread64,preadv",
        "-P",
        book,
    ]
    command += ["-e", "inject=pread64,preadv:error=EIO:when=4+", sys.executable, "-c", _LOOK, book]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = f"unreadable {len(LARGE)} {book} cannot be read: Input/output error.\n"
    assert done.stdout == told
