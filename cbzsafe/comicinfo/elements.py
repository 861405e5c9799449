"""The elements of ComicInfo 2.1, in the order of its schema, and what each may hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from cbzsafe.comicinfo import values, words

if TYPE_CHECKING:
    from collections.abc import Callable

Info = dict[str, str]
"""A book's description: the texts of elements by their names, as far as there are any."""


class Kind(Enum):
    """What an element holds; the value turns anything into its text, '' where nothing fits."""

    TEXT = "text"
    PROSE = "prose"
    INT = "whole number"
    NAMES = "names with commas between them"
    SORTED = "names with commas between them, in the order of the alphabet"
    WEB = "addresses with blanks between them"
    LANGUAGE = "language tag"
    YES_NO = "Yes, No or Unknown"
    MANGA = "YesAndRightToLeft, Yes, No or Unknown"
    AGE = "age rating of the schema"
    RATING = "number from 0 to 5"


_CLEAN: dict[Kind, Callable[[object], str]] = {
    Kind.TEXT: values.text,
    Kind.PROSE: values.prose,
    Kind.INT: values.whole,
    Kind.NAMES: values.names,
    Kind.SORTED: values.sorted_names,
    Kind.WEB: values.addresses,
    Kind.LANGUAGE: values.language,
    Kind.YES_NO: words.yes_or_no,
    Kind.MANGA: words.manga,
    Kind.AGE: words.age,
    Kind.RATING: values.rating,
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element below `ComicInfo`.

    Attributes:
        name: as the schema spells it.
        kind: what it holds.
        of_chapter: whether a book of several chapters has it only where all of them say the same.
    """

    name: str
    kind: Kind
    of_chapter: bool = False


ELEMENTS = {
    element.name: element
    for element in (
        Element("Title", Kind.TEXT, of_chapter=True),
        Element("Series", Kind.TEXT, of_chapter=True),
        Element("Number", Kind.TEXT, of_chapter=True),
        Element("Count", Kind.INT),
        Element("Volume", Kind.INT, of_chapter=True),
        Element("AlternateSeries", Kind.TEXT),
        Element("AlternateNumber", Kind.TEXT, of_chapter=True),
        Element("AlternateCount", Kind.INT),
        Element("Summary", Kind.PROSE, of_chapter=True),
        Element("Notes", Kind.PROSE),
        Element("Year", Kind.INT),
        Element("Month", Kind.INT),
        Element("Day", Kind.INT),
        Element("Writer", Kind.NAMES),
        Element("Penciller", Kind.NAMES),
        Element("Inker", Kind.NAMES),
        Element("Colorist", Kind.NAMES),
        Element("Letterer", Kind.NAMES),
        Element("CoverArtist", Kind.NAMES),
        Element("Editor", Kind.NAMES),
        Element("Translator", Kind.NAMES),
        Element("Publisher", Kind.TEXT),
        Element("Imprint", Kind.TEXT),
        Element("Genre", Kind.SORTED),
        Element("Tags", Kind.SORTED),
        Element("Web", Kind.WEB),
        Element("PageCount", Kind.INT),
        Element("LanguageISO", Kind.LANGUAGE),
        Element("Format", Kind.TEXT),
        Element("BlackAndWhite", Kind.YES_NO),
        Element("Manga", Kind.MANGA),
        Element("Characters", Kind.SORTED),
        Element("Teams", Kind.SORTED),
        Element("Locations", Kind.SORTED),
        Element("ScanInformation", Kind.TEXT),
        Element("StoryArc", Kind.TEXT),
        Element("StoryArcNumber", Kind.TEXT),
        Element("SeriesGroup", Kind.NAMES),
        Element("AgeRating", Kind.AGE),
        Element("Pages", Kind.TEXT),
        Element("CommunityRating", Kind.RATING),
        Element("MainCharacterOrTeam", Kind.TEXT),
        Element("Review", Kind.PROSE),
        Element("GTIN", Kind.TEXT),
    )
}
"""The elements by name, in the order in which the schema wants them."""

COMPUTED = frozenset({"PageCount", "Pages"})
"""What follows from the archive itself."""


def cleaned(name: str, value: object) -> str:
    """Make the text of an element out of any value; '' where nothing in it fits the schema."""
    return _CLEAN[ELEMENTS[name].kind](value)
