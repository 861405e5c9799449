"""LZMA as ZIP wraps it (APPNOTE 5.8.8): version, size of the properties, properties, data."""

from __future__ import annotations

import lzma
import struct
from functools import cache

from cbzsafe.cbz.decoding import WINDOW_MAX, BadDataError, failure, refuse

_HEADER = 9
_END = 32
"""Bytes that hold any end marker and what closes the data: at most 120 bits, and 5 bytes."""
_UNKNOWN = 0xFFFF_FFFF_FFFF_FFFF
_MARKED = bytes.fromhex("0030c1fbffffffe0000000")
"""The byte `a` as LZMA data that close with an end marker."""


class Lzma:
    """A decoder of LZMA.

    An end marker is optional, so liblzma is told where the page ends, as in a `.lzma` file. It
    then must get the marker at once, and so the last bytes are held back until no more come. An
    old liblzma cannot be told, and is stopped by the count of bytes alone: decoding on could make
    up a byte from those that only close the data.

    Args:
        size: bytes of the page.
    """

    def __init__(self, size: int) -> None:
        self._size = self._left = size
        self._waiting = b""
        self._keep = _END
        self._decoder: lzma.LZMADecompressor | None = None

    def feed(self, data: bytes, most: int) -> bytes:
        """Unpack all but the last bytes."""
        self._waiting += data
        if self.finished:
            refuse(self._waiting if _knows_ends() else b"")
            return b""
        cut = max(0, len(self._waiting) - self._keep)
        data, self._waiting = self._waiting[:cut], self._waiting[cut:]
        return self._unpack(data, most)

    def _unpack(self, data: bytes, most: int) -> bytes:
        try:
            if self._decoder is None:
                data = self._begin(data)
            out = self._decoder.decompress(data, most) if self._decoder else b""
        except lzma.LZMAError as error:
            raise failure(error) from error
        self._left -= len(out)
        if self._decoder and self._decoder.eof:
            refuse(self._decoder.unused_data + self._waiting)
        return out

    def _begin(self, data: bytes) -> bytes:
        """Wait for the header, and give that of a `.lzma` file with the data behind it."""
        if len(data) < _HEADER:
            self._waiting = data + self._waiting
            return b""
        if data[2:4] != b"\5\0":
            raise BadDataError("its LZMA properties make no sense")
        properties, wanted = struct.unpack_from("<BL", data, 4)
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE)
        # The dictionary needs never be larger than the page.
        window = min(wanted, self._size, WINDOW_MAX)
        size = self._size if _knows_ends() else _UNKNOWN
        return struct.pack("<BLQ", properties, window, size) + data[_HEADER:]

    def close(self) -> None:
        """Let the last bytes go."""
        self._keep = 0

    @property
    def hungry(self) -> bool:
        """As the library says."""
        return self._decoder is None or self.finished or self._decoder.needs_input

    @property
    def finished(self) -> bool:
        """As the data say, or the count."""
        if self._decoder is None:
            return False
        return self._decoder.eof or (self._left == 0 and not _knows_ends())


@cache
def _knows_ends() -> bool:
    """Whether liblzma takes an end marker behind a size that is known: since 5.2.6 it does."""
    try:
        probe = struct.pack("<BLQ", 0x5D, 4096, 1) + _MARKED
        return lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(probe) == b"a"
    except lzma.LZMAError:
        return False
