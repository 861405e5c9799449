"""The record of finished chapters: what it believes of books, and what it does about bad files."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from disks import disk, make_read_only, shrink

from cbzsafe.errors import StorageError, UsageError
from cbzsafe.library.find import Finder
from cbzsafe.library.finished import FINISHED, NAME, FinishedChapters, stamp

URL = "https://example.org/c/"
WAY = b"way"

KILLED = """
import os, signal, sys
from pathlib import Path
from cbzsafe.library.finished import FinishedChapters, stamp
record = FinishedChapters(Path(sys.argv[1]))
book = Path(sys.argv[1], "a.cbz")
record.changed(book, None, stamp(book))
record.record("https://example.org/c/1", b"way", [book])
record.write()
def die(frame, event, value):
    if event == "return" and frame.f_code.co_name == "_move":
        os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(die)
record.changed(book, stamp(book), (1, 1))
record.write()
"""


def make(folder, name="a.cbz", text="x"):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def take(record, number, *books, way=WAY):
    """Record a chapter of books that are new."""
    for book in books:
        record.changed(book, None, stamp(book))
    record.record(f"{URL}{number}", way, books)


def recorded(folder, *numbers):
    """Write a record in which each chapter is in the one book `a.cbz`."""
    record = FinishedChapters(folder)
    book = make(folder)
    for number in numbers:
        record.changed(book, stamp(book), stamp(book))
        record.record(f"{URL}{number}", WAY, [book])
    record.write()
    return book


def known(folder, *numbers, way=WAY):
    with closing(FinishedChapters(folder, 0.1)) as record:
        return [number for number in numbers if record.has(f"{URL}{number}", way)]


def grown(book, text):
    """Change a book as a publish does; gives what it was and what it is."""
    before = stamp(book)
    book.with_name("new").write_text(text, "utf-8")
    book.with_name("new").rename(book)
    return before, stamp(book)


def test_a_chapter_is_known_by_its_way_and_all_its_books(tmp_path):
    """Another way or another site's chapter is unknown, and so is one that lacks a book."""
    first, second = make(tmp_path), make(tmp_path, "b.cbz")
    record = FinishedChapters(tmp_path)
    take(record, 1, first, second)
    record.write()
    assert known(tmp_path, 1, 2) == [1]
    assert known(tmp_path, 1, way=b"other") == []
    assert not FinishedChapters(tmp_path).has("https://example.com/c/1", WAY)
    second.unlink()
    assert known(tmp_path, 1) == []


def test_a_book_that_became_a_link_is_not_the_one_that_was_recorded(tmp_path):
    """What stands behind a link is not looked at."""
    book = recorded(tmp_path, 1)
    book.rename(tmp_path / "b.cbz")
    book.symlink_to("b.cbz")
    assert known(tmp_path, 1) == []


def test_a_growing_book_keeps_its_chapters(tmp_path):
    """A later chapter vouches for the earlier ones where it began with what was recorded."""
    book = recorded(tmp_path, 1, 2)
    record = FinishedChapters(tmp_path)
    assert record.has(f"{URL}1", WAY)
    for number, text in ((3, "xx"), (4, "xxx")):
        record.changed(book, *grown(book, text))
        record.record(f"{URL}{number}", WAY, [book])
        assert record.has(f"{URL}2", WAY)
    record.write()
    record.changed(book, *grown(book, "xxxx"))
    record.write()
    assert record.has(f"{URL}2", WAY)
    assert known(tmp_path, 1, 2, 3, 4) == [1, 2, 3, 4]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_book_that_somebody_else_changed_loses_its_chapters(tmp_path, trusted):
    """They are not vouched for by one that found the book different, or damaged."""
    book, other = recorded(tmp_path, 1, 2), make(tmp_path, "b.cbz")
    writer = FinishedChapters(tmp_path)
    take(writer, 5, book, other)
    writer.changed(other, stamp(other), stamp(other))
    writer.write()
    record = FinishedChapters(tmp_path)
    assert record.has(f"{URL}5", WAY)
    if trusted:
        book.write_text("something else", "utf-8")
    before, after = grown(book, "xx")
    record.changed(book, before if trusted else None, after)
    record.record(f"{URL}3", WAY, [book])
    assert not record.has(f"{URL}5", WAY)
    record.write()
    assert known(tmp_path, 1, 2, 3, 5) == [3]


