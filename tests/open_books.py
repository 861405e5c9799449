"""Books that are opened and filled without a download, for the tests of this room."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pictures

from cbzsafe.book.book import Book
from cbzsafe.book.parts import Format, StagedPage
from cbzsafe.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

PAGES = {f"{number}.jpg": pictures.jpeg(number, 3000) for number in range(1, 5)}
URL = "https://example.org/"


class History:
    """Remembers what it was told to commit and to forget.

    Args:
        first: called before a commit is noted.
    """

    def __init__(self, first: Callable[[], object] = lambda: None) -> None:
        self.first = first
        self.written: list[str] = []
        self.forgotten: list[str] = []

    def commit(self, keys: list[str]) -> None:
        """Note the keys."""
        self.first()
        self.written += keys

    def forget(self, keys: list[str]) -> None:
        """Note the keys."""
        self.forgotten += keys


def opened(folder: Path, *formats: Format, base: Path | None = None) -> Book:
    """Open the book of a folder; its archive lies beside the folder unless formats are given."""
    forms = list(formats) or [Format(folder.with_name(folder.name + ".cbz"))]
    return Book(folder, base or folder.parent, forms, URL, {}, 0.1, Silent())


def fill(
    book: Book, pages: Mapping[str, bytes], history: History | None = None, comment: str = ""
) -> None:
    """Lay pages into staging, and take them into the book as a download would."""
    book.staging.folder.mkdir(parents=True, exist_ok=True)
    for name, data in pages.items():
        take(book, name, data, comment=comment)
        if history is not None:
            book.pending.add(name, history, f"key of {name}")


def take(
    book: Book, name: str, data: bytes, only: Iterable[Path] | None = None, comment: str = ""
) -> None:
    """Take one page into the book, for all of its archives or for some."""
    path = book.staging.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    targets = frozenset(form.target for form in book.formats) if only is None else frozenset(only)
    book.claims[name] = URL + name
    book.add(name, StagedPage(path, targets, comment))


def archive(path: Path, pages: Mapping[str, bytes], comment: str = "") -> None:
    """Write an archive with Python's own module."""
    with zipfile.ZipFile(path, "w") as file:
        for name, data in pages.items():
            info = zipfile.ZipInfo(name)
            info.comment = comment.encode()
            file.writestr(info, data)
