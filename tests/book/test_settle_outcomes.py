"""What becomes of a book: published, updated, unchanged or held, and what is then in its place."""

from __future__ import annotations

import os

import pytest
from open_books import PAGES, History, archive, fill, opened, take
from programs import names, pages, tree

from cbzsafe.book.parts import Failed, Format
from cbzsafe.book.settle import settle
from cbzsafe.book.staging import identity
from cbzsafe.cbz.backup import SUFFIX
from cbzsafe.model import Outcome

SOME = {name: PAGES[name] for name in ("1.jpg", "2.jpg")}


@pytest.fixture
def target(tmp_path):
    """The archive of the book that is staged in `a`."""
    return tmp_path / "a.cbz"


@pytest.fixture
def book(target):
    """A book of which two pages are published."""
    archive(target, SOME)
    made = opened(target.with_name("a"))
    yield made
    made.release()


def settled(book, incomplete=False):
    """Settle a book."""
    return settle(book, publish_incomplete=incomplete)


def stamps(*paths):
    """What changes when a file is replaced, or a folder touched."""
    return [(path.stat().st_ino, path.stat().st_mtime_ns) for path in paths]


def test_a_book_that_has_what_came_is_not_touched(book, target):
    """The same pages again are dropped and enter the history; archive and folder stay."""
    history = History()
    fill(book, SOME, history)
    before = stamps(target)
    report = settled(book)
    assert (report.outcome, report.new, report.whole) == (Outcome.UNCHANGED, 0, True)
    assert stamps(target) == before
    assert history.written == ["key of 1.jpg", "key of 2.jpg"]
    assert tree(target.parent) == ["a.cbz"]


@pytest.mark.parametrize("change", ["other bytes", "a mark"])
def test_a_page_that_is_not_the_same_replaces_the_published_one(book, target, change):
    """Bytes of the same length count as others, and so does another mark in the comment."""
    data = SOME["1.jpg"][:-40] + b"#" * 38 + SOME["1.jpg"][-2:]
    if change == "other bytes":
        take(book, "1.jpg", data)
    else:
        take(book, "1.jpg", SOME["1.jpg"], comment="named-twice")
    report = settled(book)
    assert (report.outcome, report.new, report.pages) == (Outcome.UPDATED, 0, 2)
    assert pages(target)["1.jpg"] == (data if change == "other bytes" else SOME["1.jpg"])
    assert not book.staging.folder.exists()


def test_new_pages_are_counted_without_metadata(book, target):
    """The report says how many pages came, and metadata stand first."""
    fill(book, {"10.jpg": PAGES["3.jpg"], "3.jpg": PAGES["4.jpg"], "info.json": b"{}"})
    report = settled(book)
    assert (report.outcome, report.new, report.repaired, report.pages) == (Outcome.UPDATED, 2, 0, 4)
    assert names(target) == ["info.json", "1.jpg", "2.jpg", "3.jpg", "10.jpg"]
    assert report.size == target.stat().st_size


def test_a_book_that_lacks_a_page_is_held(book, target):
    """Its archive and its staged pages stay; only what is published enters the history."""
    history, before = History(), stamps(target)
    fill(book, {name: PAGES[name] for name in ("2.jpg", "3.jpg")}, history)
    book.fail("4.jpg", Failed("it did not come"))
    report = settled(book)
    assert (report.outcome, report.whole, report.missing) == (Outcome.HELD, False, ("4.jpg",))
    assert (report.staged, history.written) == (2, ["key of 2.jpg"])
    assert stamps(target) == before
    assert sorted(os.listdir(book.staging.folder)) == ["2.jpg", "3.jpg"]


def test_a_book_that_is_held_for_a_reason_is_not_published(book, target):
    """A job that broke off leaves the archive as it is, though no page is known to be missing."""
    before = stamps(target)
    fill(book, PAGES)
    book.hold("the job broke off")
    report = settled(book)
    assert (report.outcome, report.whole) == (Outcome.HELD, False)
    assert stamps(target) == before


def test_what_there_is_can_be_published(book, target):
    """`--incomplete publish` gives the archive what came, and the report is not whole."""
    fill(book, {"3.jpg": PAGES["3.jpg"]})
    book.fail("4.jpg", Failed("it did not come"))
    report = settled(book, incomplete=True)
    assert (report.outcome, report.whole, report.missing) == (Outcome.UPDATED, False, ("4.jpg",))
    assert list(pages(target)) == ["1.jpg", "2.jpg", "3.jpg"]


def test_a_failed_page_of_which_a_copy_is_published_holds_nothing(book):
    """The copy stays, with a warning, and the book is whole."""
    fill(book, {"3.jpg": PAGES["3.jpg"]})
    book.fail("1.jpg", Failed("it did not come"))
    report = settled(book)
    assert (report.outcome, report.whole, report.missing) == (Outcome.UPDATED, True, ())
    assert [problem.page for problem in report.problems] == ["1.jpg"]


def test_a_book_of_nothing_is_not_told_of(tmp_path):
    """Where there is neither a page nor an archive there is no report, and no file is made."""
    book = opened(tmp_path / "a")
    assert settled(book) is None
    assert tree(tmp_path) == []


