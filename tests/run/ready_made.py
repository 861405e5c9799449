"""What the tests of ready-made archives share: their bytes, and where they are to be."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pictures
import programs
from site_faults import Page

if TYPE_CHECKING:
    from pathlib import Path

    from site_families import Chapter

TYPE = "application/zip"
PAGES = {f"{number:03}.jpg": pictures.jpeg(number, 8000) for number in range(1, 5)}


def zipped(given: dict[str, bytes] | None = None) -> bytes:
    """The bytes of an archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (PAGES if given is None else given).items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def flipped(body: bytes, name: str = "002.jpg") -> bytes:
    """The same with a flipped bit in a page."""
    data = bytearray(body)
    data[data.index(PAGES[name]) + 5000] ^= 1
    return bytes(data)


def encrypted(body: bytes) -> bytes:
    """The same with the flag of encryption on every entry (APPNOTE 4.4.4, bit 0)."""
    data = bytearray(body)
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 1)
    return bytes(data)


def served(
    site: Any, body: bytes | None = None, *faults: Any, name: str = "a.cbz", **options: Any
) -> Chapter:
    """A chapter whose one file is an archive."""
    body = zipped() if body is None else body
    return site.add_chapter(pages=[Page(name, body, TYPE, list(faults))], **options)


def final(workdir: Path, chapter: Chapter, index: int = 0) -> Path:
    """Where gallery-dl would put the archive."""
    return workdir / "gallery-dl" / chapter.folder / chapter.name(index)


def left(workdir: Path) -> list[str]:
    """Every file below the base directory, by name."""
    return [name.rpartition("/")[2] for name in programs.tree(workdir) if not name.endswith("/")]
