"""What a run tells of its books to those who watch it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cbzsafe.cbz.entry import Method
from cbzsafe.errors import BookUnavailable
from cbzsafe.gallerydl import telling
from cbzsafe.gallerydl.shelf import Shelf
from cbzsafe.progress import Silent, Unwatched
from cbzsafe.settings import Settings

WRITER = SimpleNamespace(
    extension="cbz", method=Method.STORED, keep_files=False, extras=lambda _: []
)
URL = "https://example.org/a"


class Notes(Unwatched):
    """Keeps what it is told."""

    def __init__(self):
        self.told = []

    def page(self, book, done, total, again):
        self.told.append((book.name, done, total, again))

    def settled(self, book, outcome):
        self.told.append((book.name, str(outcome)))


@pytest.fixture
def watcher():
    return Notes()


@pytest.fixture
def shelf(watcher):
    made = Shelf(Settings(), Silent(), watcher)
    yield made
    for book in made.all_open():
        made.close(book, None)


def transaction(watcher, **kwdict):
    pathfmt = SimpleNamespace(kwdict=kwdict)
    return SimpleNamespace(
        job=SimpleNamespace(pathfmt=pathfmt), run=SimpleNamespace(watcher=watcher)
    )


def book(claims=(), failed=()):
    return SimpleNamespace(
        target=Path("/srv/a.cbz"),
        claims=dict.fromkeys(claims, URL),
        failed=dict.fromkeys(failed),
        refetched=2,
    )


@pytest.mark.parametrize(
    ("count", "total"), [(3, 3), (2, 2), (1, 0), (None, 0), ("3", 0), (0, 0)], ids=str
)
def test_the_number_of_pages_is_believed_where_it_can_be(count, total, watcher):
    """What the site says is a number, and not less than there is already."""
    telling.page(transaction(watcher, count=count), book(["1", "2"]))
    assert watcher.told == [("a.cbz", 2, total, 2)]


def test_a_page_that_failed_is_not_there(watcher):
    """Neither one that never came nor one that came and was broken counts as done."""
    telling.page(transaction(watcher), book(["1", "2", "3"], failed=["2", "4"]))
    assert watcher.told == [("a.cbz", 2, 0, 2)]


def test_a_file_of_no_book_is_not_told_of(watcher):
    """What goes into no archive is nobody's page."""
    telling.page(transaction(watcher, count=3), None)
    assert watcher.told == []


def test_a_book_that_cannot_be_opened_has_failed_once(shelf, watcher, tmp_path):
    """However often it is asked for, it is one book."""
    shelf.book(tmp_path / "a", tmp_path, [WRITER], object(), URL)
    for _ in range(2):
        with pytest.raises(BookUnavailable, match="is already made of"):
            shelf.book(tmp_path / "sub" / ".." / "a", tmp_path, [WRITER], object(), URL)
    assert watcher.told == [("a.cbz", "failed")]


def test_a_book_that_is_refused_has_failed(shelf, watcher, tmp_path):
    """One that another process works on is told of when it is given up."""
    made = shelf.book(tmp_path / "a", tmp_path, [WRITER], object(), URL)
    shelf.refuse(made, "it is in use")
    assert watcher.told == [("a.cbz", "failed")]
