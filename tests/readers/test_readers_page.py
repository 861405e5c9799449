"""What docs/readers.md says of readers is what came out when they were asked."""

from __future__ import annotations

import re

import pytest
from book_kinds import KINDS
from every_kind import LARGE, SMALL
from programs import ROOT
from readers_page import PAGE, column, rows, table
from reading import PROGRAMS

READERS = [name for one in PROGRAMS for name in one.readers]
ASKED = [
    pytest.param(name, one, id=name, marks=[pytest.mark.long] if one.large else [])
    for one in PROGRAMS
    for name in one.readers
]


def told(reader, kinds):
    """Give what the page says of a reader, for kinds of books and compression methods."""
    of_kinds, of_methods = table("Results"), table("Compression methods")
    return {
        one.name: (of_methods[one.method] if one.method else of_kinds[one.name])[reader]
        for one in kinds
    }


@pytest.mark.parametrize(("reader", "program"), ASKED)
def test_the_page_tells_what_a_reader_found(small, reader, program):
    """Each cell is the outcome of a book that was made and read just now."""
    assert told(reader, SMALL) == column(small, program, reader)


@pytest.mark.long
@pytest.mark.parametrize(("reader", "program"), ASKED)
def test_the_page_tells_what_a_reader_found_in_large_books(large, reader, program):
    """Likewise where counts and sizes take zip64."""
    assert told(reader, LARGE) == column(large, program, reader)


def test_the_page_has_each_reader_and_each_kind():
    """The tables have a column for each reader and a row for each kind or method, in order."""
    plain = [one.name for one in KINDS.values() if not one.method]
    methods = [one.method for one in KINDS.values() if one.method]
    for heading, first, expected in (
        ("Results", "Book", plain),
        ("Compression methods", "Method", methods),
    ):
        head, *rest = rows(heading)
        assert head == [first, *READERS]
        assert [row[0] for row in rest] == expected


def test_the_page_says_what_each_kind_is():
    """The list of kinds is that of the tests, in the same words."""
    kinds = [[one.name, one.make.__doc__] for one in KINDS.values() if not one.method]
    assert rows("Books")[1:] == kinds


@pytest.mark.parametrize("name", ["yauzl", "comicbox"])
def test_the_page_names_the_version_that_is_installed(name):
    """The Makefile pins what does not come from Debian, and the page says to what."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (version,) = re.findall(rf"^{name.upper()} = (.+)$", makefile, re.MULTILINE)
    assert f"{name} {version}" in PAGE.read_text("utf-8")