def test_a_change_from_outside_within_a_run_is_seen_too(tmp_path):
    """What waits to be written of a book that is another one by then is dropped."""
    book = make(tmp_path)
    record = FinishedChapters(tmp_path)
    take(record, 1, book)
    book.write_text("something else", "utf-8")
    record.changed(book, *grown(book, "xx"))
    record.record(f"{URL}2", WAY, [book])
    record.write()
    assert known(tmp_path, 1, 2) == [2]


def test_two_processes_add_to_one_record(tmp_path):
    """What another one wrote meanwhile stays, also of a book that both have added to."""
    book = recorded(tmp_path, 1)
    mine, other = FinishedChapters(tmp_path), FinishedChapters(tmp_path)
    other.changed(book, *grown(book, "xx"))
    other.record(f"{URL}2", WAY, [book])
    other.write()
    mine.changed(book, *grown(book, "xxx"))
    mine.record(f"{URL}3", WAY, [book])
    mine.write()
    assert known(tmp_path, 1, 2, 3) == [1, 2, 3]


def test_names_need_not_be_unicode(tmp_path):
    """Neither a URL nor a path has to be valid text."""
    book = make(tmp_path, os.fsdecode(b"\xff.cbz"))
    record = FinishedChapters(tmp_path)
    record.changed(book, None, stamp(book))
    record.record("https://example.org/\udcff", WAY, [book])
    record.write()
    assert FinishedChapters(tmp_path).has("https://example.org/\udcff", WAY)


def test_nothing_is_written_where_there_is_nothing_to_say(tmp_path):
    """A book that no chapter is recorded of makes no file, nor does a library that is not there."""
    record = FinishedChapters(tmp_path)
    book = make(tmp_path)
    record.changed(book, None, stamp(book))
    record.write()
    missing = FinishedChapters(tmp_path / "missing")
    take(missing, 1, book)
    missing.write()
    assert os.listdir(tmp_path) == ["a.cbz"]


def test_no_reader_of_ours_takes_it_for_an_archive(tmp_path):
    """A check of the library does not come upon the file."""
    book = recorded(tmp_path, 1)
    assert [found.path for found in Finder().find([tmp_path])] == [book]


def test_a_kill_in_a_write_leaves_what_was_there(tmp_path):
    """Half a transaction of a killed process counts as none, and the next one tidies it away."""
    book = make(tmp_path)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    assert f"{NAME}-journal" in os.listdir(tmp_path)
    assert known(tmp_path, 1) == [1]
    record = FinishedChapters(tmp_path)
    take(record, 2, book)
    record.write()
    assert known(tmp_path, 2) == [2]
    assert sorted(os.listdir(tmp_path)) == [NAME, "a.cbz"]


def garble(path):
    path.write_bytes(b"PK" + bytes(5000))


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def replace(path):
    path.unlink()
    path.mkdir()


def renew(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {FINISHED.format + 1}")


def take_tables(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE books")


def swap(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA application_id = 1")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (garble, "is no record of finished chapters of cbzsafe"),
        (cut, "move it away and run the same command again"),
        (replace, "is no file"),
        (renew, "was made by a newer cbzsafe"),
        (take_tables, "no such table"),
        (swap, "is no record of finished chapters of cbzsafe"),
    ],
)
def test_a_file_of_no_use_is_a_sentence(tmp_path, harm, says):
    """Nothing is believed of it, and nothing in it is overwritten."""
    book = recorded(tmp_path, *range(1, 400))
    harm(tmp_path / NAME)
    record = FinishedChapters(tmp_path)
    with pytest.raises(UsageError, match=says):
        record.has(f"{URL}1", WAY)
    if harm is not take_tables:
        take(record, 2, book)
        with pytest.raises(UsageError, match=says):
            record.write()


def test_rows_that_make_no_sense_are_not_believed(tmp_path):
    """Other types than ours in the columns are no books."""
    recorded(tmp_path, 1, 2)
    with closing(sqlite3.connect(tmp_path / NAME)) as db, db:
        db.execute("UPDATE chapters SET path = 5 WHERE chapter = ?", (f"{URL}1".encode(),))
        db.execute("UPDATE books SET size = 'x'")
    assert known(tmp_path, 1, 2) == []


def test_a_file_that_is_held_is_waited_for_and_not_for_ever(tmp_path):
    """Another process's lock is a sentence, for a reader and for a writer."""
    book = recorded(tmp_path, 1)
    with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match=r"another process has held it for 0\.1 s"):
            known(tmp_path, 1)
        record = FinishedChapters(tmp_path, 0.1)
        take(record, 2, book)
        with pytest.raises(StorageError, match=r"another process has held it for 0\.1 s"):
            record.write()
    assert known(tmp_path, 1) == [1]


