"""`cbzsafe repair` as it is typed: exit statuses, output, environment, real refusals."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from disks import PLAIN_USER, disk
from repairs import PAGES, broken, pages, whole


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder


FILES = {
    "sound.cbz": whole(),
    "torn.cbz": whole()[:-60],
    "flipped.cbz": broken(),
    "hopeless.cbz": whole({"1.jpg": PAGES["001.jpg"]})[:4000],
    "page.cbz": b"<html>",
}
STATUSES = {"sound.cbz": 0, "torn.cbz": 0, "flipped.cbz": 1, "hopeless.cbz": 1, "page.cbz": 2}


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_the_status_says_what_is_left(library, repair, name, status):
    """0 for what is whole, 1 for losses and what is left damaged, 2 for what cannot be read."""
    assert repair(library / name)[0] == status
    assert repair(library / name)[0] == (status if name in {"hopeless.cbz", "page.cbz"} else 0)


def test_the_worst_archive_is_the_status(library, repair):
    """One that cannot be read outweighs those with losses."""
    assert repair(library)[0] == 2
    (library / "page.cbz").unlink()
    assert repair(library)[0] == 1


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["{0}/none.cbz"], "none.cbz is not there."),
        (["--from", "http://127.0.0.1:9/", "{0}/none.cbz"], "none.cbz is not there."),
        ([], "Name a file or a folder"),
        (["--json", "--jsonl", "{0}"], "exclude each other"),
        (["--lock-timeout", "x", "{0}"], "--lock-timeout"),
        (["--backup-dir", "{0}/sound.cbz", "{0}"], "is no folder"),
        (["--from", "http://127.0.0.1:9/", "{0}"], "--from takes one archive"),
        (
            ["--from", "http://127.0.0.1:9/", "--dry-run", "{0}/torn.cbz"],
            "--dry-run writes nothing",
        ),
        (["--from", "--list-urls", "{0}/torn.cbz"], "--list-urls"),
        (["--from", "", "{0}/torn.cbz"], "--from: '' is no URL"),
        (["--from", "http://127.0.0.1:9/", "{0}/torn.zip"], "a book is called TITLE.cbz"),
    ],
)
def test_what_is_asked_wrongly_is_said_before_anything_is_written(library, repair, argv, sentence):
    """The status is 2, one sentence says why, and every file is as it was."""
    (library / "torn.zip").write_bytes(FILES["torn.cbz"])
    before = sorted((path.name, path.stat().st_ino) for path in library.iterdir())
    status, out, err = repair(*(word.format(library) for word in argv))
    assert status == 2
    assert sentence in out + err
    assert "Traceback" not in err
    assert sorted((path.name, path.stat().st_ino) for path in library.iterdir()) == before


def test_the_report_goes_to_standard_output(library, repair):
    """Each archive that was not sound has its line with what became of it, and the sum is last."""
    status, out, err = repair(library)
    lines = out.splitlines()
    assert (status, err) == (2, "")
    heads = [line.split("  ")[0] for line in lines if line.endswith(".cbz")]
    assert heads == ["partly repaired", "left", "unreadable", "repaired"]
    assert lines[-1].startswith("5 archives: 1 sound, 1 repaired, 1 partly repaired, 1 left, ")


def test_quiet_says_nothing_of_what_is_sound_and_verbose_names_it(library, repair):
    """-q leaves a sound library silent, and -v has a line for each archive."""
    assert repair("-q", library / "sound.cbz") == (0, "", "")
    assert "1 archive, nothing to repair" in repair(library / "sound.cbz")[1]
    assert f"{library / 'sound.cbz'}" in repair("-v", library / "sound.cbz")[1]
    _, out, _ = repair("-v", "--dry-run", library / "torn.cbz")
    assert "would be recovered: 001.jpg, 002.jpg" in out


def test_json_has_every_archive(library, repair):
    """One object, with the sound archives too, and what became of each."""
    status, out, _ = repair("--json", "--dry-run", library)
    told = json.loads(out)
    assert (told["schema"], told["status"], told["dry_run"]) == ("cbzsafe.repair/1", status, True)
    outcomes = {os.path.basename(a["path"]): a["outcome"] for a in told["archives"]}
    assert outcomes == {
        "sound.cbz": "sound",
        "torn.cbz": "repaired",
        "flipped.cbz": "partly",
        "hopeless.cbz": "left",
        "page.cbz": "unreadable",
    }
    assert told["run"] is None


def test_json_lines_come_one_an_archive_and_a_summary(library, repair):
    """Each line is an object with its type, and the summary is the last."""
    status, out, _ = repair("--jsonl", library)
    told = [json.loads(line) for line in out.splitlines()]
    assert [line["type"] for line in told] == ["archive"] * 5 + ["summary"]
    assert told[-1]["status"] == status
    lost = {page["page"] for line in told[:-1] for page in line["lost"]}
    assert lost == {"002.jpg", "1.jpg"}


@pytest.mark.parametrize("how", ["option", "variable"])
def test_originals_go_where_option_or_environment_say(library, repair, tmp_path, monkeypatch, how):
    """CBZSAFE_REPAIR_BACKUP_DIR is --backup-dir for every repair."""
    kept, argv = tmp_path / "kept", [library]
    if how == "option":
        argv += ["--backup-dir", kept]
    else:
        monkeypatch.setenv("CBZSAFE_REPAIR_BACKUP_DIR", os.fspath(kept))
    repair(*argv)
    assert sorted(os.listdir(kept)) == [
        "flipped.1.damaged-original",
        "torn.1.damaged-original",
    ]
    assert sorted(os.listdir(library)) == sorted(FILES)


def test_no_backup_keeps_no_more_than_it_must(library, repair):
    """What is whole in the new archive needs no original, and what is not keeps it."""
    repair("--no-backup", library)
    assert [name for name in os.listdir(library) if "original" in name] == [
        ".flipped.1.damaged-original"
    ]


def test_tidy_and_keep_viewable_reach_the_engine(library, repair):
    """The options do what they say."""
    (library / "odd.cbz").write_bytes(whole({"1.jpg": PAGES["001.jpg"]}) + b"behind")
    _, out, _ = repair("--tidy", "--keep-viewable", "--json", library)
    told = {os.path.basename(a["path"]): a for a in json.loads(out)["archives"]}
    assert told["odd.cbz"]["outcome"] == "repaired"
    assert told["flipped.cbz"]["kept"] == ["002.jpg"]


def plainly(*argv, cwd):
    """Run the program where the modes of folders hold, as they do for a plain user."""
    command = [*PLAIN_USER, sys.executable, "-m", "cbzsafe", "repair", *map(os.fspath, argv)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_a_folder_that_may_not_be_written_to_leaves_all_as_it_was(library):
    """One sentence names the folder, and the status is that of a failed disk."""
    path = library / "torn.cbz"
    library.chmod(0o555)
    done = plainly(path, cwd=library.parent)
    library.chmod(0o755)
    assert done.returncode == 129
    assert done.stdout.count(f"Cannot lock {library} (Permission denied)") == 1
    assert (done.stderr, sorted(os.listdir(library))) == ("", sorted(FILES))
    assert path.read_bytes() == FILES["torn.cbz"]


def test_an_archive_that_may_not_be_read_is_said_to_be_so(library):
    """The status is 2, and the others are repaired."""
    (library / "torn.cbz").chmod(0)
    done = plainly(library, cwd=library.parent)
    assert done.returncode == 2
    assert "torn.cbz cannot be opened: Permission denied." in done.stdout
    assert pages(library / "flipped.cbz")


def test_a_closed_pipe_does_not_undo_a_repair(library):
    """Where nobody reads the report, the archive is repaired, and the status says so."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cbzsafe", "repair", os.fspath(library / "torn.cbz")]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
    assert pages(library / "torn.cbz") == PAGES


def test_a_full_disk_is_one_sentence(tmp_path, repair):
    """The sentence has the folder and the bytes that are wanted."""
    with disk(tmp_path / "disk", "64k") as folder:
        path = folder / "torn.cbz"
        path.write_bytes(whole()[:-60])
        status, out, err = repair(path)
        assert (status, err) == (129, "")
        assert re.search(r"needs [\d,]+ bytes .* free: make room there", out)
        assert (os.listdir(folder), path.read_bytes()) == (["torn.cbz"], whole()[:-60])
