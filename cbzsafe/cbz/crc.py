"""CRC-32 as ZIP wants it (APPNOTE 4.4.7), by the fastest implementation at hand."""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import Any

_fast: Any = None
with suppress(ImportError):
    from isal import isal_zlib

    _fast = isal_zlib.crc32


def crc32(data: bytes | bytearray | memoryview, value: int = 0) -> int:
    """Go on with a CRC-32.

    Args:
        data: the next bytes.
        value: the CRC of the bytes before them.

    Returns:
        The CRC of all bytes so far, 0 to 2**32 - 1.
    """
    if _fast is not None:
        return int(_fast(data, value))
    return zlib.crc32(data, value)


def implementation() -> str:
    """Name the library that `crc32` computes with: `isal` or `zlib`."""
    return "zlib" if _fast is None else "isal"
