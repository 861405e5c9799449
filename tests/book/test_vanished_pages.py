"""Staged pages that are not where the download put them when their book is settled."""

from __future__ import annotations

import pictures
import pytest
from open_books import PAGES, History, archive, fill, opened, take
from programs import pages

from cbzsafe.book.settle import settle
from cbzsafe.model import Outcome


@pytest.fixture
def book(tmp_path):
    """A book with two pages in staging; the first is gone from there."""
    made = opened(tmp_path / "a")
    fill(made, {name: PAGES[name] for name in ("1.jpg", "2.jpg")})
    (made.staging.folder / "1.jpg").unlink()
    yield made
    made.release()


def test_a_page_that_vanished_is_missed_by_name(book):
    """The book is held, and the page is not taken for published."""
    report = settle(book, publish_incomplete=False)
    assert (report.outcome, report.missing, report.staged) == (Outcome.HELD, ("1.jpg",), 1)
    assert "vanished" in report.problems[0].text
    assert not book.target.exists()


def test_a_page_that_vanished_and_is_published_is_not_missed(book):
    """A copy that the archive has already stands for it."""
    archive(book.target, {"1.jpg": PAGES["1.jpg"]})
    book.open()
    report = settle(book, publish_incomplete=False)
    assert (report.outcome, report.missing, report.whole) == (Outcome.UPDATED, (), True)
    assert list(pages(book.target)) == ["1.jpg", "2.jpg"]


def test_a_page_that_was_converted_is_taken_as_it_is_now(book):
    """A whole picture of its stem is published in its place, under its key of the history."""
    history = History()
    book.pending.add("1.jpg", history, "key of 1")
    (book.staging.folder / "1.png").write_bytes(pictures.png(1, 3000))
    report = settle(book, publish_incomplete=False)
    assert (report.outcome, report.whole) == (Outcome.PUBLISHED, True)
    assert pages(book.target) == {"1.png": pictures.png(1, 3000), "2.jpg": PAGES["2.jpg"]}
    assert history.written == ["key of 1"]
    assert not book.staging.folder.exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("1.png", pictures.png(1, 3000)[:2000]),
        ("1.png", pictures.png(1, 9000)[:3000] + bytes(400) + pictures.png(1, 9000)[3400:]),
        ("1.txt", b"not a picture"),
        ("10.png", pictures.png(1, 3000)),
    ],
    ids=["half a picture", "a broken picture", "no picture", "another stem"],
)
def test_what_is_no_whole_picture_of_the_stem_is_not_taken(book, name, data):
    """The page is missed, and the file stays."""
    (book.staging.folder / name).write_bytes(data)
    assert settle(book, publish_incomplete=False).missing == ("1.jpg",)
    assert (book.staging.folder / name).read_bytes() == data


def test_another_page_of_the_stem_is_not_taken(book):
    """A picture that the site named itself stands only for itself."""
    take(book, "1.png", pictures.png(1, 3000))
    assert settle(book, publish_incomplete=False).missing == ("1.jpg",)


def test_a_converted_page_that_is_published_enters_the_history_of_a_held_book(book):
    """Its key follows it to the name under which the archive has it."""
    archive(book.target, {"1.png": pictures.png(1, 3000)})
    book.open()
    history = History()
    book.pending.add("1.jpg", history, "key of 1")
    (book.staging.folder / "1.png").write_bytes(pictures.png(1, 3000))
    book.hold("the job broke off")
    assert settle(book, publish_incomplete=False).outcome is Outcome.HELD
    assert history.written == ["key of 1"]
