"""What the decoders of all compression methods have in common."""

from __future__ import annotations

from typing import Protocol

WINDOW_MAX = 1 << 27
"""How far back data may refer, in bytes: what zstd's own programs take unasked."""


_LACK = ("Error -4 ", "not enough memory", "Unable to create ZSTD_DCtx")


class BadDataError(ValueError):
    """Compressed bytes do not give the page that the archive declares."""


def failure(error: Exception) -> Exception:
    """Say what a library's error means: broken bytes, or that memory ran out over good ones.

    zlib has a number for it (`Z_MEM_ERROR`, -4), zstd sentences.
    """
    text = str(error)
    lack = any(words in text for words in _LACK)
    return MemoryError(text) if lack else BadDataError(text)


class Decoder(Protocol):
    """Unpacks a page bit by bit."""

    def close(self) -> None:
        """Take note that no more will be fed; something may still be given out."""

    def feed(self, data: bytes, most: int) -> bytes:
        """Take in `data` and give out at most `most` bytes, which is at least 1.

        Raises:
            BadDataError: the bytes are none of this method, or go on behind their own end.
        """

    @property
    def hungry(self) -> bool:
        """Whether more must be fed before more comes out."""

    @property
    def finished(self) -> bool:
        """Whether the stream came to its own end."""


def refuse(data: bytes) -> None:
    """Refuse bytes behind the end of a page's data.

    Raises:
        BadDataError: there are some.
    """
    if data:
        raise BadDataError("bytes are left over behind its end")
