"""Books beyond the limits of the format's first version: their counts and places take zip64."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile

import pictures
from book_kinds import Book, Desk, items, kind

from cbzsafe.cbz.pack import ArchivedPage, FilePage
from cbzsafe.cbz.publish import publish
from cbzsafe.cbz.scan import scan

MANY = 65_600
"""Entries: the end record counts to 65,535."""

SIZE = (1 << 32) + 70_000
"""Bytes of a page: the headers count to 4 GiB."""

BLOCK = 1 << 22


@kind(lambda archive: len(archive.namelist()) == MANY, large=True)
def beyond_65535_entries(desk: Desk) -> Book:
    """More entries than 16 bits count; they are texts, for comic readers open an archive a page."""
    pages = {f"{number:06}.txt": b"page %d" % number for number in range(MANY)}
    other = desk.folder / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in pages.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    path = desk.folder / "book.cbz"
    publish(path, [ArchivedPage(entry.name, other, entry) for entry in scan(other).entries])
    other.unlink()
    return Book(path, items(pages))


def zeros(size: int) -> str:
    """Compute the SHA-256 of so many zeros."""
    digest, block = hashlib.sha256(), bytes(BLOCK)
    for at in range(0, size, BLOCK):
        digest.update(block[: size - at])
    return digest.hexdigest()


@kind(lambda archive: archive.infolist()[0].file_size == SIZE, large=True)
def beyond_4_gibibytes(desk: Desk) -> Book:
    """A page of more than 4 GiB, and one behind it, whose place takes more than 32 bits."""
    first, second = desk.folder / "film.bin", desk.folder / "page.gif"
    with first.open("wb") as file:
        file.truncate(SIZE)
    second.write_bytes(pictures.gif())
    path = desk.folder / "book.cbz"
    publish(path, [FilePage(page.name, page) for page in (first, second)])
    first.unlink()
    # The zeros of the archive take no room any more, where the file system can do without them.
    subprocess.run(["fallocate", "--dig-holes", path], check=False, capture_output=True)
    return Book(path, [(first.name, SIZE, zeros(SIZE)), *items({second.name: second.read_bytes()})])
