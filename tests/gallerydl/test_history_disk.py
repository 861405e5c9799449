"""Which errors of the download archive are the disk's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
from gallery_dl import archive

from cbzsafe.errors import HistoryUnavailable, StorageError
from cbzsafe.gallerydl.history import DeferredHistory

BOOK = SimpleNamespace(believes=lambda known: known, restarting=False)


class Broken:
    """A connection that fails with an error of SQLite's."""

    def __init__(self, code):
        self.code = code
        self.undone = 0
        self._sqlite3 = self.cursor = self.connection = self

    def execute(self, *_):
        error = sqlite3.OperationalError("broken")
        if self.code is not None:
            error.sqlite_errorcode = self.code
        raise error

    def rollback(self):
        self.undone += 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, StorageError),
        (sqlite3.SQLITE_IOERR_WRITE, StorageError),
        (sqlite3.SQLITE_READONLY_DBMOVED, StorageError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, HistoryUnavailable),
        (sqlite3.SQLITE_CONSTRAINT, HistoryUnavailable),
        (None, HistoryUnavailable),
    ],
)
def test_an_error_of_the_disk_is_told_from_others(code, kind):
    """SQLite's extended codes count as the code that they are a case of."""
    history = DeferredHistory(BOOK, Broken(code))
    history.wait("key")
    with pytest.raises(kind) as told:
        history.commit(["key"])
    assert type(told.value) is kind
    assert not history._pending


def test_a_database_that_may_not_grow_is_a_full_disk(tmp_path):
    """None of a book's keys is written, and the next book's are once there is room."""
    inner = archive.connect(str(tmp_path / "history.sqlite3"), "category", "{id}")
    with closing(inner.connection):
        inner.connection.execute("PRAGMA max_page_count = 3")
        keys = [f"key {number}" for number in range(2000)]
        history = DeferredHistory(BOOK, inner)
        with pytest.raises(StorageError, match="full"):
            history.commit(keys)
        assert not inner.connection.in_transaction
        assert inner.connection.execute("SELECT count(*) FROM archive").fetchone() == (0,)
        inner.connection.execute("PRAGMA max_page_count = 3000")
        history.commit(keys)
        assert inner.connection.execute("SELECT count(*) FROM archive").fetchone() == (2000,)


def test_a_book_that_was_refused_does_not_stop_the_next(tmp_path):
    """What was begun for it is taken back, so that another transaction can begin."""
    path = tmp_path / "history.sqlite3"
    inner = archive.connect(str(path), "category", "{id}")
    with closing(inner.connection), closing(sqlite3.connect(path, timeout=0.1)) as other:
        other.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON archive WHEN NEW.entry = 'bad' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
        history = DeferredHistory(BOOK, inner)
        with pytest.raises(HistoryUnavailable, match="refused"):
            history.commit(["good", "bad"])
        other.execute("BEGIN IMMEDIATE")
        other.rollback()
        history.commit(["next"])
        assert other.execute("SELECT entry FROM archive").fetchall() == [("next",)]
