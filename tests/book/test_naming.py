"""Where a book is published, and under which name."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cbzsafe.book.naming import NAME_LIMIT, file_name, target_for

names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=300
)


@given(names)
def test_a_name_fits_and_no_reader_hides_it(stem):
    """Whatever the title, the name has at most 255 bytes and starts with no dot."""
    made = file_name(stem, "cbz")
    assert len(os.fsencode(made)) <= NAME_LIMIT
    assert not made.startswith(".")
    assert made.endswith(".cbz")


@given(names, names)
def test_titles_that_differ_give_names_that_differ(one, other):
    """Two titles share a name only if they differ in nothing but a leading dot."""
    if one.lstrip("._") != other.lstrip("._"):
        assert file_name(one, "cbz") != file_name(other, "cbz")


def test_a_book_lies_beside_its_staging_folder():
    """Without --publish-to the archive is the folder's neighbour."""
    made = target_for("/data/comic/chapter 1/", "cbz", "/data", None)
    assert made == Path("/data/comic/chapter 1.cbz")


def test_a_relative_directory_is_made_absolute(tmp_path, monkeypatch):
    """`./` is the current folder, whose name the book gets."""
    monkeypatch.chdir(tmp_path)
    assert target_for("./", "cbz", "./", None) == tmp_path.with_name(tmp_path.name + ".cbz")


def test_published_elsewhere_the_path_stays_the_same():
    """Under --publish-to a book keeps its path relative to the base directory."""
    made = target_for("/data/comic/chapter 1", "cbz", "/data", Path("/library"))
    assert made == Path("/library/comic/chapter 1.cbz")


def test_a_book_outside_the_base_directory_goes_by_its_name():
    """A directory that is the base, or lies outside it, keeps its last part only."""
    assert target_for("/data", "cbz", "/data", Path("/lib")) == Path("/lib/data.cbz")
    assert target_for("/other/x", "cbz", "/data", Path("/lib")) == Path("/lib/x.cbz")
