"""From metadata of any form to texts that the schema of ComicInfo allows; '' where nothing fits."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2) does not allow, escaped or not."""
_BREAKS = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_NUMBER = re.compile(r"\s*([+-]?\d{1,9})(?:\.0+)?\s*", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d-])", re.ASCII)
_NAME_KEYS = ("name", "title", "username", "tag", "en")
"""Where a name is found if a site gives an object for it."""
_LONGEST = 10_000
"""Characters of a text; sites put whole web pages into descriptions."""
_MOST = 500
"""Names or addresses of an element."""

AGES = (
    "Unknown",
    "Adults Only 18+",
    "Early Childhood",
    "Everyone",
    "Everyone 10+",
    "G",
    "Kids to Adults",
    "M",
    "MA15+",
    "Mature 17+",
    "PG",
    "R18+",
    "Rating Pending",
    "Teen",
    "X18+",
)
"""The age ratings of the schema."""

_AGE_WORDS = {
    **{word.casefold(): word for word in AGES},
    **dict.fromkeys(("safe", "general", "s", "all ages", "all"), "Everyone"),
    **dict.fromkeys(("suggestive", "sensitive"), "Teen"),
    **dict.fromkeys(("erotica", "questionable", "q", "mature"), "Mature 17+"),
    **dict.fromkeys(("pornographic", "explicit", "e", "adult", "r-18", "r-18g"), "Adults Only 18+"),
}
"""What sites call them. A lone `g` is the schema's own word."""

_READING = {
    "yesandrighttoleft": "YesAndRightToLeft",
    **dict.fromkeys(("ja", "jp", "manga", "doujinshi", "japanese"), "YesAndRightToLeft"),
    **dict.fromkeys(("yes", "true", "unknown direction"), "Yes"),
    **dict.fromkeys(("ko", "zh", "zh-hk", "manhwa", "manhua", "webtoon", "comic", "no"), "No"),
    **dict.fromkeys(("en", "oel", "western", "false"), "No"),
    "unknown": "Unknown",
}
_YES_NO = {"yes": "Yes", "true": "Yes", "1": "Yes", "no": "No", "false": "No", "0": "No"}


def text(value: object) -> str:
    """Make one line; a list's items stand with commas between them."""
    return " ".join(_plain(value).split())[:_LONGEST].rstrip()


def prose(value: object) -> str:
    """Make paragraphs: HTML gives its text, and blank lines stay single."""
    bare = html.unescape(_MARKUP.sub("", _BREAKS.sub("\n", _plain(value))))
    lines = [" ".join(line.split()) for line in _NOT_XML.sub("", bare).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:_LONGEST].rstrip()


def _plain(value: object) -> str:
    return _NOT_XML.sub("", _raw(value))


def _raw(value: object) -> str:
    if value is None or isinstance(value, bool | bytes):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, date):
        return "" if not value else value.isoformat()
    return str(value) if isinstance(value, int) else ", ".join(_items(value))


def whole(value: object) -> str:
    """Make a whole number that fits into 32 bits, as `xs:int` does."""
    match = _NUMBER.fullmatch(_plain(value))
    return str(int(match[1])) if match else ""


def _items(value: object) -> Iterator[str]:
    """The names in a value: a list, a text with commas, an object with a name, or many of them."""
    if isinstance(value, str):
        yield from value.split(",")
    elif isinstance(value, Mapping):
        named = [value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)]
        yield from named[:1]
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            # What has a comma inside would be two names to every reader.
            yield item.replace(",", " ") if isinstance(item, str) else ", ".join(_items(item))
    else:
        yield _plain(value)


def listed(value: object) -> list[str]:
    """Take the names out of a value, each once, at most 500."""
    lines = (text(item) for item in _items(value))
    return list(dict.fromkeys(line for line in lines if line))[:_MOST]


def names(value: object) -> str:
    """Make names with commas between them, in their own order."""
    return ", ".join(listed(value))


def sorted_names(value: object) -> str:
    """Make names with commas between them; sites give them in any order from day to day."""
    return ", ".join(sorted(listed(value), key=lambda name: (name.casefold(), name)))


def addresses(value: object) -> str:
    """Make addresses with blanks between them: a blank inside one is escaped (2.1, `Web`)."""
    many = value if isinstance(value, list | tuple) else _plain(value).split()
    found = (_plain(one).strip().replace(" ", "%20") for one in many)
    return " ".join(dict.fromkeys(one for one in found if "://" in one))


def language(value: object) -> str:
    """Make a language tag (BCP 47)."""
    line = text(value)
    return line.replace("_", "-") if _LANGUAGE.fullmatch(line) else ""


def age(value: object) -> str:
    """Make an age rating of the schema out of it or of a site's own word."""
    return _AGE_WORDS.get(text(value).casefold(), "")


def manga(value: object) -> str:
    """Say whether it is a manga, and its reading direction, from the schema's word or an origin."""
    word = str(value) if isinstance(value, bool) else text(value)
    return _READING.get(word.casefold(), "")


def yes_or_no(value: object) -> str:
    """Make Yes or No; Unknown is the schema's default."""
    word = str(value) if isinstance(value, bool) else text(value)
    return _YES_NO.get(word.casefold(), "")


def rating(value: object) -> str:
    """Make a number from 0 to 5 with one decimal."""
    try:
        number = float(_plain(value))
    except ValueError:
        return ""
    return f"{number:.1f}" if 0 <= number <= 5 else ""  # noqa: PLR2004 - the schema's range


def ymd(value: object) -> tuple[str, str, str]:
    """Take year, month and day out of a date or a text that begins with one; '' where unknown."""
    if not value:  # gallery-dl has a date that is false for 'unknown'
        return "", "", ""
    if isinstance(value, datetime | date):
        return str(value.year), str(value.month), str(value.day)
    match = _DATE.match(_plain(value).strip())
    if not match:
        return "", "", ""
    year, month, day = (int(part) if part else 0 for part in match.groups())
    month = month if 1 <= month <= 12 else 0  # noqa: PLR2004 - of a year
    day = day if month and 1 <= day <= 31 else 0  # noqa: PLR2004 - of a month
    return str(year), str(month or ""), str(day or "")
