"""Kubernetes' termination message: 4 KB of what is not whole."""

from __future__ import annotations

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbzsafe.errors import StorageError
from cbzsafe.model import BookReport, Outcome, Problem, RunReport, Severity
from cbzsafe.ui import lines, termination
from cbzsafe.ui.notes import Note
from cbzsafe.ui.sheet import Row, Sheet


def sheet(rows=(), notes=(), closing="1 book; exit status 1"):
    return Sheet([], list(rows), "", list(notes), closing)


def row(line, *notes):
    return Row(line, [], "held", [Note(*note) for note in notes])


def test_the_last_line_comes_first_then_what_is_wrong():
    """Whoever reads no further knows how it ended; warnings and notes are left out."""
    book = row("held  a.cbz", ("error", "1.jpg is missing."), ("warning", "odd"), ("note", "n"))
    dull = row("published  b.cbz", ("warning", "odd"))
    said = termination.of_sheet(sheet([book, dull], [Note("error", "E."), Note("note", "N.")]))
    assert said == "1 book; exit status 1\nerror: E.\nheld  a.cbz\n  error: 1.jpg is missing.\n"


def test_a_run_is_summed_up():
    """A held book is named with its reason; a published one is only counted."""
    books = (
        BookReport("/a.cbz", Outcome.PUBLISHED, pages=3),
        BookReport(
            "/b.cbz",
            Outcome.HELD,
            missing=("2.jpg",),
            staged=1,
            whole=False,
            problems=(Problem("2.jpg is missing: 404.", "2.jpg", Severity.ERROR),),
        ),
    )
    said = termination.of_sheet(lines.laid_out(RunReport(books, status=1), verbose=False))
    assert said == (
        "2 books: 1 published, 1 held; exit status 1\n"
        "held       0 pages  1 missing  1 staged  /b.cbz\n"
        "  error: 2.jpg is missing: 404.\n"
    )


@given(st.lists(st.text(st.characters(exclude_characters="\n\r"), max_size=300), max_size=60))
def test_it_is_never_over_four_kilobytes_and_counts_what_it_leaves_out(texts):
    """What does not fit is counted, whatever bytes its letters take."""
    said = termination.of_sheet(sheet([row(text, ("error", "e")) for text in texts]))
    said.encode()
    assert len(said.encode()) <= termination.LIMIT
    total = 1 + sum(2 if text else 1 for text in texts)
    whole = said.split("\n")[:-1]
    if not whole[-1].endswith("see the log"):
        assert len(whole) == total
    else:
        assert len(whole) - 1 + int(whole[-1].split()[1]) == total


def test_one_line_that_is_too_long_is_cut():
    """A sentence with a long path keeps its beginning, and whole letters."""
    said = termination.of_sentence("進" * 3000)
    assert said.startswith("cbzsafe: 進")
    assert said.endswith("進…\n")
    assert 4090 < len(said.encode()) <= 4096


def test_it_is_written_in_place(tmp_path):
    """The file is a mount of its own, so that another one cannot take its name."""
    path = tmp_path / "log"
    path.write_text("what was there before, and longer")
    inode = path.stat().st_ino
    termination.write("short\n", path)
    assert (path.read_text(), path.stat().st_ino) == ("short\n", inode)


def test_a_file_that_is_not_there_is_made(tmp_path):
    """It was asked for by name."""
    termination.write("x\n", tmp_path / "log")
    assert (tmp_path / "log").read_text() == "x\n"


def test_the_usual_file_is_written_only_where_it_is(tmp_path, monkeypatch):
    """Outside Kubernetes nothing is made, and nothing is said of it."""
    monkeypatch.setattr(termination, "USUAL", tmp_path / "termination-log")
    termination.write("x\n", None)
    assert os.listdir(tmp_path) == []
    (tmp_path / "termination-log").touch()
    termination.write("x\n", None)
    assert (tmp_path / "termination-log").read_text() == "x\n"


@pytest.mark.parametrize("kind", ["folder", "missing", "pipe"])
def test_what_cannot_be_written_is_told_and_never_waited_for(tmp_path, kind):
    """A pipe that nobody reads would hold a finished run up for ever."""
    path = {"folder": tmp_path, "missing": tmp_path / "none" / "log"}.get(kind, tmp_path / "pipe")
    if kind == "pipe":
        os.mkfifo(path)
        assert stat.S_ISFIFO(path.stat().st_mode)
    with pytest.raises(StorageError, match="termination message cannot be written"):
        termination.write("x\n", path)
