"""The bytes of a ComicInfo.xml, and what is in one that was made here.

Ours ends in a comment with the CRC-32 of all before it: it tells what was made here and not changed
since from what somebody else wrote. It stays with the file whatever happens to the archive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from cbzsafe.comicinfo.elements import ELEMENTS, Info

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<ComicInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema">\n'
)
_TAIL = "</ComicInfo>\n"
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
"""What lets a small XML file grow without end; anybody can write our comment behind it."""
_SIZE = re.compile(rb'ImageSize="(\d{1,20})"')
_MARK_LENGTH = len("<!-- cbzsafe 01234567 -->\n")
_MARK = re.compile(rb"<!-- cbzsafe ([0-9a-f]{8}) -->\n\Z")


@dataclass(frozen=True, slots=True)
class Page:
    """A picture of the book, as the element `Page` describes it.

    Attributes:
        size: bytes of its file.
        width: pixels, 0 where it is not known.
        height: likewise.
    """

    size: int
    width: int = 0
    height: int = 0


def write(info: Info, pages: Sequence[Page]) -> bytes:
    """Lay a description out; the same one gives the same bytes.

    Args:
        info: the elements' texts, which are what `cbzsafe.comicinfo.cleaned` gives.
        pages: the pictures in the order of the archive.
    """
    data = _laid_out(info, len(pages), _pages(pages) if pages else "")
    return data + f"<!-- cbzsafe {crc32(data):08x} -->\n".encode("ascii")


def _laid_out(info: Info, count: int, pages: str) -> bytes:
    texts = {**info, "PageCount": str(count)}
    lines = [
        f"  <{name}>{_escaped(texts[name])}</{name}>\n" if name != "Pages" else pages
        for name in ELEMENTS
        if texts.get(name) or name == "Pages"
    ]
    return "".join((_HEAD, *lines, _TAIL)).encode("utf-8")


def says(data: bytes, info: Info, sizes: Sequence[int]) -> bool:
    """Tell whether a file says just this, without a parser: a run that finds nothing new asks.

    Args:
        data: a file that is ours.
        info: the elements' texts.
        sizes: the bytes of the pictures in the order of the archive.
    """
    before, _, rest = data[:-_MARK_LENGTH].partition(b"  <Pages>\n")
    pages, _, after = rest.partition(b"  </Pages>\n")
    found = [int(size) for size in _SIZE.findall(pages)]
    return found == [*sizes] and before + after == _laid_out(info, len(found), "")


def is_ours(data: bytes) -> bool:
    """Tell whether a file was made here and not changed since."""
    mark = _MARK.search(data[-_MARK_LENGTH:])
    return mark is not None and int(mark[1], 16) == crc32(data[:-_MARK_LENGTH])


def _escaped(text: str) -> str:
    # A carriage return that is not escaped is a line feed to every parser (XML 1.0, 2.11).
    bare = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return bare.replace("\r", "&#13;")


def _pages(pages: Sequence[Page]) -> str:
    lines = "".join(_page(number, page) for number, page in enumerate(pages))
    return f"  <Pages>\n{lines}  </Pages>\n"


def _page(number: int, page: Page) -> str:
    kind = ' Type="FrontCover"' if number == 0 else ""
    sides = f' ImageWidth="{page.width}" ImageHeight="{page.height}"' if page.width else ""
    return f'    <Page Image="{number}"{kind} ImageSize="{page.size}"{sides} />\n'


def parse(data: bytes) -> tuple[Info, tuple[Page, ...]]:
    """Read what `write` has laid out.

    Raises:
        ValueError: it is no such file.
    """
    from xml.etree import ElementTree as ET

    if not is_ours(data) or _DECLARATION.search(data):
        raise ValueError("it is no ComicInfo.xml of ours")
    try:
        root = ET.fromstring(data)  # noqa: S314 - declarations are refused above
    except ET.ParseError as error:
        raise ValueError(f"it is no XML ({error})") from error
    info = {child.tag: child.text or "" for child in root if child.tag in ELEMENTS}
    info.pop("Pages", None)
    info.pop("PageCount", None)
    return info, tuple(_read_page(page) for page in root.iterfind("Pages/Page"))


def _read_page(page: Element) -> Page:
    size, width, height = (
        int(page.get(name) or 0) for name in ("ImageSize", "ImageWidth", "ImageHeight")
    )
    return Page(size, width, height)