def test_a_full_or_read_only_disk_spoils_nothing(tmp_path):
    """What was recorded is known all the same, and what cannot be is a sentence."""
    with disk(tmp_path / "disk", "400k") as folder:
        book = recorded(folder, 1)
        shrink(folder, 0)
        record = FinishedChapters(folder)
        for number in range(2, 2000):
            take(record, number, book)
        with pytest.raises(StorageError, match="the disk"):
            record.write()
        assert known(folder, 1, 2) == [1]
        (folder / "filler").unlink()
        make_read_only(folder)
        assert known(folder, 1, 2) == [1]
        with pytest.raises(StorageError, match="it is read-only"):
            record.write()


def test_a_chapter_that_is_forgotten_is_unknown(tmp_path):
    """Also where it only waits to be written; others stay."""
    book = recorded(tmp_path, 1, 2)
    record = FinishedChapters(tmp_path)
    take(record, 3, book)
    record.forget(f"{URL}1")
    record.forget(f"{URL}3")
    record.write()
    record.close()
    assert known(tmp_path, 1, 2, 3) == [2]


def test_forgetting_what_is_unknown_writes_nothing(tmp_path):
    """A nightly run that visits unfinished chapters leaves the file alone, or makes none."""
    with closing(FinishedChapters(tmp_path)) as record:
        record.forget(f"{URL}1")
        record.write()
    assert not (tmp_path / NAME).exists()
    recorded(tmp_path, 1)
    before = (tmp_path / NAME).stat().st_mtime_ns
    with closing(FinishedChapters(tmp_path)) as record:
        record.forget(f"{URL}9")
        record.write()
    assert (tmp_path / NAME).stat().st_mtime_ns == before


def test_chapters_of_a_book_that_was_replaced_within_a_run_are_not_kept(tmp_path):
    """Their book grew, was replaced by somebody, and grew again: nobody vouches for them."""
    book = recorded(tmp_path, 1)
    record = FinishedChapters(tmp_path)
    record.changed(book, *grown(book, "xx"))
    book.write_text("something else", "utf-8")
    record.changed(book, *grown(book, "xxx"))
    record.write()
    assert known(tmp_path, 1) == []


def test_a_chapter_is_recorded_anew_in_another_way_and_another_book(tmp_path):
    """What was recorded before is not in the way of it."""
    recorded(tmp_path, 1)
    record = FinishedChapters(tmp_path)
    take(record, 1, tmp_path / "a.cbz", make(tmp_path, "b.cbz"), way=b"other")
    record.write()
    assert (known(tmp_path, 1), known(tmp_path, 1, way=b"other")) == ([], [1])


def test_what_was_written_is_not_written_again(tmp_path):
    """A later write of the same process does not bring back what another one has changed since."""
    book = make(tmp_path)
    record = FinishedChapters(tmp_path)
    take(record, 1, book)
    record.write()
    with closing(FinishedChapters(tmp_path)) as other:
        other.forget(f"{URL}1")
        other.write()
    take(record, 2, make(tmp_path, "b.cbz"))
    record.write()
    assert known(tmp_path, 1, 2) == [2]


def test_a_blank_file_knows_nothing_and_is_filled(tmp_path):
    """A process was killed over it: the same record finds there what it writes."""
    book = make(tmp_path)
    (tmp_path / NAME).touch()
    with closing(FinishedChapters(tmp_path)) as record:
        assert not record.has(f"{URL}1", WAY)
        take(record, 1, book)
        record.write()
        assert record.has(f"{URL}1", WAY)


def test_a_record_is_written_now_and_then(tmp_path, monkeypatch):
    """A kill loses no more than what came since."""
    book = make(tmp_path)
    for pause, there in ((60.0, []), (0.0, [1])):
        monkeypatch.setattr("cbzsafe.library.finished.PAUSE", pause)
        record = FinishedChapters(tmp_path)
        take(record, 1, book)
        record.tick()
        assert known(tmp_path, 1) == there


def test_a_book_that_is_gone_is_not_there_whatever_became_of_it(tmp_path):
    """Of a book that somebody replaced nothing is expected, which no file is not either."""
    book = recorded(tmp_path, 1)
    with closing(FinishedChapters(tmp_path)) as record:
        book.write_text("something else", "utf-8")
        record.changed(book, None, stamp(book))
        book.unlink()
        assert not record.has(f"{URL}1", WAY)
