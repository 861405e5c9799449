"""What is recorded of archives, and what is remembered of it."""

from __future__ import annotations

import json
import os
import sqlite3
import tracemalloc
from contextlib import closing
from functools import partial

import pytest
from state_cases import BAD, CUT, TORN, UNREAD, found, report, unread

from cbzsafe import __version__
from cbzsafe.cbz.pages import Depth
from cbzsafe.errors import StorageError
from cbzsafe.library import state_rows as rows
from cbzsafe.library.state import Record, State
from cbzsafe.model import Code, Condition, Finding

STRUCTURE, ENDS, PAGES, DECODE = Depth


@pytest.fixture
def state(tmp_path):
    with State(tmp_path / "state") as opened:
        yield opened


def known(*findings, **fields):
    return report(*findings, known=True, **fields)


def recorded(state, *looks):
    """Record looks at one archive, and give what is recorded in the end."""
    for look, depth in looks:
        state.record(found(), look, depth)
    return state.recall(found())


def test_what_is_recorded_is_recalled_by_the_next_process(tmp_path):
    """All of a report survives, marked as known, with the depth and the version."""
    odd = Finding(Code.DEAD_BYTES, "12 „bytes“ belöng to 'nothing'.", None, 0, 2**40)
    with State(tmp_path / "state") as state:
        state.record(found(), report(BAD, odd, TORN), PAGES)
    with State(tmp_path / "state") as state:
        assert state.recall(found()) == Record(known(BAD, odd, TORN), PAGES, __version__)
        assert state.last_checked(found()) == 1e9


def test_nothing_is_known_of_a_file_that_was_never_recorded(state):
    """An archive that is new has no record, and counts as unchecked for ever."""
    assert state.recall(found()) is None
    assert state.last_checked(found()) == 0.0


@pytest.mark.parametrize(
    "other", [{"size": 1001}, {"mtime_ns": 1_700_000_000_123_456_788}, {"inode": 18}]
)
def test_a_file_that_changed_is_not_known(state, other):
    """Another size, time or inode makes it another file, until that is recorded."""
    state.record(found(), report(), PAGES)
    assert state.recall(found(**other)) is None
    assert state.last_checked(found(**other)) == 0.0
    state.record(found(**other), report(BAD), STRUCTURE)
    assert state.recall(found(**other)).depth == STRUCTURE
    assert state.last_checked(found(**other), PAGES) == 0.0
    assert state.recall(found()) is None


@pytest.mark.parametrize("condition", [Condition.CHANGING, Condition.VANISHED])
def test_what_says_nothing_of_a_file_is_not_recorded(state, condition):
    """A file that was changing or vanished keeps the record that it had."""
    last = recorded(state, (report(), PAGES), (report(condition=condition, checked=2e9), PAGES))
    assert last == Record(known(), PAGES, __version__)
    assert state.last_checked(found()) == 1e9


def test_names_that_are_not_utf_8_survive(tmp_path):
    """Bytes of paths and of pages that are no text come back as they were."""
    name = os.fsdecode(b"/books/caf\xe9 \xff.cbz")
    page = Finding(Code.BAD_CRC, "Of \udcff.", "\udce9\ud800\n\U0001f600.jpg", 1, 2)
    with State(tmp_path / os.fsdecode(b"\xe9:memory:")) as state:
        state.record(found(name), report(page), PAGES)
    with State(tmp_path / os.fsdecode(b"\xe9:memory:")) as state:
        assert state.recall(found(name)).report == known(page, path=name)
        assert state.recall(found("/books/café ÿ.cbz")) is None


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**63, 2**64 - 1])
def test_numbers_of_64_bits_are_held(state, number):
    """Inodes of network file systems use all bits, and times may be before 1970 or after 2262."""
    odd = found(mtime_ns=number, inode=abs(number))
    state.record(odd, report(), PAGES)
    assert state.recall(odd) is not None
    assert state.last_checked(odd) == 1e9


def test_a_relative_path_named_memory_is_a_file(tmp_path, monkeypatch):
    """SQLite's own names for no file at all are names like others here."""
    monkeypatch.chdir(tmp_path)
    with State(tmp_path.relative_to(tmp_path) / ":memory:") as state:
        state.record(found(), report(), PAGES)
    assert (tmp_path / ":memory:").stat().st_size > 0


def test_a_shallower_look_that_finds_nothing_new_leaves_the_deeper_one(state):
    """The deep report stays with its depth and its time, whether sound or not."""
    for deep in (report(), report(CUT, BAD), report(BAD, TORN)):
        last = recorded(state, (deep, DECODE), (report(*deep.findings[1:], checked=2e9), PAGES))
        assert last == Record(known(*deep.findings, condition=deep.condition), DECODE, __version__)
    assert recorded(state, (report(TORN, checked=3e9), STRUCTURE)).report.checked == 1e9


def test_the_time_of_the_last_look_is_kept_for_each_depth(state):
    """A look counts for its own depth and those above, and the longest-unchecked is told by it."""
    looks = [(report(checked=1e9), DECODE), (report(checked=2e9), PAGES)]
    recorded(state, *looks, (report(checked=3e9), STRUCTURE))
    assert [state.last_checked(found(), depth) for depth in Depth] == [3e9, 2e9, 2e9, 1e9]


