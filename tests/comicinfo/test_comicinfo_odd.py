"""Metadata that no site should send: endless, without end, and of kinds that nobody expects."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
import schema
from gallery_dl import util
from site_samples import NEVER

from cbzsafe import comicinfo
from cbzsafe.book.about import About
from cbzsafe.comicinfo.words import strictest
from cbzsafe.gallerydl.describing import Describer, Heard
from cbzsafe.settings import Settings

WITHIN: list[object] = []
WITHIN.append(WITHIN)
DEEP: list[object] = []
for _ in range(100_000):
    DEEP = [DEEP]


def described(data, url="", own=None):
    found = comicinfo.from_metadata(data, url, own or {})
    assert schema.errors(comicinfo.write(found, [])) == []
    return found


class Unfit:
    """An object that cannot even be shown."""

    def __str__(self):
        """Raise."""
        raise ValueError

    __repr__ = __str__


@pytest.mark.parametrize(
    "value",
    [
        *(float("nan"), float("inf"), 1e400, -(10**400), 10**5000, 1e300, True, b"bytes"),
        *(WITHIN, DEEP, {"name": WITHIN}, [{"name": 3}], Unfit(), object(), util.NONE, Ellipsis),
        *("\ud800\x00\x85\u202e", [None, "", {}, [[["a"]]]]),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("key", ["title", "tags", "author", "chapter", "volume", "date", "lang"])
def test_what_says_nothing_is_left_out(key, value):
    """Neither numbers beyond all sense nor objects of any kind make an element."""
    assert described({key: value}) == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((-1, "-1"), (7.0, "7"), (7.25, "7.25"), (-0.0, "0"), (1e6, "1000000")),
        *((1234567.5, "1234567.5"), ("1e400", "1e400"), ("٣", "٣")),
    ],
)
def test_numbers_have_no_exponent(value, text):
    """A chapter's number stands as people write it, and a text as the site has it."""
    assert described({"chapter": value})["Number"] == text


@pytest.mark.parametrize(
    ("minor", "text"),
    [(".5", "3.5"), ("5", "3.5"), ("v2", "3"), (".5v2", "3.5"), ("-4", "3-4"), ("a", "3a")],
)
def test_a_minor_number_stands_behind_its_chapter(minor, text):
    """With its point, whether the site gives that or not, and without the version of a scan."""
    assert described({"chapter": 3, "chapter_minor": minor})["Number"] == text


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ({"chapter": 3, "chapter_string": "3", "volume": 3}, "3"),
        ({"chapter": 0, "chapter_string": "3", "volume": 3}, None),
        ({"chapter": 0, "chapter_string": "0", "volume": 0}, "0"),
        ({"chapter": 0, "chapter_string": "Prologue", "volume": 3}, "0"),
        ({"chapter": 0, "chapter_string": "x", "chapter_type": "Volume"}, None),
        ({"comic": "C", "issue": 0, "issue_string": "Issue #0"}, "0"),
        ({"comic": "C", "issue": 0}, "0"),
        ({"comic": "C", "issue": 2, "issue_string": "Annual 2"}, "2"),
    ],
)
def test_a_volume_or_a_collection_has_no_number(data, number):
    """Extractors give such as chapter or issue 0, which there may be as well."""
    assert described(data).get("Number") == number


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_names_have_one_order_in_every_process(kind):
    """A list keeps its own; a set, which has another in each process, gets that of the alphabet."""
    given = kind([f"{number}, x" for number in range(9)])
    expected = ", ".join(f"{number} x" for number in range(9))
    assert described({"author": given, "title": given})["Writer"] == expected
    assert described({"title": given})["Title"] == expected


@pytest.mark.parametrize(
    ("given", "found"),
    [
        *(("a, b c", "a, b c"), ("b a", "a, b"), (("b", "a"), "a, b")),
        ({"general": ["b"], "artist": ["x"], "meta": ["a"]}, "a, b"),
        (["artist:x", "female:y", "language:z"], "female:y"),
    ],
)
def test_tags_are_found_in_any_form(given, found):
    """A text, a list, or an object of lists by kind, without what has elements of its own."""
    assert described({"tags": given})["Tags"] == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (("2023-02-31",), ("2023", "2", None)),
        (("2023-13-01",), ("2023", None, None)),
        (("0000-01-01",), (None, None, None)),
        (("0001-01-01",), ("1", "1", "1")),
        (("9999-12-31",), ("9999", "12", "31")),
        (("2024-12-00",), ("2024", "12", None)),
        (("2024-02-29T10:00",), ("2024", "2", "29")),
        ((date(2024, 2, 29),), ("2024", "2", "29")),
    ],
)
def test_only_days_that_there_are_make_a_date(given, found):
    """Readers make a date of the three, and drop the book's description where they cannot."""
    info = described({"date": given[0]})
    assert tuple(info.get(part) for part in ("Year", "Month", "Day")) == found