def test_nothing_new_and_a_page_missing_is_no_whole_book(book, target):
    """An archive to which nothing came stays, and the report names what it lacks."""
    book.fail("3.jpg", Failed("it did not come"))
    before = stamps(target, target.parent)
    report = settled(book)
    assert (report.whole, report.missing) == (False, ("3.jpg",))
    assert stamps(target, target.parent) == before


def test_half_pages_go_only_under_the_lock(book):
    """What lies in `.part` files may be another process's, unless the book is secured."""
    fill(book, {"3.jpg": PAGES["3.jpg"]})
    part = book.staging.folder / "4.jpg.part"
    part.write_bytes(b"half")
    book.fail("4.jpg", Failed("it did not come"))
    settled(book)
    assert part.exists()
    book.secure()
    settled(book)
    assert not part.exists()


def test_a_published_book_leaves_no_half_pages(book):
    """The `.part` files of pages that the run met go; those of others stay."""
    fill(book, {"3.jpg": PAGES["3.jpg"]})
    for name in ("3.jpg.part", "other.part"):
        (book.staging.folder / name).write_bytes(b"half")
    settled(book)
    assert os.listdir(book.staging.folder) == ["other.part"]


def test_a_damaged_archive_is_written_anew_without_a_new_page(target):
    """What can be proved is published; the original is kept, for a page of it is lost."""
    data = bytearray(archived(target, PAGES))
    data[data.index(PAGES["2.jpg"]) + 1500] ^= 1
    target.write_bytes(data[:-1])
    book = opened(target.with_name("a"))
    report = settled(book)
    book.release()
    assert (report.outcome, report.new, report.repaired) == (Outcome.UPDATED, 0, 3)
    assert pages(target) == {name: PAGES[name] for name in ("1.jpg", "3.jpg", "4.jpg")}
    kept = [path for path in target.parent.iterdir() if path.name.endswith(SUFFIX)]
    assert [path.read_bytes() for path in kept] == [bytes(data[:-1])]
    assert [kept[0].name in problem.text for problem in report.problems] == [True]


def test_a_damaged_archive_whose_lost_page_came_anew_is_not_kept(target):
    """Nothing of the original is wanting in the new one."""
    data = bytearray(archived(target, PAGES))
    data[data.index(PAGES["2.jpg"]) + 1500] ^= 1
    target.write_bytes(data[:-1])
    book = opened(target.with_name("a"))
    take(book, "2.jpg", PAGES["2.jpg"])
    settled(book)
    book.release()
    assert pages(target) == PAGES
    assert tree(target.parent) == ["a.cbz"]


def test_an_archive_of_which_nothing_can_be_proved_is_left(target):
    """Without a page to put in its place the book is held, and the file stays."""
    target.write_bytes(archived(target, {"1.jpg": PAGES["1.jpg"]})[:200])
    before = target.read_bytes()
    book = opened(target.with_name("a"))
    report = settled(book)
    book.release()
    assert (report.outcome, report.whole) == (Outcome.HELD, False)
    assert "no page that can be proved" in report.problems[0].text
    assert target.read_bytes() == before


def archived(path, given):
    """Give an archive's bytes."""
    archive(path, given)
    return path.read_bytes()


@pytest.mark.parametrize("keep", [False, True])
def test_extra_files_leave_their_place_unless_they_are_kept(target, keep):
    """The post-processor's `files` go once the archive holds them byte for byte."""
    extra = target.with_name("ComicInfo.xml")
    extra.write_text("<ComicInfo/>")
    book = opened(target.with_name("a"), Format(target, keep_files=keep, extras=(extra,)))
    fill(book, SOME)
    settled(book)
    book.release()
    assert list(pages(target)) == ["ComicInfo.xml", "1.jpg", "2.jpg"]
    assert extra.exists() is keep


def test_an_extra_file_that_changed_meanwhile_stays(target):
    """Only the file that was packed is removed; one that is not there is no error."""
    extra = target.with_name("ComicInfo.xml")
    extra.write_text("<ComicInfo/>")
    form = Format(target, extras=(extra, target.with_name("none.xml")))
    book = opened(target.with_name("a"), form)
    fill(book, SOME, History(lambda: extra.write_text("new")))
    settled(book)
    book.release()
    assert extra.read_text() == "new"


def test_copies_of_published_pages_go_unless_they_changed(book):
    """A left-over copy is dropped if it is still the file that was compared."""
    folder = book.staging.folder
    folder.mkdir()
    for name, data in SOME.items():
        (folder / name).write_bytes(data)
        book.leftovers[name] = identity(folder / name)
    (folder / "2.jpg").write_bytes(b"other")
    settled(book)
    assert os.listdir(folder) == ["2.jpg"]


@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "damaged"])
def test_a_held_book_names_no_page_of_a_damaged_archive_in_the_history(tmp_path, damaged):
    """What is only in there may be lost with it, so the history would say too much."""
    history, target = History(), tmp_path / "a.cbz"
    archive(target, {"1.jpg": PAGES["1.jpg"]})
    if damaged:
        target.write_bytes(target.read_bytes()[:-30])
    book = opened(tmp_path / "a")
    try:
        assert list(book.formats[0].published.entries) == ["1.jpg"]
        book.pending.add("1.jpg", history, "key of 1")
        book.fail("2.jpg", Failed("it did not come"))
        report = settle(book, publish_incomplete=False)
    finally:
        book.release()
    assert report.outcome is Outcome.HELD if damaged else not report.whole
    assert history.written == ([] if damaged else ["key of 1"])
