"""What a file is, by its first bytes, and what it should be, by its name."""

from __future__ import annotations

import re
from functools import lru_cache

EXTENSIONS = {
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif", "jif"), "jpeg"),
    **dict.fromkeys(("png", "apng"), "png"),
    **dict.fromkeys(("tif", "tiff"), "tiff"),
    **dict.fromkeys(("heic", "heif"), "heic"),
    **dict.fromkeys(("jp2", "j2k", "jpx"), "jp2"),
    **{kind: kind for kind in ("gif", "webp", "bmp", "avif", "jxl", "svg")},
}
"""The extensions of pages, and the kind of picture that each promises."""

_PICTURES = frozenset(EXTENSIONS.values())

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),
    (b"PK\3\4", "zip"),
    (b"PK\5\6", "zip"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"%PDF-", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"\x1aE\xdf\xa3", "matroska"),
)

_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys(
        (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "heic"
    ),
}

_NAMES = {
    "": "of no kind that is known",
    "empty": "empty",
    "zeros": "nothing but zeros",
    "html": "an HTML page",
    "json": "JSON",
    "xml": "XML",
    "text": "text",
    "svg": "an SVG picture",
    "zip": "a ZIP file",
    "rar": "a RAR file",
    "7z": "a 7z file",
    "pdf": "a PDF document",
    "gzip": "a gzip file",
    "tar": "a tar file",
    "matroska": "a Matroska or WebM video",
    "mp4": "an MP4 video",
}

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|script|center|h1)\b", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_FTYP_MAX = 256
_NAMES_KEPT = 1 << 10
"""Names of which is remembered what they promise: each is asked about several times."""
_TAR_AT = 257
"""Where the magic of a tar header stands (POSIX, ustar)."""


@lru_cache(_NAMES_KEPT)
def is_page(name: str) -> bool:
    """Tell whether a name is that of a picture which comic readers show.

    What macOS adds beside each file (`__MACOSX/`, `._name`) is none.
    """
    base = name.rpartition("/")[2]
    if base.startswith("._") or name.startswith("__MACOSX/"):
        return False
    return promised(name) is not None and not base.startswith(".")


@lru_cache(_NAMES_KEPT)
def promised(name: str) -> str | None:
    """Give the kind of picture that a name's extension promises, or None."""
    stem, _, extension = name.rpartition("/")[2].rpartition(".")
    return EXTENSIONS.get(extension.lower()) if stem or _ else None


def extension_for(kind: str) -> str:
    """Give the usual extension of a kind of picture: `jpg` for `jpeg`."""
    return next(extension for extension, promise in EXTENSIONS.items() if promise == kind)


def is_picture(kind: str) -> bool:
    """Tell whether `sniff` named a kind of picture."""
    return kind in _PICTURES


def sniff(head: bytes) -> str:
    """Tell what a file is by its first bytes.

    Args:
        head: as many as there are, up to 4096.

    Returns:
        `jpeg`, `png`, `gif`, `webp`, `bmp`, `avif`, `heic`, `jxl`, `jp2`, `tiff`, `svg`, `html`,
        `json`, `xml`, `text`, `zip`, `rar`, `7z`, `pdf`, `gzip`, `tar`, `mp4`, `matroska`, `zeros`,
        `empty`, or nothing.
    """
    if head.startswith(b"\xff\xd8\xff"):  # most pages
        return "jpeg"
    if not head.strip(b"\0"):
        return "zeros" if head else "empty"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return "tar"
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "") or _text(head)


def _brand(head: bytes) -> str:
    """Tell AVIF, HEIC and films apart by the brands of the `ftyp` box (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(head[:4], "big"), _FTYP_MAX, len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    kinds = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    # Both bear `mif1`, which says no more than that there are still pictures.
    return "avif" if "avif" in kinds else next(iter(kinds), "mp4")


def _text(head: bytes) -> str:
    if _CONTROL.search(head):
        return ""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"<svg" in start and start.startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg")):
        return "svg"
    if start.startswith(b"<"):
        return "html" if _HTML.search(start) else "xml"
    if start[:1] in {b"{", b"["}:
        return "json"
    try:
        # The last character may be cut in two.
        start[:-3].decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "text"


def describe(head: bytes) -> str:
    """Say in words what a file is, to stand behind 'it is'."""
    kind = sniff(head)
    if is_picture(kind) and kind != "svg":
        return f"a picture of the kind {kind.upper()}"
    return _NAMES[kind]
