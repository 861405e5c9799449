"""Compressed pages as a stream: never more bytes than the archive declares, and few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cbzsafe.cbz.decoding import BadDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cbzsafe.cbz.decoding import Decoder

__all__ = ["BadDataError", "inflate"]

_OUTPUT = 1 << 20
_INPUT = 1 << 16


def inflate(chunks: Iterable[memoryview], method: int, size: int) -> Iterator[bytes]:
    """Unpack a page piece by piece.

    Args:
        chunks: its compressed bytes.
        method: number of the compression method, one that is no plain copy.
        size: bytes that it must have; at most one more is ever unpacked.

    Raises:
        BadDataError: it does not unpack, or to fewer or more bytes, or bytes are left over.
    """
    from cbzsafe.cbz.decoders import decoder  # most pages are stored

    made, left = decoder(method, size), size
    for chunk in chunks:
        for start in range(0, len(chunk), _INPUT):
            for piece in _drain(made, bytes(chunk[start : start + _INPUT]), left):
                left -= len(piece)
                yield piece
    made.close()
    for piece in _drain(made, b"", left):
        left -= len(piece)
        yield piece
    if left:
        raise BadDataError(f"{left} bytes are missing")
    if not made.finished:
        raise BadDataError("its compressed bytes do not end with it")


def _drain(made: Decoder, data: bytes, left: int) -> Iterator[bytes]:
    """Feed `data`, and give out all that comes of it."""
    while True:
        # One byte beyond the end is asked for: that none comes proves that the page is over.
        piece = made.feed(data, min(_OUTPUT, left) or 1)
        if len(piece) > left:
            raise BadDataError("it unpacks to more bytes than declared")
        left -= len(piece)
        if piece:
            yield piece
        if made.hungry:
            return
        data = b""
