"""One entry of an archive, as the other modules of this room hand it around."""

from __future__ import annotations

from contextlib import suppress
from enum import IntEnum
from importlib.util import find_spec
from typing import NamedTuple

SOURCE_DAMAGED = "damaged-at-source"
"""In an entry's comment: the site itself serves this page broken."""

KEPT_DAMAGED = "kept-damaged"
"""In an entry's comment: a repair kept this page although it is broken."""

NAMED_TWICE = "named-twice"
"""In an entry's comment: the site names another page of this name, with the same bytes."""


class Method(IntEnum):
    """The compression methods (APPNOTE 4.4.5) that are known here.

    Zstandard takes a library that is not always there: `READABLE` says.
    """

    STORED = 0
    DEFLATED = 8
    BZIP2 = 12
    LZMA = 14
    ZSTD = 93


ZSTD_METHODS = frozenset({20, int(Method.ZSTD)})
"""Numbers that mean Zstandard; 20 is what APPNOTE 6.3.7 called it, and deprecated since."""


def _find_zstd() -> str:
    """Name the module that reads Zstandard, Python's own or its twin, without importing it."""
    with suppress(ImportError, ValueError):
        if find_spec("_zstd") and find_spec("compression.zstd"):
            return "compression.zstd"
    with suppress(ImportError, ValueError):
        if find_spec("backports.zstd"):
            return "backports.zstd"
    return ""


ZSTD_MODULE = _find_zstd()
"""The dotted name of the module that reads Zstandard, empty where there is none."""

READABLE = (frozenset(map(int, Method)) - ZSTD_METHODS) | (
    ZSTD_METHODS if ZSTD_MODULE else frozenset()
)
"""The numbers of the methods that can be read."""


class Entry(NamedTuple):
    """An entry and the place of its bytes in the file.

    Attributes:
        name: as the archive spells it, with `/` between folders.
        method: number of the compression method.
        flags: the general purpose bits (APPNOTE 4.4.4).
        crc: CRC-32 of the page's bytes.
        compressed_size: bytes in the archive.
        size: bytes of the page.
        header_offset: where the local header begins in the file.
        data_offset: where the bytes begin in the file.
        comment: the entry's own comment.
        dos_date: modification date as MS-DOS has it (APPNOTE 4.4.6).
        dos_time: likewise the time.
    """

    name: str
    method: int
    flags: int
    crc: int
    compressed_size: int
    size: int
    header_offset: int
    data_offset: int
    comment: str = ""
    dos_date: int = 0
    dos_time: int = 0

    @property
    def end(self) -> int:
        """The byte behind the page's last in the file, a data descriptor not counted."""
        return self.data_offset + self.compressed_size

    @property
    def is_doubtful(self) -> bool:
        """Whether it is marked as broken, so that a download should look for a better one."""
        return not {SOURCE_DAMAGED, KEPT_DAMAGED}.isdisjoint(self.comment.split())

    @property
    def is_folder(self) -> bool:
        """Whether it stands for a folder and not for a file."""
        return self.name.endswith("/")
