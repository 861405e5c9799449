"""From metadata of any form to the texts of ComicInfo.xml."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zlib import crc32

import pytest
import schema
from hypothesis import given
from hypothesis import strategies as st
from site_samples import NEVER

from cbzsafe import comicinfo
from cbzsafe.comicinfo.elements import COMPUTED, Kind
from cbzsafe.comicinfo.mapping import DATES, RULES

CHAPTER = {
    "manga": "Comic",
    "chapter": 12,
    "chapter_minor": ".5",
    "volume": 3,
    "title": "The  End\n",
    "group": ["One, Two", "Three"],
    "author": ["A", "B"],
    "artist": "C",
    "lang": "en",
    "date": datetime(2024, 2, 29, 12, 30, tzinfo=UTC),
    "tags": ["b", "A", "b"],
    "rating": "suggestive",
    "origin": "ja",
    "count": 20,
}

GALLERY = {
    "title": "Gallery",
    "group": ["Circle"],
    "artist": ["Artist"],
    "type": "Doujinshi",
    "tags": "full_color  school",
    "rating": "4.5",
    "date": "2023-07-01 10:00:00",
    "scanlator": "Scan",
}


def described(data, url="https://example.org/1/", own=None):
    return comicinfo.from_metadata(data, url, own or {})


def test_a_chapter_is_described_by_its_own_metadata():
    """Chapter and minor number are one number, the group translates, and the date is parted."""
    assert described(CHAPTER) == {
        "Title": "The End",
        "Series": "Comic",
        "Number": "12.5",
        "Volume": "3",
        "Year": "2024",
        "Month": "2",
        "Day": "29",
        "Writer": "A, B",
        "Penciller": "C",
        "Translator": "One Two, Three",
        "Tags": "A, b",
        "Web": "https://example.org/1/",
        "LanguageISO": "en",
        "Manga": "YesAndRightToLeft",
        "AgeRating": "Teen",
    }


def test_the_group_of_a_gallery_is_its_writer():
    """Where there is no chapter the group is the circle, and a rating in stars is no age rating."""
    found = described(GALLERY)
    assert found["Writer"] == "Circle"
    assert found["Penciller"] == "Artist"
    assert found["Translator"] == "Scan"
    assert found["Tags"] == "full_color, school"
    assert found["Manga"] == "YesAndRightToLeft"
    assert (found["Year"], found["Month"], found["Day"]) == ("2023", "7", "1")
    assert "AgeRating" not in found
    assert "Series" not in found


@pytest.mark.parametrize(
    ("element", "data", "text"),
    [
        ("Number", {"chapter": 0, "chapter_minor": ""}, "0"),
        ("Number", {"chapter": "7", "chapter_minor": None}, "7"),
        ("Number", {"chapter": 7.5}, "7.5"),
        ("Number", {"chapter_string": "Extra"}, "Extra"),
        ("Number", {"episode_no": 4}, "4"),
        ("Volume", {"volume": 0}, None),
        ("Volume", {"volume": "2"}, "2"),
        ("Volume", {"volume": "two"}, None),
        ("Count", {"count": 20}, None),
        ("Count", {"chapter_count": "120"}, None),
        ("Count", {"chapter_count": 0, "status": "Completed"}, None),
        ("Count", {"chapter_count": 1, "status": "Ended"}, "1"),
        ("Count", {"chapter_count": "120", "status": "Completed"}, "120"),
        ("Summary", {"description": "<p>a &amp; b</p><p>c<br/>d</p>"}, "a & b\nc\nd"),
        ("Summary", {"description": "1 < 2 and 3 > 2"}, "1 < 2 and 3 > 2"),
        ("Genre", {"genre": "Action, Slice of Life"}, "Action, Slice of Life"),
        ("Genre", {"genres": [{"name": "Drama"}, {"name": "Action"}]}, "Action, Drama"),
        ("Writer", {"manga": "M", "author": {"name": "N", "id": 1}}, "N"),
        ("LanguageISO", {"lang": "pt_BR"}, "pt-BR"),
        ("LanguageISO", {"lang": "Portuguese (Brazil)"}, None),
        ("Manga", {"manga": "M"}, "Yes"),
        ("Manga", {"manga": "M", "origin": "ko"}, "No"),
        ("Manga", {"comic": "C"}, None),
        ("AgeRating", {"rating": "Mature 17+"}, "Mature 17+"),
        ("AgeRating", {"rating": "e"}, "Adults Only 18+"),
        ("AgeRating", {"rating": 4.5}, None),
        ("Year", {"date": NEVER}, None),
        ("Year", {"date": date(1999, 1, 2)}, "1999"),
        ("Year", {"date": "", "year": 2001}, "2001"),
        ("Month", {"date": "2020-13-01"}, None),
        ("Year", {"date": "12345"}, None),
        ("Title", {"title": "a\0b\x1b[1m\ud800"}, "ab[1m"),
        ("Title", {"title": ["a\b", {"name": "\0c"}]}, "a, c"),
        ("Title", {"title": None}, None),
        ("Title", {"title": True}, None),
    ],
)
def test_what_sites_give_becomes_what_the_schema_allows(element, data, text):
    """Each form of a value has its text, and what fits nothing is left out."""
    assert described(data).get(element) == text


def test_blanks_in_an_address_are_escaped():
    """Several addresses stand with blanks between them, so that none may have one inside."""
    found = described({}, own={"Web": lambda _: ["https://a/b c", "https://d/", "no address"]})
    assert found["Web"] == "https://a/b%20c https://d/"


def test_what_the_user_sets_replaces_the_table():
    """A source of the user's own counts, even if it gives nothing."""
    own = {"Series": lambda data: f"{data['manga']} ({data['lang']})", "Title": lambda _: ""}
    found = described(CHAPTER, own=own)
    assert found["Series"] == "Comic (en)"
    assert "Title" not in found


