"""Commands for books, one by one: their arguments, their end, and what they leave behind."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

import programs
import pytest
from notified_program import has_ended

from cbzsafe.interrupt import Interrupted, Stop
from cbzsafe.notify import commands
from cbzsafe.notify.commands import Commands
from cbzsafe.receivers import Command

SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER` of prctl(2): orphans become ours, as they do for a first process."""


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(commands, "PATIENCE", 0.3)
    monkeypatch.setattr(commands, "AFTER_A_SIGNAL", 0.3)
    monkeypatch.setattr(commands, "GRACE", 0.2)


@pytest.fixture
def adopting():
    libc = ctypes.CDLL(None)
    assert libc.prctl(SUBREAPER, 1, 0, 0, 0) == 0
    yield
    libc.prctl(SUBREAPER, 0, 0, 0, 0)


def said(runner):
    return [problem.text for problem in runner.problems()]


def shell(script, stop=None):
    return Commands(Command(["sh", "-c", script, "sh"]), stop or Stop())


@pytest.mark.parametrize("name", ["a\nb.cbz", "a\udcff.cbz", "-rf.cbz", "{}.cbz"])
def test_any_name_is_one_argument(tmp_path, name):
    """A line end, a byte that is not UTF-8, a dash and braces come as they are, absolute."""
    runner = shell(f'printf %s "$#$1" > {tmp_path}/seen')
    runner.run(f"{tmp_path}/{name}", "published", "")
    assert said(runner) == []
    expected = b"1" + f"{tmp_path}/{name}".encode("utf-8", "surrogateescape")
    assert (tmp_path / "seen").read_bytes() == expected


@pytest.mark.usefixtures("impatient")
def test_a_command_that_hangs_is_ended(tmp_path):
    """After its time it gets SIGTERM, then SIGKILL, and what it started with it."""
    runner = shell(f"trap '' TERM; sleep 77 & echo $! > {tmp_path}/pid; wait; wait")
    runner.run("a.cbz", "published", "")
    assert said(runner) == [
        f"--on-publish: sh was ended after 0.3 s for {Path.cwd()}/a.cbz: run it by hand."
    ]
    assert programs.until(lambda: has_ended((tmp_path / "pid").read_text().strip()))


@pytest.mark.usefixtures("impatient")
def test_after_a_signal_all_commands_together_have_little_time():
    """What does not fit into it is not started, and that is told."""
    stop = Stop()
    stop.reason = Interrupted("SIGTERM", 143)
    runner, began = shell("sleep 77", stop), time.monotonic()
    for name in "abc":
        runner.run(f"{name}.cbz", "published", "")
    assert time.monotonic() - began < 3
    ended, skipped = said(runner)
    assert "sh was ended, since the run was stopped, for " in ended
    assert "sh was not started, since the run was stopped, for " in skipped
    assert "b.cbz and 1 more: " in skipped


def test_what_cannot_be_handed_over_is_a_warning():
    """An argument that the system does not take does not get out of hand."""
    runner = shell("true")
    runner.run("a\0b.cbz", "published", "")
    assert "sh cannot be started (embedded null byte) for " in said(runner)[0]


@pytest.mark.usefixtures("adopting")
def test_what_a_command_leaves_behind_becomes_no_zombie(tmp_path):
    """A first process inherits what a command put into the background, and is rid of it later."""
    runner = shell(f"sleep 0.1 & echo $! > {tmp_path}/pid")
    runner.run("a.cbz", "published", "")
    process = Path("/proc") / (tmp_path / "pid").read_text().strip()
    assert programs.until(lambda: (process / "stat").read_text().split()[2] == "Z")
    runner.run("b.cbz", "published", "")
    assert not process.exists()
