"""Runs whose record of finished chapters is of no use, is shared, or is lost in a kill."""

from __future__ import annotations

import json
import subprocess
import sys

import programs
import pytest
from books import assert_whole, book, report
from disks import disk, make_read_only

NAME = ".cbzsafe.sqlite"
_MODULES = """
import json, sys
from contextlib import suppress
from cbzsafe.__main__ import main
with suppress(SystemExit):
    main()
print(json.dumps(sorted(sys.modules)))
"""

SKIP = ("--skip-finished", "--report", "report.json")


@pytest.mark.parametrize(
    "harm",
    [lambda path: path.write_bytes(b"no"), lambda path: path.mkdir()],
    ids=["garbage", "folder"],
)
def test_a_record_of_no_use_is_a_warning_and_everything_is_visited(site, run, workdir, harm):
    """The status is 0, the sentence says what to do, and the file is left as it is."""
    chapters = [site.add_chapter(n, pages=1) for n in (1, 2)]
    (workdir / "gallery-dl").mkdir()
    harm(workdir / "gallery-dl" / NAME)
    for _ in range(2):
        site.clear()
        assert run(*SKIP, site.series_url()).returncode == 0
        made = report(workdir)
        assert [(one["severity"], NAME in one["text"]) for one in made["problems"]] == [
            ("warning", True)
        ]
        assert (made["finished"], site.chapter_requests()[chapters[0].path]) == (0, 1)
    for chapter in chapters:
        assert programs.pages(book(workdir, chapter)) == chapter.expected()


def test_a_read_only_library_is_passed_over_without_a_word(site, run, workdir):
    """Nothing has to be written where nothing is new."""
    site.add_chapter(pages=1)
    with disk(workdir / "library") as library:
        publish = ("--publish-to", "library")
        assert run(*SKIP, *publish, site.series_url()).returncode == 0
        make_read_only(library)
        assert run(*SKIP, *publish, site.series_url()).returncode == 0
        made = report(workdir)
        assert (made["finished"], made["problems"]) == (1, [])
        assert run(*SKIP, "--recheck", *publish, site.series_url()).returncode == 0
        assert "is read-only" in report(workdir)["problems"][0]["text"]


def test_shards_record_at_the_same_time(site, spawn, run, workdir):
    """Processes that end together all get their chapters in."""
    for number in range(1, 10):
        site.add_chapter(number, pages=1)
    shards = [("--shard", f"{number}/3") for number in (1, 2, 3)]
    started = [spawn("cbzsafe", "--skip-finished", *shard, site.series_url()) for shard in shards]
    assert [one.wait(60) for one in started] == [0, 0, 0]
    site.clear()
    assert run(*SKIP, site.series_url()).returncode == 0
    assert (report(workdir)["finished"], len(site.log)) == (9, 1)


def test_a_kill_before_the_record_costs_a_visit_and_nothing_else(site, spawn, run, workdir):
    """Chapters that were published and not recorded yet are found whole."""
    chapters = [site.add_chapter(n, pages=2) for n in (1, 2)]
    gate = site.hold(3)
    process = spawn("cbzsafe", "--skip-finished", *(one.url for one in chapters))
    gate.wait()
    programs.kill(process)
    gate.open()
    assert programs.pages(book(workdir, chapters[0])) == chapters[0].expected()
    site.clear()
    assert run(*SKIP, *(one.url for one in chapters)).returncode == 0
    assert report(workdir)["finished"] == 0
    assert {n for n in site.page_requests() if n.startswith("c001")} == set()
    assert run(*SKIP, *(one.url for one in chapters)).returncode == 0
    assert report(workdir)["finished"] == 2


def test_an_interrupted_run_records_what_it_finished(site, spawn, run, workdir):
    """SIGTERM ends the chapter on its way, and the one before is not visited again."""
    chapters = [site.add_chapter(n, pages=2) for n in (1, 2)]
    gate = site.hold(3)
    process = spawn("cbzsafe", "--skip-finished", *(one.url for one in chapters))
    gate.wait()
    process.terminate()
    assert process.wait(30) == 143
    gate.open()
    assert run(*SKIP, *(one.url for one in chapters)).returncode == 0
    assert report(workdir)["finished"] == 1


def test_a_repair_from_a_url_neither_uses_nor_makes_a_record(site, run, workdir):
    """A setting that is meant for downloads does not keep the one book from being filled up."""
    chapter = site.add_chapter(pages=2)
    run("--range", "1", chapter.url)
    config = {**site.config(), "cbzsafe": {"skip-finished": True}}
    folder = programs.home(workdir) / "config" / "gallery-dl"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    path = book(workdir, chapter)
    assert programs.run_cbzsafe(["repair", "--from", chapter.url, path], workdir).returncode == 0
    assert_whole(path, chapter.expected())
    assert not list(workdir.rglob(NAME))


def test_what_writes_and_decodes_is_not_imported_where_nothing_is_new(site, run, workdir):
    """The start is most of the time of such a run."""
    chapter = site.add_chapter(pages=1)
    assert run(*SKIP, chapter.url).returncode == 0
    (workdir / "config.json").write_text(json.dumps(site.config()), "utf-8")
    command = [sys.executable, "-c", _MODULES, "-c", "config.json", *SKIP, chapter.url]
    env = programs.environment(workdir)
    done = subprocess.run(command, cwd=workdir, env=env, capture_output=True, text=True, check=True)
    assert report(workdir)["finished"] == 1
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded.isdisjoint({"PIL", "filelock", "simplejpeg", "numpy", "rich", "yaml"})
    assert loaded.isdisjoint({"cbzsafe.cbz.publish", "cbzsafe.cbz.scan", "cbzsafe.comicinfo"})
