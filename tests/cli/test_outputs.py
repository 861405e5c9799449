"""What commands leave for those who watch them: metrics, and why a container ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pictures
import programs
import pytest
import site_faults as faults
from disks import disk
from prometheus_client.parser import text_string_to_metric_families
from repairs import broken, whole
from site_faults import Page

from cbzsafe.cli.outputs import free_space
from cbzsafe.errors import StorageError
from cbzsafe.ui import files

SIGNALLED = """
import os, runpy, signal, sys
place = tuple(sys.argv[1:3])

def look(frame, event, arg):
    if event == "call" and (frame.f_globals.get("__name__"), frame.f_code.co_name) == place:
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGTERM)

sys.argv[:] = ["cbzsafe", *sys.argv[3:]]
sys.setprofile(look)
runpy.run_module("cbzsafe", run_name="__main__", alter_sys=True)
"""
"""Runs the program, and sends it SIGTERM where it first calls a function: module and name."""


def values(path, name, label="task"):
    """The values of one metric in a file, by one of its labels."""
    families = text_string_to_metric_families(path.read_text("utf-8"))
    samples = [sample for family in families for sample in family.samples]
    return {one.labels[label]: one.value for one in samples if one.name == name}


def cbzsafe(folder, *args, **environment):
    """Run a command in a folder; give status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "cbzsafe", *map(str, args)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_run_leaves_metrics_and_a_message(site, run, workdir):
    """The metrics have the free space of the folders that books are made in and published to."""
    chapter = site.add_chapter(pages=2)
    done = run(
        *(chapter.url, "--metrics", "run.prom", "--termination-log", "why"),
        *("--publish-to", "library"),
    )
    assert done.returncode == 0
    assert (workdir / "why").read_text() == "1 book: 1 published; exit status 0\n"
    free = values(workdir / "run.prom", "cbzsafe_folder_free_bytes", "folder")
    assert set(free) == {str(workdir / "gallery-dl"), str(workdir / "library")}


def test_a_held_book_is_in_the_message_with_its_reason(site, run, workdir):
    """What `kubectl describe pod` shows names the page that is missing, and why."""
    gone = Page("2.jpg", pictures.jpeg(2), faults=[faults.status(404, None)])
    chapter = site.add_chapter(pages=[Page("1.jpg", pictures.jpeg(1)), gone])
    done = run(chapter.url, "--termination-log", "why")
    assert done.returncode & 1
    said = (workdir / "why").read_text("utf-8")
    assert said.startswith("1 book: 1 held; exit status ")
    assert str(chapter.book) in said
    assert "_002.jpg is missing: '404 Not Found'" in said


@pytest.mark.parametrize(
    ("args", "environment"),
    [
        (["--page-retries", "x", "--termination-log", "why", "u"], {}),
        (["--page-retries=x", "--termination-log=why", "u"], {}),
        (["--page-retries=x", "u"], {"CBZSAFE_TERMINATION_LOG": "why"}),
        (["check", "--termination-log", "why", "--subset", "x", "."], {}),
        (["check", "--subset", "x", "."], {"CBZSAFE_TERMINATION_LOG": "why"}),
        (["repair", "--termination-log", "why"], {}),
    ],
)
def test_an_error_is_the_message_too(tmp_path, args, environment):
    """A usage error, which ends the command before it has anything to report, is its one line."""
    status, _, err = cbzsafe(tmp_path, *args, **environment)
    assert status == 2
    assert (tmp_path / "why").read_text() == err.splitlines()[-1] + "\n"


def test_a_signal_leaves_both(site, spawn, workdir):
    """An interrupted run says so."""
    chapter = site.add_chapter(pages=3)
    gate = site.hold(2, middle=True)
    process = spawn("cbzsafe", chapter.url, "--metrics", "run.prom", "--termination-log", "why")
    gate.wait()
    process.terminate()
    assert process.wait(10) == 143
    assert "interrupted by SIGTERM; exit status 143" in (workdir / "why").read_text()
    assert values(workdir / "run.prom", "cbzsafe_last_run_exit_status") == {"run": 143}


