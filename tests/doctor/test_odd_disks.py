"""Each trial on a real file system that lacks what is tried, and what is said of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from odd_disk import odd_disk
from programs import until

from cbzsafe.cli.main import main
from cbzsafe.doctor import folders, mounts, trials
from cbzsafe.interrupt import Stop
from cbzsafe.model import Keeps, Role, Trial

FAILURES = {
    "rename": {Trial.RENAME: "EEXIST"},
    "sync-file": {Trial.SYNC_FILE: "EIO"},
    "sync-folder": {Trial.SYNC_FOLDER: "EIO"},
    "no-sync-folder": {Trial.SYNC_FOLDER: "EINVAL"},
    "lock": {Trial.LOCK: ""},
    "no-lock": {Trial.LOCK: "ENOLCK", Trial.LOCK_RELEASED: "ENOLCK"},
    "sticky-lock": {Trial.LOCK_RELEASED: ""},
    "link": {Trial.LINK: "EPERM"},
    "unlinked": {Trial.UNLINKED: "ESTALE"},
    "short-names": {Trial.LONG_NAMES: ""},
    "case": {Trial.CASE: ""},
    "odd-names": {Trial.ODD_NAMES: ""},
    "decomposed": {Trial.UNICODE_NAMES: ""},
    "times": {Trial.TIMES: ""},
    "coarse-times": {},
    "clock": {Trial.CLOCK: ""},
}
"""What fails for each quirk, and with which error; all other trials work."""

DANGERS = {"rename", "sync-file", "sync-folder", "lock", "no-lock"}
"""The quirks that endanger books in a library."""

IMPATIENT = """
import sys
from cbzsafe.doctor.patience import patiently
from cbzsafe.cli.main import main
patiently.__defaults__ = (30, 0.5)
sys.exit(main(sys.argv[1:]))
"""
"""The program, which gives a file system half a second after a signal instead of five."""


@pytest.mark.parametrize("quirk", FAILURES)
def test_what_a_file_system_lacks_is_found(quirk, tmp_path, capsys):
    """That trial alone fails, and the status is 1 where books are in danger."""
    with odd_disk(tmp_path / "odd", quirk) as folder:
        status = main(["doctor", "--json", str(folder)])
        assert list(folder.iterdir()) == []
    report = json.loads(capsys.readouterr().out)
    tried = report["folders"][0]["trials"]
    assert {one["trial"]: one["error"] for one in tried if not one["works"]} == FAILURES[quirk]
    assert status == (quirk in DANGERS)


def test_what_does_not_read_back_is_found(tmp_path):
    """A disk that gives other bytes than it was given fails the first trial."""
    with odd_disk(tmp_path / "odd", "rot") as folder:
        (tried,) = trials.run(folder, Stop(), trials.WRITING)
        assert main(["doctor", "-q", str(folder)]) == 1
    assert (tried.works, tried.detail) == (False, "what was written did not read back")


def test_what_is_measured_is_told(tmp_path):
    """Steps of times and the distance of clocks come in seconds."""
    with odd_disk(tmp_path / "odd", "coarse-times", "clock") as folder:
        values = {one.trial: one.value for one in trials.run(folder, Stop())}
    assert values[Trial.TIMES] == pytest.approx(2.0)
    assert values[Trial.CLOCK] == pytest.approx(60, abs=5)


def test_names_that_are_lost_are_named(tmp_path):
    """Names that SMB does not take, and names that come back in another form, are told apart."""
    with odd_disk(tmp_path / "odd", "odd-names", "decomposed") as folder:
        details = {one.trial: one.detail for one in trials.run(folder, Stop())}
    assert details[Trial.ODD_NAMES].startswith("refused: 'a:b' 'a?b'")
    assert details[Trial.UNICODE_NAMES] == "changed: 'caf\\xe9' '\\u304c'"


def test_an_object_store_is_told_by_its_type(tmp_path):
    """What the kernel lists of a mount like s3fs is recognised, and the trials are made."""
    with odd_disk(tmp_path / "odd", kind="fuse.s3fs") as place:
        found = folders.look(folders.Wanted(place, Role.LIBRARY), Stop(), mounts.read())
    assert (found.mount.type, found.keeps) == ("fuse.s3fs", Keeps.OBJECT_STORE)
    assert (found.free, found.free_files) == (4 << 30, None)
    assert all(tried.works for tried in found.trials)


def test_a_file_system_whose_server_died_is_told(tmp_path, capsys):
    """A mount that leads nowhere is an error in the system's own words, also where it is meant."""
    with odd_disk(tmp_path / "odd", leaves=True) as folder:
        status = main(["doctor", "--json", "--", "-d", str(folder)])
    (said,) = [one for one in json.loads(capsys.readouterr().out)["folders"] if one["problem"]]
    assert (status, said["path"]) == (1, str(folder))
    assert said["problem"] == "Transport endpoint is not connected"


def test_a_file_system_that_hangs_is_given_up(tmp_path, capsys, monkeypatch):
    """Where nobody answers the doctor says so instead of hanging as well, and looks on."""
    monkeypatch.setattr("cbzsafe.doctor.patience.patiently.__defaults__", (2.5, 0.5))
    with odd_disk(tmp_path / "odd", "silent") as folder:
        status = main(["doctor", "--json", str(folder), str(tmp_path)])
    report = json.loads(capsys.readouterr().out)
    silent, other = report["folders"]
    assert (status, silent["answers"], silent["trials"]) == (1, False, [])
    assert (other["answers"], len(other["trials"])) == (True, len(Trial))


def test_a_signal_ends_a_doctor_that_hangs(tmp_path):
    """A process whose thread waits for such a file system ends within seconds of a signal."""
    with odd_disk(tmp_path / "odd", "silent") as folder:
        words = [sys.executable, "-c", IMPATIENT, "doctor", "--json", folder]
        doctor = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert until(lambda: list(folder.glob(f"{trials.PREFIX}*/synced")))
        doctor.terminate()
        out, _ = doctor.communicate(timeout=30)
    assert doctor.returncode == 143
    assert json.loads(out)["interrupted"] == "SIGTERM"
