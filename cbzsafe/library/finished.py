"""Which chapters are finished, and in which books: a SQLite file beside a library.

A chapter is finished while each of its books is there, unchanged since it was recorded: one
`lstat` a book. Paths are kept relative to the library's folder, so that one that is mounted
elsewhere stays known, and no inodes, which network file systems change.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cbzsafe.library.state_file import Kind, StateFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = ".cbzsafe.sqlite"
"""The file's name in the library's folder: hidden, and of no extension that readers take."""

PATIENCE = 3.0
"""Seconds for which another process that writes to the file is waited for; a write takes 20 ms."""

PAUSE = 10.0
"""Seconds between two writes, each of which waits for the disk; a kill loses what came since."""

_BOOKS = """CREATE TABLE IF NOT EXISTS books (
    path BLOB PRIMARY KEY NOT NULL, size, mtime_ns
) WITHOUT ROWID"""

_CHAPTERS = """CREATE TABLE IF NOT EXISTS chapters (
    chapter BLOB NOT NULL, path BLOB NOT NULL, way BLOB, PRIMARY KEY (chapter, path)
) WITHOUT ROWID"""
"""A row for each book of a chapter; paths and URLs as bytes, for neither need be Unicode."""

FINISHED = Kind(
    "record of finished chapters",
    application=0x63627A66,  # `cbzf` in ASCII
    format=1,
    tables=(_BOOKS, _CHAPTERS, "CREATE INDEX IF NOT EXISTS by_book ON chapters (path)"),
    other="give it another name",
    anew="visits every chapter once",
)

_FIND = """SELECT path, size, mtime_ns FROM chapters LEFT JOIN books USING (path)
WHERE chapter = ? AND way = ?"""
_KNOWN = "SELECT 1 FROM chapters WHERE chapter = ? LIMIT 1"
_STAMP = "SELECT size, mtime_ns FROM books WHERE path = ?"
_PUT_BOOK = "INSERT OR REPLACE INTO books VALUES (?, ?, ?)"
_VOID = "DELETE FROM chapters WHERE chapter IN (SELECT chapter FROM chapters WHERE path = ?)"
_DROP = "DELETE FROM chapters WHERE chapter = ?"
_PUT = "INSERT INTO chapters VALUES (?, ?, ?)"

Stamp = tuple[int, int]
"""Bytes and modification time in nanoseconds of a book."""


def stamp(path: str | os.PathLike[str]) -> Stamp | None:
    """Tell what a book is now; None where no regular file is there."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


@dataclass(slots=True)
class _Move:
    """What became of a book in this process.

    Attributes:
        base: what it was when it was written down last; None where there was none to go on from.
        last: what it is now.
        written: whether that is in the file.
    """

    base: Stamp | None
    last: Stamp
    written: bool = False


