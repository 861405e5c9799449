"""`--on-publish` in real runs: when the command starts, with what, and that it never fails them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path

import programs
import pytest
from books import HISTORY, assert_whole, book
from notified_program import KEY, has_ended
from repairs import broken, whole

LOOK = """
import json, os, pathlib, sqlite3, sys, zipfile
path = pathlib.Path(sys.argv[-1])
told = {name: os.environ.get(name) for name in sys.argv[2].split()}
rows = sqlite3.connect("history.sqlite3").execute("SELECT COUNT(*) FROM archive").fetchone()
seen = {"args": sys.argv[3:], "told": told, "pages": zipfile.ZipFile(path).namelist()}
seen |= {"history": rows[0], "beside": sorted(os.listdir(path.parent)), "stdin": sys.stdin.read()}
with open(sys.argv[1], "a") as file:
    file.write(json.dumps(seen) + "\\n")
print("a line of its own")
"""
"""Writes down what it sees of the book that it is called for."""

TOLD = "CBZSAFE_PATH CBZSAFE_OUTCOME CBZSAFE_URL CBZSAFE_NOTIFY_TOKEN"


@pytest.fixture
def looking(workdir):
    """Give the words of a command that writes down what it sees, and what it has written."""
    script, seen = workdir.with_name("look.py"), workdir.with_name("seen.jsonl")
    script.write_text(LOOK, "utf-8")
    words = [sys.executable, str(script), str(seen), TOLD]
    return words, lambda: [json.loads(line) for line in seen.read_text("utf-8").splitlines()]


def test_the_command_finds_the_book_done(site, program, workdir, looking):
    """The archive is whole at its final name, the history has it, and its folder is gone."""
    words, seen = looking
    chapters = [site.add_chapter(number, pages=3) for number in (1, 2)]
    done = program.run(
        *(*HISTORY, "--on-publish", shlex.join(words), site.series_url()), CBZSAFE_NOTIFY_TOKEN=KEY
    )
    assert (done.returncode, program.warnings()) == (0, [])
    assert "a line of its own" not in done.stdout
    assert done.stderr.count("a line of its own") == 2
    first, second = seen()
    paths = [first["args"][-1], second["args"][-1]]
    assert sorted(paths) == sorted(str(book(workdir, chapter)) for chapter in chapters)
    assert (len(first["pages"]), len(second["pages"])) == (3, 3)
    assert (first["history"], second["history"]) == (3, 6)
    assert first["beside"] == [Path(paths[0]).name]
    assert (first["stdin"], first["told"]["CBZSAFE_NOTIFY_TOKEN"]) == ("", None)
    assert first["told"]["CBZSAFE_PATH"] == paths[0]
    assert first["told"]["CBZSAFE_OUTCOME"] == "published"
    assert first["told"]["CBZSAFE_URL"].startswith(site.root)


def test_the_command_is_run_for_what_is_new_alone(site, program, looking):
    """An unchanged book starts nothing, and one that got pages is `updated`."""
    words, seen = looking
    chapter = site.add_chapter(pages=2)
    config = site.config(cbzsafe={"on-publish": words})
    assert program.run(*HISTORY, chapter.url, config=config).returncode == 0
    assert program.run(*HISTORY, chapter.url, config=config).returncode == 0
    page = site.add_chapter(2, pages=1).pages[0]
    chapter.pages.append(page)
    site._pages[chapter.page_path(page)] = (page, chapter)
    assert program.run(*HISTORY, chapter.url, config=config).returncode == 0
    assert [one["told"]["CBZSAFE_OUTCOME"] for one in seen()] == ["published", "updated"]


@pytest.mark.parametrize(
    "title", ["a  b 'c' \"d\"", "$(touch x); `touch x` & {}", "\u00e9\u6f2b -rf"]
)
def test_no_title_is_taken_for_more_than_a_path(site, program, workdir, looking, title):
    """Blanks, quotes, dollars and what is not ASCII reach the command as one argument."""
    words, seen = looking
    chapter = site.add_chapter(pages=1, manga=title)
    config = site.config(cbzsafe={"on-publish": [*words, "--file={}", "{}"]})
    assert program.run(*HISTORY, chapter.url, config=config).returncode == 0
    (one,) = seen()
    path = one["told"]["CBZSAFE_PATH"]
    assert one["args"] == [f"--file={path}", path]
    assert Path(path).exists()
    assert not (workdir / "x").exists()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "sh ended with status 3 for "),
        ("kill -9 $$", "sh was ended by SIGKILL for "),
        ("head -c 3000000 /dev/zero | tr '\\0' x", None),
    ],
    ids=["fails", "dies", "floods"],
)
def test_what_a_command_does_is_not_the_runs(site, program, workdir, script, said):
    """A failure is one warning for all books, with their number, and the status stays 0."""
    chapters = [site.add_chapter(number, pages=1) for number in (1, 2)]
    done = program.run("--on-publish", shlex.join(["sh", "-c", script]), site.series_url())
    assert done.returncode == 0
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())
    warnings = program.warnings()
    assert len(warnings) == bool(said)
    for warning in warnings:
        assert warning.startswith(f"--on-publish: {said}")
        assert warning.endswith(" and 1 more: run it by hand.")


@pytest.mark.parametrize("command", ["no-such-command {}", ""])
def test_a_command_that_is_not_there_is_a_usage_error(site, program, command):
    """Nothing is downloaded for it."""
    url = site.add_chapter(pages=1).url
    done = program.run("--on-publish", command, url)
    assert (done.returncode, site.log) == (2, [])
    assert "cbzsafe: --on-publish: " in done.stderr


def test_a_command_that_cannot_be_started_is_a_warning(site, program, workdir):
    """What is executable and still no program is told with the system's words."""
    (workdir / "odd").write_bytes(b"\x7fELF")
    (workdir / "odd").chmod(0o755)
    done = program.run("--on-publish", "./odd", site.add_chapter(pages=1).url)
    assert done.returncode == 0
    assert "./odd cannot be started (Exec format error) for " in program.warnings()[0]


