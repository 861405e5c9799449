"""CRC-32 as ZIP wants it (APPNOTE 4.4.7), by the fastest implementation at hand."""

from __future__ import annotations

import zlib

try:
    from isal import isal_zlib
except ImportError:
    isal_zlib = None


def crc32(data: bytes | bytearray | memoryview, value: int = 0) -> int:
    """Go on with a CRC-32.

    Args:
        data: the next bytes.
        value: the CRC of the bytes before them.

    Returns:
        The CRC of all bytes so far, 0 to 2**32 - 1.
    """
    if isal_zlib is not None:
        return int(isal_zlib.crc32(data, value))
    return zlib.crc32(data, value)


def implementation() -> str:
    """Name the library that `crc32` computes with: `isal` or `zlib`."""
    return "zlib" if isal_zlib is None else "isal"
