"""The order in which a book is settled: the archive, then the history, then staging."""

from __future__ import annotations

import os
import zipfile

import pytest
from open_books import PAGES, History, archive, fill, opened, take
from programs import pages, tree

from cbzsafe.book.parts import Format
from cbzsafe.book.settle import settle
from cbzsafe.cbz.entry import Method
from cbzsafe.errors import BookUnavailable, CbzsafeError, HistoryUnavailable, StorageError
from cbzsafe.model import Outcome


@pytest.fixture
def book(tmp_path):
    """A book of which nothing is published."""
    made = opened(tmp_path / "a")
    yield made
    made.release()


def settled(book, incomplete=False):
    """Settle a book that is not expected to vanish."""
    return settle(book, publish_incomplete=incomplete)


def test_the_history_is_written_between_the_archive_and_the_end_of_staging(book):
    """When a key is committed its page is published, and still staged."""

    def look():
        assert pages(book.target) == PAGES
        assert sorted(os.listdir(book.staging.folder)) == sorted(PAGES)

    history = History(look)
    fill(book, PAGES, history)
    assert settled(book).outcome is Outcome.PUBLISHED
    assert sorted(history.written) == [f"key of {name}" for name in PAGES]
    assert not book.staging.folder.exists()


def test_every_archive_is_published_before_the_history_is_written(tmp_path):
    """A book of two archives has both when its first key is committed."""
    targets = [tmp_path / "a.cbz", tmp_path / "a.zip"]
    book = opened(tmp_path / "a", *map(Format, targets))
    fill(book, PAGES, History(lambda: [pages(path) for path in targets]))
    settled(book)
    book.release()
    assert [pages(path) for path in targets] == [PAGES, PAGES]
    assert tree(tmp_path) == ["a.cbz", "a.zip"]


def test_a_second_archive_that_fails_keeps_everything_staged(tmp_path):
    """No page leaves staging, and none enters the history, until all archives have it."""
    targets = [tmp_path / "a.cbz", tmp_path / "a.zip"]
    book = opened(tmp_path / "a", *map(Format, targets))
    history = History()
    fill(book, PAGES, history)
    book.secure()
    targets[1].mkdir()
    with pytest.raises(BookUnavailable):
        settled(book)
    assert history.written == []
    assert sorted(os.listdir(book.staging.folder)) == sorted(PAGES)
    book.release()


def test_a_publish_that_fails_writes_no_history_and_drops_nothing(book):
    """The old archive stays, and so does each staged page."""
    archive(book.target, {"1.jpg": PAGES["2.jpg"]})
    book.open()
    before, history = book.target.read_bytes(), History()
    fill(book, PAGES | {"5.jpg": b""}, history)
    with pytest.raises(CbzsafeError):
        settled(book)
    assert (book.target.read_bytes(), history.written) == (before, [])
    assert sorted(os.listdir(book.staging.folder)) == [*PAGES, "5.jpg"]


@pytest.mark.parametrize(("error", "disk"), [(HistoryUnavailable, False), (StorageError, True)])
def test_a_history_that_fails_is_told_and_the_book_is_published(book, error, disk):
    """The pages are in the archive, so that staging is cleared, and the report is not clean."""

    def fail():
        raise error("refused")

    fill(book, PAGES, History(fail))
    report = settled(book)
    assert (report.outcome, report.whole) == (Outcome.PUBLISHED, False)
    assert [problem.text for problem in report.problems] == ["refused"]
    assert book.disk_failed is disk
    assert pages(book.target) == PAGES
    assert not book.staging.folder.exists()


def test_a_page_that_changes_behind_the_packing_stays(book):
    """Only the file that was packed is removed, not another that has come to its name."""
    path = book.staging.folder / "1.jpg"
    fill(book, PAGES, History(lambda: path.write_bytes(b"other")))
    settled(book)
    assert pages(book.target) == PAGES
    assert {p.name: p.read_bytes() for p in book.staging.folder.iterdir()} == {"1.jpg": b"other"}


def test_what_another_process_published_meanwhile_is_in_the_new_archive(book):
    """Under the lock the archive is looked at again before it is replaced."""
    take(book, "1.jpg", PAGES["1.jpg"])
    archive(book.target, {"2.jpg": PAGES["2.jpg"]})
    report = settled(book)
    assert report.outcome is Outcome.UPDATED
    assert pages(book.target) == {name: PAGES[name] for name in ("1.jpg", "2.jpg")}


def test_a_book_is_written_under_its_lock(book):
    """A book that was not secured is, before anything is written."""
    seen = []
    fill(book, PAGES, History(lambda: seen.append(book.secured)))
    settled(book)
    assert seen == [True]


def test_pages_stay_where_their_owner_keeps_them(tmp_path):
    """Under `keep-files` in one of two archives no page leaves staging."""
    forms = [Format(tmp_path / "a.cbz"), Format(tmp_path / "a.zip", keep_files=True)]
    book = opened(tmp_path / "a", *forms)
    fill(book, PAGES)
    settled(book)
    book.release()
    assert sorted(os.listdir(tmp_path / "a")) == sorted(PAGES)


def test_a_page_goes_only_into_the_archives_that_want_it(tmp_path):
    """It leaves staging once those have it."""
    forms = [Format(tmp_path / "a.cbz"), Format(tmp_path / "a.zip")]
    book = opened(tmp_path / "a", *forms)
    take(book, "1.jpg", PAGES["1.jpg"])
    take(book, "2.jpg", PAGES["2.jpg"], [forms[1].target])
    settled(book)
    book.release()
    assert list(pages(forms[0].target)) == ["1.jpg"]
    assert list(pages(forms[1].target)) == ["1.jpg", "2.jpg"]
    assert tree(tmp_path) == ["a.cbz", "a.zip"]


def test_a_second_archive_of_a_published_book_is_new(tmp_path):
    """The first is not written again, so that no page counts as new."""
    forms = [Format(tmp_path / "a.cbz"), Format(tmp_path / "a.zip")]
    archive(forms[0].target, PAGES)
    before = forms[0].target.stat().st_ino
    book = opened(tmp_path / "a", *forms)
    fill(book, PAGES)
    report = settled(book)
    book.release()
    assert (report.outcome, report.new, report.repaired) == (Outcome.PUBLISHED, 0, 0)
    assert (forms[0].target.stat().st_ino, pages(forms[1].target)) == (before, PAGES)


def test_a_book_that_is_settled_twice_goes_on_from_what_it_wrote(tmp_path):
    """Its pages, its comment and its compression are those of the first time."""
    book = opened(tmp_path / "a", Format(tmp_path / "a.cbz", Method.DEFLATED))
    archive(book.target, {"1.jpg": PAGES["1.jpg"]})
    with zipfile.ZipFile(book.target, "a") as file:
        file.comment = b"kept"
    book.open()
    for name in ("2.jpg", "3.jpg"):
        take(book, name, PAGES[name])
        report = settled(book)
        assert (report.outcome, report.new) == (Outcome.UPDATED, 1)
        assert book.formats[0].published.exists
    book.release()
    with zipfile.ZipFile(book.target) as file:
        assert (file.comment, file.namelist()) == (b"kept", ["1.jpg", "2.jpg", "3.jpg"])
        assert [one.compress_type for one in file.infolist()] == [8, 8, 8]
