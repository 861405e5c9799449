"""Attempts to break the promise: odd names, odd hooks, odd moments."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zipfile

import pictures
import programs
import pytest
import site_faults as faults
from books import HISTORY, assert_whole, book, outcomes, report, stamp
from gallery_dl.job import Job
from gallery_dl.path import PathFormat
from ready_made import zipped
from sampling import grid
from site_faults import Page

NAMES = [
    "back\\slash",
    "..",
    ".",
    "new\nline",
    "-rf",
    ".hidden",
    "Ünïcödé 日本",
    " space ",
    "C:",
    "x" * 200,
    "%s{}",
    "'q\"",
]


def hook(workdir, body, event, **more):
    """A `python` post-processor whose function has this body, with `kwdict`."""
    count = len(list(workdir.parent.glob("hook*.py")))
    module = workdir.parent / f"hook{count}.py"
    start = "import os, time\nfrom gallery_dl import exception\n\n\ndef run(kwdict):\n"
    module.write_text(start + "".join(f"    {line}\n" for line in body.splitlines()))
    return {"name": "python", "event": event, "function": f"{module}:run", **more}


def keys(workdir):
    with sqlite3.connect(workdir / "history.sqlite3") as connection:
        found = {row[0] for row in connection.execute("SELECT entry FROM archive")}
    connection.close()
    return found


def stage(site, spawn, chapter, config=None):
    """Leave all pages but the last in staging, and no lock file."""
    gate = site.hold(len(chapter.pages))
    process = spawn("cbzsafe", chapter.url, config=config)
    gate.wait()
    programs.kill(process)
    gate.open()
    site.clear()


def pause(workdir):
    """The body of a hook that waits for a file, that file, and the one that tells of the wait."""
    go, there = workdir.parent / "go", workdir.parent / "there"
    body = f"open({str(there)!r}, 'w').close()\nwhile not os.path.exists({str(go)!r}):\n"
    return body + "    time.sleep(0.01)", go, there


@pytest.mark.parametrize("last", [3, 4], ids=["part", "all"])
def test_a_second_process_looks_while_the_first_publishes(site, run, spawn, workdir, last):
    """What a process saw in staging before another published it is no missing page."""
    chapter = site.add_chapter(pages=4)
    stage(site, spawn, chapter)
    for path in book(workdir, chapter).parent.glob(".cbsafe-*"):
        path.unlink()  # else the second would wait for the first
    body, go, there = pause(workdir)
    config = site.config(postprocessors=[hook(workdir, body, "skip", filter="page == 3")])
    second = spawn("cbzsafe", chapter.url, "--range", f"1-{last}", config=config)
    assert programs.until(there.exists)
    assert run(chapter.url).returncode == 0
    go.touch()
    assert second.wait(20) == 0, programs.errors(workdir)
    assert_whole(book(workdir, chapter), chapter.expected())
    assert set(site.page_requests().values()) == {1}


def test_a_signal_ends_the_wait_for_a_lock_before_settling(site, run, spawn, workdir):
    """A process that has all pages and waits for another's lock hears SIGTERM."""
    chapter = site.add_chapter(pages=4)
    stage(site, spawn, chapter)
    for path in book(workdir, chapter).parent.glob(".cbsafe-*"):
        path.unlink()
    body, go, there = pause(workdir)
    config = site.config(postprocessors=[hook(workdir, body, "skip", filter="page == 3")])
    second = spawn("cbzsafe", chapter.url, "--range", "1-3", config=config)
    assert programs.until(there.exists)
    gate = site.hold(1)
    first = spawn("cbzsafe", chapter.url)
    gate.wait()
    go.touch()
    assert programs.until(lambda: "waiting for" in programs.errors(workdir))
    second.terminate()
    assert second.wait(5) == 143
    gate.open()
    assert first.wait(20) == 0
    assert_whole(book(workdir, chapter), chapter.expected())


