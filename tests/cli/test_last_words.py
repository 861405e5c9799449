"""What a command ends with, when a signal or a full disk comes at its very end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import programs
import pytest
from repairs import broken, whole

COMMAND = [sys.executable, "-m", "cbzsafe"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("delay", [0, 0.005, 0.01, 0.02, 0.03])
def test_a_signal_behind_the_message_changes_nothing(tmp_path, number, delay):
    """Python's shutdown takes a moment, in which the status is decided already."""
    (tmp_path / "good.cbz").write_bytes(whole())
    args = ["check", "--termination-log", "why", "."]
    with subprocess.Popen([*COMMAND, *args], cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        said = tmp_path / "why"
        assert programs.until(lambda: said.is_file() and said.stat().st_size > 0)
        time.sleep(delay)
        process.send_signal(number)
        assert process.wait(10) == 0
    assert said.read_text().startswith("1 archive sound")


@pytest.mark.parametrize("command", ["check", "repair"])
def test_what_cannot_be_read_and_a_full_disk_are_not_taken_for_ctrl_c(tmp_path, command):
    """2 and 128 would be 130, which is what a shell makes of SIGINT."""
    (tmp_path / "none.cbz").write_text("no archive")
    done = subprocess.run(
        [*COMMAND, command, "--metrics", "none/m.prom", "--termination-log", "why", "none.cbz"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 128
    assert "metrics file cannot be written" in done.stderr.decode()


@pytest.mark.parametrize("command", ["check", "repair", "doctor"])
def test_a_report_for_people_that_cannot_be_written_is_told(tmp_path, command):
    """A full disk behind standard output is no success."""
    (tmp_path / "bad.cbz").write_bytes(broken())
    words = [command, "--dry-run", "."] if command == "repair" else [command, "."]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 128
    assert done.stderr == "cbzsafe: The report cannot be written: No space left on device.\n"


@pytest.mark.parametrize("command", ["check", "repair"])
def test_an_interrupted_command_reports_once_and_ends_as_it_says(tmp_path, command):
    """Whenever the signal comes, the status is the report's, and the report is whole."""
    for number in range(40):
        (tmp_path / f"{number}.cbz").write_bytes(broken())
    seen = set()
    for delay in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4):
        words = [command, "--json", "--metrics", f"m{delay}.prom"]
        words += ["--dry-run", "."] if command == "repair" else ["."]
        with subprocess.Popen([*COMMAND, *words], cwd=tmp_path, stdout=subprocess.PIPE) as process:
            time.sleep(delay)
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=30)
        if out:
            assert json.loads(out)["status"] == process.returncode
            assert (tmp_path / f"m{delay}.prom").exists()
        else:
            assert process.returncode == 143
        seen.add(process.returncode)
    assert seen <= {143, 1}
