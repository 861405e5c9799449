"""Which metadata of gallery-dl become which element: one table, which docs/comicinfo.md shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cbzsafe.comicinfo import takes, values
from cbzsafe.comicinfo.elements import ELEMENTS, Info, cleaned
from cbzsafe.comicinfo.takes import Metadata

Take = Callable[[Metadata], object]


@dataclass(frozen=True, slots=True)
class Rule:
    """Where an element's value comes from.

    Attributes:
        element: its name.
        keys: gallery-dl's keywords, of which the first that gives a value counts.
        note: what else there is to say, for the documentation.
        take: computes the value where a keyword's own is not it.
    """

    element: str
    keys: tuple[str, ...]
    note: str = ""
    take: Take | None = None


RULES = (
    Rule(
        "Title",
        (
            *("episode_name", "title", "chapter_name", "post_title"),
            *("pool[name]", "album[title]", "issue_string"),
        ),
    ),
    Rule(
        "Series",
        (*takes.SERIES, *takes.USERS),
        "A post's is the name of the one who posts. A gallery has none.",
        takes.series,
    ),
    Rule(
        "Number",
        (*takes.NUMBERS, "chapter_string"),
        "`chapter` and `chapter_minor` together. A volume that is served as a whole has none.",
        takes.number,
    ),
    Rule(
        "Count",
        takes.COUNTS,
        "Where `status` says that the series has ended. `count` is gallery-dl's number of pages.",
        takes.count,
    ),
    Rule("Volume", ("volume",), "From 1.", takes.volume),
    Rule(
        "Summary",
        ("description", "summary", "synopsis", "caption", "content", "selftext", "text"),
        "HTML gives its text.",
    ),
    Rule(
        "Writer",
        (*takes.WRITERS, *takes.CIRCLES, *takes.USERS),
        "From `group` on for galleries and posts only: there the group is the circle.",
        takes.writer,
    ),
    Rule("Penciller", ("artist", "artists", "illustrator", "tags_artist")),
    Rule(
        "Translator",
        (*takes.TRANSLATORS, *takes.GROUPS),
        "`group` for chapters only.",
        takes.translator,
    ),
    Rule("Publisher", ("publisher",)),
    Rule("Genre", ("genres", "genre", "series[genre]")),
    Rule(
        "Tags",
        ("tags", "parody", "parodies"),
        "All of them, but for those that are artists, groups, characters or languages. A text "
        "without commas is parted at its blanks.",
        takes.tags,
    ),
    Rule("LanguageISO", ("lang", "language")),
    Rule(
        "Manga",
        (*takes.ORIGINS, "lang"),
        "From the origin: `ja` is read from right to left, `ko` and `zh` are not. Where only "
        "`manga` is known it is `Yes`; in Japanese, from right to left.",
        takes.manga,
    ),
    Rule("Characters", ("characters", "character", "tags_character")),
    Rule(
        "AgeRating",
        takes.RATINGS,
        "A word that is known, such as MangaDex's; numbers are no age ratings. Else for adults "
        "where `nsfw`, `over_18`, `adult_content` or `hasAdultContent` is true, for 17 and older "
        "where `is_mature` or `sensitive` is.",
        takes.age,
    ),
    Rule("GTIN", ("isbn",)),
)
"""Each element but those below: Web, the date, and what the archive itself tells."""

DATES = ("date", "release_date", "chapter_date", "year", "release")
"""The keywords of which the first that is a date gives Year, Month and Day."""

_DATE = ("Year", "Month", "Day")


def from_metadata(data: Metadata, url: str, own: Mapping[str, Take]) -> Info:
    """Describe a book by gallery-dl's metadata.

    Args:
        data: of the directory, which are those of the chapter, gallery or post.
        url: of the chapter.
        own: the user's own sources by element, which replace those of the table.

    Returns:
        the texts of the elements that there are, in the order of the schema.
    """
    found = {rule.element: _by_rule(rule, data) for rule in RULES if rule.element not in own}
    found["Web"] = cleaned("Web", url)
    dates = (values.ymd(data.get(key)) for key in DATES)
    date = next((one for one in dates if one[0]), ("", "", ""))
    found.update(zip(_DATE, date, strict=True))
    for element, source in own.items():
        found[element] = cleaned(element, source(data))
    found.update(zip(_DATE, values.day(*(found[part] for part in _DATE)), strict=True))
    return {name: found[name] for name in ELEMENTS if found.get(name)}


def _by_rule(rule: Rule, data: Metadata) -> str:
    if rule.take is not None:
        return cleaned(rule.element, rule.take(data))
    texts = (cleaned(rule.element, takes.value(data, key)) for key in rule.keys)
    return next(filter(None, texts), "")
