"""Parts that processes agree on without talking."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbzsafe.sharing import part_of


@pytest.mark.parametrize(
    ("key", "parts", "part"),
    [
        ("https://example.org/chapter/1", 3, 1),
        ("https://example.org/chapter/2", 3, 3),
        ("https://example.org/chapter/2", 1, 1),
        ("進撃の巨人/1.cbz", 7, 1),
        ("not-utf8-\udce9.cbz", 7, 6),
    ],
)
def test_a_part_is_the_same_in_every_version(key, parts, part):
    """A release that parts otherwise would fetch and check things twice or never."""
    assert part_of(key, parts) == part


@given(st.text(), st.integers(1, 1000))
def test_everything_is_in_one_of_the_parts(key, parts):
    """The parts count from 1."""
    assert 1 <= part_of(key, parts) <= parts


def test_parts_are_about_equal():
    """A hundred of a thousand chapters in ten parts, give or take a third."""
    found = Counter(part_of(f"https://example.org/chapter/{n}", 10) for n in range(1000))
    assert set(found) == set(range(1, 11))
    assert 66 <= min(found.values()) <= max(found.values()) <= 134
