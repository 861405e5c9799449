"""Decoding JPEG strictly, by simplejpeg where it is installed."""

from __future__ import annotations

import re
from typing import Any

from cbzsafe.images import pillow

_HARMLESS = re.compile(r"Corrupt JPEG data: [1-8] extraneous bytes before marker 0xd9")
"""Padding that encoders leave before the end marker."""
_DAMAGE = ("premature end", "corrupt jpeg data", "bogus", "inconsistent progression")
"""What libjpeg's messages (jerror.h) say of data that are broken, and not merely unusual."""


def fault(data: bytes) -> str:
    """Say why a JPEG does not decode, or nothing."""
    simple = _simplejpeg()
    if simple is None:
        return pillow.fault("jpeg", data)
    text = _strict(simple, data)
    if not text:
        return ""
    lowered = text.lower()
    if any(word in lowered for word in _DAMAGE) and not _HARMLESS.fullmatch(text):
        return f"The JPEG does not decode: {text}."
    return pillow.fault("jpeg", data)


def _simplejpeg() -> Any:
    try:
        import simplejpeg  # noqa: PLC0415 - it imports numpy, which takes 100 ms
    except ImportError:
        return None
    return simplejpeg


def _strict(simple: Any, data: bytes) -> str:
    """Decode at one eighth in grey: all of the data is read, and little of it computed."""
    try:
        height, width, _, _ = simple.decode_jpeg_header(data, strict=False)
        if height * width > pillow.pixel_limit():
            return ""
        simple.decode_jpeg(data, colorspace="GRAY", min_height=1, min_width=1, strict=True)
    except ValueError as error:
        return str(error).strip().rstrip(".")
    return ""
