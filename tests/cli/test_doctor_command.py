"""`cbzsafe doctor` as it is typed: statuses, output, configuration, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from disks import PLAIN_USER, disk, make_read_only
from programs import until

from cbzsafe.cli import doctor as cli
from cbzsafe.cli.main import main
from cbzsafe.doctor import trials
from cbzsafe.model import Role, Trial


@pytest.fixture
def doctor(capsys):
    """Run `cbzsafe doctor`; give its status, standard output and standard error."""

    def run(*argv):
        status = main(["doctor", *map(str, argv)])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def reported(doctor):
    """Run `cbzsafe doctor --json`; give the object."""

    def run(*argv):
        status, out, err = doctor("--json", *argv)
        report = json.loads(out)
        assert (report["status"], err) == (status, "")
        return report

    return run


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    return folder


def said(report, subject=None, weights=("error", "warning")):
    return [
        one["text"]
        for one in report["diagnoses"]
        if one["weight"] in weights and subject in {None, one["subject"]}
    ]


def roles(report):
    return {folder["path"]: folder["role"] for folder in report["folders"]}


def start(*argv, before=(), **kwargs):
    words = [*before, sys.executable, "-m", "cbzsafe", "doctor", *map(os.fspath, argv)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **kwargs)


def test_a_folder_that_does_all_is_no_danger(library, doctor):
    """The status is 0, nothing is left, and every trial is named when asked for."""
    words = [
        "-d",
        library,
        "--publish-to",
        library / "elsewhere",
    ]  # a library may be in memory here
    status, out, err = doctor("-v", library, "--", *words)
    assert (status, err) == (0, "")
    assert out.count(f"ok       {library}: ") == len(Trial)
    assert list(library.iterdir()) == []


def test_memory_is_no_place_for_a_library(tmp_path, doctor):
    """What endangers books is an error, with what to do, and the status is 1."""
    with disk(tmp_path / "memory") as folder:
        status, out, _ = doctor("-q", folder)
    assert status == 1
    assert out.startswith(f"error    {folder}: Books go at the next restart")
    assert "  note: Mount a volume there" in out


def test_a_read_only_library_is_a_danger(tmp_path, reported):
    """No book can be published there."""
    with disk(tmp_path / "disk") as folder:
        make_read_only(folder)
        report = reported(folder)
    assert report["status"] == 1
    assert "It is mounted read-only." in said(report, str(folder))
    assert report["folders"][0]["trials"][0]["error"] == "EROFS"


def test_a_folder_without_rights_is_a_danger(library):
    """A user who may not write learns it, with the system's own words."""
    library.chmod(0o555)
    with start("-q", library, before=PLAIN_USER) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"error    {library}: No file can be made here: Permission denied." in out


def test_a_folder_behind_another_users_is_a_danger(tmp_path):
    """A folder that may not even be looked at does not end the doctor."""
    hidden = tmp_path / "hidden"
    (hidden / "library").mkdir(parents=True)
    hidden.chmod(0)
    with start("-q", hidden / "library", before=PLAIN_USER) as process:
        out, _ = process.communicate(timeout=60)
    hidden.chmod(0o700)
    assert process.returncode == 1
    assert f"error    {hidden / 'library'}: The folder cannot be used: Permission denied." in out


def test_a_folder_that_is_not_there_is_a_danger(tmp_path, reported):
    """A volume that is not mounted is told, and nothing is made in its place."""
    report = reported(tmp_path / "none")
    assert said(report, str(tmp_path / "none")) == [
        "The folder cannot be used: No such file or directory."
    ]
    assert not (tmp_path / "none").exists()


def test_the_configurations_folders_are_looked_at(tmp_path, library, configure, reported):
    """Without names it is the base directory, that of finished books, and the temporary one."""
    path = configure(
        {"extractor": {"base-directory": str(tmp_path)}, "cbzsafe": {"publish-to": str(library)}}
    )
    report = reported()
    found = roles(report)
    assert (found[str(tmp_path)], found[str(library)]) == ("staging", "library")
    assert list(found.values()).count(Role.TEMPORARY.value) == 1
    assert report["files"] == [path]
    assert {
        "name": "publish-to",
        "value": str(library),
        "source": f"cbzsafe.publish-to in {path}",
    } in (report["settings"])


