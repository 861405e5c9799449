"""The documents that are contracts, compared with what the code does."""

from __future__ import annotations

import re
from numbers import Real
from pathlib import Path

import pytest

from cbzsafe.model import BookReport, Code, Outcome, Problem, RunReport, Severity
from cbzsafe.ui.json import run_as_dict

DOCS = Path(__file__).parent.parent / "docs"

TYPES = {
    "string": lambda value: isinstance(value, str),
    "string or null": lambda value: value is None or isinstance(value, str),
    "integer": lambda value: type(value) is int,
    "number": lambda value: isinstance(value, Real) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array of strings": lambda value: all(isinstance(one, str) for one in value),
    "array of books": lambda value: all(isinstance(one, dict) for one in value),
    "array of problems": lambda value: all(isinstance(one, dict) for one in value),
}


def sections(name):
    """Read a document's second-level sections."""
    text = (DOCS / name).read_text("utf-8")
    headings = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(headings[::2], headings[1::2], strict=True))


@pytest.fixture
def findings():
    return sections("findings.md")


def test_every_finding_has_a_section_and_no_section_lacks_its_finding(findings):
    """A code is documented under its own name, in the order of the model."""
    assert list(findings) == [code.value for code in Code]


@pytest.mark.parametrize("code", Code)
def test_a_section_states_the_level_that_its_finding_has(findings, code):
    """What a code makes of its archive is the same in the document and in the model."""
    assert re.findall(r"^Level: (.+)$", findings[code.value], re.MULTILINE) == [code.level.value]


@pytest.mark.parametrize("code", Code)
def test_a_section_says_how_its_finding_comes_about_and_what_is_done(findings, code):
    """Each section answers both questions, each in a paragraph."""
    paragraphs = findings[code.value].strip().split("\n\n")
    assert paragraphs[0].startswith("Level: ")
    assert paragraphs[1].endswith(".")
    assert paragraphs[2].startswith("How it comes about: ")
    assert paragraphs[3].startswith("What is done: ")


@pytest.fixture
def report():
    problem = Problem("It is missing.", "1.jpg", Severity.ERROR)
    book = BookReport("a.cbz", Outcome.HELD, missing=("1.jpg",), problems=(problem,))
    return run_as_dict(RunReport((book,), weaker=("A sentence.",)))


def fields(section):
    """Read the table of a section of the report's document."""
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "select"),
    [
        ("The run", lambda report: report),
        ("A book", lambda report: report["books"][0]),
        ("A problem", lambda report: report["books"][0]["problems"][0]),
    ],
)
def test_the_report_has_the_documented_fields(report, heading, select):
    """Each field is documented with its type, in the order of the file, and no other is."""
    documented = fields(sections("report.md")[heading])
    data = select(report)
    assert list(documented) == list(data)
    assert [name for name, kind in documented.items() if not TYPES[kind](data[name])] == []


def test_the_report_names_its_schema_and_every_outcome(report):
    """What a program has to compare with is written as it appears."""
    text = (DOCS / "report.md").read_text("utf-8")
    assert f"`{report['schema']}`" in text
    assert [o.value for o in Outcome if f"- `{o.value}`: " not in text] == []
