"""Values that are not one keyword's own: what several of gallery-dl's keywords say together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cbzsafe.comicinfo import values, words

Metadata = Mapping[str, object]

WRITERS = (
    *("author", "authors", "writer", "writers"),
    *("author_name", "creator[full_name]", "fanclub_user_name"),
)
CIRCLES = (
    *("group", "groups", "circle", "tags_group", "tags_circle"),
    *("artist", "artists", "tags_artist"),
)
USERS = (
    *("username", "user[name]", "user[username]", "creator[full_name]", "author[username]"),
    *("author[handle]", "account[username]", "fanclub_name", "blog_name", "creatorId"),
    "user",
)
"""Where sites of posts have the name of the one who posts; some have a number there."""
SERIES = ("manga", "comic_name", "comic", "series", "webtoon", "subreddit")
GROUPS = ("group", "groups")
TRANSLATORS = ("translator", "translators", "scanlator")
NUMBERS = ("chapter", "episode_no", "episode", "scene", "issue", "num_series")
ORIGINS = ("origin", "manga_type", "type", "eh_category", "original_language")
RATINGS = ("content_rating", "age_rating", "rating", "rating_name", "maturity_rating")
COUNTS = ("chapter_count", "chapters_total", "total_chapters")

_CHAPTERS = ("manga", "chapter", "chapter_id", "comic", "webtoon", "episode_no")
_ENDED = frozenset({"completed", "complete", "finished", "ended"})
_MATURE = ("is_mature", "sensitive")
_ADULT = ("nsfw", "over_18", "adult_content", "hasAdultContent")
_KEPT_APART = frozenset({"artist", "group", "circle", "character", "language"})
"""Kinds of tags that have elements of their own."""
_VERSION = re.compile(r"\s*v\d+", re.IGNORECASE)


def value(data: Metadata, key: str) -> object:
    """Look a keyword up, in gallery-dl's notation: `title`, or `user[name]` within an object."""
    outer, _, inner = key.partition("[")
    held = data.get(outer)
    if not inner:
        return held
    return held.get(inner[:-1]) if isinstance(held, dict) else None


def _first(data: Metadata, keys: Iterable[str]) -> object:
    return next((held for key in keys if values.text(held := value(data, key))), "")


def _poster(data: Metadata) -> str:
    names = (values.text(value(data, key)) for key in USERS)
    return next((name for name in names if name and not name.isdecimal()), "")


def series(data: Metadata) -> object:
    """The series of a chapter, else who posts."""
    return _first(data, SERIES) or _poster(data)


def _is_chapter(data: Metadata) -> bool:
    """Whether the metadata are a chapter's, and not a gallery's or a post's."""
    return any(values.text(data.get(key)) for key in _CHAPTERS)


def number(data: Metadata) -> object:
    """Chapter and minor number together; a volume that is served as a whole has none."""
    if _is_volume(data) or _is_collection(data):
        return ""
    key = next((key for key in NUMBERS if values.text(data.get(key))), "chapter_string")
    return values.text(data.get(key)) + (_minor(data) if key == "chapter" else "")


def _minor(data: Metadata) -> str:
    """The minor number, which some sites give without its point; a second version has the same."""
    minor = _VERSION.sub("", values.text(data.get("chapter_minor")))
    return f".{minor}" if minor.isdecimal() else minor


def _is_volume(data: Metadata) -> bool:
    """Whether it is a volume, which gallery-dl's extractors give as its chapter 0."""
    volume = values.whole(data.get("volume"))
    served = values.whole(data.get("chapter_string")) == volume != ""
    kind = values.text(data.get("chapter_type")).casefold()
    return kind == "volume" or (served and values.whole(data.get("chapter")) == "0" != volume)


def _is_collection(data: Metadata) -> bool:
    """Whether it is no numbered issue: `issue` is 0 then, and `issue_string` its name."""
    name = values.text(data.get("issue_string"))
    return bool(name) and values.text(data.get("issue")) == "0" and not name.endswith("#0")


def volume(data: Metadata) -> object:
    """The volume; 0 is 'none' in many extractors."""
    given = values.whole(data.get("volume"))
    return given if given and int(given) > 0 else ""


def count(data: Metadata) -> object:
    """How many chapters there are in all, which nobody knows before the last one.

    Kavita calls a series completed, or ended, by it.
    """
    ended = values.text(data.get("status")).casefold() in _ENDED
    given = values.whole(_first(data, COUNTS)) if ended else ""
    return given if given and int(given) > 0 else ""


def writer(data: Metadata) -> object:
    """A gallery's group is the circle that made it, as readers' own sources have it."""
    if _is_chapter(data):
        return _first(data, WRITERS)
    return _first(data, (*WRITERS, *CIRCLES)) or _poster(data)


def translator(data: Metadata) -> object:
    """Who translated it; a chapter's group."""
    return _first(data, (*TRANSLATORS, *GROUPS) if _is_chapter(data) else TRANSLATORS)


def tags(data: Metadata) -> object:
    """Tags of all kinds but those that have elements of their own, and what a parody is of."""
    kinds = (f"tags_{kind}" for kind in _KEPT_APART)
    apart = {name for key in kinds for name in values.listed(data.get(key))}
    found = [one for one in _all_tags(data.get("tags")) if one not in apart]
    parodies = _first(data, ("parody", "parodies"))
    return [*filter(_is_tag, found), *values.listed(parodies)]


def _all_tags(given: object) -> list[str]:
    """Boorus give one text with blanks between the tags, or an object of lists by kind."""
    if isinstance(given, str) and "," not in given:
        given = given.split()
    elif isinstance(given, dict):
        lists = (held for kind, held in given.items() if kind not in _KEPT_APART)
        given = [one for held in lists if isinstance(held, list) for one in held]
    return values.listed(given)


def _is_tag(tag: str) -> bool:
    return tag.partition(":")[0] not in _KEPT_APART


def manga(data: Metadata) -> object:
    """Reading direction by the origin, else by the language of what is not translated."""
    kinds = (words.manga(value(data, key)) for key in ORIGINS)
    found = next(filter(None, kinds), "")
    if found or not values.text(data.get("manga")):
        return found
    return words.manga("ja") if values.language(data.get("lang")) == "ja" else "Yes"


def age(data: Metadata) -> object:
    """A word of the site's for it, or what it says of its being for adults."""
    site = values.text(data.get("category"))
    rated = (words.age(value(data, key), site) for key in RATINGS)
    if found := next(filter(None, rated), ""):
        return found
    if any(data.get(key) is True for key in _ADULT):
        return "Adults Only 18+"
    return "Mature 17+" if any(data.get(key) is True for key in _MATURE) else ""
