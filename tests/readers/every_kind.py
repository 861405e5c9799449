"""The whole table of kinds, and making their books."""

from __future__ import annotations

import books_downloaded
import books_mended
import books_of_zip64
from book_kinds import KINDS, Book, Desk, Kind
from gallery_site import Site

__all__ = ["KINDS", "LARGE", "SAID", "SMALL", "made"]

TABLES = (books_downloaded, books_mended, books_of_zip64)
"""What fills `KINDS`."""

SMALL = [one for one in KINDS.values() if not one.large]
LARGE = [one for one in KINDS.values() if one.large]

SAID = books_downloaded.SAID
"""What the book with a ComicInfo.xml says of itself."""


def made(kinds: list[Kind], folder) -> dict[str, Book]:
    """Make a book of each kind, each in a folder of its own."""
    books = {}
    with Site() as site:
        for number, one in enumerate(kinds, 1):
            place = folder / str(number)
            place.mkdir()
            books[one.name] = one.make(Desk(site, place, number))
    return books
