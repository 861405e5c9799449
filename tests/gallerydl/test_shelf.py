"""The books of a run, put away."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cbzsafe.cbz.entry import Method
from cbzsafe.gallerydl.shelf import Shelf
from cbzsafe.model import BookReport, Outcome
from cbzsafe.progress import Silent
from cbzsafe.settings import Settings

WRITER = SimpleNamespace(
    extension="cbz", method=Method.STORED, keep_files=False, extras=lambda _: []
)


class Short:
    """A history for which there is no memory left."""

    def forget(self, _):
        raise MemoryError


def test_a_book_is_reported_though_memory_runs_out_as_it_is_put_away(tmp_path):
    """What was settled is told, whatever letting go of the book comes to."""
    shelf = Shelf(Settings(), Silent())
    book = shelf.book(tmp_path / "a", tmp_path, [WRITER], object(), "https://example.org/a")
    book.pending.add("1.jpg", Short(), "key")
    told = BookReport(path=str(book.target), outcome=Outcome.PUBLISHED)
    with pytest.raises(MemoryError):
        shelf.close(book, told)
    assert shelf.reports == [told]
    assert shelf.all_open() == []
