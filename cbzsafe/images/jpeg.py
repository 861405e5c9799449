"""Decoding JPEG strictly, by simplejpeg where it is installed."""

from __future__ import annotations

import re

from cbzsafe.images import pillow

_HARMLESS = re.compile(r"Corrupt JPEG data: [1-8] extraneous bytes before marker 0xd9")
"""Padding that encoders leave before the end marker."""
_DAMAGE = ("premature end", "corrupt jpeg data", "bogus", "inconsistent progression")
"""What libjpeg's messages (jerror.h) say of data that are broken, and not merely unusual."""


def fault(data: bytes) -> str:
    """Say why a JPEG does not decode, or nothing."""
    text = _strict(data)
    if text == "":
        return ""
    if text is not None and _is_damage(text):
        return f"The JPEG does not decode: {text}."
    return pillow.fault("jpeg", data)


def _is_damage(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _DAMAGE) and not _HARMLESS.fullmatch(text)


def _strict(data: bytes) -> str | None:
    """Decode at one eighth in grey: all of the data is read, and little of it computed.

    Returns:
        Why it does not decode, nothing where it does, None where simplejpeg is not to be asked.
    """
    try:
        import simplejpeg
    except ImportError:
        return None
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data, strict=False)
        if height * width > pillow.pixel_limit():
            return None
        simplejpeg.decode_jpeg(data, colorspace="GRAY", min_height=1, min_width=1, strict=True)
    except ValueError as error:
        return str(error).strip().rstrip(".")
    return ""
