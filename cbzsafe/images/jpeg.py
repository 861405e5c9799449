"""Decoding JPEG strictly, by simplejpeg where it is installed."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cbzsafe.images import lack, pillow

if TYPE_CHECKING:
    from collections.abc import Iterator

_MATRICES = "OPENBLAS_NUM_THREADS"
"""The variable that tells OpenBLAS for how many threads to make ready."""
_HARMLESS = re.compile(r"Corrupt JPEG data: [1-8] extraneous bytes before marker 0xd9")
"""Padding that encoders leave before the end marker."""
_DAMAGE = ("premature end", "corrupt jpeg data", "bogus", "inconsistent progression")
"""What libjpeg's messages (jerror.h) say of data that are broken, and not merely unusual."""


def fault(data: bytes) -> str:
    """Say why a JPEG does not decode, or nothing.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    text = _strict(data)
    if text == "":
        return ""
    if text is not None and _is_damage(text):
        return f"The JPEG does not decode: {text}."
    return pillow.fault("jpeg", data)


@cache
def library() -> Any:
    """Import simplejpeg; None where it is not installed, or does not go with its numpy.

    Raises:
        MemoryError: it could not be loaded for want of it.
    """
    if find_spec("simplejpeg") is None:
        return None
    lack.insist(lack.LIBRARY)
    try:
        with _one_thread():
            return import_module("simplejpeg")
    except ImportError as error:
        lack.refuse(error)
        return None


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep numpy's library for matrices small, of which nothing is used here.

    It takes memory for each processor as it starts, and ends the process where there is none.
    """
    ours = _MATRICES not in os.environ
    os.environ.setdefault(_MATRICES, "1")
    try:
        yield
    finally:
        if ours:  # programs that the user's configuration starts are to have their own
            os.environ.pop(_MATRICES, None)


def _is_damage(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _DAMAGE) and not _HARMLESS.fullmatch(text)


def _strict(data: bytes) -> str | None:
    """Decode at one eighth in grey: all of the data is read, and little of it computed.

    Returns:
        Why it does not decode, nothing where it does, None where simplejpeg is not to be asked.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    simplejpeg = library()
    if simplejpeg is None:
        return None
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data, strict=False)
        if height * width > pillow.pixel_limit():
            return None
        simplejpeg.decode_jpeg(data, colorspace="GRAY", min_height=1, min_width=1, strict=True)
    except KeyError:
        return None  # it has no name for the picture's sampling of colours
    except ValueError as error:
        lack.refuse(error)
        return str(error).strip().rstrip(".")
    return ""
