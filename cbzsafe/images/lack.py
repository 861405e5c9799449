"""Telling a lack of memory from a broken picture.

Decoders say of both that a picture does not decode. Where it may have been memory, `MemoryError`
is raised: a page must never be called broken because this process was short of it.
"""

from __future__ import annotations

import errno
import mmap
import re

TEXT = "memory ran out while a picture was decoded"
"""What the exceptions of this module say."""

LIBRARY = 96 << 20
"""Bytes that loading a decoder takes: numpy, which simplejpeg needs, maps the most (85 MiB)."""

_WORDS = re.compile(
    r"(out of|insufficient|cannot allocate) memory|memory allocation"
    r"|failed to map segment|more than once per process|can't start new thread",
    re.IGNORECASE,
)
"""What Pillow and libavif, libjpeg, the C library, TurboJPEG, the dynamic loader, numpy and Python
say; numpy of a second try after an import that was cut short."""
_OTHERS = (ImportError, OSError, RuntimeError, SystemError, ValueError)
_PIXEL = 16
"""Bytes a pixel that no decoder takes more of: OpenJPEG has 32 bits a channel, libjpeg 16 of each
coefficient beside the pixels."""
_SLACK = 16 << 20


def is_lack(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, be it in Python, in a library or in a call."""
    if isinstance(error, OSError) and error.errno:  # its text may be the name of a file
        return error.errno == errno.ENOMEM
    told = isinstance(error, _OTHERS) and _WORDS.search(str(error)) is not None
    return told or isinstance(error, MemoryError)


def refuse(error: BaseException, pixels: int = 0, size: int = 0) -> None:
    """Refuse to believe that a picture is broken where memory may have been what was wanting.

    Some libraries say no more than that decoding failed. What they wanted is then asked for once
    more, without being touched: where it cannot be had, nothing is known of the picture.

    Args:
        error: what the decoder, or an import, raised.
        pixels: of the picture, as far as known.
        size: bytes of its file.

    Raises:
        MemoryError: so it may be.
    """
    if is_lack(error):
        raise MemoryError(TEXT) from error
    insist(pixels * _PIXEL + 2 * size + _SLACK)


def insist(count: int) -> None:
    """See that so many bytes can be had.

    Raises:
        MemoryError: they cannot.
    """
    try:
        mmap.mmap(-1, count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except OSError as error:
        raise MemoryError(TEXT) from error