def test_a_shallower_look_that_finds_damage_is_recorded_at_its_own_depth(state):
    """What only the deeper one can see is kept with it, and a closer look is due again."""
    last = recorded(state, (report(CUT, BAD), DECODE), (report(TORN, checked=2e9), STRUCTURE))
    assert last == Record(known(TORN, CUT, BAD, checked=2e9), STRUCTURE, __version__)
    last = recorded(state, (report(BAD, checked=3e9), PAGES))
    assert last == Record(known(BAD, CUT, checked=3e9), PAGES, __version__)


@pytest.mark.parametrize("depth", [PAGES, DECODE])
def test_a_look_as_deep_takes_the_place_of_the_other(state, depth):
    """What is there no more at the same or a greater depth is forgotten."""
    last = recorded(state, (report(BAD, TORN), PAGES), (report(checked=2e9), depth))
    assert last == Record(known(checked=2e9), depth, __version__)


def test_a_file_that_could_not_be_read_is_due_again_and_not_forgotten(state):
    """It counts as tried, at the lowest depth, and damage that was known is known afterwards."""
    last = recorded(state, (report(CUT), DECODE), (unread(2e9), DECODE))
    assert (last.depth, last.report.condition) == (STRUCTURE, Condition.UNREADABLE)
    assert last.report.problem == UNREAD
    assert state.last_checked(found(), DECODE) == 2e9
    for when in (3e9, 4e9):
        last = recorded(state, (report(checked=when), STRUCTURE))
        assert last == Record(known(CUT, checked=when), STRUCTURE, __version__)
    assert recorded(state, (report(checked=5e9), DECODE)).report == known(checked=5e9)


def test_a_clock_that_was_set_back_is_believed(state):
    """A time in the future does not keep an archive out of its turn for ever."""
    recorded(state, (report(checked=9e9), PAGES), (report(checked=1e9), PAGES))
    assert state.last_checked(found(), PAGES) == 1e9


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("findings", "no json"),
        ("findings", json.dumps([["of-the-future", "A sentence.", None, None, None]])),
        ("findings", "[1]"),
        ("condition", "quite-well"),
        ("depth", 99),
    ],
)
def test_a_row_that_is_not_understood_counts_as_none(tmp_path, column, value):
    """The archive is checked again, and recorded as if for the first time."""
    with State(tmp_path / "state") as state:
        state.record(found(), report(BAD), PAGES)
    db = sqlite3.connect(tmp_path / "state")
    with db:
        db.execute(f"UPDATE archives SET {column} = ?", (value,))  # noqa: S608 - names of above
    db.close()
    with State(tmp_path / "state") as state:
        assert state.recall(found()) is None
        state.record(found(), report(TORN), STRUCTURE)
        assert state.recall(found()) == Record(known(TORN), STRUCTURE, __version__)


def record_and_raise(state, error, before=lambda: None):
    with state:
        for number in range(5):
            state.record(found(f"/{number}.cbz"), report(), PAGES)
        before()
        if error:
            raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, StorageError("The disk is full.")])
def test_what_waits_is_written_when_an_error_ends_the_block(tmp_path, error):
    """An exception or a signal loses nothing, and comes through."""
    with pytest.raises(type(error) if isinstance(error, Exception) else error):
        record_and_raise(State(tmp_path / "state"), error)
    with State(tmp_path / "state") as state:
        assert all(state.recall(found(f"/{number}.cbz")) for number in range(5))


@pytest.mark.parametrize(
    ("error", "expected"),
    [(ZeroDivisionError, ZeroDivisionError), (None, StorageError)],
)
def test_an_error_that_is_under_way_is_not_replaced(tmp_path, error, expected):
    """What cannot be written at the end is an error only where there is no other one."""
    with closing(sqlite3.connect(tmp_path / "state", isolation_level=None)) as other:
        block = partial(other.execute, "BEGIN IMMEDIATE")
        with pytest.raises(expected):
            record_and_raise(State(tmp_path / "state", 0.01), error, block)


def test_the_times_of_a_large_library_take_little_memory(tmp_path):
    """Of a hundred thousand archives, the times are held in 20 MB."""
    path = tmp_path / "state"
    row = rows.made(found(), report(), PAGES, __version__)
    with State(path), closing(sqlite3.connect(path)) as db, db:
        keys = (f"/books/series {n % 500}/chapter {n}.cbz".encode() for n in range(100_000))
        db.executemany(rows.PUT, ((key, *row) for key in keys))
    with State(path) as state:
        tracemalloc.start()
        assert state.last_checked(found("/books/series 7/chapter 7.cbz"), PAGES) == 1e9
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert state.last_checked(found("/books/series 499/chapter 99999.cbz"), PAGES) == 1e9
        assert state.last_checked(found("/books/series 7/chapter 7.cbz"), DECODE) == 0.0
    assert peak < 20e6
