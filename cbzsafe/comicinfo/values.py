"""From metadata of any form to texts that the schema of ComicInfo allows; '' where nothing fits."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

_NOT_TEXT = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    r"|[\u202a-\u202e\u2066-\u2069]"
)
"""What XML 1.0 (2.2) does not allow, escaped or not, other controls, and those that turn the
direction of what stands behind them (UAX 9, 2): unbalanced ones reach into a reader's own text."""
_BREAKS = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_NUMBER = re.compile(r"\s*([+-]?\d{1,9})(?:\.0+)?\s*", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_LANGUAGES = {"es-la": "es-419", "und": "", "zxx": "", "mul": "", "mis": "", "qme": "", "qht": ""}
"""What a site's own tag means: MangaDex has `es-la` for Latin America, which is Laos in BCP 47; the
others are BCP 47's and Twitter's ways to say that nobody knows."""
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d-])", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9.+-]+:(?=https?://)")
"""What a user puts before an address for gallery-dl, as in `recursive:https://example.org/`."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*://")
_SECRET = re.compile(r"(?<=://)[^/?#@]*@")
"""User and password in an address, which concern no reader of the book."""
_NO_ADDRESS = re.compile(r'[\s"<>\\^`{|}]')
"""What no address may have inside (RFC 3986, 2); Komga drops an address that has."""
_NAME_KEYS = ("name", "title", "full_name", "display_name", "username", "tag", "en")
"""Where a name is found if a site gives an object for it."""
_LONGEST = 10_000
"""Characters of a text; sites put whole web pages into descriptions."""
_READ = 20 * _LONGEST
"""Characters of a value that are looked at."""
_LONGEST_NAME = 300
"""Characters of one of several names."""
_MOST = 500
"""Names of an element."""
_MOST_READ = 10_000
"""Items of a list that are looked at."""
_INNER = 100
"""Items of a list within a list that are."""
_MOST_ADDRESSES = 50
"""Addresses of an element: a book of everything that an artist has posted would have thousands."""
_LARGEST = 10**15
"""What no number of a chapter or volume reaches."""


def text(value: object) -> str:
    """Make one line; a list's items stand with commas between them."""
    return " ".join(_plain(value).split())[:_LONGEST].rstrip()


def prose(value: object) -> str:
    """Make paragraphs: HTML gives its text, and blank lines stay single."""
    bare = html.unescape(_MARKUP.sub("", _BREAKS.sub("\n", _plain(value))))
    lines = [" ".join(line.split()) for line in _NOT_TEXT.sub("", bare).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:_LONGEST].rstrip()


def _plain(value: object) -> str:
    line = _raw(value)[:_READ]
    return line if line.isprintable() else _NOT_TEXT.sub("", line)


def _raw(value: object) -> str:
    """A value's text; '' for what is none.

    gallery-dl has an object for 'unknown' that answers to every name, `__class__` too, so that
    abstract classes must not be asked for.
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    if isinstance(value, date):
        return "" if not value else value.isoformat()
    if isinstance(value, dict | list | tuple | set | frozenset):
        return ", ".join(filter(None, (item.strip() for item in _items(value))))
    return ""


def _number(value: float) -> str:
    """Write a number without an exponent."""
    if not abs(value) < _LARGEST:  # neither is a NaN
        return ""
    return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")


def whole(value: object) -> str:
    """Make a whole number that fits into 32 bits, as `xs:int` does."""
    match = _NUMBER.fullmatch(_plain(value))
    return str(int(match[1])) if match else ""


def _items(value: object) -> Iterator[str]:
    """The names in a value: a list, a text with commas, an object with a name, or many of them."""
    if isinstance(value, str):
        yield from value[:_READ].split(",")
    elif isinstance(value, dict):
        yield from _named(value)
    elif isinstance(value, list | tuple | set | frozenset):
        # What has a comma inside would be two names to every reader.
        found = (_item(item).replace(",", " ") for item in islice(value, _MOST_READ))
        yield from found if isinstance(value, list | tuple) else sorted(found)
    else:
        yield _plain(value)


def _named(value: dict[object, object]) -> Iterable[str]:
    return [one for key in _NAME_KEYS if isinstance(one := value.get(key), str)][:1]


def _item(value: object) -> str:
    """One item of a list; a list inside it may hold names, and no further list."""
    if isinstance(value, dict):
        return "".join(_named(value))
    if isinstance(value, list | tuple):
        return " ".join(one for one in islice(value, _INNER) if isinstance(one, str))
    return _raw(value)


def listed(value: object) -> list[str]:
    """Take the names out of a value, each once."""
    lines = (text(item)[:_LONGEST_NAME].rstrip() for item in _items(value))
    return list(dict.fromkeys(line for line in lines if line))


def names(value: object) -> str:
    """Make names with commas between them, in their own order; at most 500."""
    return ", ".join(listed(value)[:_MOST])


def sorted_names(value: object) -> str:
    """Make names with commas between them; sites give them in any order from day to day."""
    found = sorted(listed(value), key=lambda name: (name.casefold(), name))
    return ", ".join(found[:_MOST])


def addresses(value: object) -> str:
    """Make addresses with blanks between them: a blank inside one is escaped (2.1, `Web`)."""
    many = value if isinstance(value, list | tuple) else _plain(value).split()
    found = dict.fromkeys(_address(_plain(one).strip()) for one in islice(many, _MOST_READ))
    return " ".join(list(filter(None, found))[:_MOST_ADDRESSES])


def _address(line: str) -> str:
    bare = _SECRET.sub("", _PREFIX.sub("", line))
    if not _ADDRESS.match(bare):
        return ""
    return _NO_ADDRESS.sub(lambda found: f"%{ord(found[0]):02X}", bare)[:_LONGEST]


def language(value: object) -> str:
    """Make a language tag (BCP 47)."""
    line = text(value).replace("_", "-")
    return _LANGUAGES.get(line.lower(), line) if _LANGUAGE.fullmatch(line) else ""


def rating(value: object) -> str:
    """Make a number from 0 to 5 with one decimal."""
    try:
        number = float(_plain(value))
    except ValueError:
        return ""
    return f"{number:.1f}" if 0 <= number <= 5 else ""  # noqa: PLR2004 - the schema's range


def ymd(value: object) -> tuple[str, str, str]:
    """Take year, month and day out of a date or a text that begins with one; '' where unknown."""
    if isinstance(value, datetime | date):  # gallery-dl has a date that is false for 'unknown'
        return (str(value.year), str(value.month), str(value.day)) if value else ("", "", "")
    match = _DATE.match(_plain(value).strip())
    return day(*match.groups()) if match else ("", "", "")


def day(*parts: str | None) -> tuple[str, str, str]:
    """Take year, month and day as far as they are a date.

    Komga and Kavita make a date of them, and drop what else the file says where there is no such
    day.
    """
    year, month, number = (int(part or 0) for part in parts)
    if not 1 <= year <= 9999:  # noqa: PLR2004 - as far as dates go
        return "", "", ""
    if not 1 <= month <= 12:  # noqa: PLR2004 - of a year
        return str(year), "", ""
    try:
        return str(year), str(month), str(date(year, month, number).day)
    except ValueError:
        return str(year), str(month), ""
