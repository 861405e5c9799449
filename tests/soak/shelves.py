"""What lies in the library, held against what the site has."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import programs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIBRARY = "gallery-dl"
HISTORY = "history.sqlite3"


@dataclass(frozen=True)
class Expected:
    """One book as it should be.

    Attributes:
        url: its chapter's.
        series: the name of its series.
        book: its path in the library.
        pages: SHA-256 of each page, by file name.
        paths: where the site has each page, by file name.
        keys: what the history should say of its pages.
    """

    url: str
    series: str
    book: str
    pages: dict[str, str]
    paths: dict[str, str]
    keys: list[str]


def trouble(folder: Path, book: Expected) -> str | None:
    """Say what is wrong with a book that stands at its final name, or None where nothing is.

    The site never changes, so a book that is there has all of its pages.
    """
    path = folder / LIBRARY / book.book
    try:
        found = {name: hashlib.sha256(body).hexdigest() for name, body in _pages(path)}
    except (OSError, zipfile.BadZipFile) as error:
        return f"{book.book} cannot be read: {error}"
    if found == book.pages:
        return None
    lost, more = sorted(book.pages.keys() - found), sorted(found.keys() - book.pages)
    other = sorted(name for name in found.keys() & book.pages if found[name] != book.pages[name])
    return f"{book.book} lacks {lost}, has {more} too, and other bytes in {other}"


def _pages(path: Path) -> Iterable[tuple[str, bytes]]:
    return programs.pages(path).items()


def safe(folder: Path, books: Iterable[Expected]) -> set[str]:
    """Give the pages that are published or whole in staging, by their path on the site."""
    found: set[str] = set()
    for book in books:
        if is_there(folder, book):
            found.update(book.paths.values())
        else:
            staging = (folder / LIBRARY / book.book).with_suffix("")
            found |= {book.paths[name] for name in book.pages if _is_whole(staging, name, book)}
    return found


def _is_whole(staging: Path, name: str, book: Expected) -> bool:
    try:
        return hashlib.sha256((staging / name).read_bytes()).hexdigest() == book.pages[name]
    except (FileNotFoundError, NotADirectoryError):
        return False


def is_there(folder: Path, book: Expected) -> bool:
    """Whether a book has its final name."""
    return (folder / LIBRARY / book.book).exists()


def keys(folder: Path) -> set[str]:
    """Read the history, empty where there is none yet.

    It is not opened for reading only: where a process was killed while it wrote, SQLite has its
    journal rolled back by the next that comes, which may be this one.
    """
    path = folder / HISTORY
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        rows = connection.execute("SELECT entry FROM archive").fetchall() if tables else []
    return {entry for (entry,) in rows}


def hasty(folder: Path, books: Iterable[Expected]) -> list[str]:
    """Give the books of which the history has a page, and which are not at their final names."""
    known = keys(folder)
    return [b.book for b in books if known.intersection(b.keys) and not is_there(folder, b)]


def strays(folder: Path, books: Iterable[Expected]) -> list[str]:
    """Give every file and folder in the library that is neither a book nor above one."""
    right = {folder / LIBRARY / book.book for book in books}
    right |= {above for path in right for above in path.parents}
    return sorted(str(path.relative_to(folder)) for path in _all(folder) if path not in right)


def _all(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder / LIBRARY):
        yield from (Path(where, name) for name in (*folders, *files))


def wrong(folder: Path, books: Iterable[Expected]) -> list[str]:
    """Say what is wrong with books that should all be there."""
    return [text for book in books if (text := trouble(folder, book)) is not None]


def final(folder: Path, books: list[Expected]) -> list[str]:
    """Say all that is wrong with a library in which these books should be, and nothing else."""
    found = wrong(folder, books)
    found += [f"{path} does not belong into the library" for path in strays(folder, books)]
    wanted, known = {key for book in books for key in book.keys}, keys(folder)
    if known != wanted:
        found.append(
            f"the history lacks {len(wanted - known)} pages, has {len(known - wanted)} more"
        )
    return found
