"""Pages, and archives of them, made by Python's `zipfile` as gallery-dl makes them."""

from __future__ import annotations

import io
import struct
import zipfile

import pictures

COUNT = 6


def wordy(picture):
    """Put a comment of 900 bytes into a JPEG: what has one gets smaller by any compressor."""
    words = b"the same words " * 60
    return picture[:2] + b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words + picture[2:]


def _page(number):
    """Every third page is a JPEG, a PNG, a WebP, as they come from one site."""
    kind = ("webp", "jpg", "png")[number % 3]
    picture = {"jpg": pictures.jpeg, "png": pictures.png, "webp": pictures.webp}[kind]
    data = picture(number, 3_000 + 100 * number)
    return f"book_c001_{number:03}.{kind}", wordy(data) if kind == "jpg" else data


PAGES = dict(_page(number) for number in range(1, COUNT + 1))
NAMES = tuple(PAGES)


def zipped(pages=PAGES, method=zipfile.ZIP_STORED, before=b"", comment=b"", time=(2020, 2, 3)):
    """Give an archive's bytes; `pages` may also be pairs, and `before` is appended to."""
    file = io.BytesIO(before)
    file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file, "a" if before else "w", method) as archive:
        archive.comment = comment
        for name, data in dict(pages).items() if isinstance(pages, dict) else pages:
            info = zipfile.ZipInfo(name, (*time, 4, 5, 6))
            info.compress_type = method
            archive.writestr(info, data)
    return file.getvalue()


class Pipe(io.RawIOBase):
    """A file that cannot seek: `zipfile` then writes data descriptors."""

    def __init__(self):
        self.data = bytearray()

    def writable(self):
        return True

    def seekable(self):
        return False

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def streamed(method=zipfile.ZIP_STORED):
    """Give an archive's bytes with data descriptors behind its pages."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", method) as archive:
        for name, data in PAGES.items():
            archive.writestr(name, data)
    return bytes(pipe.data)


def places(data):
    """Give where each page's local header, data and end are, and where the index begins."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {}
        for info in archive.infolist():
            start = info.header_offset
            name, extra = struct.unpack_from("<2H", data, start + 26)
            begin = start + 30 + name + extra
            found[info.filename] = (start, begin, begin + info.compress_size)
        return found, archive.start_dir


def patched(data, signature, at, form, value):
    """Put a value into every record of a signature, at an offset inside the record."""
    out = bytearray(data)
    place = data.find(signature)
    while place >= 0:
        struct.pack_into(form, out, place + at, value)
        place = data.find(signature, place + 1)
    return bytes(out)
