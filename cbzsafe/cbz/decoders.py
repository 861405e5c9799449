"""One decoder for each compression method: bytes in, never more bytes out than were asked for."""

from __future__ import annotations

import bz2
import zlib
from importlib import import_module
from typing import Any

from cbzsafe.cbz.decoding import WINDOW_MAX, BadDataError, Decoder, failure, refuse
from cbzsafe.cbz.entry import ZSTD_MODULE, Method
from cbzsafe.cbz.lzma import Lzma

FRAME_MEAN = 4096
"""Bytes that the frames of a page must hold on average, beyond the first `FRAMES_FREE`."""
FRAMES_FREE = 100


class _Open:
    """What does not care whether more will come."""

    def close(self) -> None:
        """Nothing to do."""


class Deflate(_Open):
    """Deflate without a header (APPNOTE 4.4.5, method 8)."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(-15)
        self._full = False

    def feed(self, data: bytes, most: int) -> bytes:
        """Unpack; a decoder that was fed behind its end would keep all of that."""
        refuse(data if self._decoder.eof else b"")
        try:
            out = self._decoder.decompress(self._decoder.unconsumed_tail + data, most)
        except zlib.error as error:
            raise failure(error) from error
        refuse(self._decoder.unused_data)
        self._full = len(out) == most
        return out

    @property
    def hungry(self) -> bool:
        """A full output may have more waiting inside the decoder, with no input left over."""
        return not (self._full or self._decoder.unconsumed_tail) or self._decoder.eof

    @property
    def finished(self) -> bool:
        """As the data say."""
        return self._decoder.eof


class Bzip2(_Open):
    """One stream of bzip2 (method 12): other readers know no second one in a ZIP file."""

    def __init__(self) -> None:
        self._decoder = bz2.BZ2Decompressor()

    def feed(self, data: bytes, most: int) -> bytes:
        """Unpack."""
        if self._decoder.eof:
            refuse(data)
            return b""
        try:
            out = self._decoder.decompress(data, most)
        except (OSError, ValueError) as error:
            raise failure(error) from error
        refuse(self._decoder.unused_data)
        return out

    @property
    def hungry(self) -> bool:
        """As the library says."""
        return self._decoder.needs_input or self._decoder.eof

    @property
    def finished(self) -> bool:
        """As the data say."""
        return self._decoder.eof


class Zstd(_Open):
    """Zstandard (method 93): frames, one behind the other (RFC 8878, 3.1).

    Args:
        size: bytes of the page, which bound how many frames are taken.
    """

    def __init__(self, size: int) -> None:
        self._zstd = import_module(ZSTD_MODULE)
        self._frames = FRAMES_FREE + size // FRAME_MEAN
        self._rest = b""
        self._decoder = self._new()

    def _new(self) -> Any:
        options = {self._zstd.DecompressionParameter.window_log_max: WINDOW_MAX.bit_length() - 1}
        try:
            return self._zstd.ZstdDecompressor(options=options)
        except self._zstd.ZstdError as error:
            raise failure(error) from error

    def feed(self, data: bytes, most: int) -> bytes:
        """Unpack, at most one frame; what is behind it waits."""
        data, self._rest = self._rest + data, b""
        if self._decoder.eof:
            if not data:
                return b""
            self._next_frame()
        try:
            out: bytes = self._decoder.decompress(data, most)
        except self._zstd.ZstdError as error:
            raise failure(error) from error
        if self._decoder.eof:
            self._rest = self._decoder.unused_data
        return out

    def _next_frame(self) -> None:
        """Begin again; a frame without bytes costs as much time as one with many."""
        self._frames -= 1
        if self._frames < 0:
            raise BadDataError("it is made of too many frames")
        self._decoder = self._new()

    @property
    def hungry(self) -> bool:
        """As the library says, unless another frame waits."""
        return not self._rest and (self._decoder.needs_input or self._decoder.eof)

    @property
    def finished(self) -> bool:
        """Whether the last frame came to its end."""
        return self._decoder.eof and not self._rest


def decoder(method: int, size: int) -> Decoder:
    """Make the decoder of a page of `size` bytes, of a method that is in `READABLE`."""
    if method == Method.DEFLATED:
        return Deflate()
    if method == Method.BZIP2:
        return Bzip2()
    return Lzma(size) if method == Method.LZMA else Zstd(size)
