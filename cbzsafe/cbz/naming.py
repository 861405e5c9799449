"""What is wrong or odd with the names, times and order of an archive's entries."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from cbzsafe import images
from cbzsafe.cbz import names, records
from cbzsafe.cbz.entry import KEPT_DAMAGED, READABLE, ZSTD_METHODS
from cbzsafe.model import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cbzsafe.cbz.entry import Entry

_NUMBERS_TOLD = 8
_ENCRYPTED = records.FLAG_ENCRYPTED | records.FLAG_MASKED
_CLOSED = _ENCRYPTED | records.FLAG_PATCHED


def look(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Give the findings that the index alone tells."""
    if all(entry.is_folder for entry in entries):
        yield Finding(Code.EMPTY_BOOK, "The archive has no pages.")
    for entry in entries:
        yield from _forbidden(entry)
        yield from _kept(entry)
    yield from _duplicates(entries)
    yield from _times(entries)
    pages = [entry.name for entry in entries if images.is_page(entry.name)]
    yield from _order(pages)
    yield from _numbers(pages)


def is_closed(entry: Entry) -> bool:
    """Tell whether an entry's bytes cannot be read at all."""
    return entry.method not in READABLE or bool(entry.flags & _CLOSED)


def _forbidden(entry: Entry) -> Iterator[Finding]:
    """What keeps an entry from being read or unpacked at all."""
    start, end = entry.header_offset, entry.end
    if names.is_unsafe(entry.name):
        text = "Unpacking a page of this name could write outside its folder, or fail."
        yield Finding(Code.UNSAFE_NAME, text, entry.name, start, end)
    if not is_closed(entry):
        return
    if entry.flags & _ENCRYPTED:
        yield Finding(Code.ENCRYPTED, "The page is encrypted.", entry.name, start, end)
    else:
        yield Finding(Code.UNSUPPORTED_COMPRESSION, _unread(entry), entry.name, start, end)


def _unread(entry: Entry) -> str:
    """Say why a page cannot be unpacked, and what would help."""
    if entry.method in ZSTD_METHODS - READABLE and not entry.flags & records.FLAG_PATCHED:
        return (
            "The page is compressed by Zstandard: reading it takes Python 3.14 or the package "
            "backports.zstd, as in `pip install 'cbzsafe[full]'`."
        )
    return f"The page is compressed by method {entry.method}, which cannot be read here."


def _kept(entry: Entry) -> Iterator[Finding]:
    if KEPT_DAMAGED in entry.comment:
        text = "Its bytes were broken; a repair kept it because it can still be shown."
        yield Finding(Code.KEPT_DAMAGED, text, entry.name, entry.header_offset, entry.end)


def _duplicates(entries: Sequence[Entry]) -> Iterator[Finding]:
    counts = Counter(entry.name for entry in entries)
    for name, count in counts.items():
        if count > 1:
            yield Finding(Code.DUPLICATE_NAME, f"{count} entries have this name.", name)


def _times(entries: Sequence[Entry]) -> Iterator[Finding]:
    bad = [entry for entry in entries if not _is_valid(entry.dos_date, entry.dos_time)]
    if bad:
        text = f"The time of {len(bad)} entries is no date, as of {bad[0].name!r}."
        yield Finding(Code.INVALID_TIME, text)


def _is_valid(date: int, time: int) -> bool:
    """Whether the fields of an MS-DOS date and time (APPNOTE 4.4.6) are in range."""
    month, day = date >> 5 & 15, date & 31
    hour, minute, second = time >> 11, time >> 5 & 63, 2 * (time & 31)
    return 1 <= month <= 12 and day >= 1 and hour < 24 and minute < 60 and second < 60  # noqa: PLR2004 - a calendar


def _order(pages: list[str]) -> Iterator[Finding]:
    keys = [names.natural_key(name) for name in pages]
    for place, (before, after) in enumerate(pairwise(keys)):
        if after < before:
            text = f"{pages[place + 1]!r} stands behind {pages[place]!r}."
            yield Finding(Code.ODD_ORDER, text)
            return


def _numbers(pages: list[str]) -> Iterator[Finding]:
    missing = names.missing_numbers(pages)
    if missing:
        told = ", ".join(map(str, missing[:_NUMBERS_TOLD]))
        more = ", …" if len(missing) > _NUMBERS_TOLD else ""
        yield Finding(Code.NUMBERING_GAP, f"The pages' numbers leave out {told}{more}.")
