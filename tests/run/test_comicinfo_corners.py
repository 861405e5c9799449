"""`--comicinfo` where something is in its way: other files, kills, full disks, half of a book."""

from __future__ import annotations

import signal
import subprocess
import warnings
import zipfile
from xml.etree import ElementTree as ET
from zlib import crc32

import pictures
import programs
import pytest
import site_faults
from books import assert_whole, book, outcomes, report, stamp
from disks import disk, make_read_only, shrink
from site_faults import Page
from test_signal_in_publish import slowed, terminate

from cbzsafe.book.lock import BookLock
from cbzsafe.progress import Silent

NAME = "ComicInfo.xml"
BLOCK = 4096
OTHERS = b"<ComicInfo><Title>By hand</Title></ComicInfo>\n"
REPORT = ("--report", "report.json")


def entries(path):
    with zipfile.ZipFile(path) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def said(path):
    root = ET.fromstring(entries(path)[NAME])  # noqa: S314 - our own
    return {child.tag: child.text for child in root}


def added(path, name, data, method=zipfile.ZIP_STORED):
    """Add a file to a book, as another program would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a second file of one name
        with zipfile.ZipFile(path, "a", method) as archive:
            archive.writestr(name, data)


def marked(data):
    """Put our mark behind any bytes, as anybody could."""
    return data + f"<!-- cbzsafe {crc32(data):08x} -->\n".encode()


@pytest.fixture
def chapter(site, run):
    """A chapter whose book has no ComicInfo.xml yet."""
    made = site.add_chapter(pages=3)
    assert run(made.url).returncode == 0
    site.clear()
    return made


def test_a_page_of_that_name_is_the_sites(site, run, workdir):
    """A ComicInfo.xml that the site itself serves stays as it came, in later runs too."""
    pages = [Page("1.jpg", pictures.jpeg(1, 9000)), Page("ComicInfo.xml", OTHERS)]
    chapter = site.add_chapter(1, pages)
    config = site.config(filename="{filename}.{extension}")
    for _ in range(2):
        assert run("--comicinfo", chapter.url, config=config).returncode == 0
        assert entries(book(workdir, chapter)) == {NAME: OTHERS, "1.jpg": pages[0].body}


def test_one_in_a_folder_is_another_books(run, workdir, chapter):
    """Readers look at the archive's root alone, so that ours goes there beside it."""
    path = book(workdir, chapter)
    added(path, f"extra/{NAME}", OTHERS)
    assert run("--comicinfo", chapter.url).returncode == 0
    assert entries(path)[f"extra/{NAME}"] == OTHERS
    assert said(path)["PageCount"] == "3"


@pytest.mark.parametrize(
    "others",
    [
        [("ComicInfo.xml", OTHERS), ("comicinfo.xml", OTHERS)],
        [("ComicInfo.xml", marked(b'<!DOCTYPE a [<!ENTITY b "c">]><ComicInfo>&b;</ComicInfo>'))],
        [("ComicInfo.xml", marked(b"<ComicInfo>" * 100_000))],
        [("ComicInfo.xml", marked(b"<ComicInfo/>" + b" " * (16 << 20)))],
        [("ComicInfo.xml", b"")],
    ],
    ids=["two", "entities", "no end", "huge", "empty"],
)
def test_what_is_none_of_ours_is_left_alone(run, workdir, chapter, others):
    """Neither two of them nor one that only bears our mark is replaced, or is a reason to fail."""
    path = book(workdir, chapter)
    for name, data in others:
        added(path, name, data, zipfile.ZIP_DEFLATED)
    before = stamp(path)
    assert run("--comicinfo", chapter.url).returncode == 0
    assert stamp(path) == before


