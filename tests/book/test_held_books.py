"""What a run remembers of the books that it held."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

from open_books import PAGES, URL, fill, opened

from cbzsafe.book.held import RECENT, HeldBooks
from cbzsafe.book.parts import Failed


def kept(folder, pages):
    """A book that is held with some pages, put away."""
    book = opened(folder)
    fill(book, pages)
    book.hold("why")
    book.fail("9.jpg", Failed("not there", SimpleNamespace(url=URL + "9.jpg")))
    return book


def test_a_held_book_goes_on_where_it_was_left(tmp_path):
    """Opened again it has its reasons, its staged pages that still lie there, and its failures."""
    held = HeldBooks()
    held.keep(kept(tmp_path / "a", {name: PAGES[name] for name in ("1.jpg", "2.jpg")}))
    (tmp_path / "a" / "2.jpg").unlink()
    again = opened(tmp_path / "a")
    held.resume(again)
    assert (again.hold_reasons, list(again.staged)) == (["why"], ["1.jpg"])
    assert again.failed == {"9.jpg": Failed("not there", url=URL + "9.jpg")}
    third = opened(tmp_path / "a")
    held.resume(third)
    assert (third.hold_reasons, third.staged, third.failed) == ([], {}, {})


def test_of_many_held_books_it_is_still_known_that_they_were_held(tmp_path):
    """The pages of the last ones are remembered; an older one stays held."""
    held = HeldBooks()
    first = kept(tmp_path / "0", {})
    held.keep(first)
    other = kept(tmp_path / "1", {})
    for number in range(1, RECENT + 1):
        other.staging.folder = Path(os.path.join(tmp_path, str(number)))
        held.keep(other)
    oldest, last, new = (opened(tmp_path / name) for name in ("0", "1", "new"))
    for book in (oldest, last, new):
        held.resume(book)
    assert [len(book.hold_reasons) for book in (oldest, last, new)] == [1, 1, 0]
    assert (list(oldest.failed), list(last.failed)) == ([], ["9.jpg"])