EVENTS = ["prepare", "file", "error", "finalize"]
RAISED = ["OSError(28, 'full')", "exception.AbortExtraction('x')", "SystemExit(0)"]


@pytest.mark.parametrize(("event", "raised"), grid(EVENTS, RAISED))
def test_a_hook_that_raises_hides_no_page(site, run, workdir, event, raised):
    """Whatever a user's hook raises, a short book is not called whole, and the next run heals."""
    chapter = site.add_chapter(pages=3)
    if event == "error":
        chapter.pages[1].faults.append(faults.status(404, None))
    more = {} if event == "finalize" else {"filter": "page == 2"}
    config = site.config(postprocessors=[hook(workdir, f"raise {raised}", event, **more)])
    args = (*HISTORY, "--report", "report.json", chapter.url)
    done = run(*args, config=config)
    assert "Traceback" not in done.stderr
    target = book(workdir, chapter)
    whole = target.exists() and programs.pages(target) == chapter.expected()
    assert whole or (done.returncode & 1 and not report(workdir)["books"][0]["whole"])
    chapter.pages[1].faults.clear()
    assert run(*args).returncode == 0
    assert_whole(target, chapter.expected())


@pytest.mark.parametrize("flag", ["-v", "-q", "-w"])
def test_a_finalize_hook_that_raises_is_told_in_a_sentence(site, run, workdir, flag):
    """The book is published, the report written, and only -v shows a traceback."""
    chapter = site.add_chapter(pages=1)
    config = site.config(postprocessors=[hook(workdir, "raise ValueError('boom')", "finalize")])
    done = run(flag, chapter.url, "--report", "report.json", config=config)
    assert done.returncode & 1
    assert ("Traceback" in done.stderr) == (flag == "-v")
    assert report(workdir)["status"] == done.returncode
    assert_whole(book(workdir, chapter), chapter.expected())


if "parse_logging" in Job.__init__.__code__.co_names:  # 1.30.0 fails over `actions`

    def test_an_action_that_exits_in_the_repair_round_is_not_status_0(site, run, workdir):
        """`exit 0` on each failed page ends the run, and the book is held and reported."""
        chapter = site.add_chapter(pages=3)
        chapter.pages[1].faults.append(faults.status(404, None))
        config = site.config(actions={"error:Failed to download": "exit 0"})
        done = run(chapter.url, *HISTORY, "--report", "report.json", config=config)
        assert done.returncode & 1
        assert outcomes(workdir) == ["held"]
        assert keys(workdir) == set()

    @pytest.mark.parametrize("action", ["abort", "terminate", "exit 0"])
    def test_an_action_that_ends_the_job_at_a_page_holds_the_book(site, run, workdir, action):
        """Pages behind it were never named; that the page comes later on hides nothing."""
        chapter = site.add_chapter(pages=4)
        chapter.pages[1].faults.append(faults.status(404))
        config = site.config(actions={"warning:404": action})
        done = run(chapter.url, *HISTORY, "--report", "report.json", config=config)
        assert done.returncode & 1
        assert outcomes(workdir) == ["held"]
        assert keys(workdir) == set()


def test_a_hook_that_restarts_again_and_again_fetches_nothing_twice(site, run, workdir):
    """RestartExtraction in the midst keeps pages and history complete."""
    chapter = site.add_chapter(pages=4)
    count = workdir.parent / "count"
    body = (
        f"before = len(open({str(count)!r}, 'a+').read())\n"
        f"open({str(count)!r}, 'a').write('x')\n"
        f"if os.path.getsize({str(count)!r}) < 4: raise exception.RestartExtraction()"
    )
    config = site.config(postprocessors=[hook(workdir, body, "after", filter="page > 1")])
    assert run(chapter.url, *HISTORY, config=config).returncode == 0
    assert set(site.page_requests().values()) == {1}
    assert_whole(book(workdir, chapter), chapter.expected())
    assert len(keys(workdir)) == 4


