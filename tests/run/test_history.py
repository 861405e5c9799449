"""The download archive, called the history here."""

from __future__ import annotations

import sqlite3

import left_behind
import programs
import pytest
from books import HISTORY, assert_whole, book, outcomes
from site_faults import status


def keys(workdir):
    with sqlite3.connect(workdir / "history.sqlite3") as connection:
        found = {row[0] for row in connection.execute("SELECT entry FROM archive")}
    connection.close()
    return found


@pytest.mark.parametrize("mode", ["file", "memory"])
def test_no_page_enters_the_history_before_its_book_is_published(site, run, workdir, mode):
    """A held book leaves no trace in the history; a published one all its pages."""
    chapter = site.add_chapter(pages=4)
    chapter.pages[2].faults.append(status(404, times=None))
    config = site.config(archive_mode=mode)
    assert run(chapter.url, *HISTORY, config=config).returncode & 5 == 5
    assert keys(workdir) == set()
    chapter.pages[2].faults.clear()
    assert run(chapter.url, *HISTORY, config=config).returncode == 0
    assert len(keys(workdir)) == 4


def test_a_killed_run_leaves_an_empty_history(site, spawn, workdir):
    """Pages that are only staged are not marked as downloaded."""
    chapter = site.add_chapter(pages=4)
    gate = site.hold(3)
    process = spawn("cbzsafe", chapter.url, *HISTORY)
    gate.wait()
    programs.kill(process)
    gate.open()
    assert keys(workdir) == set()


def test_pages_published_before_a_kill_enter_the_history_later(site, run, workdir):
    """A history that lacks pages of a published book is completed, without requests."""
    chapter = site.add_chapter(pages=4)
    assert run(chapter.url).returncode == 0
    site.clear()
    assert run(chapter.url, *HISTORY).returncode == 0
    assert not site.page_requests()
    assert len(keys(workdir)) == 4


def test_a_book_that_was_moved_away_does_not_come_back(site, run, workdir):
    """A history without evidence against it is believed."""
    chapter = site.add_chapter(pages=4)
    assert run(chapter.url, *HISTORY).returncode == 0
    book(workdir, chapter).rename(workdir / "elsewhere.cbz")
    site.clear()
    assert run(chapter.url, *HISTORY).returncode == 0
    assert not site.page_requests()
    assert not book(workdir, chapter).exists()


def test_a_page_that_was_deleted_does_not_come_back(site, run, workdir):
    """A page that its owner took out of the book stays out."""
    import zipfile

    chapter = site.add_chapter(pages=4)
    assert run(chapter.url, *HISTORY).returncode == 0
    target = book(workdir, chapter)
    kept = {name: body for name, body in programs.pages(target).items() if "_002" not in name}
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in kept.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), body)
    site.clear()
    assert run(chapter.url, *HISTORY).returncode == 0
    assert not site.page_requests()
    assert programs.pages(target) == kept


def test_verify_fetches_what_the_history_claims_and_nobody_has(site, run, workdir):
    """--history verify brings a lost book back."""
    chapter = site.add_chapter(pages=4)
    assert run(chapter.url, *HISTORY).returncode == 0
    book(workdir, chapter).unlink()
    site.clear()
    assert run(chapter.url, *HISTORY, "--history", "verify").returncode == 0
    assert sum(site.page_requests().values()) == 4
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_history_beside_a_book_without_its_first_pages_is_not_believed(site, run, workdir):
    """The pages before the index are salvaged, the others stay, and nothing is missing."""
    left = left_behind.first_pages_missing(site, workdir)
    done = run(*left.args, "--report", "report.json", config=left.config)
    assert done.returncode == 0, done.stderr
    assert_whole(left.book, left.pages)
    assert not site.page_requests()
    assert outcomes(workdir) == ["updated"]


def test_a_history_beside_a_torn_book_is_not_believed(site, run, workdir):
    """What is missing of a torn book is fetched although the history may claim it."""
    chapter = site.add_chapter(pages=6)
    gate = site.hold(5)
    process = programs.spawn("gallery_dl", ["--cbz", *HISTORY, chapter.url], workdir, site.config())
    gate.wait()
    programs.kill(process)
    gate.open()
    assert len(keys(workdir)) == 4
    target = book(workdir, chapter)
    target.write_bytes(target.read_bytes()[:-10_000])
    site.clear()
    assert run(chapter.url, *HISTORY).returncode == 0
    assert_whole(target, chapter.expected())
    assert len(site.page_requests()) == 3


def test_one_history_for_many_folders(site, run, workdir):
    """A page that another folder's run recorded is not fetched into this one."""
    chapter = site.add_chapter(pages=3)
    assert run(chapter.url, *HISTORY, "-d", "one").returncode == 0
    site.clear()
    assert run(chapter.url, *HISTORY, "-d", "two").returncode == 0
    assert not site.page_requests()


def test_a_history_that_cannot_be_written_is_told(site, run, workdir):
    """The book is published all the same, and the status says that something failed."""
    chapter = site.add_chapter(pages=2)
    other = sqlite3.connect(workdir / "history.sqlite3")
    other.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY, CHECK (entry = ''))")
    other.commit()
    other.close()
    done = run(chapter.url, *HISTORY)
    assert done.returncode & 1
    assert "download archive could not be written" in done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
