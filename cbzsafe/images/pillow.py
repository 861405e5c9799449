"""Decoding by Pillow, without its warnings and without its global switches."""

from __future__ import annotations

import importlib
import io
import math
import threading
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from cbzsafe.images import lack

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

_PLUGINS = {
    "jpeg": ("JPEG", "JpegImagePlugin"),
    "png": ("PNG", "PngImagePlugin"),
    "gif": ("GIF", "GifImagePlugin"),
    "bmp": ("BMP", "BmpImagePlugin"),
    "tiff": ("TIFF", "TiffImagePlugin"),
    "webp": ("WEBP", "WebPImagePlugin"),
    "avif": ("AVIF", "AvifImagePlugin"),
    "jp2": ("JPEG2000", "Jpeg2KImagePlugin"),
}
_OPTIONAL = {"webp": "webp", "avif": "avif", "jp2": "jpg_2000"}
"""The kinds that Pillow may have been built without, and its names for them."""
_WEBP_SIDE = (1 << 14) - 1
"""The bits of a WebP's width or height."""
_FRAMES = 500
"""Frames of an animation that are decoded."""


class _Quiet:
    """Keeps warnings away while anything is being decoded, in whatever thread.

    `warnings.catch_warnings` alone must not overlap in two threads: each would put back what the
    other has set.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._caught: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._caught.__exit__(None, None, None)


_quiet = _Quiet()


@cache
def reads(kind: str) -> bool:
    """Tell whether the installed Pillow decodes a kind of picture.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    if kind not in _PLUGINS:
        return False
    feature = _OPTIONAL.get(kind)
    try:
        from PIL import features

        with _quiet:
            built_in = feature is None or features.check(feature)
        if not built_in:
            lack.insist(lack.LIBRARY)  # `check` says no where the library could not be loaded, too
            return False
        importlib.import_module(f"PIL.{_PLUGINS[kind][1]}")
    except (ImportError, ValueError) as error:
        lack.refuse(error)
        return False
    return True


def pixel_limit() -> int:
    """How many pixels a picture may have before Pillow calls it a decompression bomb."""
    from PIL import Image

    return 2 * (Image.MAX_IMAGE_PIXELS or 1 << 40)


def _open(kind: str, data: bytes) -> Image:
    from PIL import Image

    reads(kind)
    return Image.open(io.BytesIO(data), formats=[_PLUGINS[kind][0]])


def fault(kind: str, data: bytes) -> str:
    """Say why a picture does not decode, or nothing.

    Args:
        kind: one that Pillow `reads`.
        data: the whole file.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    error = _tried(kind, data, lambda picture: _load(kind, picture))[1]
    if error is None or _is_excuse(error):
        return ""
    return f"The picture does not decode: {_text(error)}."


def _tried(
    kind: str, data: bytes, work: Callable[[Image], object]
) -> tuple[object, Exception | None]:
    """Open a picture and do something with it; give what came of it, and what was raised.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    pixels = math.prod(_webp_sides(data)) if kind == "webp" else 0
    with _quiet:
        try:
            with _open(kind, data) as picture:
                pixels = picture.width * picture.height
                return work(picture), None
        except Exception as error:  # noqa: BLE001 - Pillow raises whatever its parsers stumble over
            lack.refuse(error, pixels, len(data))
            return None, error


def _webp_sides(data: bytes) -> tuple[int, int]:
    """Read a WebP's size (RFC 9649, 2.5 to 2.7): its decoder takes the memory as it is opened."""
    form, number = data[12:16], int.from_bytes
    if form == b"VP8X":
        return number(data[24:27], "little") + 1, number(data[27:30], "little") + 1
    if form == b"VP8L":
        sides = number(data[21:25], "little")
        return (sides & _WEBP_SIDE) + 1, (sides >> 14 & _WEBP_SIDE) + 1
    width, height = number(data[26:28], "little"), number(data[28:30], "little")
    return width & _WEBP_SIDE, height & _WEBP_SIDE


def sides(kind: str, data: bytes) -> tuple[int, int]:
    """Give a picture's width and height in pixels, zeros where its header does not tell them.

    Args:
        kind: one that Pillow `reads`.
        data: the whole file.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    if kind == "webp":
        return _webp_sides(data)
    found = _tried(kind, data, lambda picture: picture.size)[0]
    return cast("tuple[int, int]", found) if found else (0, 0)


def _load(kind: str, picture: Image) -> None:
    """Decode every frame; a JPEG at one eighth, and only the one that a viewer shows."""
    if kind == "jpeg":
        picture.draft("L", (max(1, picture.width // 8), max(1, picture.height // 8)))
        picture.load()
        return
    for frame in range(min(getattr(picture, "n_frames", 1), _FRAMES)):
        if frame:
            picture.seek(frame)
        picture.load()


def _is_excuse(error: Exception) -> bool:
    """Whether the error is Pillow's lack, and not the picture's."""
    text = str(error)
    return isinstance(error, NotImplementedError) or (
        "not available" in text or "unsupported" in text.lower() or "unknown pixel mode" in text
    )


def _text(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__


def shows(kind: str, data: bytes) -> bool:
    """Tell whether anything of a broken picture decodes to more than one colour.

    Raises:
        MemoryError: it could not be told for want of it.
    """
    return bool(_tried(kind, data, _shows)[0])


def _shows(picture: Image) -> bool:
    """Decode as much as goes, and look at it."""
    try:
        picture.load()
    except (OSError, SyntaxError, EOFError) as error:
        lack.refuse(error, picture.width * picture.height)
    return _has_content(picture)


def _has_content(picture: Image) -> bool:
    """Whether some band has two values; what was not reached is all zeros or all grey."""
    # `getextrema` would load again, and fail again.
    core = picture._im  # noqa: SLF001 - there is no public way to what was decoded before an error
    if core is None:
        return False
    bands = [core.getband(band) for band in range(core.bands)] if core.bands > 1 else [core]
    return any(low != high for low, high in (band.getextrema() for band in bands))
