"""The deferred history, upon gallery-dl's own SQLite download archives."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from gallery_dl import archive

from cbzsafe.errors import HistoryUnavailable
from cbzsafe.gallerydl.history import DeferredHistory

MODES = ["file", "memory"]


class Book:
    """Keeps the keys of its pages until it is published, and believes what it is told to."""

    def __init__(self):
        self.keys = []
        self.takes = True
        self.trusts = True
        self.restarting = False

    def believes(self, known):
        return known if self.trusts else None

    def defer(self, history, key):
        if self.takes:
            self.keys.append(key)
            history.wait(key)
        return self.takes


@pytest.fixture
def database(tmp_path):
    """The archive's file."""
    return tmp_path / "history.sqlite3"


@pytest.fixture
def connect(database):
    """Open gallery-dl's own archive in one of its modes; closed when the test ends."""
    opened = []

    def connect(mode="file"):
        opened.append(archive.connect(str(database), "category", "{id}", mode=mode))
        return opened[-1]

    yield connect
    for one in opened:
        one.connection.close()


@pytest.fixture
def book():
    """The book of the pages in hand."""
    return Book()


@pytest.fixture(params=MODES)
def inner(request, connect):
    """gallery-dl's own archive, in each of its modes."""
    return connect(request.param)


@pytest.fixture
def history(inner, book):
    """The deferred history upon it."""
    return DeferredHistory(book, inner)


def entries(database):
    """What another process reads from the file."""
    with closing(sqlite3.connect(database)) as connection:
        return {row[0] for row in connection.execute("SELECT entry FROM archive")}


def is_open(inner):
    """Whether gallery-dl's connection still answers."""
    try:
        inner.connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


def refuse(database, entry):
    """Let the database refuse one entry with an error."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT ON archive WHEN NEW.entry = '{entry}' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )


# ---- keys


def test_a_key_is_taken_when_the_page_is_added(history, book, database):
    """An extractor that fills one dict anew for each page gets a key for each page."""
    page = {}
    for number in (1, 2, 3):
        page["id"] = number
        assert not history.check(page)
        history.add(page)
    page.clear()
    history.commit(book.keys)
    assert entries(database) == {"category1", "category2", "category3"}


def test_a_key_is_computed_where_nothing_was_asked_before(history, book):
    """`skip: false` asks nothing, and no key is left in the page's metadata."""
    history.add({"id": 7})
    assert book.keys == ["category7"]


def test_the_key_of_the_check_counts(history, book):
    """A post-processor that changes the metadata afterwards changes no key, as in gallery-dl."""
    page = {"id": 1}
    history.check(page)
    page["id"] = 2
    history.add(page)
    assert book.keys == ["category1"]


@pytest.mark.parametrize("asked", [True, False], ids=["asked before", "not asked"])
@pytest.mark.parametrize("number", [5, "5", "ü'\"%s?", None])
def test_a_key_is_the_one_that_gallery_dl_writes(
    history, inner, book, connect, database, asked, number
):
    """Whatever a page's metadata hold, gallery-dl itself finds the page afterwards."""
    page = {"id": number}
    if asked:
        history.check(page)
    history.add(page)
    theirs = connect()
    assert not theirs.check({"id": number})
    history.commit(book.keys)
    assert theirs.check({"id": number})
    theirs.add({"id": number})
    assert len(entries(database)) == 1


# ---- what is written when


def test_nothing_is_written_before_the_book_is_published(history, book, database):
    """Neither adding nor the end of the job writes a key that waits for its book."""
    history.add({"id": 1})
    history.finalize()
    history.close()
    assert entries(database) == set()
    history.commit(book.keys)
    assert entries(database) == {"category1"}


@pytest.mark.parametrize(("mode", "at_once"), [("file", {"category1"}), ("memory", set())])
def test_a_file_of_no_book_is_written_as_gallery_dl_does(connect, book, database, mode, at_once):
    """In `file` mode it is there at once, in `memory` mode when the job ends well."""
    book.takes = False
    history = DeferredHistory(book, connect(mode))
    history.add({"id": 1})
    assert entries(database) == at_once
    history.finalize()
    assert entries(database) == {"category1"}


