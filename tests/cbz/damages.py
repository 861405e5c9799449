"""How a table of damages is written: what was done, what a scan must say, what must be saved."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from made_archives import NAMES, PAGES, places
from makers import Maker, named

from cbzsafe.model import Code


@dataclass(frozen=True)
class Damage:
    """One named corruption of one maker's archive.

    Attributes:
        name: of the case.
        make: gives the damaged bytes.
        codes: all that a scan must find, and nothing else.
        kept: the pages that must be saved, and no others; see `saved`.
    """

    name: str
    make: Callable[[], bytes]
    codes: frozenset[Code]
    kept: tuple[int | bytes | Callable[[], bytes], ...]

    @property
    def saved(self) -> list[bytes]:
        """The bytes of the pages that must be saved."""
        return [_bytes_of(page) for page in self.kept]


def _bytes_of(page: int | bytes | Callable[[], bytes]) -> bytes:
    """Give a page by its number, by its bytes, or by what makes them when they are needed."""
    if isinstance(page, int):
        return PAGES[NAMES[page - 1]]
    return page if isinstance(page, bytes) else page()


ALL = tuple(range(1, len(NAMES) + 1))
OURS = named("gallery_dl")
STORED = named(
    "gallery_dl",
    "infozip_piped_stored",
    "infozip_behind_a_script",
    "python_piped_zip64",
    "jar_stored",
)
PACKED = named("infozip_deflated", "sevenzip_lzma", "jar_deflated", "bsdtar_piped")
ANY = named("gallery_dl", "infozip_piped_stored", "infozip_behind_a_script") + PACKED
PLAIN = tuple(maker for maker in ANY if not maker.odd)
"""Makers whose archives hold nothing but pages and records."""
DESCRIBED = named("infozip_piped_stored", "python_piped_zip64", "jar_deflated", "bsdtar_piped")
"""Makers that put data descriptors behind their pages."""


def entering(table: list[Damage]):
    """Give a decorator that enters a function into a table, once for each maker.

    The decorator's arguments are the codes, the numbers of the pages that are saved, or their
    bytes, and the makers. A function gets a maker's archive and a source of chance. To the codes
    come the warnings that the maker's whole archive has, unless the index is gone.
    """

    def damage(codes, saved=ALL, on=OURS):
        def enter(function):
            table.extend(_case(function, frozenset(codes), saved, maker) for maker in on)
            return function

        return enter

    return damage


def _case(function, codes: frozenset[Code], saved: Iterable[int | bytes], maker: Maker) -> Damage:
    name = f"{function.__name__}-{maker.name}"

    def make() -> bytes:
        return bytes(function(bytearray(maker.make()), random.Random(name)))

    told = codes if Code.NO_INDEX in codes else codes | maker.odd
    return Damage(name, make, told, tuple(saved))


def without(*numbers):
    """Give all pages but these."""
    return [number for number in ALL if number not in numbers]


def some(*numbers):
    """Give pages by name, for an archive of their own."""
    return {NAMES[number - 1]: PAGES[NAMES[number - 1]] for number in numbers}


def place(data, number):
    """Give where a page's local header, its bytes and their end are."""
    return places(bytes(data))[0][NAMES[number - 1]]


def index_of(data):
    """Give where the index begins."""
    return places(bytes(data))[1]


def end_of(data):
    """Give where the end record begins."""
    return data.rfind(b"PK\5\6")


def behind(data, number):
    """Give where a page's data descriptor ends: where the next page begins, or the index."""
    return place(data, number + 1)[0] if number < len(NAMES) else index_of(data)