def test_what_stands_behind_the_dashes_is_a_runs_command_line(tmp_path, library, reported):
    """Our options and gallery-dl's count as in a run, and nothing is downloaded."""
    (tmp_path / "a.json").write_text('{"extractor": {"skip": "abort:3"}}')
    words = ["-c", tmp_path / "a.json", "-d", tmp_path, "--publish-to", library]
    report = reported("--", *words, "--cbz", "http://localhost:9/")
    assert report["files"] == [str(tmp_path / "a.json")]
    assert roles(report)[str(tmp_path)] == "staging"
    assert said(report, str(tmp_path / "a.json"), ("info",))[0].startswith("extractor.skip")


def test_a_configuration_that_cannot_be_parsed_is_a_danger(home, library, reported):
    """gallery-dl goes on without it, and a run works with other settings than its owner thinks."""
    (home / ".gallery-dl.conf").write_text("{")
    report = reported(library)
    assert report["status"] == 1
    assert [one["path"] for one in report["unread"]] == [str(home / ".gallery-dl.conf")]
    assert "goes on without it" in said(report, str(home / ".gallery-dl.conf"))[0]


def test_a_wrong_setting_is_told_and_the_rest_is_looked_at(library, reported, monkeypatch):
    """What ends every run at once does not end the doctor."""
    monkeypatch.setenv("CBZSAFE_PAGE_RETRIES", "many")
    report = reported(library)
    assert report["status"] == 1
    assert said(report, "settings") == ["CBZSAFE_PAGE_RETRIES: 'many' is no whole number from 0."]
    assert len(report["folders"][0]["trials"]) == len(Trial)


def test_a_variable_without_meaning_is_told(library, reported, monkeypatch):
    """Those of all commands are known, and a misspelt one is a warning."""
    monkeypatch.setenv("CBZSAFE_CHECK_STATE", str(library / "s.db"))
    monkeypatch.setenv("CBZSAFE_PUBLISH_T", str(library))
    report = reported(library)
    expected = "There is no such variable, did you mean CBZSAFE_PUBLISH_TO?"
    assert said(report, "CBZSAFE_PUBLISH_T", ("warning",)) == [expected]
    assert said(report, "CBZSAFE_CHECK_STATE") == []


def test_the_variables_of_all_commands_are_known():
    """Settings of a run and options of commands count, each under its own name."""
    known = cli.variables()
    assert {"CBZSAFE_PACK", "CBZSAFE_CHECK_STATE", "CBZSAFE_REPAIR_DRY_RUN"} <= known
    assert "CBZSAFE_DOCTOR_JSON" in known
    assert "CBZSAFE_STATE" not in known


@pytest.mark.parametrize(
    "argv", [["--no-such-option"], [".", "--", "--no-such-option"], ["--", "--page-retries"]]
)
def test_a_wrong_option_is_a_status_of_2(argv, doctor):
    """On either side of the dashes it is told in one line, and nothing is looked at."""
    status, out, err = doctor(*argv)
    assert (status, out, len(err.splitlines())) == (2, "", 1)


def test_the_object_has_what_programs_ask_for(library, reported):
    """Process, clock and decoders are there, and the counts agree with the diagnoses."""
    report = reported(library)
    assert report["process"]["pid"] == os.getpid()
    assert report["clock"]["now"] == pytest.approx(time.time(), abs=60)
    assert "jpeg" in report["decoders"]["pictures"]
    assert report["warnings"] == len(said(report, weights=("warning",)))
    assert {one["trial"]: one["works"] for one in report["folders"][0]["trials"]} == dict.fromkeys(
        [trial.value for trial in Trial], True
    )


@contextmanager
def slow(folder):
    """Start the doctor where its first trial takes long."""
    code = (
        "import sys, time\n"
        "from cbzsafe.doctor import trials\n"
        "write = trials.write\n"
        "def slowly(place):\n"
        "    tried = write(place)\n"
        "    time.sleep(0.5)\n"
        "    return tried\n"
        "trials.ALL[trials.Trial.WRITE] = slowly\n"
        "from cbzsafe.cli.main import main\n"
        "sys.exit(main(['doctor', '--json', sys.argv[1]]))"
    )
    words = [sys.executable, "-c", code, os.fspath(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_nothing_behind(number, library):
    """The private folder is removed, the report is written, and the status is the signal's."""
    with slow(library) as process:
        until(lambda: list(library.glob(f"{trials.PREFIX}*/written")))
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert list(library.iterdir()) == []
    report = json.loads(out)
    assert (report["status"], report["interrupted"]) == (128 + number, number.name)
    assert report["decoders"] is not None


def test_a_current_folder_that_is_gone_is_told(tmp_path):
    """Where relative paths lead nowhere a sentence says so, and no traceback."""
    command = 'mkdir gone; cd gone; rmdir ../gone; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-m", "cbzsafe", "doctor", "-q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "The current folder is not there any more: go to another one." in done.stderr
