"""A run's report as log objects, and the page that documents their fields."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from cbzsafe.model import BookReport, Outcome, Problem, RunReport, Severity
from cbzsafe.ui import lines, log_run
from cbzsafe.ui.logs import Journal

PAGE = Path(__file__).parent.parent.parent / "docs" / "logs.md"

TYPES = {"string": str, "integer": int, "number": float, "boolean": bool}

HELD = BookReport(
    "/b.cbz",
    Outcome.HELD,
    url="http://a/",
    missing=("1.jpg", "2.jpg"),
    staged=3,
    whole=False,
    problems=(Problem("It did not come.", "1.jpg"), Problem("It is odd.", None, Severity.WARNING)),
)


def told(report, *, verbose=False):
    """The objects that a report becomes."""
    stream = io.StringIO()
    log_run.run(report, Journal(stream), verbose=verbose)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_book_is_an_object_with_its_figures():
    """The message is the line that a person would read, and its parts are fields."""
    first = told(RunReport((HELD,)))[0]
    assert first["message"] == lines.book_line(HELD)
    assert (first["book"], first["url"], first["outcome"]) == ("/b.cbz", "http://a/", "held")
    assert (first["missing"], first["staged"], first["whole"]) == (2, 3, False)


def test_each_problem_and_each_missing_page_is_an_object():
    """No page that is missing goes unnamed, and none is told twice."""
    rest = told(RunReport((HELD,)))[1:-1]
    assert {(one["book"], one["url"]) for one in rest} == {("/b.cbz", "http://a/")}
    assert [(one["level"], one.get("page"), one["message"]) for one in rest] == [
        ("error", "1.jpg", "1.jpg: It did not come."),
        ("warning", None, "It is odd."),
        ("error", "2.jpg", "missing: 2.jpg"),
    ]


@pytest.mark.parametrize(
    ("outcome", "whole", "level"),
    [
        (Outcome.PUBLISHED, True, "info"),
        (Outcome.PUBLISHED, False, "warning"),
        (Outcome.UPDATED, True, "info"),
        (Outcome.UNCHANGED, True, "info"),
        (Outcome.HELD, False, "warning"),
        (Outcome.HELD, True, "warning"),
        (Outcome.FAILED, False, "error"),
    ],
)
def test_a_books_level_follows_from_its_outcome(outcome, whole, level):
    """What failed is an error, and what the next run will go on with a warning."""
    assert told(RunReport((BookReport("/b.cbz", outcome, whole=whole),)))[0]["level"] == level


@pytest.mark.parametrize(
    ("status", "interrupted", "level"),
    [(0, None, "info"), (5, None, "error"), (143, "SIGTERM", "warning")],
)
def test_the_last_object_has_the_status(status, interrupted, level):
    """A run ends with one object that tells how."""
    report = RunReport((HELD,), status=status, interrupted=interrupted, seconds=1.25)
    last = told(report)[-1]
    assert (last["level"], last["status"], last["seconds"]) == (level, status, 1.25)
    assert last.get("interrupted") == interrupted
    assert last["message"] == lines.closing(report)


def test_many_unchanged_books_are_one_object():
    """A nightly run over a library is short, unless every book is asked for."""
    books = tuple(BookReport(f"/{n}.cbz", Outcome.UNCHANGED) for n in range(lines.COLLAPSE + 1))
    assert [one["message"] for one in told(RunReport(books))][:-1] == ["unchanged  21 books"]
    assert len(told(RunReport(books), verbose=True)) == len(books) + 1


def test_what_concerns_no_book_is_told():
    """Problems of the run, and checks that were weaker, are objects of their own."""
    report = RunReport(problems=(Problem("The disk failed."),), weaker=("JPEG is not decoded.",))
    assert [(one["level"], one["message"]) for one in told(report)][:-1] == [
        ("error", "The disk failed."),
        ("info", "JPEG is not decoded."),
    ]


def test_a_run_that_only_passed_through_says_nothing():
    """Without books, problems or a signal there is nothing to tell."""
    assert told(RunReport()) == []


def test_a_stream_that_is_closed_is_passed_over():
    """There is nobody left to be told that nobody can be told."""
    stream = io.StringIO()
    journal = Journal(stream)
    stream.close()
    log_run.run(RunReport((HELD,)), journal, verbose=False)


def documented():
    """Read the fields of the page's table, with their types."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: TYPES[kind] for name, kind in rows}


def test_each_field_is_documented_with_its_type():
    """The page has the fields that there are, no others, and the first four in front."""
    report = RunReport((HELD,), status=143, interrupted="SIGTERM", seconds=0.5)
    stream = io.StringIO()
    Journal(stream).say("error", "m", error=ValueError("x"))
    made = [*told(report), json.loads(stream.getvalue())]
    found = {name: type(value) for one in made for name, value in one.items()}
    assert found == documented()
    assert list(documented())[:4] == list(made[0])[:4]


def test_the_examples_of_the_page_are_objects():
    """What is shown has documented fields of the documented types."""
    (block,) = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    shown = [json.loads(line) for line in block.splitlines()]
    assert len(shown) == 3
    for one in shown:
        assert list(one)[:4] == ["time", "level", "logger", "message"]
        assert {name: type(value) for name, value in one.items()}.items() <= documented().items()