@pytest.mark.parametrize(
    ("module", "function", "status"),
    [
        ("cbzsafe.gallerydl.session", "close", 143),
        ("cbzsafe.gallerydl.session", "_report", 143),
        ("cbzsafe.images.check", "weaker", 143),
        ("cbzsafe.cli.run", "_render", 0),
        ("cbzsafe.ui.files", "write", 0),
        ("cbzsafe.ui.termination", "write", 0),
    ],
)
def test_a_signal_behind_the_last_page_loses_nothing(site, workdir, module, function, status):
    """Process, report, metrics and message have one status; what is written then is the last."""
    config, url = workdir / "config.json", site.add_chapter(pages=2).url
    config.write_text(json.dumps(site.config()), "utf-8")
    command = [sys.executable, "-c", SIGNALLED, module, function, "--config-ignore", "-c", config]
    command += ["--metrics", "run.prom", "--termination-log", "why", "--report", "run.json", url]
    environment = programs.environment(workdir)
    done = subprocess.run(command, cwd=workdir, env=environment, timeout=60, check=False)
    assert done.returncode == status
    assert json.loads((workdir / "run.json").read_text("utf-8"))["status"] == status
    assert values(workdir / "run.prom", "cbzsafe_last_run_exit_status") == {"run": status}
    assert (workdir / "why").read_text("utf-8").splitlines()[0].endswith(f"exit status {status}")


@pytest.mark.parametrize("fault", [None, faults.short_with_length(), faults.status(503)])
def test_received_is_what_the_site_sent(site, run, workdir, fault):
    """Each body counts from its first byte to its last, once where it is taken up again."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[1].faults += [fault] if fault else []
    config = site.config(downloader={"retries": 1})
    assert run(chapter.url, "--report", "run.json", config=config).returncode == 0
    told = json.loads((workdir / "run.json").read_text("utf-8"))
    assert told["received"] == sum(len(page.body) for page in chapter.pages)


@pytest.mark.parametrize(
    ("one", "other"), [("report", "metrics"), ("report", "termination-log"), ("metrics", "report")]
)
def test_one_file_cannot_take_two_of_them(site, run, one, other):
    """The last would replace the first; nothing is downloaded for that."""
    done = run(f"--{one}", "file", f"--{other}", "./file", site.add_chapter(pages=1).url)
    assert done.returncode == 2
    assert "name the same file" in done.stderr
    assert not site.log


def test_one_pipe_or_device_can_take_all_of_them(site, run):
    """What cannot be replaced loses nothing."""
    done = run(
        *("--report", "/dev/stdout", "--metrics", "/dev/stdout", "--termination-log"),
        *("/dev/stdout", site.add_chapter(pages=1).url),
    )
    assert done.returncode == 0
    assert '"schema": "cbzsafe.run/1"' in done.stdout
    assert "cbzsafe_last_run_exit_status" in done.stdout
    assert done.stdout.endswith("1 book: 1 published; exit status 0\n")


def test_a_pipe_that_nobody_reads_is_given_up(tmp_path, monkeypatch):
    """It does not keep the process for good, nor what is to be written after it."""
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="pipe: nobody reads the pipe"):
        files.write(tmp_path / "pipe", "text", "report")


@pytest.mark.parametrize("command", ["check", "repair"])
def test_a_command_on_archives_leaves_both(tmp_path, command):
    """The message names what is damaged; the metrics have the folders' free space."""
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "good.cbz").write_bytes(whole())
    (folder / "bad.cbz").write_bytes(broken())
    status, out, err = cbzsafe(
        tmp_path, command, "--metrics", "m.prom", "--termination-log", "why", "library"
    )
    assert (status, err) == (1, "")
    said = (tmp_path / "why").read_text()
    assert said.splitlines()[0] == out.splitlines()[-1]
    assert "bad.cbz" in said
    assert "good.cbz" not in said
    assert "002.jpg" in said
    assert values(tmp_path / "m.prom", "cbzsafe_last_run_exit_status", "command") == {command: 1}
    assert set(values(tmp_path / "m.prom", "cbzsafe_folder_free_bytes", "folder")) == {str(folder)}


