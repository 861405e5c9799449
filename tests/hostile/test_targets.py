"""What stands where a book is to be, and is none: it is left as it is, and never waited for."""

from __future__ import annotations

import os
import socket

import programs
import pytest
from books import report
from surroundings import BODY, archive, remains

from cbzsafe.cbz.names import prefix_for


def bind(path):
    """Leave a socket's file."""
    with socket.socket(socket.AF_UNIX) as made:
        before = os.open(".", os.O_RDONLY)
        os.chdir(path.parent)  # a socket's path may have 108 bytes
        try:
            made.bind(path.name)
        finally:
            os.fchdir(before)
            os.close(before)


PLACED = {
    "a pipe": os.mkfifo,
    "a socket": bind,
    "a device that is empty": lambda path: os.mknod(path, 0o20666, os.makedev(1, 3)),
    "a device without end": lambda path: os.mknod(path, 0o20666, os.makedev(1, 5)),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a folder": lambda path: (path / "inside").mkdir(parents=True),
    "a link to a folder": lambda path: path.symlink_to(".."),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to a pipe": lambda path: path.symlink_to("pipe"),
    "a link out of the library": lambda path: path.symlink_to("../../../../outside.cbz"),
    "a link in the library": lambda path: path.symlink_to("other.cbz"),
    "a text": lambda path: path.write_bytes(b"not a ZIP file"),
}


@pytest.fixture
def series(site, workdir, around):
    """A chapter for each thing that takes a book's place, and one that has its own."""
    chapters = {what: site.add_chapter(n, pages=1) for n, what in enumerate(["", *PLACED], 1)}
    archive(around.top / "outside.cbz")
    folder = archive(around.base / chapters[""].book.with_name("other.cbz")).parent
    os.mkfifo(folder / "pipe")
    around.remember()
    for what, place in PLACED.items():
        place(around.base / chapters[what].book)
    return chapters


def test_a_run_leaves_what_takes_the_places_of_books(site, run, workdir, around, series):
    """Each such book fails with a sentence and what to do, and the others are published."""
    before = {what: remains(around.base / series[what].book) for what in PLACED}
    done = run(site.series_url(), "--report", "report.json", timeout=30)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    found = {entry["path"]: entry for entry in report(workdir)["books"]}
    for what, chapter in series.items():
        entry = found[str(around.base / chapter.book)]
        assert (entry["outcome"] == "published") == (not what), what
        assert bool(entry["problems"]) == bool(what), what
        assert len(entry["missing"]) + entry["staged"] == bool(what), what
    assert before == {what: remains(around.base / series[what].book) for what in PLACED}
    assert programs.pages(around.base / series[""].book) == series[""].expected()


