"""One description for a book of several chapters."""

from __future__ import annotations

from collections.abc import Sequence

from cbzsafe.comicinfo.elements import ELEMENTS, Info, Kind, cleaned
from cbzsafe.comicinfo.words import strictest

_DATE = ("Year", "Month", "Day")
_LISTS = frozenset({Kind.NAMES, Kind.SORTED})


def united(infos: Sequence[Info]) -> Info:
    """Describe a book by the descriptions of its chapters, or of parts of it.

    Names and addresses are united, the date is the earliest, the age rating the strictest, what is
    said of a chapter stays where all say the same, and for the rest the first that says anything
    counts. So an element that was dropped since chapters differed does not come back with the next
    chapter, and parts that were united before give the same as all of them at once.
    """
    names = dict.fromkeys(name for info in infos for name in info if name not in _DATE)
    found = {name: _element(name, [info.get(name, "") for info in infos]) for name in names}
    found.update(_earliest(infos))
    return {name: found[name] for name in ELEMENTS if found.get(name)}


def filled_up(new: Info, old: Info, own: frozenset[str]) -> Info:
    """Describe a book anew by a chapter that was reached without its series.

    What the series alone says, such as authors, stays as it was written.

    Args:
        new: what is said now.
        old: what was written.
        own: elements that the user has set, which are as they are now.
    """
    stays = {
        name: text
        for name, text in old.items()
        if not (ELEMENTS[name].of_chapter or name in own or name in _DATE)
    }
    found = {**stays, **new}
    return {name: found[name] for name in ELEMENTS if name in found}


def _element(name: str, texts: Sequence[str]) -> str:
    different = dict.fromkeys(texts)
    kind = ELEMENTS[name].kind
    if len(different) == 1:
        return texts[0]
    if kind in _LISTS:
        return cleaned(name, [one for text in different for one in text.split(", ")])
    if kind is Kind.WEB:
        return cleaned(name, sorted({one for text in different for one in text.split()}))
    if ELEMENTS[name].of_chapter:
        return ""
    return strictest(*different) if kind is Kind.AGE else next(filter(None, different))


def _date_key(info: Info) -> tuple[int, ...]:
    """Order by date; what is not known comes last."""
    return tuple(int(info.get(part) or 99999) for part in _DATE)


def _earliest(infos: Sequence[Info]) -> Info:
    first = min(infos, key=_date_key)
    return {part: first[part] for part in _DATE if part in first}
