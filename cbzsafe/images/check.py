"""Decoding a picture whole, and saying what cannot be decoded here."""

from __future__ import annotations

import os
import struct
from importlib.util import find_spec
from typing import TYPE_CHECKING

from cbzsafe.images import jpeg, pillow
from cbzsafe.images.ends import quick
from cbzsafe.images.kinds import is_page, sniff
from cbzsafe.model import Code, Finding, Level

if TYPE_CHECKING:
    from pathlib import Path

_EDGE = 4096
VIEWABLE_LIMIT = 1 << 28
"""The largest picture that `viewable` should be asked about, in bytes."""
_PNG_SIGNATURE = 8
_PROVING = frozenset({"jpeg", "png", "gif"})
_CHUNK = 12


def decode(name: str, data: bytes) -> Finding | None:
    """Look at both ends of a page, and decode all that is between.

    Safe in threads; most of the time is spent without Python's lock.

    Args:
        name: the page's, for its extension.
        data: all its bytes.

    Returns:
        The worst that is wrong, or None, also for a kind that nothing installed decodes.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    found = quick(name, data[:_EDGE], data[-_EDGE:], len(data))
    if found is not None and found.level is not Level.WARNING:
        return found
    text = _decoded(sniff(data[:_EDGE]), data)
    return Finding(Code.UNDECODABLE_IMAGE, text, name) if text else found


def _decoded(kind: str, data: bytes) -> str:
    """Say why a picture does not decode, or nothing."""
    if kind == "jpeg":
        return jpeg.fault(data)
    if kind == "png":
        return _png_fault(data) or pillow.fault(kind, data)
    return pillow.fault(kind, data) if pillow.reads(kind) else ""


def _png_fault(data: bytes) -> str:
    """Check the CRC of each chunk that a viewer needs (PNG, 5.3): Pillow checks few of them."""
    from zlib import crc32

    view = memoryview(data)
    position = _PNG_SIGNATURE
    while position + _CHUNK <= len(data):
        length, kind = struct.unpack_from(">L4s", data, position)
        end = position + _CHUNK + length
        if end > len(data):
            break
        (stated,) = struct.unpack_from(">L", data, end - 4)
        if kind[0] & 0x20 == 0 and crc32(view[position + 4 : end - 4]) != stated:
            return f"A chunk of the PNG, {kind.decode('latin-1')!r}, fails its CRC."
        if kind == b"IEND":
            return ""
        position = end
    return "The PNG ends inside a chunk."


def check_file(path: Path, name: str | None = None, *, whole: bool = False) -> Finding | None:
    """Look at a page's file; what has no image's extension is let through.

    Args:
        path: the file.
        name: the page's name, if the file has another.
        whole: decode it, instead of looking at both ends.

    Raises:
        MemoryError: it could not be told for want of it.
        OSError: it cannot be read.
    """
    name = path.name if name is None else name
    if not is_page(name):
        return None
    with path.open("rb") as file:
        if whole:
            return decode(name, file.read())
        size = os.fstat(file.fileno()).st_size
        head = file.read(_EDGE)
        file.seek(max(0, size - _EDGE))
        return quick(name, head, file.read(_EDGE), size)


def proves(head: bytes) -> bool:
    """Tell whether decoding a picture notices that a piece of its middle is nothing but zeros.

    Of 4 to 16 kB put to zero anywhere in pictures of 0.2 to 2 MB, 30 times each, decoding noticed
    all in JPEG, PNG and GIF, and none in WebP, lossy or lossless. A power cut can leave that.

    Args:
        head: its first bytes.
    """
    return sniff(head) in _PROVING


def viewable(data: bytes) -> bool:
    """Tell whether a viewer would still show something of a broken picture.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    kind = sniff(data[:_EDGE])
    if kind == "jpeg":
        # Closed by an end marker, what is missing comes out grey, as in a viewer.
        return pillow.shows(kind, data + b"\xff\xd9")
    return pillow.reads(kind) and pillow.shows(kind, data)


def sides(data: bytes) -> tuple[int, int]:
    """Give a picture's width and height in pixels, zeros where nobody here can tell.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    kind = sniff(data[:_EDGE])
    return pillow.sides(kind, data) if pillow.reads(kind) else (0, 0)


def weaker() -> tuple[str, ...]:
    """Name the checks that are weaker than they could be, a sentence each."""
    try:
        return tuple(_weaker())
    except MemoryError:  # what was found must be reported all the same
        return ("It is not known which checks were weaker than they could be: memory ran out.",)


def _weaker() -> list[str]:
    sentences = [
        f"Pillow was built without {kind}: of such pages only the ends are checked."
        for kind in ("WebP", "AVIF")
        if not pillow.reads(kind.lower())
    ]
    if find_spec("simplejpeg") is None:
        sentences.append(
            "simplejpeg is not installed: a JPEG that was cut and closed by an end marker passes."
        )
    return sentences