@pytest.mark.parametrize("metadata", [False, True])
def test_pages_without_an_extension(site, run, spawn, workdir, metadata):
    """Only the response names them: killed and run again, nothing is fetched or written twice."""
    chapter = site.add_chapter(pages=[Page(f"p{n}", pictures.jpeg(n)) for n in range(4)])
    config = site.config(**({"http_metadata": "_head"} if metadata else {}))
    stage(site, spawn, chapter, config)
    assert run(chapter.url, *HISTORY, config=config).returncode == 0
    target = book(workdir, chapter)
    assert list(programs.pages(target).values()) == [page.body for page in chapter.pages]
    assert metadata or len(site.page_requests()) == 1
    site.clear()
    before = stamp(target)
    assert run(chapter.url, config=config).returncode == 0
    assert stamp(target) == before
    assert metadata or not site.page_requests()
    assert programs.tree(target.parent) == [target.name]


def test_pages_without_an_extension_that_fail(site, run, workdir):
    """One fails once, one for good: the book is held, and the next run fetches one page."""
    chapter = site.add_chapter(pages=[Page(f"p{n}", pictures.jpeg(n)) for n in range(4)])
    chapter.pages[1].faults.append(faults.status(404, 1))
    chapter.pages[2].faults.append(faults.html_as_jpeg(None))
    assert run(chapter.url, *HISTORY, "--report", "report.json").returncode & 1
    assert outcomes(workdir) == ["held"]
    chapter.pages[2].faults.clear()
    site.clear()
    assert run(chapter.url, *HISTORY).returncode == 0
    assert len(site.page_requests()) == 1
    found = programs.pages(book(workdir, chapter))
    assert list(found.values()) == [page.body for page in chapter.pages]


def test_odd_names(site, run, workdir):
    """Every page comes in under some name that can stand in an archive, and is found again."""
    chapter = site.add_chapter(pages=len(NAMES))
    body = f"kwdict['odd'] = {NAMES!r}[kwdict['page'] - 1]"
    config = site.config(
        postprocessors=[hook(workdir, body, "prepare")],
        filename="{odd}.{extension}",
        path_remove="",
        path_restrict="/",
    )
    for fetched in (len(NAMES), 0):
        site.clear()
        assert run(chapter.url, *HISTORY, config=config).returncode == 0
        found = programs.pages(book(workdir, chapter))
        assert sorted(found.values()) == sorted(page.body for page in chapter.pages)
        assert not any("\\" in name or "\n" in name for name in found)
        assert sum(site.page_requests().values()) == fetched


def test_names_that_differ_by_case_only_are_two_pages(site, run, workdir):
    """`a.jpg` and `A.jpg` are both kept."""
    chapter = site.add_chapter(pages=2)
    name = hook(workdir, "kwdict['letter'] = 'aA'[kwdict['page'] - 1]", "prepare")
    config = site.config(postprocessors=[name], filename="{letter}.{extension}")
    assert run(chapter.url, config=config).returncode == 0
    assert set(programs.pages(book(workdir, chapter))) == {"a.jpg", "A.jpg"}


def test_pages_that_are_no_pictures(site, run, workdir):
    """ComicInfo.xml and info.json stand first, a ready-made .cbz is no page, none comes twice."""
    made = [
        Page("ComicInfo.xml", b"<?xml version='1.0'?><ComicInfo/>", "text/xml"),
        Page("info.json", b"{}", "application/json"),
        Page("x.cbz", zipped(), "application/zip"),
        Page("001.jpg", pictures.jpeg(1)),
    ]
    chapter = site.add_chapter(pages=made)
    config = site.config(filename="{filename}.{extension}")
    for fetched in (4, 0):
        site.clear()
        assert run(chapter.url, config=config).returncode == 0
        assert programs.names(book(workdir, chapter)) == ["ComicInfo.xml", "info.json", "001.jpg"]
        assert sum(site.page_requests().values()) == fetched
    folder = workdir / "gallery-dl" / chapter.folder
    assert [path.name for path in folder.iterdir()] == ["x.cbz"]