def test_a_date_of_the_users_own_is_looked_at_too():
    """A month that a format string gives must be one of twelve."""
    own = {"Year": lambda _: 2024, "Month": lambda _: 2, "Day": lambda _: 30}
    assert described({}, own=own) == {"Year": "2024", "Month": "2"}
    own = {"Month": lambda _: 14, "Day": lambda _: 3}
    assert described({"date": date(2024, 1, 2)}, own=own) == {"Year": "2024"}


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("https://user:word@example.org/1", "https://example.org/1"),
        ("https://example.org/@user/1", "https://example.org/@user/1"),
        ("recursive:https://example.org/", "https://example.org/"),
        ("mangadex:0-1", None),
        ('https://example.org/"a|b"', "https://example.org/%22a%7Cb%22"),
        ("https://example.org/題", "https://example.org/題"),
    ],
)
def test_an_address_is_one_that_others_may_read(url, web):
    """No password, no prefix of gallery-dl's, and nothing that no address may have."""
    assert described({}, url).get("Web") == web


@pytest.mark.parametrize(
    ("element", "value", "text"),
    [
        *(
            ("BlackAndWhite", True, "Yes"),
            ("BlackAndWhite", "no", "No"),
            ("BlackAndWhite", 0, "No"),
        ),
        *(("BlackAndWhite", "grey", None), ("CommunityRating", 0, "0.0")),
        *(("CommunityRating", "5", "5.0"), ("CommunityRating", 5.1, None)),
        *(("Title", date(2024, 1, 2), "2024-01-02"), ("Title", NEVER, None)),
        *(("Web", ("https://a/", "https://b/"), "https://a/ https://b/"), ("Volume", -1, "-1")),
        *(("Manga", False, "No"), ("Manga", "YesAndRightToLeft", "YesAndRightToLeft")),
        *(("AgeRating", "MA15+", "MA15+"), ("AgeRating", 18, None)),
    ],
)
def test_elements_of_the_users_own_take_what_the_schema_has(element, value, text):
    """What a format string gives has the form of its element, or is left out."""
    assert described({}, own={element: lambda _: value}).get(element) == text


def test_the_strictest_rating_is_that_of_the_highest_age():
    """Each rating wins over those for younger ones, in any order, and none over any."""
    ages = ["", "Unknown", "Everyone", "Early Childhood", "Kids to Adults", "PG", "Everyone 10+"]
    ages += ["Teen", "MA15+", "Mature 17+", "Adults Only 18+"]
    for younger, older in pairwise(ages):
        assert strictest(younger, older) == strictest(older, younger) == older
    assert strictest("M", "Mature 17+") == "M"
    assert strictest("Adults Only 18+", "X18+", "R18+") == "Adults Only 18+"


def test_more_than_readers_can_show_is_cut():
    """Ten thousand tags and a text of megabytes become some hundreds, and ten thousand signs."""
    info = described(
        {
            "tags": [f"tag {number:05}" for number in range(10_000)],
            "description": "<p>text &amp; " * 400_000,
            "title": "t " * 1_000_000,
            "author": ["n" * 100_000],
        },
        own={"Web": lambda _: [f"https://example.org/{number}" for number in range(500)]},
    )
    assert len(info["Tags"].split(", ")) == 500
    assert {len(info[name]) for name in ("Summary", "Title")} <= {10_000, 9_999}
    assert len(info["Writer"]) == 300
    assert len(info["Web"].split()) == 50


@pytest.mark.parametrize(
    "text", ["<br", "<", "< ", "<b ", "\n\n\n\n", "a,", "&lt;", "<" + " " * 99]
)
def test_texts_that_are_made_to_last_are_read_at_once(text):
    """Markup that never ends costs no more than other text: five megabytes are cut first."""
    described({"description": text * (5_000_000 // len(text)), "tags": text * 1_000_000})


def test_thousands_of_posts_give_one_description_in_any_portions():
    """It is the same however often it was asked for, and in whatever order they came."""
    posts = [
        comicinfo.from_metadata(
            {
                "username": "artist",
                "tags": [f"tag {(number * 7 + at) % 900}" for at in range(5)],
                "date": date(2020, 1, 1 + number % 28),
                "rating": ("general", "adult")[number == 200],
                "title": f"Post {number}",
            },
            f"https://example.org/{number:04}",
            {},
        )
        for number in range(300)
    ]
    once, often, mixed = About(), About(), About()
    for post in posts:
        once.note(post)
        often.note(post)
        assert often.info
    for post in random.Random(1).sample(posts, len(posts)):
        mixed.note(post)
    assert once.info == often.info == mixed.info
    assert (once.info["Series"], once.info["AgeRating"]) == ("artist", "Adults Only 18+")
    assert "Title" not in once.info
    assert len(once.info["Web"].split()) == 50
    assert len(once.info["Tags"].split(", ")) == 500


def test_what_cannot_be_read_is_told_and_ends_nothing():
    """A site's data may raise whatever they like: the book has no description in that run."""

    class Raising(dict):
        def get(self, *_):
            raise RuntimeError

    told = []
    describer = Describer(replace(Settings(), comicinfo=True), told.append)
    assert describer.info(Raising(), "https://example.org/1") is None
    assert "https://example.org/1" in told[0]
    heard = Heard(describer)
    heard.directory({"title": "T", "tags": Unfit(), "lang": util.NONE}, "https://example.org/")
    assert len(told) == 1
