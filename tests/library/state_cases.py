"""Archives as they are found and reported, for the tests of the record."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pictures

from cbzsafe.library.find import Found
from cbzsafe.model import ArchiveReport, Code, Condition, Finding

BAD = Finding(Code.BAD_CRC, "Other bytes.", "3.jpg", 100, 200)
TORN = Finding(Code.BAD_INDEX, "Out of place.", None, 900, 950)
CUT = Finding(Code.TRUNCATED_IMAGE, "It breaks off.", "4.jpg", 300, 400)
UNREAD = "It cannot be opened."


def found(path="/books/a.cbz", size=1000, mtime_ns=1_700_000_000_123_456_789, inode=17):
    return Found(Path(path), size, mtime_ns, inode, "a.cbz")


def found_there(path):
    status = path.stat()
    return found(path, status.st_size, status.st_mtime_ns, status.st_ino)


def report(*findings, condition=None, checked=1e9, path="/books/a.cbz", **fields):
    if condition is None:
        condition = Condition.DAMAGED if findings else Condition.SOUND
    return ArchiveReport(path, condition, 5, 1000, findings, checked=checked, **fields)


def unread(checked=1e9):
    return report(condition=Condition.UNREADABLE, checked=checked, problem=UNREAD)


def make_archive(path):
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1, 4):
            archive.writestr(f"{number}.jpg", pictures.jpeg(number, 3_000))


def flip(path, offset):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
