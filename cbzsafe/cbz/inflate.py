"""Compressed pages as a stream: never more bytes than the archive declares, and few at a time."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Protocol

from cbzsafe.cbz.entry import Method

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STEP = 1 << 20
_LZMA_HEADER = 9


class BadDataError(ValueError):
    """Compressed bytes do not give the page that the archive declares."""


class _Decoder(Protocol):
    def feed(self, data: bytes, most: int) -> bytes:
        """Take in `data` and give out at most `most` bytes."""

    @property
    def hungry(self) -> bool:
        """Whether more must be fed before more comes out."""

    @property
    def finished(self) -> bool:
        """Whether the stream came to its own end, and no byte is left over."""


class _Deflate:
    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(-15)
        self._input = b""

    def feed(self, data: bytes, most: int) -> bytes:
        out = self._decoder.decompress(self._decoder.unconsumed_tail + data, most)
        self._full = len(out) == most
        return out

    @property
    def hungry(self) -> bool:
        # A full output may have more waiting inside the decoder, with no input left over.
        return not (self._full or self._decoder.unconsumed_tail) or self._decoder.eof

    @property
    def finished(self) -> bool:
        return self._decoder.eof and not self._decoder.unused_data


class _Bzip2:
    def __init__(self) -> None:
        self._decoder = bz2.BZ2Decompressor()

    def feed(self, data: bytes, most: int) -> bytes:
        return b"" if self._decoder.eof and not data else self._decoder.decompress(data, most)

    @property
    def hungry(self) -> bool:
        return self._decoder.needs_input or self._decoder.eof

    @property
    def finished(self) -> bool:
        return self._decoder.eof and not self._decoder.unused_data


class _Lzma:
    """LZMA as ZIP wraps it (APPNOTE 5.8.8): version, size of the properties, properties, data.

    An end marker is optional, so that it stops by the count of bytes alone: decoding on could
    make up a byte from those that only close the stream.
    """

    def __init__(self, size: int) -> None:
        self._size = self._left = size
        self._head = b""
        self._decoder: lzma.LZMADecompressor | None = None

    def feed(self, data: bytes, most: int) -> bytes:
        if self._decoder is None:
            data = self._begin(data)
        if self._decoder is None or self._left == 0 or self._decoder.eof:
            return b""
        out = self._decoder.decompress(data, most)
        self._left -= len(out)
        return out

    def _begin(self, data: bytes) -> bytes:
        self._head += data
        if len(self._head) < _LZMA_HEADER:
            return b""
        filters = [_lzma_filter(self._head, self._size)]
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
        return self._head[_LZMA_HEADER:]

    @property
    def hungry(self) -> bool:
        if self._decoder is None or self._left == 0:
            return True
        return self._decoder.needs_input or self._decoder.eof

    @property
    def finished(self) -> bool:
        return self._left == 0


def _lzma_filter(head: bytes, size: int) -> dict[str, int]:
    """Decode the properties; the dictionary needs never be larger than the page."""
    if head[2:4] != b"\5\0" or head[4] >= 9 * 5 * 5:
        raise BadDataError("its LZMA properties make no sense")
    rest, literal = divmod(head[4], 9)
    position, low = divmod(rest, 5)
    wanted = int.from_bytes(head[5:9], "little")
    return {
        "id": lzma.FILTER_LZMA1,
        "lc": literal,
        "lp": low,
        "pb": position,
        "dict_size": max(4096, min(wanted, size)),
    }


def _decoder(method: int, size: int) -> _Decoder:
    if method == Method.DEFLATED:
        return _Deflate()
    return _Bzip2() if method == Method.BZIP2 else _Lzma(size)


def inflate(chunks: Iterable[memoryview], method: int, size: int) -> Iterator[bytes]:
    """Unpack a page piece by piece.

    Args:
        chunks: its compressed bytes.
        method: number of the compression method, one that is no plain copy.
        size: bytes that it must have; no more are ever unpacked.

    Raises:
        BadDataError: it does not unpack, or to fewer or more bytes, or bytes are left over.
    """
    decoder = _decoder(method, size)
    left = size
    try:
        for chunk in chunks:
            for start in range(0, len(chunk), _STEP >> 4):
                for piece in _drain(decoder, bytes(chunk[start : start + (_STEP >> 4)]), left):
                    left -= len(piece)
                    yield piece
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise BadDataError(str(error)) from error
    if left:
        raise BadDataError(f"{left} bytes are missing")
    if not decoder.finished:
        raise BadDataError("its compressed bytes do not end with it")


def _drain(decoder: _Decoder, data: bytes, left: int) -> Iterator[bytes]:
    """Feed `data`, and give out all that comes of it."""
    while True:
        # One byte beyond the end is asked for: that none comes proves that the page is over.
        piece = decoder.feed(data, min(_STEP, left) or 1)
        if len(piece) > left:
            raise BadDataError("it unpacks to more bytes than declared")
        left -= len(piece)
        if piece:
            yield piece
        if decoder.hungry:
            return
        data = b""
