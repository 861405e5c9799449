"""Rows of archives that were removed go, and those of archives that are out of sight stay."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from check_cases import checked
from disks import disk
from repairs import broken, whole

from cbzsafe.library import gone


@pytest.fixture
def books(tmp_path):
    """Give a folder with two series of three archives each."""
    folder = tmp_path / "books"
    for series in ("a", "b"):
        (folder / series).mkdir(parents=True)
        for number in range(3):
            (folder / series / f"{number}.cbz").write_bytes(whole())
    return folder


def recorded(state, folder):
    """Give the paths of the rows below a folder."""
    with closing(sqlite3.connect(state)) as db:
        paths = [os.fsdecode(path) for (path,) in db.execute("SELECT path FROM archives")]
    return sorted(os.path.relpath(path, folder) for path in paths)


SIX = [f"{series}/{number}.cbz" for series in "ab" for number in range(3)]


def test_the_row_of_a_removed_archive_goes(books, state):
    """After the next check of its folder nothing is recorded of it, and all of the others."""
    checked(books, state=state)
    assert recorded(state, books) == SIX
    (books / "a/1.cbz").unlink()
    (books / "b/0.cbz").rename(books / "b/3.cbz")
    report = checked(books, state=state, changed=True)
    assert (report.unchanged, report.sound) == (4, 5)
    assert recorded(state, books) == ["a/0.cbz", "a/2.cbz", "b/1.cbz", "b/2.cbz", "b/3.cbz"]


@pytest.mark.parametrize("request_is", [{"subset": (1, 2)}, {"max_duration": 1e-9}])
def test_what_a_run_leaves_to_others_stays(books, state, request_is):
    """An archive that is there keeps its row, whether or not this run looks at it."""
    checked(books, state=state)
    checked(books, state=state, **request_is)
    checked(books / "a/0.cbz", state=state)
    assert recorded(state, books) == SIX


def test_rows_of_another_folder_stay(books, state):
    """A folder that no run listed since, or that is gone as a whole, keeps its rows."""
    checked(books, state=state)
    (books / "b/0.cbz").unlink()
    checked(books / "a", state=state)
    shutil.rmtree(books / "b")
    checked(books, state=state)
    assert recorded(state, books) == SIX


@pytest.mark.parametrize("below", [".", "series"])
def test_rows_of_a_volume_that_is_not_mounted_stay(books, state, below):
    """The folder is there, and empty or with other files: what it had may come back."""
    with disk(books / "disk") as volume:
        (volume / below).mkdir(exist_ok=True)
        for number in range(3):
            (volume / below / f"{number}.cbz").write_bytes(broken())
        checked(books, state=state)
        before = recorded(state, books)
    checked(books, state=state)
    assert recorded(state, books) == before
    (books / "disk" / below).mkdir(exist_ok=True)
    (books / "disk" / below / "0.cbz").write_bytes(whole())
    (books / "disk" / below / "9.cbz").write_bytes(whole())
    checked(books, state=state)
    assert set(recorded(state, books)) > set(before)


def test_rows_of_a_volume_in_whose_place_is_another_stay(books, state):
    """Two volumes that were filled alike give their files the same inodes."""
    inodes = []
    for numbers in (range(3), range(1)):
        with disk(books / "disk") as volume:
            for number in numbers:
                (volume / f"{number}.cbz").write_bytes(whole())
            inodes.append((volume / "0.cbz").stat().st_ino)
            checked(books, state=state)
    assert inodes[0] == inodes[1]
    assert {"disk/1.cbz", "disk/2.cbz"} < set(recorded(state, books))


def test_a_folder_that_cannot_be_listed_any_more_says_nothing(books):
    """What became of its archives is not known."""
    assert gone.gone([(b"/none/1.cbz", 1, 1, 1)], []) == []
    assert list(gone._gone(b"/none", [b"/none/1.cbz"])) == []


@pytest.mark.parametrize(("removed", "left"), [(1, 39), (39, 1), (40, 40)])
def test_one_archive_that_stayed_is_proof_of_its_folder(many, state, removed, left):
    """However many were removed beside it, their rows go; where none stayed, nothing is known."""
    checked(many, state=state)
    for path in sorted(many.iterdir())[:removed]:
        path.unlink()
    checked(many, state=state)
    assert len(recorded(state, many)) == left
