"""Books out of the damaged archives of others: healed by a download, or by a repair."""

from __future__ import annotations

import io
import struct
import zipfile

import left_behind
import pictures
from backports.zstd import zipfile as zstd_zipfile
from book_kinds import Book, Desk, items, kind
from site_faults import Page


def wordy(picture: bytes) -> bytes:
    """Put a comment into a JPEG: what has one gets smaller by any compressor."""
    words = b"the same words " * 60
    return picture[:2] + b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words + picture[2:]


PAGES = {f"{number:03}.jpg": wordy(pictures.jpeg(number, 3_000)) for number in range(1, 5)}
"""What is in the archives of others."""


def torn(archive: bytes) -> bytes:
    """Cut off an archive's index, as a killed writer leaves it."""
    return archive[: archive.index(b"PK\1\2")]


def zipped(pages: dict[str, bytes], method: int, library=zipfile) -> bytes:
    """Give the archive that Python makes of pages."""
    file = io.BytesIO()
    with library.ZipFile(file, "w", method) as archive:
        for name, data in pages.items():
            archive.writestr(library.ZipInfo(name), data, method)
    return file.getvalue()


def methods(archive) -> set[int]:
    """Give the compression methods in an archive."""
    return {info.compress_type for info in archive.infolist()}


def repaired(desk: Desk, archive: bytes, pages: dict[str, bytes] = PAGES) -> Book:
    """Repair an archive of these pages, of which none is lost."""
    path = desk.folder / "book.cbz"
    path.write_bytes(archive)
    desk.run("repair", path)
    return Book(path, items(pages))


@kind(lambda archive: len(archive.namelist()) == left_behind.PAGES)
def salvaged_by_a_download(desk: Desk) -> Book:
    """What a killed gallery-dl left, made whole by the same command."""
    left = left_behind.torn(desk.site, desk.folder, number=desk.number)
    desk.run(*left.args, config=left.config)
    return Book(left.book, items(left.pages))


def ready_made(desk: Desk, archive: bytes, *args: object, status: int = 0) -> Book:
    """Download an archive of `PAGES` that the site serves."""
    chapter = desk.chapter([Page("book.cbz", archive, "application/vnd.comicbook+zip")])
    desk.run(*args, chapter.url, config=desk.site.config(), status=status)
    path = desk.folder / "gallery-dl" / chapter.folder / chapter.name(0)
    return Book(path, items(PAGES))


@kind(lambda archive: methods(archive) == {zipfile.ZIP_DEFLATED})
def ready_made_by_the_site(desk: Desk) -> Book:
    """An archive that the site serves, published as it came."""
    return ready_made(desk, zipped(PAGES, zipfile.ZIP_DEFLATED))


@kind(lambda archive: methods(archive) == {zipfile.ZIP_DEFLATED})
def ready_made_and_torn(desk: Desk) -> Book:
    """One without its index, of which `--incomplete publish` publishes what is proved."""
    data = torn(zipped(PAGES, zipfile.ZIP_DEFLATED))
    return ready_made(desk, data, "--incomplete", "publish", status=1)


@kind(lambda archive: methods(archive) == {zipfile.ZIP_STORED})
def repaired_from_a_torn_one(desk: Desk) -> Book:
    """Every page of an archive without an index, by `repair`."""
    return repaired(desk, torn(zipped(PAGES, zipfile.ZIP_STORED)))


@kind(lambda archive: "kept-damaged" in {i.comment.decode() for i in archive.infolist()})
def kept_damaged(desk: Desk) -> Book:
    """A page that fails its CRC and can be shown, with a comment that says so."""
    data = bytearray(zipped(PAGES, zipfile.ZIP_STORED))
    at = data.index(PAGES["002.jpg"]) + 200
    data[at] ^= 1
    changed = bytes(data[at - 200 : at - 200 + len(PAGES["002.jpg"])])
    path = desk.folder / "book.cbz"
    path.write_bytes(data)
    desk.run("repair", "--keep-viewable", path, status=1)
    return Book(path, items(PAGES | {"002.jpg": changed}))


@kind(lambda archive: any("/" in name for name in archive.namelist()))
def names_with_folders(desk: Desk) -> Book:
    """Pages in folders, one within the other, as archives of whole series have them."""
    pages = dict(zip(["a.jpg", "v1/1.jpg", "v1/é/2.jpg", "v2/3.jpg"], PAGES.values(), strict=True))
    return repaired(desk, torn(zipped(pages, zipfile.ZIP_STORED)), pages)


@kind(lambda archive: archive.comment == b"scanned by nobody")
def with_a_comment(desk: Desk) -> Book:
    """An archive whose own comment is kept."""
    file = io.BytesIO(zipped(PAGES, zipfile.ZIP_STORED))
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"scanned by nobody"
    data = bytearray(file.getvalue())
    data[data.index(PAGES["002.jpg"]) + 200] ^= 1
    left = {name: page for name, page in PAGES.items() if name != "002.jpg"}
    path = desk.folder / "book.cbz"
    path.write_bytes(data)
    desk.run("repair", path, status=1)
    return Book(path, items(left))


@kind(lambda archive: methods(archive) == {zipfile.ZIP_STORED}, method="stored")
def taken_over_stored(desk: Desk) -> Book:
    """Pages that were stored."""
    return repaired(desk, torn(zipped(PAGES, zipfile.ZIP_STORED)))


@kind(lambda archive: methods(archive) == {zipfile.ZIP_DEFLATED}, method="deflate")
def taken_over_deflated(desk: Desk) -> Book:
    """Pages that were deflated, and stay so."""
    return repaired(desk, torn(zipped(PAGES, zipfile.ZIP_DEFLATED)))


@kind(lambda archive: methods(archive) == {zipfile.ZIP_BZIP2}, method="bzip2")
def taken_over_bzip2(desk: Desk) -> Book:
    """Pages of bzip2."""
    return repaired(desk, torn(zipped(PAGES, zipfile.ZIP_BZIP2)))


@kind(lambda archive: methods(archive) == {zipfile.ZIP_LZMA}, method="LZMA")
def taken_over_lzma(desk: Desk) -> Book:
    """Pages of LZMA, each with an end marker."""
    return repaired(desk, torn(zipped(PAGES, zipfile.ZIP_LZMA)))


@kind(lambda archive: methods(archive) == {93}, method="Zstandard")
def taken_over_zstd(desk: Desk) -> Book:
    """Pages of Zstandard."""
    method = zstd_zipfile.ZIP_ZSTANDARD
    return repaired(desk, torn(zipped(PAGES, method, zstd_zipfile)))
