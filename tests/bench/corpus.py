"""The books that are measured: the same in every run, and made quickly.

A picture is noise over soft noise, so that bytes and pixels are in the proportion of a scanned
page. A few dozen are made, and each page is one of them with a comment segment of its own.
"""

from __future__ import annotations

import io
import itertools
import random
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.data import MB
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PICTURES = 36
WIDTH, HEIGHT = 1400, 2000
BYTES = 3 * MB // 4
"""What a picture of that size has as a JPEG, about."""
TIME = (2024, 1, 1, 0, 0, 0)
_GRAIN = 0.07
_SOFT = 8


@lru_cache(maxsize=256)
def picture(seed: int, size: int = BYTES) -> bytes:
    """Make a JPEG of about `size` bytes, with pixels in proportion."""
    scale = (size / BYTES) ** 0.5
    width, height = round(WIDTH * scale), round(HEIGHT * scale)
    noise = random.Random(seed)
    low = (width // _SOFT, height // _SOFT)
    soft = Image.frombytes("RGB", low, noise.randbytes(3 * low[0] * low[1]))
    grain = Image.frombytes("L", (width, height), noise.randbytes(width * height))
    large = soft.resize((width, height), Image.Resampling.BICUBIC)
    return _jpeg(Image.blend(large, grain.convert("RGB"), _GRAIN), quality=80)


@lru_cache(maxsize=8)
def heavy_picture(seed: int) -> bytes:
    """Make a JPEG with the pixels of a page and more than ten times its bytes."""
    noise = random.Random(seed).randbytes(3 * WIDTH * HEIGHT)
    image = Image.frombytes("RGB", (WIDTH, HEIGHT), noise)
    return _jpeg(image, quality=100, subsampling=0)


def _jpeg(image: Image.Image, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def marked(jpeg: bytes, number: int) -> bytes:
    """Put a comment segment behind the start marker, which makes the file differ from others."""
    return jpeg[:2] + b"\xff\xfe\x00\x0a" + f"{number:08}".encode() + jpeg[2:]


def pages(count: int, size: int = BYTES, first: int = 0) -> Iterator[tuple[str, bytes]]:
    """Give so many pages with their names; `first` makes them differ from those of other books."""
    for number in range(count):
        jpeg = picture((first + number) % PICTURES, size)
        yield f"{number + 1:05}.jpg", marked(jpeg, first + number)


def heavy_pages(count: int) -> Iterator[tuple[str, bytes]]:
    """Give so many pages of more than ten times the bytes, with their names."""
    for number in range(count):
        yield f"{number + 1:05}.jpg", marked(heavy_picture(number % 4), number)


def write_book(path: Path, content: Iterator[tuple[str, bytes]]) -> Path:
    """Write a book with Python's zipfile, as gallery-dl does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, body in content:
            archive.writestr(zipfile.ZipInfo(name, TIME), body)
    return path


def write_books(folder: Path, count: int, length: int, size: int = BYTES) -> list[Path]:
    """Write so many books of so many pages."""
    return [
        write_book(folder / f"{number:05}.cbz", pages(length, size, number * length))
        for number in range(count)
    ]


def write_pages(folder: Path, content: Iterator[tuple[str, bytes]]) -> None:
    """Write pages as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in content:
        (folder / name).write_bytes(body)


def tear(book: Path, torn: Path) -> None:
    """Copy a book without its index and without the second half of its last page."""
    with zipfile.ZipFile(book) as archive:
        last = archive.infolist()[-1]
    end = last.header_offset + last.file_size // 2
    copy_start(book, torn, end)


def copy_start(source: Path, target: Path, count: int) -> None:
    """Copy the first `count` bytes of a file."""
    with source.open("rb") as read, target.open("wb") as write:
        for start in range(0, count, MB):
            write.write(read.read(min(MB, count - start)))


def spoil(path: Path) -> None:
    """Change one byte in the middle of a file."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, io.SEEK_CUR)
        file.write(bytes([byte ^ 0x10]))


def warm(paths: Iterator[Path] | list[Path]) -> None:
    """Read files once, so that all contenders find them in the cache."""
    for path in paths:
        with path.open("rb") as file:
            for _ in itertools.takewhile(bool, iter(lambda: file.read(MB), None)):
                pass
