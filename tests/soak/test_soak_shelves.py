"""The library held against the site."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import zipfile
from contextlib import closing

import pytest
from soak import shelves
from soak.shelves import Expected

PAGES = {"1.jpg": b"one", "2.jpg": b"two"}
PATHS = {"1.jpg": "/img/1.jpg", "2.jpg": "/img/2.jpg"}
BOOK = Expected(
    "http://x/",
    "S",
    "local/S/Chapter 1.cbz",
    {name: hashlib.sha256(body).hexdigest() for name, body in PAGES.items()},
    PATHS,
    ["local1", "local2"],
)


@pytest.fixture
def folder(tmp_path):
    """A library in which the book is, and a history in which its pages are."""
    target = tmp_path / shelves.LIBRARY / BOOK.book
    target.parent.mkdir(parents=True)
    write(target, PAGES)
    with closing(sqlite3.connect(tmp_path / shelves.HISTORY)) as connection, connection:
        connection.execute("CREATE TABLE archive (entry TEXT)")
        connection.executemany("INSERT INTO archive VALUES (?)", [(key,) for key in BOOK.keys])
    return tmp_path


def write(target, pages):
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in pages.items():
            archive.writestr(name, body)


def staged(folder, name, body):
    staging = (folder / shelves.LIBRARY / BOOK.book).with_suffix("")
    staging.mkdir(exist_ok=True)
    (staging / name).write_bytes(body)


def test_a_library_that_is_as_it_should_be_passes(folder):
    """Its pages, its files and its history are what the site has."""
    assert shelves.final(folder, [BOOK]) == []
    assert shelves.hasty(folder, [BOOK]) == []


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ({"1.jpg": b"one"}, "lacks ['2.jpg']"),
        ({**PAGES, "3.jpg": b"x"}, "has ['3.jpg']"),
        ({**PAGES, "2.jpg": b"twO"}, "other bytes in ['2.jpg']"),
    ],
)
def test_a_book_with_other_pages_is_found(folder, pages, says):
    """A page that is lost, more or wrong is named."""
    write(folder / shelves.LIBRARY / BOOK.book, pages)
    assert [says in text for text in shelves.final(folder, [BOOK])] == [True]


def test_a_torn_book_is_found(folder):
    """An archive without its index cannot be read."""
    target = folder / shelves.LIBRARY / BOOK.book
    target.write_bytes(target.read_bytes()[:50])
    assert "cannot be read" in shelves.trouble(folder, BOOK)


@pytest.mark.parametrize("name", [".a.lock", "1.jpg.part", "x.cbz"])
def test_a_file_that_nobody_asked_for_is_found(folder, name):
    """Locks, temporaries and other books do not belong into the library."""
    (folder / shelves.LIBRARY / "local" / name).touch()
    assert shelves.strays(folder, [BOOK]) == [f"gallery-dl/local/{name}"]


def test_a_history_that_knows_a_page_too_early_is_found(folder):
    """A page enters it only once its book is published."""
    (folder / shelves.LIBRARY / BOOK.book).unlink()
    assert shelves.hasty(folder, [BOOK]) == [BOOK.book]


def test_a_history_that_lacks_a_page_is_found(folder):
    """It has exactly the published pages in the end."""
    with closing(sqlite3.connect(folder / shelves.HISTORY)) as connection, connection:
        connection.execute("DELETE FROM archive WHERE entry = 'local2'")
        connection.execute("INSERT INTO archive VALUES ('local3')")
    assert shelves.final(folder, [BOOK]) == ["the history lacks 1 pages, has 1 more"]


def test_pages_are_safe_once_they_are_staged_whole_or_published(folder):
    """A staged page counts only if all of its bytes are there."""
    assert shelves.safe(folder, [BOOK]) == set(PATHS.values())
    (folder / shelves.LIBRARY / BOOK.book).unlink()
    assert shelves.safe(folder, [BOOK]) == set()
    staged(folder, "1.jpg", b"one")
    staged(folder, "2.jpg", b"tw")
    assert shelves.safe(folder, [BOOK]) == {PATHS["1.jpg"]}


def test_a_history_that_a_kill_left_in_the_midst_of_a_write_is_read(folder, tmp_path):
    """What had been committed before is there, and nothing else."""
    killed = tmp_path / "killed"
    killed.mkdir()
    with closing(sqlite3.connect(folder / shelves.HISTORY)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # so that it writes before the commit
        connection.executemany("INSERT INTO archive VALUES (?)", [("x" * 900,)] * 200)
        for path in folder.glob(f"{shelves.HISTORY}*"):
            shutil.copy(path, killed)
        connection.rollback()
    assert (killed / f"{shelves.HISTORY}-journal").stat().st_size
    assert shelves.keys(killed) == set(BOOK.keys)