def test_a_key_that_is_there_already_is_no_error(history, inner, book, database):
    """Two pages of one key, and a page of an earlier run, are written once."""
    for number in (1, 1, 2):
        history.add({"id": number})
    history.commit(book.keys[:1])
    history.commit(book.keys)
    assert entries(database) == {"category1", "category2"}


def test_many_keys_are_written_in_one_transaction(history, inner, book, database):
    """A book of a thousand pages is committed once."""
    statements = []
    for number in range(1000):
        history.add({"id": number})
    inner.connection.set_trace_callback(statements.append)
    history.commit(book.keys)
    assert statements.count("COMMIT") == 1
    assert len(entries(database)) == 1000


# ---- what is known


def test_a_page_is_known_once_it_is_committed(history, book):
    """gallery-dl's answer is handed on."""
    assert not history.check({"id": 1})
    history.add({"id": 1})
    history.commit(book.keys)
    assert history.check({"id": 1})


def test_what_is_known_may_be_disbelieved(history, book):
    """Where there is evidence against the history, a known page is asked for."""
    history.add({"id": 1})
    history.commit(book.keys)
    book.trusts = False
    assert not history.check({"id": 1})


def test_an_empty_history_is_true(history):
    """gallery-dl 1.30 asks `if archive`, which must not depend on what is in it."""
    assert bool(history) is True


# ---- errors


def test_an_entry_that_is_refused_takes_the_whole_book_back(history, book, database):
    """It is told in a sentence, and none of the book's pages is marked."""
    refuse(database, "category2")
    for number in (1, 2, 3):
        history.add({"id": number})
    with pytest.raises(HistoryUnavailable, match=r"could not be written \(refused\)"):
        history.commit(book.keys)
    assert entries(database) == set()


def test_an_entry_that_is_passed_over_in_silence_is_noticed(database, connect, book):
    """`INSERT OR IGNORE` into a table that takes no such entry is told."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY CHECK (entry = ''))")
    history = DeferredHistory(book, connect())
    history.add({"id": 1})
    with pytest.raises(HistoryUnavailable, match="not there after it was written"):
        history.commit(book.keys)


def test_a_database_that_another_process_keeps_locked_is_told(history, inner, book, database):
    """The keys are given up once gallery-dl's own time-out is over, and later ones get in."""
    inner.connection.execute("PRAGMA busy_timeout = 10")
    history.add({"id": 1})
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryUnavailable, match="locked"):
            history.commit(book.keys)
    history.add({"id": 2})
    history.commit(book.keys[1:])
    assert entries(database) == {"category2"}


def test_a_key_that_waits_is_known(history, book):
    """Two pages of one key are one file to gallery-dl, within a run as well."""
    history.add({"id": 1})
    assert history.check({"id": 1})
    history.forget(book.keys)
    assert not history.check({"id": 1})


# ---- closing


def test_it_closes_at_once_when_no_book_waits(history, inner):
    """Without pending keys, closing is gallery-dl's."""
    history.close()
    assert not is_open(inner)


def test_it_stays_open_until_the_last_book_is_done(history, inner, book, database):
    """A job that ends before its books are settled leaves them the connection."""
    for number in (1, 2, 3):
        history.add({"id": number})
    history.close()
    history.commit(book.keys[:1])
    history.forget(book.keys[1:2])
    assert is_open(inner)
    history.commit(book.keys[2:])
    assert not is_open(inner)
    assert entries(database) == {"category1", "category3"}


def test_books_that_are_done_before_the_job_keep_it_open(history, inner, book):
    """Only the job's end closes it: more books may follow."""
    history.add({"id": 1})
    history.commit(book.keys)
    history.add({"id": 2})
    history.forget(book.keys[1:])
    assert is_open(inner)
    history.close()
    assert not is_open(inner)


def test_a_failed_commit_closes_it_too(history, inner, book, database):
    """Keys that could not be written wait no longer."""
    refuse(database, "category1")
    history.add({"id": 1})
    history.close()
    with pytest.raises(HistoryUnavailable):
        history.commit(book.keys)
    assert not is_open(inner)


def test_a_job_that_starts_again_goes_on_with_it(history, inner, book, database):
    """Closing means nothing while the extractor restarts."""
    book.restarting = True
    history.close()
    assert is_open(inner)
    book.restarting = False
    history.add({"id": 1})
    history.commit(book.keys)
    history.close()
    assert not is_open(inner)
    assert entries(database) == {"category1"}
