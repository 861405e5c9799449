"""What `cbzsafe check` says, takes from lists and variables, opens and writes."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from disks import disk, make_read_only
from repairs import PAGES, broken, whole

FILES = {
    "flipped.cbz": broken(),
    "odd.cbz": whole() + b"behind",
    "page.cbz": b"<html>gone",
    "sound.cbz": whole(),
}


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    (folder / "zipped.zip").write_bytes(whole())
    return folder


def program(*argv, before=(), **options):
    """Run the program in a process of its own."""
    command = [*before, sys.executable, "-m", "cbzsafe", "check", *map(os.fspath, argv)]
    options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL} | options
    if "input" in options:
        del options["stdin"]
    return subprocess.run(command, check=False, **options)


def test_the_status_says_what_there_is(library, check):
    """0 for what is sound, 1 for damage, 2 for what cannot be read, and the worst of all."""
    statuses = {name: check(library / name)[0] for name in FILES}
    assert statuses == {"flipped.cbz": 1, "odd.cbz": 0, "page.cbz": 2, "sound.cbz": 0}
    assert check(library)[0] == 2
    (library / "page.cbz").unlink()
    assert check(library)[0] == 1


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "Name a file or a folder, such as ~/Comics."),
        ([""], "A path is empty."),
        (["--files-from", "{0}/none"], "The list {0}/none cannot be read: No such file"),
        (["--json", "--jsonl", "{0}"], "--json and --jsonl exclude each other."),
        (["--quick", "--decode", "{0}"], "--quick and --decode exclude each other."),
        (["--changed", "{0}"], "--changed needs --state FILE"),
        (["--state", "{0}", "{0}"], "is a folder, not a file"),
        (["--state", "", "{0}"], "'' is no path"),
        (["--state", "{0}/sound.cbz", "{0}"], "{0}/sound.cbz is no state file of cbzsafe"),
        (["--max-duration", "0", "{0}"], "'0' is no span of time, such as 90s"),
        (["--max-duration", "soon", "{0}"], "'soon' is no span of time"),
        (["--subset", "8/7", "{0}"], "'8/7' is no part, such as 3/7"),
        (["--subset", "{0}"], "is no part"),
        (["--deep", "{0}"], "No such option"),
        (["{0}", "--glob"], "Option '--glob' requires an argument."),
        (["{0}", "--state"], "Option '--state' requires an argument."),
    ],
)
def test_a_wrong_command_line_is_one_sentence(library, check, argv, sentence):
    """The status is 2, and nothing is checked."""
    status, out, err = check(*(word.format(library) for word in argv))
    assert (status, out) == (2, "")
    assert err.startswith("cbzsafe: ")
    assert err.count("\n") == 1
    assert sentence.format(library) in err


def test_a_path_that_is_not_there_is_told_beside_the_others(library, check):
    """The status is 2, and what is there is checked."""
    status, out, err = check(library / "none", library / "sound.cbz")
    assert (status, err) == (2, "")
    assert f"error: {library}/none is not there." in out
    assert "1 archive: 1 sound" in out


def test_the_report_goes_to_standard_output(library, check):
    """What is not sound has a line with what is wrong below it, and the sum is last."""
    status, out, err = check(library)
    lines = out.splitlines()
    assert (status, err) == (2, "")
    heads = [line.split()[0] for line in lines if line.endswith(".cbz")]
    assert heads == ["damaged", "unreadable"]
    assert "error: bad-crc: 002.jpg" in out
    assert lines[-1].startswith("4 archives: 2 sound (1 with warnings), 1 damaged, 1 unreadable; ")


def test_quiet_says_nothing_of_what_is_sound_and_verbose_names_it(library, check):
    """-q leaves out what is sound and the sum, and -v has a line for each archive."""
    assert check("-q", library / "sound.cbz", library / "odd.cbz") == (0, "", "")
    _, out, _ = check("-q", library)
    assert "flipped.cbz" in out
    assert "archives" not in out
    _, out, _ = check("-v", library)
    heads = [line.split()[0] for line in out.splitlines() if line.endswith(".cbz")]
    assert heads == ["damaged", "sound", "unreadable", "sound"]
    assert "dead-bytes" in out


@pytest.mark.parametrize(
    ("argv", "count"),
    [
        (["--zip"], 5),
        (["--glob", "*.zip"], 1),
        (["--glob", "*.zip", "--glob", "sound*"], 2),
        (["--exclude", "page*", "--exclude", "odd.cbz"], 2),
        (["{0}/zipped.zip"], 5),
    ],
)
def test_options_choose_the_archives(library, check, argv, count):
    """Kinds, patterns and names do what they say."""
    _, out, _ = check("--json", library, *(word.format(library) for word in argv))
    assert len(json.loads(out)["archives"]) == count


def test_json_has_every_archive(library, check):
    """One object, with the sound archives too, and all that is found."""
    status, out, err = check("--json", library)
    told = json.loads(out)
    assert err == ""
    assert (told["schema"], told["status"], told["depth"]) == ("cbzsafe.check/1", status, "normal")
    assert {os.path.basename(one["path"]): one["condition"] for one in told["archives"]} == {
        "flipped.cbz": "damaged",
        "odd.cbz": "sound",
        "page.cbz": "unreadable",
        "sound.cbz": "sound",
    }
    (finding,) = told["archives"][0]["findings"]
    page = FILES["flipped.cbz"][finding["start"] : finding["end"]]
    assert (finding["code"], finding["page"]) == ("bad-crc", "002.jpg")
    assert len(page) == len(PAGES["002.jpg"])
    assert page[:5000] == PAGES["002.jpg"][:5000]


def test_json_lines_come_one_an_archive_and_a_summary(library, check):
    """Each line is an object with its type, and the summary is the last."""
    status, out, _ = check("--jsonl", "--quick", library)
    told = [json.loads(line) for line in out.splitlines()]
    assert [line["type"] for line in told] == ["archive"] * 4 + ["summary"]
    assert (told[-1]["status"], told[-1]["sound"], told[-1]["depth"]) == (status, 3, "quick")
    assert "archives" not in told[-1]


def test_a_name_that_is_not_utf8_is_told_by_its_bytes(library, check):
    """The JSON is valid, and has the path in base64 beside what can be shown of it."""
    name = b"caf\xe9.cbz"
    (library / os.fsdecode(name)).write_bytes(whole())
    _, out, _ = check("--json", "--glob", "caf*", library)
    (told,) = json.loads(out.encode())["archives"]
    assert os.path.basename(base64.b64decode(told["path_base64"])) == name
    assert told["path"].endswith("caf\\xe9.cbz")
    assert "caf\\xe9.cbz" in check("-v", library)[1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\0"])
@pytest.mark.parametrize("argv", [["-"], ["--files-from", "-"]])
def test_paths_come_from_standard_input(library, argv, end):
    """What another program lists is checked, and nothing else."""
    names = [f"{library}/sound.cbz", f"{library}/odd.cbz"]
    done = program("--json", *argv, input=end.join(names) + end)
    assert (done.returncode, done.stderr) == (0, "")
    assert [one["path"] for one in json.loads(done.stdout)["archives"]] == sorted(names)


def test_an_empty_list_is_no_archive_and_no_mistake(library):
    """A search that finds nothing leaves nothing to do, and does not check this folder."""
    done = program("-", input="", cwd=library)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no archives; ")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("JSON", "1", '"schema"'),
        ("JSONL", "1", '"summary"'),
        ("VERBOSE", "1", "\nsound "),
        ("ZIP", "1", "5 archives"),
        ("GLOB", "*.zip", "1 archive sound"),
        ("EXCLUDE", "page.* flipped.*", "2 archives sound"),
        ("DECODE", "1", "4 archives"),
        ("FILES_FROM", "{0}/../list", "4 archives"),
        ("QUIET", "0", "4 archives"),
        ("QUIET", "", "4 archives"),
    ],
)
def test_options_have_variables(library, check, monkeypatch, name, value, expected):
    """Each is called as the option is, behind CBZSAFE_CHECK_."""
    (library / "../list").write_text(f"{library}/sound.cbz\n")
    monkeypatch.setenv(f"CBZSAFE_CHECK_{name}", value.format(library))
    assert expected in check(library)[1]


def test_the_environment_names_the_state_file(library, check, monkeypatch, tmp_path):
    """CBZSAFE_CHECK_STATE is --state, and the option goes before it."""
    monkeypatch.setenv("CBZSAFE_CHECK_STATE", os.fspath(tmp_path / "state.db"))
    check(library)
    assert "4 unchanged" in check("--changed", library)[1]
    assert "unchanged" not in check("--changed", "--state", tmp_path / "new.db", library)[1]


def test_a_wrong_variable_is_one_sentence(library, check, monkeypatch):
    """The status is 2, as for a wrong option."""
    monkeypatch.setenv("CBZSAFE_CHECK_SUBSET", "three")
    status, out, err = check(library)
    assert (status, out) == (2, "")
    assert "'three' is no part" in err


def test_what_is_unchanged_is_not_even_opened(library, tmp_path):
    """A second check with --changed opens no archive, and its status is that of what is known."""
    state, trace = tmp_path / "state.db", tmp_path / "trace"
    strace = ("strace", "-f", "-qq", "-e", "trace=open,openat,openat2", "-o", trace)
    done = program("--state", state, "--changed", library, before=strace)
    assert done.returncode == 2
    assert trace.read_text().count('.cbz"') == 4
    done = program("--state", state, "--changed", library, before=strace)
    assert (done.returncode, trace.read_text().count('.cbz"')) == (2, 0)
    assert "not read again" in done.stdout


def statuses(folder):
    """Give all that is known of files and folders but when they were last read."""
    paths = [folder, *sorted(folder.rglob("*"))]
    return [(path, [*path.lstat()][:7], path.lstat().st_mtime_ns) for path in paths] + [
        path.lstat().st_ctime_ns for path in paths
    ]


@pytest.mark.parametrize("depth", [["--quick"], [], ["--decode"]])
def test_nothing_is_written_to_the_library(library, check, tmp_path, depth):
    """No file and no folder of it has another time, be it of its status, or any new one beside."""
    before = statuses(library)
    check(*depth, library)
    check(*depth, "--state", tmp_path / "state.db", library)
    check(*depth, "--json", "--state", tmp_path / "state.db", "--changed", library)
    assert statuses(library) == before


def test_a_library_that_cannot_be_written_to_is_checked(tmp_path, check):
    """A read-only disk is no hindrance, but for a state file on it."""
    with disk(tmp_path / "disk") as folder:
        (folder / "book.cbz").write_bytes(whole())
        make_read_only(folder)
        assert check("--state", tmp_path / "state.db", folder)[0] == 0
        status, _, err = check("--state", folder / "state.db", folder)
    assert status == 128
    assert err.startswith(f"cbzsafe: The state file {folder}/state.db cannot be ")


@pytest.mark.parametrize(("argv", "status"), [([], 2), (["--json"], 1), (["--jsonl"], 1)])
def test_a_closed_pipe_is_no_traceback(library, argv, status):
    """Where nobody reads, the status is that of the check, or 1 for JSON that is not whole."""
    reading, writing = os.pipe()
    os.close(reading)
    done = program(*argv, library, capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (status, "")


@pytest.mark.parametrize("argv", [["--json"], ["--jsonl"]])
def test_a_report_that_cannot_be_written_is_told(library, argv):
    """The status is that of a failed disk, and one sentence says why."""
    with Path("/dev/full").open("w") as full:
        done = program(*argv, library, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 128
    assert done.stderr == "cbzsafe: The report cannot be written: No space left on device.\n"


def test_help_has_every_option_and_status(check):
    """It is for people who type, and names each number that the program ends with."""
    status, out, err = check("--help")
    assert (status, err) == (0, "")
    for word in ("--files-from", "--max-duration", "--jsonl", "130, 143", "128", "Exit status"):
        assert word in out
