"""What came out: each reader's answer for each kind of book, compared with what was put in."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from book_kinds import Book, Item, Kind
from every_kind import made
from filelock import FileLock

if TYPE_CHECKING:
    from reading import Answer, Program

PICTURES = {".jpg", ".png", ".webp", ".gif"}
"""What comic readers show; they leave out the rest."""

SPOILED = "spoiled"
"""The name of a book that is none of ours: one bit of a page is another."""


@dataclass(frozen=True)
class Library:
    """Books that were made and lie in a folder which all processes of the tests share.

    Attributes:
        folder: theirs, and where readers work.
        books: by kind.
    """

    folder: Path
    books: dict[str, Book]

    def answers(self, program: Program) -> dict[str, dict[str, Answer]]:
        """Give what a program says, by reader and kind; it is started once for all tests."""
        kinds = {str(book.path): name for name, book in self.books.items()}

        def read() -> dict[str, dict[str, Answer]]:
            place = self.folder / program.readers[0].replace("/", " ")
            place.mkdir()
            found = program.read([book.path for book in self.books.values()], place)
            return {
                reader: {kinds[path]: answer for path, answer in answers.items()}
                for reader, answers in found.items()
            }

        return dict(once(self.folder / f"{program.readers[0].replace('/', ' ')}.json", read))


def once(path: Path, make: Callable[[], Any]) -> Any:
    """Give what a file holds, which the first process that asks makes and writes.

    Raises:
        AssertionError: it could not be made, which is tried only once.
    """
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            path.write_text(json.dumps(_tried(make)), encoding="utf-8")
        made = json.loads(path.read_text("utf-8"))
    assert "failed" not in made, made["failed"]
    return made["made"]


def _tried(make: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"made": make()}
    except Exception:  # noqa: BLE001 - each test raises it anew
        return {"failed": traceback.format_exc()}


def library(folder: Path, kinds: list[Kind], *, spoiled: bool = False) -> Library:
    """Make a book of each kind, unless another process has, and one that is spoiled."""
    folder.mkdir(parents=True, exist_ok=True)

    def make() -> list[Any]:
        books = made(kinds, folder)
        if spoiled:
            books[SPOILED] = _spoiled(books["plain"], folder / "spoiled.cbz")
        return [[name, str(book.path), book.items] for name, book in books.items()]

    listed = once(folder / "books.json", make)
    return Library(
        folder,
        {name: Book(Path(path), [tuple(item) for item in items]) for name, path, items in listed},
    )


def _spoiled(book: Book, path: Path) -> Book:
    data = bytearray(book.path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return Book(path, book.items)


def wanted(items: list[Item], program: Program) -> list[Item]:
    """Give what a reader should find: everything, or what comic readers show."""
    if not program.shows:
        return items
    return [item for item in items if Path(item[0]).suffix in PICTURES]


def differences(answer: Answer, items: list[Item]) -> list[str]:
    """Say in sentences how an answer differs from what was put in; nothing where it does not."""
    if answer.get("error"):
        return [answer["error"]]
    found = [tuple(page) for page in answer["pages"]]
    said = [f"{len(found)} entries for {len(items)}"] if len(found) != len(items) else []
    pairs = enumerate(zip(found, items, strict=False))
    return said + [f"entry {n} is {one}, not {other}" for n, (one, other) in pairs if one != other]
