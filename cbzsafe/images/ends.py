"""What the first and last bytes of a file tell of the picture in it."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from cbzsafe.images.kinds import describe, is_picture, promised, sniff
from cbzsafe.model import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

_SCAN_DATA = re.compile(rb"(?:[^\xff]|\xff+[\x00\xd0-\xd7\xc4\xda\xdb\xdd]|\xff+\Z)*", re.DOTALL)
_VARIED = 160
"""Different byte values in the last bytes, from which on they look like compressed data."""
_BI_RGB = 0
_BMP_ROWS = 4


def quick(name: str, head: bytes, tail: bytes, size: int) -> Finding | None:
    """Look at both ends of a page.

    Args:
        name: the page's, for its extension.
        head: its first bytes, as many as there are up to 4096.
        tail: its last bytes, likewise; a small page is whole in both.
        size: bytes of the page.

    Returns:
        The worst that is wrong, or None.
    """
    if not size:
        return Finding(Code.EMPTY_PAGE, "The page has no bytes.", name)
    kind = sniff(head)
    if not is_picture(kind):
        return _no_picture(name, kind, head)
    check = _CHECKS.get(kind)
    text = check(head, tail, size) if check is not None else ""
    if text:
        return Finding(Code.TRUNCATED_IMAGE, text, name)
    wanted = promised(name)
    if wanted is None or wanted == kind:
        return None
    return Finding(Code.WRONG_EXTENSION, f"The page is {describe(head)}.", name)


def _no_picture(name: str, kind: str, head: bytes) -> Finding | None:
    if promised(name) == "svg" and kind in {"xml", "gzip", "text"}:
        return None
    text = f"The page is no picture: it is {describe(head)}."
    return Finding(Code.NOT_AN_IMAGE, text, name)


def _is_seen_whole(head: bytes, tail: bytes, size: int) -> bool:
    return len(head) + len(tail) >= size


def _looks_compressed(tail: bytes) -> bool:
    """Whether the bytes look like a picture's data, and not like something that was added."""
    return len(set(tail)) >= _VARIED and b"PK\5\6" not in tail


_JPEG_END = b"\xff\xd9"


def _jpeg(head: bytes, tail: bytes, size: int) -> str:
    """Look for the end marker (T.81, B.2.1): others may follow it, but none may be missing.

    Cameras add much behind it, so that its absence counts only where the last bytes are the inside
    of a scan: there each FF is followed by 00 or by a restart marker.
    """
    if tail.endswith(_JPEG_END) or _JPEG_END in tail:
        return ""
    cut = b"\xff" in tail[:-1] and _SCAN_DATA.fullmatch(tail) is not None
    if cut or _is_seen_whole(head, tail, size):
        return "The JPEG ends without an end marker."
    return ""


def _png(head: bytes, tail: bytes, size: int) -> str:
    if b"IEND" in tail or not (_is_seen_whole(head, tail, size) or _looks_compressed(tail)):
        return ""
    return "The PNG ends without its last chunk."


def _gif(head: bytes, tail: bytes, size: int) -> str:
    """Look for the trailer 3B behind the empty block that ends the last picture.

    The two bytes also come by chance inside a picture; then compressed data follow them.
    """
    _, found, behind = tail.rpartition(b"\0;")
    if tail.endswith(b";") or (found and not _looks_compressed(behind)):
        return ""
    if not (_is_seen_whole(head, tail, size) or _looks_compressed(tail)):
        return ""
    return "The GIF ends without its trailer."


def _webp(head: bytes, tail: bytes, size: int) -> str:
    del tail
    (length,) = struct.unpack_from("<L", head, 4)
    # Some writers count a padding byte that they leave out.
    return f"The WebP has {size} of {length + 8} bytes." if length + 8 > size + 1 else ""


def _bmp(head: bytes, tail: bytes, size: int) -> str:
    """Compute what an uncompressed bitmap needs; its own size field is often wrong."""
    del tail
    if len(head) < 34:  # noqa: PLR2004 - both headers, as far as they are read
        return "The BMP ends inside its header."
    offset, header, width, height, _, bits, compression = struct.unpack_from("<LLllHHL", head, 10)
    if header < 40 or compression != _BI_RGB or width <= 0:  # noqa: PLR2004 - BITMAPINFOHEADER
        return ""
    need = offset + (width * bits + 31) // 32 * 4 * abs(height)
    return f"The BMP has {size} of {need} bytes." if need > size + _BMP_ROWS else ""


def _boxes(head: bytes, tail: bytes, size: int) -> str:
    """Add up the boxes (ISO/IEC 14496-12, 4.2) whose headers are among the first bytes."""
    del tail
    position = 0
    while position + 16 <= len(head):
        length, _, large = struct.unpack_from(">L4sQ", head, position)
        length = large if length == 1 else length
        if length < 8:  # noqa: PLR2004 - 0 reaches to the end; less is no box
            return ""
        position += length
        if position > size:
            return f"The picture has {size} of {position} bytes."
    return ""


def _jxl(head: bytes, tail: bytes, size: int) -> str:
    return "" if head.startswith(b"\xff\x0a") else _boxes(head, tail, size)


def _jp2(head: bytes, tail: bytes, size: int) -> str:
    return "" if head.startswith(b"\xff\x4f") else _boxes(head, tail, size)


def _tiff(head: bytes, tail: bytes, size: int) -> str:
    del tail
    order = "<" if head[:1] == b"I" else ">"
    if len(head) < 8 or head[2:4] not in {b"*\0", b"\0*"}:  # noqa: PLR2004 - BigTIFF is let through
        return ""
    (directory,) = struct.unpack_from(order + "L", head, 4)
    return "The TIFF ends before its directory." if directory + 2 > size else ""


_CHECKS: dict[str, Callable[[bytes, bytes, int], str]] = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "bmp": _bmp,
    "avif": _boxes,
    "heic": _boxes,
    "jxl": _jxl,
    "jp2": _jp2,
    "tiff": _tiff,
}
