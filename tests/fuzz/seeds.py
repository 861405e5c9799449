"""Small archives of every kind: what the fuzzer starts from."""

from __future__ import annotations

import io
import random
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

from made_archives import Pipe

from cbzsafe.cbz import build, records
from cbzsafe.cbz.entry import Entry
from cbzsafe.cbz.pack import FilePage, Method, pack

GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
PAGES = {"1.gif": GIF, "2.gif": GIF + b"\0", "ü3.txt": b"A" * 40}


def zipped(method=zipfile.ZIP_STORED, before=b"", comment=b"", file=None):
    """Give an archive of `zipfile`'s making."""
    file = file or io.BytesIO(before)
    file.seek(0, io.SEEK_END) if file.seekable() else None
    with zipfile.ZipFile(file, "a" if before else "w", method) as archive:
        archive.comment = comment
        for name, data in PAGES.items():
            archive.writestr(name, data)
    return bytes(file.data) if isinstance(file, Pipe) else file.getvalue()


def packed(method):
    """Give an archive of our own making."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for page, data in PAGES.items():
            (folder / page).write_bytes(data)
        sources = [FilePage(page, folder / page, "note") for page in PAGES]
        return pack(folder / "x.cbz", sources, method=method).path.read_bytes()


def wide():
    """Give a page with zip64 fields everywhere, and a 64-bit data descriptor."""
    crc, size = zlib.crc32(GIF), len(GIF)
    field = struct.pack("<2H2Q", 1, 16, size, size)
    head = struct.pack("<5H3L2H", 45, 8, 0, 0, 33, 0, 0xFFFFFFFF, 0xFFFFFFFF, 5, len(field))
    data = records.LOCAL + head + b"1.gif" + field + GIF
    data += records.DESCRIPTOR + struct.pack("<L2Q", crc, size, size)
    entry = Entry("1.gif", 0, 8, crc, size, size, 0, 0, "", 33, 0)
    index = build.central_header(entry)
    return data + index + build.end_records(70_000, len(index), len(data), b"")


def unicode_path():
    """Give a page whose name stands in the Unicode Path field (4.6.9)."""
    block = b"\1" + struct.pack("<L", zlib.crc32(b"__.gif")) + "日.gif".encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("__.gif")
        info.extra = struct.pack("<2H", 0x7075, len(block)) + block
        archive.writestr(info, GIF)
    return file.getvalue()


def seeds():
    """Give all of them by name."""
    plain = zipped()
    found = {f"packed-{method.name}": packed(method) for method in Method}
    found |= {f"zipped-{method}": zipped(method) for method in (0, 8, 12, 14)}
    found |= {f"streamed-{method}": zipped(method, file=Pipe()) for method in (0, 8)}
    found |= {"wide": wide(), "path": unicode_path(), "comment": zipped(comment=b"PK\5\6" * 9)}
    found |= {"appended": zipped(before=plain[:150]), "head": bytes(50) + plain}
    found |= {"torn": plain[:-60], "tail": plain + random.Random(1).randbytes(50)}
    return found