def test_the_elements_are_the_schemas_in_its_order():
    """The table of elements names what the schema has, and nothing else."""
    assert list(comicinfo.ELEMENTS) == schema.elements()


def test_each_rule_is_of_an_element_that_is_not_computed():
    """The mapping fills elements of the schema, and none that follows from the archive."""
    names = [rule.element for rule in RULES]
    assert len(set(names)) == len(names)
    assert set(names) < set(comicinfo.ELEMENTS) - COMPUTED


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.dates(),
    st.datetimes(),
    st.sampled_from(["safe", "ja", "en", "1", "2020-01-01", "5.0", "https://a/ b", "<p>x", "&#0;"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["name", "id"]), inner)
    ),
    max_leaves=6,
)
KEYS = sorted(
    {key.partition("[")[0] for rule in RULES for key in rule.keys}
    | {*DATES, "chapter_minor", "chapter_type", "status", "nsfw", "sensitive", "tags_language"}
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), st.text(max_size=20))
def test_any_metadata_give_a_valid_file(data, url):
    """Whatever a site sends, the schema takes the file, and it says the same when it is read."""
    info = described(data, url)
    pages = [comicinfo.Page(10, 3, 4), comicinfo.Page(5)]
    written = comicinfo.write(info, pages)
    assert schema.errors(written) == []
    assert comicinfo.parse(written) == (info, tuple(pages))


@given(st.dictionaries(st.sampled_from(sorted(set(comicinfo.ELEMENTS) - COMPUTED)), VALUES))
def test_any_value_of_the_users_own_gives_a_valid_file(values):
    """A format string may give anything for any element."""
    info = described({}, "", {name: lambda _, value=value: value for name, value in values.items()})
    assert schema.errors(comicinfo.write(info, [])) == []


INFOS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6).map(described)


@given(INFOS, INFOS)
def test_a_description_joined_twice_is_the_same(one, other):
    """A chapter that is heard of again changes nothing, so that no book is rewritten for it."""
    both = comicinfo.united([one, other])
    assert comicinfo.united([both, other]) == both
    assert comicinfo.united([both, one]) == both
    assert comicinfo.united([one, one]) == one


def test_what_chapters_differ_in_is_not_said_of_their_book():
    """Title and number go, names are united, the date is the earliest."""
    other = {**CHAPTER, "chapter": 13, "title": "Next", "author": ["D"], "date": date(2023, 5, 6)}
    both = comicinfo.united([described(CHAPTER), described(other, "https://example.org/0/")])
    assert "Title" not in both
    assert "Number" not in both
    assert both["Volume"] == "3"
    assert both["Writer"] == "A, B, D"
    assert both["Web"] == "https://example.org/0/ https://example.org/1/"
    assert (both["Year"], both["Month"], both["Day"]) == ("2023", "5", "6")
    assert "Title" not in comicinfo.united([both, described(CHAPTER)])


@pytest.mark.parametrize(
    ("element", "texts", "said"),
    [
        ("LanguageISO", ("en", "fr"), "en"),
        ("Publisher", ("", "House"), "House"),
        ("AgeRating", ("Teen", "Adults Only 18+", "Everyone"), "Adults Only 18+"),
        ("AgeRating", ("", "Rating Pending"), "Rating Pending"),
        ("Series", ("One", "Other"), None),
        ("Series", ("One", ""), None),
        ("Summary", ("One", "One", "One"), "One"),
        ("Tags", ("b, a", "", "c, a"), "a, b, c"),
    ],
)
def test_parts_are_united_element_by_element(element, texts, said):
    """Names join, the strictest rating counts, and what is a chapter's own must be the same."""
    assert comicinfo.united([{element: text} for text in texts]).get(element) == said


def test_the_earliest_date_counts_as_far_as_it_is_known():
    """A year alone comes behind the days of that year, and no date behind all of them."""
    parts = [{"Tags": "a"}, {"Year": "2020"}, {"Year": "2020", "Month": "5", "Day": "3"}]
    assert comicinfo.united(parts) == {"Tags": "a"} | parts[2]
    assert comicinfo.united(parts[:2]) == {"Tags": "a", "Year": "2020"}


def marked(data):
    """Put our mark behind any bytes, as anybody could."""
    return data + f"<!-- cbzsafe {crc32(data):08x} -->\n".encode()


@pytest.mark.parametrize("text", ["]]>", "&amp;", "&gt;", "<Pages>", "a \"b\" 'c'", "<!-- -->"])
def test_text_is_read_as_it_was_written(text):
    """Nothing that has a meaning in XML has one in a text."""
    data = comicinfo.write({"Title": text}, [comicinfo.Page(3)])
    assert schema.errors(data) == []
    assert comicinfo.parse(data)[0] == {"Title": text}
    assert comicinfo.says(data, {"Title": text}, [3])


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"<a/>", b"<!DOCTYPE ComicInfo><ComicInfo/>", b"<ComicInfo>", b"\0" * 9),
        *(marked(b"<ComicInfo>"), marked(b"<!DOCTYPE a><ComicInfo/>"), marked(b"<a/>")[:-1]),
        comicinfo.write({"Title": "ours"}, []).replace(b"ours", b"mine"),
    ],
)
def test_what_is_no_file_of_ours_is_refused(data):
    """Neither other documents nor declarations are read."""
    with pytest.raises(ValueError, match="it is"):
        comicinfo.parse(data)


def test_every_kind_of_element_is_used():
    """No kind of text is there that no element has."""
    assert {element.kind for element in comicinfo.ELEMENTS.values()} == set(Kind)
