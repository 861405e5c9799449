import base64
import json
import os
import shutil
import stat
import tempfile
import threading
from pathlib import Path

import pytest

from cbzsafe.errors import StorageError
from cbzsafe.model import RunReport
from cbzsafe.ui.json import run_as_dict, write_run


def test_a_report_is_its_fields_under_a_schema(report):
    """All that the model knows is there under plain names."""
    data = run_as_dict(report)
    assert data["schema"] == "cbzsafe.run/1"
    assert (data["status"], data["gallery_dl_status"], data["interrupted"]) == (5, 4, None)
    assert [book["outcome"] for book in data["books"]] == ["published", "held"]
    assert data["books"][1]["missing"] == ["003.jpg", "007.jpg"]
    assert data["books"][1]["problems"] == [
        {
            "severity": "error",
            "page": "003.jpg",
            "text": "The site answered 404; run the command again later.",
        }
    ]
    assert data["problems"][0]["page"] is None


def test_a_written_report_reads_back(report, tmp_path):
    """The file holds the same data, as UTF-8 that ends with a line end."""
    path = tmp_path / "run.json"
    write_run(report, path)
    assert json.loads(path.read_text("utf-8")) == run_as_dict(report)
    assert path.read_bytes().endswith(b"}\n")
    assert list(tmp_path.iterdir()) == [path]


def test_names_that_are_not_utf8_survive(strange, tmp_path):
    """The text is valid Unicode, and the path's bytes are beside it."""
    path = tmp_path / "run.json"
    write_run(RunReport(books=(strange,)), str(path))
    book = json.loads(path.read_bytes().decode("utf-8"))["books"][0]
    assert book["path"].startswith("/srv/caf\\xe9 \x1b[31m")
    assert base64.b64decode(book["path_base64"]) == os.fsencode(strange.path)
    assert base64.b64decode(book["staging_base64"]) == os.fsencode(strange.staging)
    assert book["problems"][0]["page"] == "\\xff.jpg"


def test_names_that_are_utf8_are_only_text(report):
    """Where the text says it all, there are no bytes beside it."""
    assert run_as_dict(report)["books"][0]["path_base64"] is None


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_report_has_the_mode_that_the_umask_gives(report, tmp_path, mask):
    """Whoever may read what this user writes may read the report."""
    before = os.umask(mask)
    try:
        write_run(report, tmp_path / "run.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o666 & ~mask


def test_an_old_report_is_replaced_in_one_rename(report, tmp_path):
    """Who has the old report open goes on reading the old one."""
    path = tmp_path / "run.json"
    path.write_text("old")
    with path.open() as old:
        write_run(report, path)
        assert old.read() == "old"
    assert json.loads(path.read_text())["status"] == 5


def test_a_symbolic_link_stays_one(report, tmp_path):
    """The report replaces what the link leads to."""
    (tmp_path / "link").symlink_to("run.json")
    write_run(report, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "run.json").read_text())["status"] == 5


def test_a_pipe_is_written_to_and_not_replaced(report, tmp_path):
    """A named pipe, as a shell makes for `>(jq .)`, gets the report."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    got = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    write_run(report, path)
    reader.join()
    assert json.loads(got[0])["status"] == 5
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_standard_output_in_a_file_is_appended_to(report, tmp_path):
    """`--report /dev/stdout > log` keeps what is in the log already."""
    log = tmp_path / "log"
    with log.open("a") as stream:
        stream.write("before\n")
        stream.flush()
        write_run(report, f"/proc/self/fd/{stream.fileno()}")
    first, rest = log.read_text().split("\n", 1)
    assert first == "before"
    assert json.loads(rest)["status"] == 5


@pytest.mark.parametrize("name", ["absent/run.json", "folder", "file/run.json"])
def test_a_place_that_cannot_hold_a_report_is_one_sentence(report, tmp_path, name):
    """The error names the file and the reason, and no temporary file stays behind."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=rf"^The report cannot be written to .*{name}: .+\.$"):
        write_run(report, tmp_path / name)
    assert {path.name for path in tmp_path.rglob("*")} == {"file", "folder"}


def test_a_full_disk_is_one_sentence(report):
    """A device that takes no bytes is told as such."""
    with pytest.raises(StorageError, match=r"/dev/full: No space left on device\.$"):
        write_run(report, "/dev/full")


def test_a_plain_file_in_memory_is_replaced_like_any_other(tmp_path):
    """Below /dev are such files too: a second report takes the place of the first."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        write_run(RunReport(status=1), folder / "run.json")
        write_run(RunReport(), folder / "run.json")
        assert json.loads((folder / "run.json").read_text())["status"] == 0
    finally:
        shutil.rmtree(folder)
