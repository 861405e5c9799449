"""Readers of other makers find in our books what was put in: as many entries, in order, whole."""

from __future__ import annotations

import zipfile

import pytest
from every_kind import KINDS, LARGE, SAID, SMALL
from findings import SPOILED, differences, wanted
from reading import PROGRAMS

EVERYDAY = [(name, one) for one in PROGRAMS if not one.large for name in one.readers]
READERS = [(name, one) for one in PROGRAMS for name in one.readers]
COMICS = [(name, one) for name, one in READERS if one.shows]
PLAIN = [one for one in SMALL if not one.method]
METHODS = [one for one in SMALL if one.method]


def each(values, *, name=lambda value: value.name):
    """Give a test's parameters, of which those that take long are marked."""
    long = {True: [pytest.mark.long], False: []}
    return [
        pytest.param(one, id=name(one), marks=long[getattr(one, "large", False)]) for one in values
    ]


def readers(pairs):
    """Give readers as a test's parameters."""
    long = {True: [pytest.mark.long], False: []}
    return [pytest.param(name, one, id=name, marks=long[one.large]) for name, one in pairs]


@pytest.mark.parametrize(("reader", "program"), readers(READERS))
@pytest.mark.parametrize("kind", each(PLAIN))
def test_a_reader_finds_what_was_put_in(small, kind, reader, program):
    """Count, order and bytes are those of the site's pages."""
    answer = small.answers(program)[reader][kind.name]
    assert differences(answer, wanted(small.books[kind.name].items, program)) == []


@pytest.mark.parametrize(("reader", "program"), readers(READERS))
@pytest.mark.parametrize("kind", each(METHODS))
def test_a_reader_that_lacks_a_method_says_so(small, kind, reader, program):
    """Pages that others compressed are read whole, or refused, and never read as something else."""
    answer = small.answers(program)[reader][kind.name]
    expected = wanted(small.books[kind.name].items, program)
    assert answer.get("error") or differences(answer, expected) == []


@pytest.mark.parametrize(("reader", "program"), readers(READERS))
def test_a_spoiled_book_is_not_agreed_upon(small, reader, program):
    """One bit in the midst of a page is refused or read as other bytes."""
    answer = small.answers(program)[reader][SPOILED]
    assert differences(answer, small.books[SPOILED].items) != []


@pytest.mark.parametrize("kind", each(SMALL))
def test_a_book_is_of_its_kind(small, kind):
    """A book has what its kind is there for, so that no reader is shown a plain one instead."""
    with zipfile.ZipFile(small.books[kind.name].path) as archive:
        assert kind.holds(archive)


@pytest.mark.parametrize(("reader", "program"), readers(COMICS))
def test_a_comic_reader_understands_what_a_book_says_of_itself(small, reader, program):
    """Series, title, language and count of its ComicInfo.xml are those of the site."""
    answers = small.answers(program)[reader]
    for kind in ("with comicinfo", "with a later comicinfo"):
        assert answers[kind]["metadata"] == SAID


@pytest.mark.long
@pytest.mark.parametrize(("reader", "program"), readers(READERS))
@pytest.mark.parametrize("kind", each(LARGE))
def test_a_reader_finds_what_was_put_into_a_large_book(large, kind, reader, program):
    """Counts, sizes and places beyond 16 and 32 bits are understood."""
    answer = large.answers(program)[reader][kind.name]
    assert differences(answer, wanted(large.books[kind.name].items, program)) == []


@pytest.mark.long
@pytest.mark.parametrize("kind", each(LARGE))
def test_a_large_book_is_of_its_kind(large, kind):
    """A large book is beyond the limit that it is named for."""
    with zipfile.ZipFile(large.books[kind.name].path) as archive:
        assert kind.holds(archive)


def test_every_kind_is_read():
    """No kind of the table is left out by the tests above."""
    assert [*PLAIN, *METHODS, *LARGE] == sorted(
        KINDS.values(), key=lambda one: (one.large, bool(one.method))
    )