class FinishedChapters:
    """The record of one library.

    Args:
        folder: the library's, absolute.
        patience: seconds for which another process that writes to it is waited for.
    """

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self.path = folder / NAME
        self._folder = os.fspath(folder)
        self._patience = patience
        self._file: StateFile | None = None
        self._moves: dict[bytes, _Move] = {}
        self._waiting: dict[bytes, tuple[bytes, list[bytes]]] = {}
        self._written = time.monotonic()

    def has(self, chapter: str, way: bytes) -> bool:
        """Tell whether a chapter was recorded the same way and its books are there, unchanged.

        The file stays open from the first question on, and is locked only while one is answered.

        Args:
            chapter: its URL.
            way: a digest of what decides which pages there are and where they go.

        Raises:
            UsageError: the file is damaged, or none of ours.
            StorageError: it cannot be read, or another process does not let go of it.
        """
        rows = self._ask(_FIND, (_bytes(chapter), way))
        return bool(rows) and all(self._is_there(book, (size, at)) for book, size, at in rows)

    def _ask(self, question: str, about: tuple[bytes, ...]) -> list[Any]:
        if self._file is None and os.path.lexists(self.path):
            self._file = StateFile(self.path, self._patience, FINISHED, reading=True)
        if self._file is None or self._file.is_blank:
            return []
        with self._file.explained():
            return self._file.db.execute(question, about).fetchall()

    def forget(self, chapter: str) -> None:
        """Take down that a chapter is not finished any more, if it was recorded.

        Raises: as `has` does.
        """
        key = _bytes(chapter)
        self._waiting.pop(key, None)
        if self._ask(_KNOWN, (key,)):
            self._waiting[key] = (b"", [])

    def _is_there(self, book: Any, recorded: Stamp) -> bool:
        if not isinstance(book, bytes):  # whoever wrote that
            return False
        expected = self._followed(book, recorded)
        path = os.path.join(self._folder, os.fsdecode(book))
        return expected is not None and stamp(path) == expected

    def _followed(self, book: bytes, recorded: Stamp) -> Stamp | None:
        """What a recorded book has become by our own doing; None if not by that alone."""
        move = self._moves.get(book)
        if move is None or recorded == move.last:
            return recorded
        return move.last if recorded == move.base else None

    def changed(self, path: Path, before: Stamp | None, after: Stamp) -> None:
        """Take down what a book became by our own doing: chapters that it had before, it still has.

        Args:
            path: the book, absolute.
            before: what it was; None where nothing says that it still has what it had.
            after: what it is now.
        """
        book = self._relative(path)
        move = self._moves.get(book)
        if move is None:
            move = self._moves[book] = _Move(before, after)
        elif before is None or before != move.last:
            move.base = None
            self._void(book)
        move.written = move.written and move.last == after
        move.last = after

    def _void(self, book: bytes) -> None:
        """Let chapters be visited again that were recorded of a book which is another one now."""
        self._waiting = {k: v for k, v in self._waiting.items() if book not in v[1]}

    def record(self, chapter: str, way: bytes, books: Iterable[Path]) -> None:
        """Take down that a chapter is finished; `tick` and `write` bring it into the file.

        Args:
            chapter: as for `has`.
            way: likewise.
            books: each of which `changed` was told of.
        """
        self._waiting[_bytes(chapter)] = (way, [self._relative(path) for path in books])

    def tick(self) -> None:
        """Write, if the last time is a while ago.

        Raises:
            UsageError: the file is damaged, or none of ours.
            StorageError: it cannot be written to.
        """
        if time.monotonic() - self._written >= PAUSE:
            self.write()

    def write(self) -> None:
        """Write what waits, over what is there by now, for other processes write too.

        Raises:
            UsageError: the file is damaged, or none of ours.
            StorageError: it cannot be written to.
        """
        self._written = time.monotonic()
        moved = {book: move for book, move in self._moves.items() if not move.written}
        needed = self.path.parent if self._waiting else self.path
        if not needed.exists() or not (moved or self._waiting):
            return
        file = StateFile(self.path, self._patience, FINISHED)
        with closing(file.db), file.transaction():
            named = {book for _, books in self._waiting.values() for book in books}
            for book, move in moved.items():
                _move(file, book, move, new=book in named)
            for chapter, (way, books) in self._waiting.items():
                file.db.execute(_DROP, (chapter,))
                file.db.executemany(_PUT, [(chapter, book, way) for book in books])
        self._waiting.clear()
        for move in moved.values():
            move.base, move.written = move.last, True
        self.close()  # a new file, or one that another process has replaced, is opened anew

    def close(self) -> None:
        """Let go of the file; a later question opens it again."""
        if self._file is not None:
            self._file.db.close()
        self._file = None

    def _relative(self, path: Path) -> bytes:
        return os.fsencode(os.path.relpath(path, self._folder))


def _move(file: StateFile, book: bytes, move: _Move, *, new: bool) -> None:
    """Write down what a book is; chapters of what it was go, unless it comes of that."""
    row = file.db.execute(_STAMP, (book,)).fetchone()
    if row not in {None, move.base, move.last}:
        file.db.execute(_VOID, (book,))
    if row or new:
        file.db.execute(_PUT_BOOK, (book, *move.last))


def _bytes(text: str) -> bytes:
    """Text as it is kept: a URL may hold what is no Unicode."""
    return text.encode("utf-8", "surrogatepass")
