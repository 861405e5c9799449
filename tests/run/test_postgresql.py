"""The download archive in a real PostgreSQL database."""

from __future__ import annotations

import programs
import pytest
from books import assert_whole, book, outcomes, report
from postgres import Server
from site_faults import status


@pytest.fixture(scope="module")
def server():
    """One server for the module: to make a cluster takes a second."""
    with Server() as made:
        yield made


@pytest.fixture
def database(server):
    """The server with an empty database."""
    server.execute("DROP TABLE IF EXISTS archive")
    return server


@pytest.fixture(params=["file", "memory"])
def config(request, site, database):
    """A configuration with the database as download archive, in each of gallery-dl's two modes."""
    return site.config(archive=database.url, archive_mode=request.param)


def entries(server):
    """The keys in the archive's table."""
    return {row[0] for row in server.execute("SELECT entry FROM archive")}


def test_the_table_is_empty_until_the_book_is_published(site, spawn, workdir, database, config):
    """While the last page is on its way no other page is marked as downloaded."""
    chapter = site.add_chapter(pages=4)
    gate = site.hold(4)
    process = spawn("cbzsafe", chapter.url, config=config)
    gate.wait()
    assert not book(workdir, chapter).exists()
    assert entries(database) == set()
    gate.open()
    assert process.wait(20) == 0, programs.errors(workdir)
    assert_whole(book(workdir, chapter), chapter.expected())
    assert len(entries(database)) == 4


def test_a_held_book_leaves_no_entry(site, run, workdir, database, config):
    """A page that fails keeps its whole book out of the table until the book is published."""
    chapter = site.add_chapter(pages=4)
    chapter.pages[2].faults.append(status(404, times=None))
    assert run(chapter.url, config=config).returncode & 5 == 5
    assert entries(database) == set()
    chapter.pages[2].faults.clear()
    assert run(chapter.url, config=config).returncode == 0
    assert len(entries(database)) == 4


def test_a_killed_run_leaves_no_entry(site, spawn, run, workdir, database, config):
    """Staged pages are not marked as downloaded, and the next run marks all of them."""
    chapter = site.add_chapter(pages=4)
    gate = site.hold(3)
    process = spawn("cbzsafe", chapter.url, config=config)
    gate.wait()
    programs.kill(process)
    gate.open()
    assert entries(database) == set()
    site.clear()
    assert run(chapter.url, config=config).returncode == 0
    assert len(site.page_requests()) == 2
    assert len(entries(database)) == 4


def test_the_keys_are_those_that_gallery_dl_writes(site, run, gallery_dl, database, config):
    """gallery-dl itself finds every page of a published book in the table."""
    chapter = site.add_chapter(pages=3)
    assert run(chapter.url, config=config).returncode == 0
    site.clear()
    assert gallery_dl("-d", "elsewhere", chapter.url, config=config).returncode == 0
    assert not site.page_requests()


def test_a_table_of_gallery_dl_is_believed(site, run, gallery_dl, workdir, database, config):
    """A book that gallery-dl downloaded and its owner moved away does not come back."""
    chapter = site.add_chapter(pages=3)
    assert gallery_dl("-d", "elsewhere", chapter.url, config=config).returncode == 0
    site.clear()
    assert run(chapter.url, config=config).returncode == 0
    assert not site.page_requests()
    assert not book(workdir, chapter).exists()


def test_a_server_that_cannot_be_asked_holds_the_book(site, run, spawn, workdir, database, config):
    """Without an answer no page is fetched that its owner may have moved away; nothing is lost."""
    chapter = site.add_chapter(pages=4)
    gate = site.hold(2)
    process = spawn("cbzsafe", chapter.url, "--report", "report.json", config=config)
    gate.wait()
    database.stop()
    try:
        gate.open()
        assert process.wait(20) & 1
    finally:
        database.start()
    assert outcomes(workdir) == ["held"]
    site.clear()
    assert run(chapter.url, config=config).returncode == 0
    assert len(site.page_requests()) == 2
    assert_whole(book(workdir, chapter), chapter.expected())
    assert len(entries(database)) == 4


def test_a_server_that_goes_away_with_the_last_page_is_told(site, spawn, workdir, database, config):
    """The book is published all the same, and the report and the status say what is missing."""
    chapter = site.add_chapter(pages=4)
    gate = site.hold(4)
    process = spawn("cbzsafe", chapter.url, "--report", "report.json", config=config)
    gate.wait()
    database.stop()
    try:
        gate.open()
        assert process.wait(20) & 1
    finally:
        database.start()
    assert "download archive could not be written" in programs.errors(workdir)
    assert_whole(book(workdir, chapter), chapter.expected())
    assert outcomes(workdir) == ["published"]
    assert report(workdir)["books"][0]["missing"] == []
    assert entries(database) == set()


def test_what_a_lost_server_missed_is_written_by_the_next_run(
    site, spawn, run, workdir, database, config
):
    """The published book's pages enter the table later, without one request for a page."""
    chapter = site.add_chapter(pages=3)
    gate = site.hold(3)
    process = spawn("cbzsafe", chapter.url, config=config)
    gate.wait()
    database.stop()
    try:
        gate.open()
        process.wait(20)
    finally:
        database.start()
    site.clear()
    assert run(chapter.url, config=config).returncode == 0
    assert not site.page_requests()
    assert len(entries(database)) == 3


def test_a_server_that_refuses_an_entry_is_told(site, run, workdir, database, config):
    """An error of the database that gallery-dl would only log is in the status."""
    database.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY CHECK (entry = ''))")
    chapter = site.add_chapter(pages=2)
    done = run(chapter.url, config=config)
    assert done.returncode & 1
    assert "download archive could not be written" in done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    assert entries(database) == set()