@pytest.mark.long
def test_a_signal_ends_the_command_and_what_it_started(site, program, workdir):
    """SIGTERM leaves a command that does not care five seconds; the book stays published."""
    chapter = site.add_chapter(pages=1)
    pids = workdir.with_name("pids")
    script = f"trap '' TERM; sleep 77 & echo $! $$ > {pids}.new; mv {pids}.new {pids}; wait; wait"
    args = ("--report", "report.json", "--on-publish", shlex.join(["sh", "-c", script]))
    process = program.start(*args, chapter.url)
    assert programs.until(pids.exists)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert program.end(process).returncode == 143
    assert time.monotonic() - began < 9
    assert "was ended, since the run was stopped, for " in program.warnings()[0]
    assert_whole(book(workdir, chapter), chapter.expected())
    assert programs.until(lambda: all(map(has_ended, pids.read_text().split())))


def test_a_repair_runs_it_for_what_it_wrote(program, workdir, looking):
    """Archives that were written anew are handed over at the end, by their absolute paths."""
    words, seen = looking
    (workdir / "history.sqlite3").touch()
    script = Path(words[1])
    script.write_text(LOOK.replace('"SELECT COUNT(*) FROM archive"', '"SELECT 0"'), "utf-8")
    (workdir / "good.cbz").write_bytes(whole())
    (workdir / "bad.cbz").write_bytes(broken())
    done = program.command("repair", "--on-publish", shlex.join(words), "good.cbz", "bad.cbz")
    assert done.returncode == 1
    (one,) = seen()
    assert one["args"] == [os.path.abspath(workdir / "bad.cbz")]
    assert one["told"]["CBZSAFE_OUTCOME"] == "updated"
    assert one["told"]["CBZSAFE_URL"] == ""


def test_a_repair_that_downloads_runs_it_once(site, program, workdir, looking):
    """A book that was repaired and then filled is handed over when both are done."""
    words, seen = looking
    chapter = site.add_chapter(pages=3)
    assert program.run(*HISTORY, chapter.url).returncode == 0
    path = book(workdir, chapter)
    data = bytearray(path.read_bytes())
    data[data.index(chapter.pages[1].body) + 9000] ^= 0x20
    path.write_bytes(data)
    config = programs.home(workdir) / "config" / "gallery-dl" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps(site.config()), "utf-8")
    args = ("repair", "--on-publish", shlex.join(words), "--from", chapter.url, path)
    assert program.command(*args).returncode == 0
    (one,) = seen()
    assert (one["args"], len(one["pages"])) == ([str(path)], 3)
    assert one["told"]["CBZSAFE_URL"] == chapter.url