def test_ours_is_known_after_another_program_wrote_the_archive(site, run, workdir):
    """Compressed, at the end and beside a comment it is ours still: kept, and replaced."""
    chapter = site.add_chapter(pages=2)
    config = site.config(directory=["{manga}", "{chapter}"])
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    path = workdir / "gallery-dl/Comic/1.cbz"
    held = entries(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(held, reverse=True):
            archive.writestr(name, held[name])
        archive.comment = b"a comment"
    before = stamp(path)
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    assert stamp(path) == before
    chapter.title = "New"
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    assert said(path)["Title"] == "New"
    with zipfile.ZipFile(path) as archive:
        assert archive.comment == b"a comment"


def test_a_kill_in_the_update_leaves_the_old_book(site, run, workdir, chapter):
    """Killed in the midst of the new archive: the old one is untouched, the next run goes on."""
    path = book(workdir, chapter)
    before, left = path.read_bytes(), stamp(path)
    done = run("--comicinfo", chapter.url, killed_at=path.stat().st_size // 2)
    assert done.returncode == -signal.SIGXFSZ
    assert (path.read_bytes(), stamp(path)) == (before, left)
    assert run("--comicinfo", chapter.url).returncode == 0
    assert said(path)["PageCount"] == "3"
    assert not site.page_requests()
    assert_whole(path, {NAME: entries(path)[NAME], **chapter.expected()})


@pytest.mark.long
def test_a_signal_in_the_update_lets_it_finish(site, workdir, chapter):
    """SIGTERM while the described archive is synced: it gets its name, and the status is 143."""
    args = ["--comicinfo", chapter.url, *REPORT]
    command = programs._command("cbzsafe", args, workdir, site.config(), None)
    with slowed(command, workdir) as process:
        parts = book(workdir, chapter).parent
        assert programs.until(lambda: any(parts.glob(".cbsafe-*.part")))
        terminate(process)
        process.communicate(timeout=20)
    assert process.returncode == 143
    assert outcomes(workdir) == ["updated"]
    assert said(book(workdir, chapter))["PageCount"] == "3"
    assert not site.page_requests()


@pytest.mark.parametrize(
    ("hindered", "words"),
    [(lambda place: shrink(place, 2 * BLOCK), "make room"), (make_read_only, "must be writable")],
    ids=["full", "read-only"],
)
def test_a_disk_that_takes_no_update_is_told(site, run, workdir, hindered, words):
    """A book that is whole fails with a sentence over its description alone, and stays as it is."""
    chapter = site.add_chapter(pages=3)
    with disk(workdir / "gallery-dl", "1m") as place:
        assert run(chapter.url).returncode == 0
        path = book(workdir, chapter)
        before = path.read_bytes()
        hindered(place)
        done = run("--comicinfo", chapter.url, *REPORT)
        assert done.returncode & 1
        assert outcomes(workdir) == ["failed"]
        assert words in report(workdir)["books"][0]["problems"][0]["text"]
        assert path.read_bytes() == before
        assert run(chapter.url).returncode == 0


def test_a_library_that_is_described_already_may_be_read_only(site, run, workdir):
    """A run that finds nothing new needs to write nothing."""
    chapter = site.add_chapter(pages=3)
    with disk(workdir / "gallery-dl", "1m") as place:
        assert run("--comicinfo", chapter.url).returncode == 0
        make_read_only(place)
        assert run("--comicinfo", chapter.url, *REPORT).returncode == 0
        assert outcomes(workdir) == ["unchanged"]


def test_a_book_that_another_process_works_on_is_told(run, workdir, chapter):
    """The update waits for the lock, gives up in time, and leaves the book as it is."""
    path = book(workdir, chapter)
    before = stamp(path)
    lock = BookLock(path, 1.0, Silent())
    lock.acquire()
    done = run("--comicinfo", chapter.url, "--lock-timeout", "0.1")
    lock.release()
    assert done.returncode & 1
    assert "Another process is working on" in done.stderr
    assert stamp(path) == before


def test_a_book_that_lacks_a_page_counts_those_that_it_has(site, run, workdir):
    """`--incomplete publish` describes what there is; the missing page is counted when it comes."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[1].faults.append(site_faults.status(404, times=2))
    options = ("--comicinfo", "--incomplete", "publish", chapter.url)
    assert run("--repair-rounds", "0", "--page-retries", "0", *options).returncode & 1
    path = book(workdir, chapter)
    assert said(path)["PageCount"] == "2"
    assert run(*options).returncode == 0
    assert said(path)["PageCount"] == "3"


def test_a_run_that_ends_early_describes_the_book_all_the_same(site, run, workdir, chapter):
    """With `skip: abort` nothing is named behind the known page, and the book is described."""
    options = ("--comicinfo", "-o", "skip=abort:1", chapter.url)
    assert run(*options).returncode == 0
    path = book(workdir, chapter)
    assert said(path)["PageCount"] == "3"
    before = stamp(path)
    assert run(*options).returncode == 0
    assert stamp(path) == before
    assert not site.page_requests()


def test_a_book_in_two_formats_is_described_in_one(site, run, workdir):
    """The .cbz has the file, the .zip beside it has the pages alone, and both are left alone."""
    chapter = site.add_chapter(pages=2)
    config = site.config(postprocessors=[{"name": "zip"}, {"name": "zip", "extension": "cbz"}])
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    path = book(workdir, chapter)
    other = path.with_suffix(".zip")
    assert list(entries(path)) == [NAME, *chapter.expected()]
    assert list(entries(other)) == [*chapter.expected()]
    before = stamp(path), stamp(other)
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    assert (stamp(path), stamp(other)) == before


def test_a_book_that_was_repaired_is_counted_anew(site, run, workdir):
    """A repair leaves the file as it is; the run that brings the lost page back counts it."""
    chapter = site.add_chapter(pages=3)
    assert run("--comicinfo", chapter.url).returncode == 0
    path = book(workdir, chapter)
    whole = path.read_bytes()
    torn = bytearray(whole)
    torn[whole.index(chapter.pages[1].body) + 4000] ^= 1
    path.write_bytes(torn)
    assert programs.run_cbzsafe(["repair", path], workdir).returncode == 1
    assert said(path)["PageCount"] == "3"
    assert len(entries(path)) == 3
    assert run("--comicinfo", chapter.url).returncode == 0
    assert path.read_bytes() == whole


def test_a_page_that_another_program_took_is_not_counted(site, run, workdir):
    """What somebody removed from a book is counted no more, where the history says it came."""
    chapter = site.add_chapter(pages=3)
    options = ("--comicinfo", "--download-archive", "history.sqlite3", chapter.url)
    assert run(*options).returncode == 0
    path = book(workdir, chapter)
    subprocess.run(["zip", "-q", "-d", path, chapter.name(2)], check=True)
    assert run(*options).returncode == 0
    assert said(path)["PageCount"] == "2"


@pytest.mark.parametrize("also", [["--comicinfo-formats", '{"Imprint": "{lang}"}'], []])
def test_finished_chapters_are_visited_once_more(site, run, workdir, also):
    """When the option is switched on, or its formats change, `--skip-finished` passes over none."""
    chapter = site.add_chapter(pages=2)
    first = ["--comicinfo"] if also else []
    assert run("--skip-finished", *first, chapter.url).returncode == 0
    for asked in (1, 0):
        site.clear()
        assert run("--skip-finished", "--comicinfo", *also, chapter.url).returncode == 0
        assert len(site.log) == asked
        assert not site.page_requests()
    assert said(book(workdir, chapter)).get("Imprint") == ("en" if also else None)
