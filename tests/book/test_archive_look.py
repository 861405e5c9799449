"""What makes a ready-made archive damaged, and what another one lacks."""

from __future__ import annotations

import pytest
import repairs

from cbzsafe.book.archive_look import lacks, look
from cbzsafe.book.readymade import ReadyMade
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.errors import BookUnavailable
from cbzsafe.progress import Silent

TORN = repairs.PAGES["002.jpg"][:4000]


@pytest.fixture
def laid(tmp_path):
    """Lay an archive's bytes down under a name."""

    def laid(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return laid


def at(path):
    return look(path, Depth.PAGES, Silent())


def test_a_torn_page_with_a_right_crc_was_made_so(laid):
    """No fetch makes such an archive better, unlike one whose bytes fail their CRC."""
    made_so = at(laid("a.cbz", repairs.whole({**repairs.PAGES, "002.jpg": TORN})))
    assert made_so.faults
    assert made_so.was_made_so
    flipped = at(laid("b.cbz", repairs.broken()))
    assert flipped.faults
    assert not flipped.was_made_so


def test_a_whole_archive_was_not_made_damaged(laid):
    """What has no faults is neither."""
    whole = at(laid("a.cbz", repairs.whole()))
    assert not whole.faults
    assert not whole.was_made_so
    assert whole.is_proved
    assert not whole.is_incomplete
    assert whole.scan.page_count == len(repairs.PAGES)


def test_what_may_not_be_read_is_told_with_what_to_do(tmp_path):
    """A folder in the place of an archive is a sentence, not a failure of the program."""
    (tmp_path / "a.cbz").mkdir()
    with pytest.raises(BookUnavailable, match=r"a folder, not a file. Move it away"):
        at(tmp_path / "a.cbz")


@pytest.mark.parametrize(
    ("old", "lost"),
    [
        (repairs.whole(), False),
        (repairs.whole()[:-30], False),
        (repairs.broken(), False),
        (repairs.whole({f"x{name}": data for name, data in repairs.PAGES.items()}), False),
        (repairs.whole({"001.jpg": repairs.PAGES["001.jpg"] + b"x"}), True),
        (repairs.whole({**repairs.PAGES, "005.jpg": b"more"}), True),
        (repairs.broken("005.jpg", {"005.jpg": repairs.PAGES["001.jpg"]}), True),
        (b"no archive", True),
    ],
    ids=[
        *("same", "torn", "broken page", "other names", "other bytes", "one more"),
        *("one more that is broken", "no archive"),
    ],
)
def test_what_another_archive_lacks(laid, old, lost):
    """Pages count by their bytes, and what cannot be proved by its name."""
    assert lacks(laid("old.cbz", old), scan(laid("new.cbz", repairs.whole()))) is lost


@pytest.mark.parametrize(("first", "second"), [(9000, 8000), (8000, 9000)])
def test_of_two_damaged_downloads_the_longer_is_kept(tmp_path, first, second):
    """A later try that brings less does not take the place of one that brought more."""
    path = tmp_path / "a.cbz"
    made = ReadyMade(path, path, "https://x/", 0.1, Silent())
    for size in (first, second):
        made.part.write_bytes(repairs.whole()[:size])
        assert not made.arrived(made.part)
        assert not made.at_source
    assert made.kept.stat().st_size == 9000
    assert [entry.name for entry in tmp_path.iterdir()] == [".a_cbz.damaged-download"]


def test_the_same_bytes_twice_are_the_sites(tmp_path):
    """That holds over runs, since what came damaged is kept."""
    path = tmp_path / "a.cbz"
    for known in (False, True):
        made = ReadyMade(path, path, "https://x/", 0.1, Silent())
        made.part.write_bytes(repairs.broken())
        assert not made.arrived(made.part)
        assert made.at_source is known


def test_a_resumed_archive_that_is_damaged_is_not_kept(tmp_path):
    """It may be put together of two versions, and says nothing of the site's."""
    path = tmp_path / "a.cbz"
    made = ReadyMade(path, path, "https://x/", 0.1, Silent())
    made.part.write_bytes(repairs.broken())
    made.secure()
    assert made.resumed
    assert not made.arrived(made.part)
    made.release()
    assert not made.at_source
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_what_is_kept_fits_and_is_no_books(tmp_path):
    """A title as long as a file system takes it leaves room, and `.cbz` is nowhere in the name."""
    path = tmp_path / f"{'x' * 240}.cbz.CBZ.cbz"
    made = ReadyMade(path, path, "https://x/", 0.1, Silent())
    made.kept.touch()
    assert ".cbz" not in made.kept.name.lower()
    assert made.kept.name.startswith(".")
