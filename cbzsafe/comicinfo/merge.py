"""One description for a book of several chapters."""

from __future__ import annotations

from cbzsafe.comicinfo.elements import ELEMENTS, Info, Kind, cleaned

_DATE = ("Year", "Month", "Day")
_LISTS = frozenset({Kind.NAMES, Kind.SORTED})


def both(one: Info, other: Info) -> Info:
    """Describe a book by two descriptions, of two chapters or of two parts of it.

    Names and addresses are united, the date is the earliest, what is said of a chapter stays where
    both say the same, and for the rest the first that says anything counts. So an element that was
    dropped since chapters differed does not come back with the next chapter.
    """
    found = {name: _element(name, one, other) for name in {**one, **other} if name not in _DATE}
    found.update(_earliest(one, other))
    return {name: found[name] for name in ELEMENTS if found.get(name)}


def _element(name: str, one: Info, other: Info) -> str:
    first, second = one.get(name, ""), other.get(name, "")
    kind = ELEMENTS[name].kind
    if first == second:
        return first
    if kind in _LISTS:
        return cleaned(name, [*first.split(", "), *second.split(", ")])
    if kind is Kind.WEB:
        return cleaned(name, sorted({*first.split(), *second.split()}))
    if ELEMENTS[name].of_chapter:
        return ""
    return first or second


def _date_key(info: Info) -> tuple[int, ...]:
    """Order by date; what is not known comes last."""
    return tuple(int(info.get(part) or 99999) for part in _DATE)


def _earliest(one: Info, other: Info) -> Info:
    first = min(one, other, key=_date_key)
    return {part: first[part] for part in _DATE if part in first}
