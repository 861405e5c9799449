"""Which names are metadata's, and what a page is called whose name is taken."""

from __future__ import annotations

import pytest

from cbzsafe.cbz.names import is_metadata, unused


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ComicInfo.xml", True),
        ("a/info.JSON", True),
        ("1.txt", True),
        ("1.jpg", False),
        ("a", False),
    ],
)
def test_metadata_is_told_by_its_extension(name, expected):
    """All else is a page."""
    assert is_metadata(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("1.jpg", "1.1.jpg"), ("a.b/1", "a.b/1.1"), ("1", "1.1"), (".jpg", ".jpg.1")],
)
def test_a_name_that_is_taken_gets_a_number_before_its_extension(name, expected):
    """A dot in a folder's name begins no extension."""
    assert unused(name, {name}) == expected