def test_a_file_or_a_link_in_the_place_of_the_staging_folder(site, run, workdir):
    """A file there is reported and stays; a link to a folder is used."""
    chapter = site.add_chapter(pages=2)
    folder = workdir / "gallery-dl" / chapter.folder
    folder.parent.mkdir(parents=True)
    folder.write_text("mine")
    assert run(chapter.url).returncode & 1
    assert folder.read_text() == "mine"
    folder.unlink()
    (workdir / "real").mkdir()
    folder.symlink_to(workdir / "real")
    assert run(chapter.url).returncode == 0
    assert programs.pages(book(workdir, chapter)) == chapter.expected()


def test_another_name_of_the_old_book_keeps_the_old_content(site, run, workdir):
    """A hard link to a book that is updated is never written through."""
    chapter = site.add_chapter(pages=3)
    assert run(chapter.url, "--range", "1-2").returncode == 0
    other = workdir / "mine.cbz"
    os.link(book(workdir, chapter), other)
    before = other.read_bytes()
    assert run(chapter.url).returncode == 0
    assert other.read_bytes() == before
    assert_whole(book(workdir, chapter), chapter.expected())


def test_an_empty_archive_is_filled(site, run, workdir):
    """A .cbz without pages is damage, whatever it takes."""
    chapter = site.add_chapter(pages=2)
    target = book(workdir, chapter)
    target.parent.mkdir(parents=True)
    with zipfile.ZipFile(target, "w"):
        pass
    assert run(chapter.url).returncode == 0
    assert_whole(target, chapter.expected())


def test_a_staging_folder_that_is_removed_in_the_midst(site, run, spawn, workdir):
    """The pages that were in it are missing by name, enter no history, and are fetched again."""
    chapter = site.add_chapter(pages=4)
    gate = site.hold(3)
    process = spawn("cbzsafe", chapter.url, *HISTORY, "--report", "report.json")
    gate.wait()
    shutil.rmtree(workdir / "gallery-dl" / chapter.folder)
    gate.open()
    assert process.wait(20) & 1
    assert outcomes(workdir) == ["held"]
    assert len(report(workdir)["books"][0]["missing"]) == 2
    assert keys(workdir) == set()
    assert run(chapter.url, *HISTORY).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())


