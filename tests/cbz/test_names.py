"""The order, the safety and the numbers of names, and the names of temporaries."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbzsafe.cbz.names import (
    is_unsafe,
    missing_numbers,
    natural_key,
    prefix_for,
    temporary,
)


@pytest.mark.parametrize(
    "ordered",
    [
        ["1.jpg", "2.jpg", "10.jpg"],
        ["c001_009.jpg", "c001_010.jpg", "c002_001.jpg"],
        ["A2.jpg", "a10.jpg", "B1.jpg"],
        ["p01.jpg", "p1.jpg", "p2.jpg"],
        ["1/1.jpg", "1/2.jpg", "10/1.jpg"],
    ],
)
def test_numbers_order_pages(ordered):
    """Runs of digits compare as numbers, and letters without their case."""
    shuffled = ordered[::-1]
    assert sorted(shuffled, key=natural_key) == ordered


@given(st.lists(st.text()))
def test_the_order_is_total(names):
    """Names of any kind can be sorted, and only equal ones have equal keys."""
    backwards = names[::-1]
    assert sorted(backwards, key=natural_key) == sorted(names, key=natural_key)
    assert len({natural_key(name) for name in names}) == len(set(names))


def test_thousands_of_digits_are_a_number():
    """A run of digits that is too long for an integer compares all the same."""
    assert natural_key("9" * 9_000) < natural_key("1" + "0" * 9_000)


@pytest.mark.parametrize(
    "name",
    ["", "/", "/a", "..", "../a", "a/..", "a/../b", "a\\b", "C:a", "a\0", "a\x7f", "a\ud800"],
)
def test_names_that_lead_astray_are_unsafe(name):
    """A name is unsafe if unpacking it could leave the folder, or fail."""
    assert is_unsafe(name)


@pytest.mark.parametrize("name", ["a", "a/b", "...", "a..b", "..a/b", "ü 日本", "chapter/"])
def test_other_names_are_safe(name):
    """Dots and other scripts alone make no name unsafe."""
    assert not is_unsafe(name)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["p1.jpg", "p2.jpg", "p3.jpg"], []),
        (["p1.jpg", "p3.png"], [2]),
        (["p03.jpg", "p04.jpg"], [1, 2]),
        (["v1.p1.jpg", "v1.p3.jpg"], [2]),
        (["p1.jpg", "p9.jpg"], []),
        (["p1.jpg", "q3.jpg"], []),
        (["cover.jpg", "2.jpg", "4.jpg"], []),
        (["4.jpg"], []),
    ],
)
def test_gaps_are_told_only_where_names_are_numbered(names, missing):
    """Names that are not one prefix and a number, and leaps, say nothing."""
    assert missing_numbers(names) == missing


def test_temporaries_are_short_hidden_and_no_archives():
    """A temporary's name fits beside any title, and no reader takes it for a book."""
    target = Path("/books") / ("x.cbz" * 50)
    made = temporary(target)
    assert made.parent == target.parent
    assert made.name.startswith(prefix_for(target))
    assert made.name.startswith(".")
    assert made.name.endswith(".part")
    assert ".cbz" not in made.name
    assert len(made.name) < 64
    assert temporary(target) != made


def test_temporaries_of_names_that_are_no_text_can_be_made():
    """A file name of bytes that are no UTF-8 has its own prefix."""
    odd = Path(os.fsdecode(b"\xff\xfe.cbz"))
    assert prefix_for(odd) != prefix_for(Path("book.cbz"))
