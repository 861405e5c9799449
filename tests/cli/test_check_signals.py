"""`cbzsafe check` while it goes on: what comes meanwhile, and what a signal leaves."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from programs import until
from repairs import broken, whole

from cbzsafe.cbz import build
from cbzsafe.cbz.entry import Entry
from cbzsafe.cbz.processors import available as processors
from cbzsafe.cli.main import main

GIB = 1 << 30

LARGE = processors() + 1
"""Large archives: one more than processes."""


def huge(path):
    """Make an archive of a page of zeros that takes many seconds to read, and no room."""
    size, name = 64 * GIB, "1.bin"
    page = Entry(name, 0, 0, 0, size, size, 0, build.local_length(name, size), "", 33, 0)
    index = build.central_header(page)
    with path.open("wb") as file:
        file.write(build.local_header(page))
        file.seek(page.end)
        file.write(index + build.end_records(1, len(index), page.end, b""))


@pytest.fixture
def library(tmp_path):
    """Give a folder of archives that are quickly checked, and of some that take long."""
    folder = tmp_path / "library"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.cbz").write_bytes(broken() if number == 3 else whole())
    for number in range(LARGE):
        huge(folder / f"huge{number}.cbz")
    return folder


@contextmanager
def running(*argv):
    """Start the program in a process group of its own, which is gone behind the block."""
    command = [sys.executable, "-m", "cbzsafe", "check", *map(os.fspath, argv)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, start_new_session=True, env=env, **pipes) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def ended(process, number, *, group=False):
    """Send a signal; give the output, and see that the end came at once and without a word."""
    began = time.monotonic()
    (os.killpg if group else os.kill)(process.pid, number)
    out, err = process.communicate()
    assert time.monotonic() - began < 1
    assert (process.returncode, err) == (128 + number, "")
    return out


def is_gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_lines_come_as_archives_are_done(library):
    """What is found can be read while the check goes on, and the summary comes after a signal."""
    with running("--jsonl", library) as process:
        lines = [json.loads(process.stdout.readline()) for _ in range(5)]
        assert process.poll() is None
        assert {os.path.basename(line["path"]) for line in lines} == {f"{n}.cbz" for n in range(5)}
        (summary,) = map(json.loads, ended(process, signal.SIGTERM).splitlines())
    assert (summary["type"], summary["interrupted"], summary["status"]) == (
        "summary",
        "SIGTERM",
        143,
    )
    assert (summary["sound"], summary["damaged"]) == (4, 1)
    assert summary["left"] == LARGE


def open_files(process):
    """Give the names of the archives that a program's processes have open."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            group = int(status.read_text("utf-8").rpartition(")")[2].split()[2])
            if group == process.pid:
                files = (status.parent / "fd").iterdir()
                found |= {file.readlink().name for file in files}
    return {name for name in found if name.endswith(".cbz")}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("group", [False, True])
def test_a_signal_ends_a_check_of_large_archives_with_its_report(
    library, capsys, tmp_path, number, group
):
    """The JSON names the signal, no process is left, and what was done is recorded."""
    state = tmp_path / "state.db"
    with running("--json", "--state", state, library) as process:
        assert until(lambda: open_files(process) == {f"huge{n}.cbz" for n in range(processors())})
        told = json.loads(ended(process, number, group=group))
        assert until(lambda: is_gone(process.pid), 2)
    assert (told["interrupted"], told["status"]) == (number.name, 128 + number)
    assert (told["sound"], told["damaged"], told["left"]) == (4, 1, LARGE)
    assert len(told["archives"]) == 5
    command = [
        "check",
        "--json",
        "--changed",
        "--quick",
        "--state",
        state,
        library,
    ]
    assert main(list(map(os.fspath, command))) == 1
    again = json.loads(capsys.readouterr().out)
    assert (again["unchanged"], again["left"]) == (5, 0)


def test_a_signal_ends_the_reading_of_one_large_archive(library):
    """Nothing is said of it, for nothing is known."""
    with running("--json", library / "huge0.cbz") as process:
        assert until(lambda: open_files(process) == {"huge0.cbz"})
        told = json.loads(ended(process, signal.SIGINT))
    assert (told["interrupted"], told["left"], told["archives"]) == ("SIGINT", 1, [])


def test_a_signal_ends_the_listing_with_a_report(tmp_path):
    """JSON is written even where it comes before the first archive was looked at."""
    os.mkfifo(tmp_path / "list")
    argv = ["--json", "--files-from", tmp_path / "list"]
    with running(*argv) as process, (tmp_path / "list").open("wb"):  # each waits for the other
        told = json.loads(ended(process, signal.SIGTERM))
    assert (told["interrupted"], told["status"], told["archives"]) == ("SIGTERM", 143, [])


def test_a_time_limit_ends_the_reading_of_large_archives(library, capsys):
    """What is being read is given up in time, and the status is that of what was read."""
    began = time.monotonic()
    assert main(["check", "--json", "--max-duration", "0.5s", os.fspath(library)]) == 1
    assert time.monotonic() - began < 1.5
    told = json.loads(capsys.readouterr().out)
    assert (told["sound"], told["damaged"], told["left"]) == (4, 1, LARGE)
    assert told["interrupted"] is None


def waiting_bytes(pipe):
    """Tell how many bytes nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_a_line_is_whole_though_a_signal_comes_as_it_is_written(library):
    """What a reader gets who was slow is JSON to the last line."""
    pages = {f"{number}.jpg": b"no picture" for number in range(3000)}
    (library / "0.cbz").write_bytes(whole(pages))
    with running("--jsonl", library) as process:
        assert until(lambda: waiting_bytes(process.stdout) > 40_000)  # of 64 KiB
        out = ended(process, signal.SIGTERM)
    told = [json.loads(line) for line in out.splitlines()]
    assert [line["type"] for line in told] == ["archive"] * (len(told) - 1) + ["summary"]
    assert max(len(line["findings"]) for line in told[:-1]) == 3000
    assert told[-1]["sound"] + told[-1]["damaged"] == len(told) - 1