@pytest.mark.parametrize("command", [["check"], ["check", "--decode"], ["repair"]])
def test_check_and_repair_leave_them_too(workdir, around, series, command):
    """Named one by one or met in a folder, none of them is waited for, followed or changed."""
    paths = [around.base / series[what].book for what in PLACED]
    before = [remains(path) for path in paths]
    done = programs.run_cbzsafe([*command, *paths], workdir, timeout=30)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for what in ("a pipe", "a socket", "a device without end", "a link to a device"):
        assert f"{(around.base / series[what].book).name}" in done.stdout + done.stderr
    text = around.base / series["a text"].book
    text.unlink()
    done = programs.run_cbzsafe([*command, around.base / "local"], workdir, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert before[:-1] == [remains(path) for path in paths[:-1]]


def test_a_second_name_of_a_strangers_file_keeps_its_bytes(site, run, around):
    """A book that is a hard link is replaced by its own file, and the other name is as before."""
    chapter = site.add_chapter(pages=2)
    other, target = archive(around.top / "outside.cbz"), around.base / chapter.book
    target.parent.mkdir(parents=True)
    os.link(other, target)
    before = other.read_bytes()
    assert run(chapter.url).returncode == 0
    assert other.read_bytes() == before
    assert chapter.expected().items() <= programs.pages(target).items()
    around.own.add(other)  # it has one name less now


def test_a_damaged_second_name_is_repaired_without_it(workdir, around):
    """`repair` of one of two names writes a new file, and keeps the old as it is."""
    other = archive(around.top / "outside.cbz")
    other.write_bytes(other.read_bytes()[:-30])
    target = around.base / "local" / "book.cbz"
    target.parent.mkdir()
    os.link(other, target)
    before = other.read_bytes()
    assert programs.run_cbzsafe(["repair", target], workdir).returncode == 0
    assert other.read_bytes() == before
    assert len(programs.pages(target)) == 2
    around.own.add(other)


OTHERS = {
    "a pipe": os.mkfifo,
    "a folder": lambda path: (path / "inside").mkdir(parents=True),
    "a link out": lambda path: path.symlink_to("../../../../../canary/page.jpg"),
    "a link to nothing": lambda path: path.symlink_to("../../../../../canary/new"),
    "a device": lambda path: os.mknod(path, 0o20666, os.makedev(1, 5)),
}


@pytest.mark.parametrize("suffix", ["", ".part"], ids=["page", "part"])
def test_what_stands_in_a_pages_place_in_staging(site, run, around, suffix):
    """Nothing is written through it or read from it without end; the book is whole or says why."""
    chapter = site.add_chapter(pages=1 + len(OTHERS))
    folder = around.base / chapter.folder
    folder.mkdir(parents=True)
    for number, place in enumerate(OTHERS.values(), 1):
        place(folder / (chapter.name(number) + suffix))
    done = run(chapter.url, timeout=30)
    assert "Traceback" not in done.stderr
    target = around.base / chapter.book
    whole = target.exists() and programs.pages(target) == chapter.expected()
    assert whole == (done.returncode == 0)
    assert whole or chapter.name(2) in done.stderr


def test_what_stands_in_the_place_of_the_kept_broken_bytes(site, run, around):
    """The bytes that are kept while fallbacks are tried are written through nothing."""
    for number, place in enumerate(OTHERS.values(), 1):
        folder = around.base / site.add_chapter(number, pages=1).folder
        folder.mkdir(parents=True)
        place(folder / ".cbsafe-last.part")
    assert run(site.series_url(), timeout=30).returncode == 0
    for chapter in site.chapters:
        assert programs.pages(around.base / chapter.book) == chapter.expected()


LOCKABLE = {"a page", "a pipe", "a device"}


def test_what_stands_in_the_locks_place(site, run, workdir, around):
    """The run takes the lock, or says that it cannot; it waits for nothing and follows no link."""
    places = {**OTHERS, "a page": lambda path: path.write_bytes(BODY)}
    for number, (what, place) in enumerate(places.items(), 1):
        target = around.base / site.add_chapter(number, pages=1, title=what).book
        target.parent.mkdir(parents=True, exist_ok=True)
        place(target.with_name(prefix_for(target) + "lock"))
    args = (site.series_url(), "--lock-timeout", 1, "--report", "report.json")
    done = run(*args, timeout=30)
    assert done.returncode & 1
    assert "Traceback" not in done.stderr
    found = {entry["path"]: entry["outcome"] for entry in report(workdir)["books"]}
    for chapter in site.chapters:
        expected = "published" if chapter.title in LOCKABLE else "failed"
        assert found[str(around.base / chapter.book)] == expected, chapter.title


def test_what_stands_in_the_staging_folders_place(site, run, around):
    """No page is written through it, the run says why, and goes on when it is gone."""
    places = {"a pipe": os.mkfifo, "a file": lambda path: path.write_bytes(BODY)}
    places["a link to a file"] = lambda path: path.symlink_to(around.top / "canary" / "page.jpg")
    places["a link to nothing"] = lambda path: path.symlink_to(around.top / "canary" / "new")
    before = {}
    for number, (what, place) in enumerate(places.items(), 1):
        folder = around.base / site.add_chapter(number, pages=1, title=what).folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        place(folder)
        before[folder] = remains(folder)
    done = run(site.series_url(), timeout=30)
    assert done.returncode & 1
    assert done.stderr.count(" is missing: ") == len(places)
    assert "Traceback" not in done.stderr
    assert before == {folder: remains(folder) for folder in before}
    for folder in before:
        folder.unlink()
    assert run(site.series_url()).returncode == 0
