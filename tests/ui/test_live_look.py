"""The two lines of the live view."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.cells import cell_len
from rich.console import Console

from cbzsafe.ui import live_look
from cbzsafe.ui.live_look import Glance

BAR = "\N{BOX DRAWINGS HEAVY HORIZONTAL}"


def console(width, *, colours=False):
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colours,
        color_system="truecolor" if colours else None,
        no_color=not colours,
    )


def lines(width=79, **figures):
    return [line.rstrip() for line in live_look.lines(console(width), Glance(**figures))]


def test_before_the_first_page_the_view_says_what_is_waited_for():
    """A site may take its time to answer."""
    assert lines() == ["waiting for the first page", "0:00 · 0 B"]


def test_a_book_has_a_bar_where_its_pages_are_known():
    """The first line is the book's name, its bar, and its pages."""
    first, _ = lines(book="c001.cbz", done=3, total=12)
    assert first.startswith("c001.cbz  ")
    assert first.count(BAR) in {5, 6}  # of 24, and half a cell
    assert first.endswith("  3/12 pages")


@pytest.mark.parametrize(("done", "told"), [(1, "1 page"), (340, "340 pages")])
def test_a_book_of_unknown_length_has_a_number_alone(done, told):
    """Where the site does not say how many pages there are, those that came are counted."""
    first, _ = lines(book="artist.cbz", done=done)
    assert first.startswith("artist.cbz ")
    assert first.endswith(f" {told}")
    assert BAR not in first


def test_fetches_beyond_the_first_are_told():
    """Pages that came again stand behind the pages, and nothing where there are none."""
    assert lines(book="a.cbz", done=2, total=3, again=4)[0].endswith("2/3 pages · 4 again")


def test_long_work_takes_the_place_of_the_book():
    """What is packed has its bar and its bytes."""
    first, _ = lines(book="a.cbz", work="b.cbz", worked=(50_300_000, 67_100_000))
    assert first.startswith("b.cbz ")
    assert first.endswith(" 50.3 MB of 67.1 MB")
    assert first.count(BAR) in {17, 18}


def test_outcomes_stand_in_their_order():
    """The second line counts books, and has the time and the bytes behind them."""
    outcomes = Counter({"failed": 1, "unchanged": 40, "published": 3, "held": 2, "updated": 1})
    assert lines(outcomes=outcomes, seconds=3725.9, received=1_234_567)[1] == (
        "published 3 · updated 1 · unchanged 40 · held 2 · failed 1 · 1:02:05 · 1.2 MB"
    )


@pytest.mark.parametrize("width", [1, 5, 11, 19, 39, 40, 59, 60, 99, 100, 300])
def test_no_line_is_wider_than_the_terminal(width):
    """Names are cut, be their letters narrow or wide, and there is a line for each of the two."""
    figures = {"done": 123, "total": 456, "again": 7, "received": 10**9, "seconds": 60.0}
    for name in ("a" * 200, "\u9032\u6483" * 60):
        shown = lines(width, book=name, outcomes=Counter(published=100, held=1), **figures)
        assert len(shown) == 2
        assert max(map(cell_len, shown)) <= min(width, live_look.WIDEST)


def test_names_give_no_orders():
    """Control characters, marks of direction and markup are shown as they are spelt."""
    first, _ = lines(book="\x1b[2J[bold]\u202e.cbz", done=1)
    assert first.startswith("\\x1b[2J[bold]\\u202e.cbz ")


def test_a_line_without_an_end_is_shown_without_its_colours():
    """Of what gallery-dl has begun to write the letters are shown, cut to the width."""
    assert live_look.unfinished(console(10), "\r\x1b[1;32m./a/very/long/path\x1b[0m\r") == (
        "./a/very/\u2026"
    )


def test_each_outcome_has_its_colour():
    """The colours are those of the table at the run's end."""
    outcomes = Counter(held=1)
    _, second = live_look.lines(console(79, colours=True), Glance(outcomes=outcomes))
    assert "\x1b[33mheld 1\x1b[0m" in second