@pytest.mark.parametrize(("held_at", "whole"), [(3, True), (2, False)], ids=["commit", "check"])
def test_a_history_that_another_process_locks(site, run, spawn, workdir, held_at, whole):
    """Locked at the commit the book is published, locked before it is held; both are told."""
    chapter = site.add_chapter(pages=3)
    config = site.config(archive_pragma=["busy_timeout=100"])
    gate = site.hold(held_at)
    process = spawn("cbzsafe", chapter.url, *HISTORY, config=config)
    gate.wait()
    other = sqlite3.connect(workdir / "history.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    gate.open()
    assert process.wait(30) & 1
    other.execute("COMMIT")
    other.close()
    assert book(workdir, chapter).exists() == whole
    site.clear()
    assert run(chapter.url, *HISTORY).returncode == 0
    assert len(site.page_requests()) == (0 if whole else 1)
    assert len(keys(workdir)) == 3
    assert_whole(book(workdir, chapter), chapter.expected())


def test_conditional_formats(site, run, workdir):
    """`directory`, `filename` and `base-directory` as objects choose page by page."""
    for number in (1, 2):
        site.add_chapter(number, pages=3)
    config = site.config(
        directory={"chapter == 1": ["one"], "": ["{chapter_string}"]},
        filename={"page == 2": "two.{extension}", "": "{page}.{extension}"},
    )
    bases = ("gallery-dl", "gallery-dl")
    if "basedirectory_conditions" in PathFormat.__init__.__code__.co_names:  # not in 1.30.0
        bases = ("b1", "b2")
        config["extractor"]["base-directory"] = {"chapter == 1": "b1", "": "b2"}
    for fetched in (6, 0):
        site.clear()
        assert run(site.series_url(), config=config).returncode == 0
        assert sum(site.page_requests().values()) == fetched
    made = {p.relative_to(workdir).as_posix() for p in workdir.rglob("*.cbz")}
    assert made == {f"{bases[0]}/one.cbz", f"{bases[1]}/Chapter 2.cbz"}


def test_a_users_own_abort_and_range_are_no_damage(site, run, workdir):
    """What a filter or a range leaves out comes in a later run, and only that."""
    chapter = site.add_chapter(pages=5)
    assert run(chapter.url, "--filter", "page < 3 or abort()").returncode == 0
    assert run(chapter.url, "--range", "4-").returncode == 0
    assert len(programs.pages(book(workdir, chapter))) == 4
    site.clear()
    assert run(chapter.url).returncode == 0
    assert len(site.page_requests()) == 1
    assert_whole(book(workdir, chapter), chapter.expected())


def test_two_formats_of_which_one_takes_some_pages(site, run, workdir):
    """Each archive gets what its filter lets in; nothing is fetched twice for the other."""
    chapter = site.add_chapter(pages=3)
    config = site.config(postprocessors=[{"name": "zip", "filter": "page < 3"}])
    for fetched in (3, 0):
        site.clear()
        assert run("--cbz", chapter.url, *HISTORY, config=config).returncode == 0
        assert sum(site.page_requests().values()) == fetched
    assert len(programs.pages(book(workdir, chapter).with_suffix(".zip"))) == 2
    assert_whole(book(workdir, chapter), chapter.expected())


def test_broken_bytes_stand_in_when_all_fallbacks_fail(site, run, workdir):
    """A page that is damaged at its source is taken after a missing and an HTML fallback."""
    chapter = site.add_chapter(pages=2)
    page = chapter.pages[0]
    short = page.body[:-900]
    page.faults.append(faults.other_bytes(short, None))
    site.add_file("/html.jpg", Page("html.jpg", faults.HTML))
    urls = [f"{site.root}/none.jpg", f"{site.root}/html.jpg"]
    name = hook(workdir, f"kwdict['_fallback'] = {urls!r}", "prepare", filter="page == 1")
    assert run(chapter.url, config=site.config(postprocessors=[name])).returncode == 0
    assert_whole(book(workdir, chapter), {**chapter.expected(), chapter.name(0): short})


def test_initialised_before_the_first_page(site, run, workdir):
    """`init: true` builds a job before its directory is known."""
    chapter = site.add_chapter(pages=2)
    assert run(chapter.url, *HISTORY, config=site.config(init=True)).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_folder_whose_name_is_no_utf8(site, run, workdir):
    """The book, the table and the report take it."""
    chapter = site.add_chapter(pages=1)
    done = run("-d", os.fsdecode(b"lib\xff"), chapter.url, "--report", "report.json")
    assert done.returncode == 0
    assert report(workdir)["books"][0]["whole"]


def test_many_directories_in_turn_have_a_complete_history(site, run, workdir):
    """Books that are settled early and opened again lose neither pages nor keys."""
    for number in range(1, 13):
        site.add_note(number, pages=1, text=f"t{number % 6}")
    config = site.config(directory=["{text}"])
    for fetched in (12, 0):
        site.clear()
        assert run(site.notes_url(), *HISTORY, config=config).returncode == 0
        assert sum(site.page_requests().values()) == fetched
    assert len(keys(workdir)) == 12
    for number in range(6):
        assert len(programs.pages(workdir / f"gallery-dl/t{number}.cbz")) == 2
