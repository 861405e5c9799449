"""What holds for any bytes whatever: asked by the fuzzer, and of what it found once."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import suppress

from cbzsafe.cbz import fields, records
from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.proof import content
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.errors import UnreadableArchive
from cbzsafe.model import Verdict

PARSERS = {
    b"PK\3\4": records.parse_local,
    b"PK\1\2": records.parse_central,
    b"PK\5\6": records.parse_end,
    b"PK\6\6": records.parse_end64,
    b"PK\6\7": records.parse_locator64,
}
KNOWN_TO_ZIPFILE = {0, 8, 12, 14}


def records_hold(data):
    """Parse bytes as each record: nothing but BadRecordError may come of it."""
    for signature, parse in PARSERS.items():
        for candidate in (data, signature + data):
            with suppress(fields.BadRecordError):
                parse(candidate)
    with suppress(fields.BadRecordError):
        fields.decode_name(data[2:], data[0] << 8 if data else 0, fields.extra_fields(data))
    records.descriptors(data)


def archive_holds(path):
    """Scan and salvage a file, hold both against the bytes, and against `zipfile`."""
    found = scan(path, Depth.PAGES)
    with suppress(UnreadableArchive):
        saved_pages_hold(path, found, salvage(path, decode=False))
    if found.verdict is Verdict.SOUND:
        zipfile_agrees(path, found.entries)


def saved_pages_hold(path, found, saved):
    """Each saved page has the CRC and the size that it claims, and no page is forgotten."""
    names = [entry.name for entry in saved.pages]
    lost = {finding.page for finding in saved.lost}
    assert len(names) == len(set(names))
    assert not lost & set(names)
    for entry in found.entries:
        # A backslash at the end of an empty entry is a folder, too.
        folder = entry.is_folder or (not entry.size and entry.name.endswith("\\"))
        assert folder or entry.name in lost or entry.name in names
    with ArchiveFile(path) as file:
        for entry in saved.pages:
            page = b"".join(bytes(piece) for piece in content(file, entry))
            assert (zlib.crc32(page), len(page)) == (entry.crc, entry.size)


def zipfile_agrees(path, entries):
    """What is called sound has the same names and whole pages for Python's own reader."""
    # `zipfile` takes the last end record that it sees, even one inside the archive's comment.
    several = path.read_bytes().count(records.END) > 1
    if several or {entry.method for entry in entries} - KNOWN_TO_ZIPFILE:
        return
    with zipfile.ZipFile(path) as archive:
        theirs = archive.infolist()
        assert archive.testzip() is None
    for entry, info in zip(entries, theirs, strict=True):
        assert (entry.crc, entry.size) == (info.CRC, info.file_size)
        # Not every `zipfile` reads the Unicode Path field.
        assert entry.name == info.filename or b"up" in info.extra
