"""Which metadata of gallery-dl become which element: one table, which docs/comicinfo.md shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cbzsafe.comicinfo import values
from cbzsafe.comicinfo.elements import ELEMENTS, Info, cleaned

Metadata = Mapping[str, object]
Take = Callable[[Metadata], object]

_GROUPS = ("group", "groups")
_WRITERS = ("author", "authors", "writer", "writers")
_CIRCLES = (*_GROUPS, "circle", "artist", "artists")
_TRANSLATORS = ("translator", "scanlator")


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


def _is_chapter(data: Metadata) -> bool:
    """Whether the metadata are a chapter's, and not a gallery's."""
    return any(_has(data, key) for key in ("chapter", "manga", "chapter_id"))


def _has(data: Metadata, key: str) -> bool:
    return data.get(key) not in (None, "", [], {}, ())


def _number(data: Metadata) -> object:
    for key in ("chapter", "episode_no", "episode", "issue"):
        number = values.text(data.get(key))
        if number:
            minor = values.text(data.get("chapter_minor")) if key == "chapter" else ""
            return number + minor
    return values.text(data.get("chapter_string"))


def _volume(data: Metadata) -> object:
    number = values.whole(data.get("volume"))
    return number if number and int(number) > 0 else ""  # 0 is 'none' in many extractors


def _writer(data: Metadata) -> object:
    """A gallery's group is the circle that made it, as readers' own sources have it."""
    return _first(data, _WRITERS if _is_chapter(data) else (*_WRITERS, *_CIRCLES))


def _translator(data: Metadata) -> object:
    return _first(data, (*_TRANSLATORS, *_GROUPS) if _is_chapter(data) else _TRANSLATORS)


def _first(data: Metadata, keys: tuple[str, ...]) -> object:
    return next((data[key] for key in keys if values.listed(data.get(key))), "")


def _tags(data: Metadata) -> object:
    """Boorus give one text with blanks between the tags."""
    tags = data.get("tags")
    return tags.split() if isinstance(tags, str) and "," not in tags else tags


def _manga(data: Metadata) -> object:
    for key in ("origin", "manga_type", "type", "original_language"):
        if found := values.manga(data.get(key)):
            return found
    return "Yes" if _has(data, "manga") else ""


RULES = (
    Rule("Title", ("title", "chapter_name")),
    Rule("Series", ("manga", "comic", "series", "webtoon")),
    Rule(
        "Number",
        ("chapter", "episode_no", "episode", "issue", "chapter_string"),
        "`chapter` and `chapter_minor` together.",
        _number,
    ),
    Rule(
        "Count",
        ("chapter_count", "chapters_total", "total_chapters"),
        "Chapters of the series. `count` is gallery-dl's number of pages.",
    ),
    Rule("Volume", ("volume",), "From 1.", _volume),
    Rule("Summary", ("description", "summary", "synopsis"), "HTML gives its text."),
    Rule(
        "Writer",
        (*_WRITERS, *_CIRCLES),
        "`group`, `circle` and `artist` for galleries only: there the group is the circle.",
        _writer,
    ),
    Rule("Penciller", ("artist", "artists", "illustrator")),
    Rule(
        "Translator",
        (*_TRANSLATORS, *_GROUPS),
        "`group` for chapters only.",
        _translator,
    ),
    Rule("Publisher", ("publisher",)),
    Rule("Genre", ("genres", "genre")),
    Rule("Tags", ("tags",), "A text without commas is parted at its blanks.", _tags),
    Rule("LanguageISO", ("lang",)),
    Rule(
        "Manga",
        ("origin", "manga_type", "type", "original_language"),
        "From the origin: `ja` is read from right to left, `ko` and `zh` are not; `Yes` where only "
        "`manga` is known.",
        _manga,
    ),
    Rule("Characters", ("characters", "character")),
    Rule(
        "AgeRating",
        ("rating", "age_rating", "content_rating"),
        "A word that is known, such as MangaDex's; numbers are no age ratings.",
    ),
    Rule("GTIN", ("isbn",)),
)
"""Each element but those below: Web, the date, and what the archive itself tells."""

DATES = ("date", "release_date", "chapter_date", "year")
"""The keywords of which the first that is a date gives Year, Month and Day."""


def from_metadata(data: Metadata, url: str, own: Mapping[str, Take]) -> Info:
    """Describe a book by gallery-dl's metadata.

    Args:
        data: of the directory, which are those of the chapter, gallery or post.
        url: of the chapter.
        own: the user's own sources by element, which replace those of the table.

    Returns:
        the texts of the elements that there are, in the order of the schema.
    """
    found = {rule.element: _by_rule(rule, data) for rule in RULES}
    found["Web"] = cleaned("Web", url)
    dates = (values.ymd(data.get(key)) for key in DATES)
    date = next((one for one in dates if one[0]), ("", "", ""))
    found.update(zip(("Year", "Month", "Day"), date, strict=True))
    for element, source in own.items():
        found[element] = cleaned(element, source(data))
    return {name: found[name] for name in ELEMENTS if found.get(name)}


def _by_rule(rule: Rule, data: Metadata) -> str:
    if rule.take is not None:
        return cleaned(rule.element, rule.take(data))
    texts = (cleaned(rule.element, data.get(key)) for key in rule.keys)
    return next(filter(None, texts), "")
