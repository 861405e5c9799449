"""Small pictures that are the same in every run: the pages of the tests' books.

They are noise, so that a file of a given size decodes to something that no compressor shortens and
no two seeds share.
"""

from __future__ import annotations

import io
import random
from functools import lru_cache

from PIL import Image

# Measured with Pillow 11 on noise: bytes of the file for each pixel.
_BYTES_PER_PIXEL = {"JPEG": 0.62, "PNG": 3.0, "WEBP": 0.64, "GIF": 1.37}


def jpeg(
    seed: int = 0, size: int = 20_000, width: int | None = None, height: int | None = None
) -> bytes:
    """A baseline JPEG.

    Args:
        seed: pictures of other seeds have other bytes.
        size: bytes of the file, about; not looked at when both sides are given.
        width: pixels, or None to follow from the size.
        height: pixels, or None to follow from the size.
    """
    return _picture("JPEG", seed, size, width, height)


def png(
    seed: int = 0, size: int = 20_000, width: int | None = None, height: int | None = None
) -> bytes:
    """A PNG; arguments as for `jpeg`."""
    return _picture("PNG", seed, size, width, height)


def webp(
    seed: int = 0, size: int = 20_000, width: int | None = None, height: int | None = None
) -> bytes:
    """A lossy WebP; arguments as for `jpeg`."""
    return _picture("WEBP", seed, size, width, height)


def gif(
    seed: int = 0, size: int = 20_000, width: int | None = None, height: int | None = None
) -> bytes:
    """A GIF of 256 greys; arguments as for `jpeg`."""
    return _picture("GIF", seed, size, width, height)


@lru_cache(maxsize=512)
def _picture(kind: str, seed: int, size: int, width: int | None, height: int | None) -> bytes:
    side = max(8, round((size / _BYTES_PER_PIXEL[kind]) ** 0.5))
    shape = (width or side, height or side)
    mode, depth = ("L", 1) if kind == "GIF" else ("RGB", 3)
    noise = random.Random(f"{kind} {seed}").randbytes(shape[0] * shape[1] * depth)
    file = io.BytesIO()
    Image.frombytes(mode, shape, noise).save(file, kind, quality=75)
    return file.getvalue()
