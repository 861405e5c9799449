"""Compressing pages as a stream, by the methods that ZIP readers know."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from importlib import import_module
from typing import Protocol

from cbzsafe.cbz.entry import ZSTD_MODULE, Method

_LZMA_VERSION = (9, 4)
"""Of the LZMA SDK, as APPNOTE 5.8.8 wants it; readers do not look at it."""
_DICTIONARY = 1 << 23
_PROPERTIES = 0x5D
"""lc 3, lp 0, pb 2: the defaults of LZMA, which all readers take."""


class Packer(Protocol):
    """Takes a page's bytes in pieces and gives the compressed ones."""

    def feed(self, data: memoryview) -> bytes | memoryview:
        """Take some bytes, and give what has come out."""

    def flush(self) -> bytes:
        """Give the rest."""


class Plain:
    """Leaves the bytes as they are."""

    def feed(self, data: memoryview) -> memoryview:
        """Give the same bytes."""
        return data

    def flush(self) -> bytes:
        """Give nothing."""
        return b""


class _Library:
    """Wraps a compressor of Python's own library; `head` comes before what it gives."""

    def __init__(self, compressor: _Stream, head: bytes = b"") -> None:
        self._compressor = compressor
        self._head = head

    def feed(self, data: memoryview) -> bytes:
        head, self._head = self._head, b""
        return head + self._compressor.compress(data)

    def flush(self) -> bytes:
        head, self._head = self._head, b""
        return head + self._compressor.flush()


class _Stream(Protocol):
    def compress(self, data: memoryview, /) -> bytes:
        """As in `zlib`, `bz2` and `lzma`."""

    def flush(self) -> bytes:
        """Likewise."""


def compressor(method: Method) -> Packer:
    """Make a compressor for one page.

    Raises:
        ValueError: it is Zstandard, and there is no library for it.
    """
    if method is Method.DEFLATED:
        return _Library(zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -15))
    if method is Method.BZIP2:
        return _Library(bz2.BZ2Compressor())
    if method is Method.LZMA:
        return _lzma()
    if method is Method.ZSTD:
        return _Library(import_module(ZSTD_MODULE).ZstdCompressor())
    return Plain()


def _lzma() -> _Library:
    head = struct.pack("<BBHBL", *_LZMA_VERSION, 5, _PROPERTIES, _DICTIONARY)
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": _DICTIONARY, "lc": 3, "lp": 0, "pb": 2}]
    return _Library(lzma.LZMACompressor(lzma.FORMAT_RAW, filters=chain), head)