def test_what_cannot_be_written_is_told_and_does_not_keep_the_rest(site, run, workdir):
    """A full disk for the metrics costs neither the report nor the message."""
    chapter = site.add_chapter(pages=2)
    with disk(workdir / "small", "16k") as small:
        (small / "filler").write_bytes(bytes(16 << 10))
        done = run(
            *(chapter.url, "--metrics", "small/run.prom", "--report", "run.json"),
            *("--termination-log", "why"),
        )
        assert os.listdir(small) == ["filler"]
    assert done.returncode == 128
    assert "cbzsafe: The metrics file cannot be written to small/run.prom: No space" in done.stderr
    assert (workdir / "run.json").exists()
    assert (workdir / "why").read_text() == "1 book: 1 published; exit status 128\n"


def test_metrics_have_the_status_that_the_process_ends_with(site, run, workdir):
    """A run whose report could not be written was no success."""
    chapter = site.add_chapter(pages=2)
    done = run(chapter.url, "--metrics", "run.prom", "--report", "none/run.json")
    assert done.returncode == 128
    metrics = workdir / "run.prom"
    assert values(metrics, "cbzsafe_last_run_exit_status") == {"run": 128}
    assert values(metrics, "cbzsafe_last_success_timestamp_seconds") == {"run": 0}


def test_a_report_that_cannot_be_written_costs_neither_metrics_nor_message(tmp_path):
    """JSON goes to a full disk; the metrics have the status that comes of it."""
    (tmp_path / "good.cbz").write_bytes(whole())
    command = [sys.executable, "-m", "cbzsafe", "check", "--json", "--metrics", "m.prom", "."]
    command += ["--termination-log", "why"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(command, cwd=tmp_path, stdout=full, timeout=60, check=False)
    assert done.returncode == 128
    assert values(tmp_path / "m.prom", "cbzsafe_last_run_exit_status") == {"m": 128}
    assert "cannot be written" in (tmp_path / "why").read_text()


def test_free_space_is_that_of_the_nearest_folder_that_is_there(tmp_path):
    """A folder that is made by the first run has the space of the one that it will be in."""
    with disk(tmp_path / "small", "64k") as small:
        found = free_space([small, small / "a" / "b"])
    assert list(found) == [str(small), str(small / "a" / "b")]
    assert set(found.values()) == {64 << 10}


def test_what_kept_a_run_from_any_book_is_in_the_message(site, run, workdir):
    """An unsupported URL, a list that is not there: the message says it, in gallery-dl's words."""
    done = run(f"{site.root}/nothing/of/ours", "-i", "none.txt", "--termination-log", "why")
    assert done.returncode & (32 | 64)
    said = (workdir / "why").read_text("utf-8")
    assert said.startswith("0 books; exit status ")
    assert "error: inputfile: " in said or "error: gallery-dl: Unsupported URL" in said


def test_a_chapter_that_is_gone_is_in_the_message(site, run, workdir):
    """The extractor's own error is the reason why there is no book."""
    site.add_chapter(1)
    done = run(f"{site.root}/read/comic/en/0/99/", "--termination-log", "why", "--report", "r.json")
    assert done.returncode == 4
    said = (workdir / "why").read_text("utf-8")
    assert "404" in said.splitlines()[1]


def test_a_line_that_gallery_dl_rejects_is_in_the_message(run, workdir):
    """The message of its parser is in the log, and the termination message points there."""
    done = run("--no-such-option", "--termination-log", "why")
    assert done.returncode == 2
    said = (workdir / "why").read_text("utf-8")
    assert said.startswith("cbzsafe: gallery-dl did not take the command line (exit status 2)")
