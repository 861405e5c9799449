"""Archives that are meant to cost time or memory, or to write elsewhere: check and repair."""

from __future__ import annotations

import io
import shutil
import struct
import zipfile
import zlib

import pictures
import programs
import pytest
from bounds import MIB, measured

from cbzsafe.cbz import build, records
from cbzsafe.cbz.entry import Entry

PEAK = 100 * MIB
"""Bytes that a command may take over any of these archives; the sound ones take 60 MiB."""


def entry(name, data, size, crc, method=8, offset=0):
    begin = offset + records.LOCAL_SIZE + len(name)
    return Entry(name, method, 0, crc, len(data), size, offset, begin, "", 33, 0)


def single(made, data):
    """An archive of one entry."""
    body, index = build.local_header(made) + data, build.central_header(made)
    return body + index + build.end_records(1, len(index), len(body), b"")


def zeros(name, mebibytes, head=b"", tail=b""):
    """An archive of one page that unpacks to so many MiB of zeros, between two ends."""
    packer, crc = zlib.compressobj(9, zlib.DEFLATED, -15), 0
    pieces, data = [head, *[bytes(MIB)] * mebibytes, tail], []
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
        data.append(packer.compress(piece))
    packed = b"".join(data) + packer.flush()
    return single(entry(name, packed, sum(map(len, pieces)), crc), packed)


def zipped(names, comment=b"", method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for seed, name in enumerate(names):
            made.writestr(zipfile.ZipInfo(name), pictures.jpeg(seed))
        made.comment = comment
    return file.getvalue()


PLAIN = ["001.jpg", "002.jpg"]


def end_says(count=2, size=94, offset=0):
    """A sound archive whose end record claims what it likes."""
    made = zipped(PLAIN)[:-22]
    return made + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, 0)


def zip64_says(count, size, offset):
    """A sound archive behind whose index a Zip64 end record lies (APPNOTE 4.3.14)."""
    made = zipped(PLAIN)
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(made) - 22, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF, 0)
    return made[:-22] + wide + locator + end


def encrypted():
    """A sound archive whose every entry claims to be encrypted (APPNOTE 4.4.4, bit 0)."""
    made = bytearray(zipped(PLAIN))
    for magic, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = made.find(magic)
        while place >= 0:
            made[place + at] |= 1
            place = made.find(magic, place + 1)
    return bytes(made)


HUGE = 2**63 - 1
MADE = {
    "a page of zeros": lambda: zeros("001.jpg", 100),
    "a text of zeros": lambda: zeros("001.txt", 30),
    "a page of zeros with a head": lambda: zeros("001.jpg", 20, b"\xff\xd8\xff", b"\xff\xd9"),
    "an index of 4 GB": lambda: end_says(size=0xFFFF_FFFE),
    "an index behind the end": lambda: end_says(offset=0xFFFF_FFF0),
    "65,534 entries of two": lambda: end_says(count=65_534),
    "Zip64 without end": lambda: zip64_says(HUGE, HUGE, HUGE),
    "Zip64 that wraps around": lambda: zip64_says(2, 2**64 - 1, 2**64 - 1),
    "Zip64 at itself": lambda: zip64_says(2, 94, 0),
    "an end in the comment": lambda: zipped(PLAIN, comment=zipped(["evil.jpg"])),
    "ends without end": lambda: b"PK\5\6" * (MIB // 16),
    "headers without end": lambda: b"PK\3\4" * (MIB // 16),
    "index headers without end": lambda: b"PK\1\2" * (MIB // 16) + zipped(PLAIN)[-22:],
    "descriptors without end": lambda: zipped(PLAIN)[:-22] + b"PK\7\x08" * (MIB // 16),
    "encrypted": encrypted,
    "names that lead out": lambda: zipped(["../../canary/page.jpg", "/etc/x.jpg", "a\\..\\b.jpg"]),
    "a name of 60,000 bytes": lambda: zipped(["x" * 60_000 + ".jpg", "002.jpg"]),
    "names of orders": lambda: zipped(["\x1b[2J.jpg", "\x9b2J\u202e.jpg", "n\nl.jpg"]),
    "an archive in itself": lambda: zipped([*PLAIN, "book.cbz"]),
    "nothing": lambda: b"",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """All of them in one folder, one of them sound."""
    folder = tmp_path_factory.mktemp("library")
    for name, make in MADE.items():
        (folder / f"{name.replace(',', '').replace(' ', '-')}.cbz").write_bytes(make())
    (folder / "sound.cbz").write_bytes(zipped(PLAIN))
    return folder


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["check", "--quick"], marks=pytest.mark.long),
        pytest.param(["check"], marks=pytest.mark.long),
        ["check", "--decode"],
        pytest.param(["repair"], marks=pytest.mark.long),
        ["repair", "--tidy", "--keep-viewable"],
    ],
    ids=" ".join,
)
def test_a_library_of_traps_is_looked_at_in_bounded_time_and_memory(
    library, workdir, around, command
):
    """Every archive gets its verdict, nothing appears elsewhere, no terminal gets an order."""
    place = around.base / "local" / "library"
    shutil.copytree(library, place)
    done = measured([*command, place], workdir, timeout=120)
    text = done.stdout + done.stderr
    assert done.returncode == 2, text
    assert "Traceback" not in text
    assert f"{len(MADE) + 1} archives: " in text
    assert not any(char in text for char in "\x1b\x9b\u202e")
    assert "failed over it" not in text
    assert "/sound.cbz" not in text
    assert done.peak < PEAK
    assert done.seconds < 30
    assert programs.pages(place / "sound.cbz") == programs.pages(library / "sound.cbz")


def test_names_that_lead_out_are_made_safe_by_a_repair(library, workdir, around):
    """`repair --tidy` gives such pages names inside the book, and every page is kept."""
    place = around.base / "local" / "book.cbz"
    place.parent.mkdir()
    shutil.copy(library / "names-that-lead-out.cbz", place)
    assert programs.run_cbzsafe(["repair", "--tidy", place], workdir).returncode == 0
    assert set(programs.pages(place)) == {"canary/page.jpg", "etc/x.jpg", "a/b.jpg"}


@pytest.mark.long
@pytest.mark.parametrize("magic", [b"PK\5\6", b"PK\3\4", b"PK\1\2", b"PK\7\x08", b"PK\6\6"])
@pytest.mark.parametrize("command", ["check", "repair"])
def test_a_hundred_megabytes_of_one_record(workdir, around, magic, command):
    """Time follows the size of the file, whatever record it consists of, and memory does not."""
    path = around.base / "local" / "book.cbz"
    path.parent.mkdir()
    with path.open("wb") as file:
        for _ in range(100):
            file.write(magic * (MIB // 4))
        file.write(zipped(PLAIN))
    done = measured([command, path], workdir, timeout=600)
    assert "Traceback" not in done.stderr
    assert done.peak < PEAK
    assert done.seconds < 240


@pytest.mark.long
def test_more_entries_than_a_plain_index_can_count(workdir, around):
    """70,000 pages are counted, in bounded time and in memory that follows their number."""
    path = around.base / "local" / "book.cbz"
    path.parent.mkdir()
    page = pictures.jpeg(1, 500)
    with zipfile.ZipFile(path, "w") as made:
        for number in range(70_000):
            made.writestr(f"{number:06}.jpg", page)
    done = measured(["check", path], workdir, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "70000" in done.stdout.replace(",", "") + done.stderr
    assert done.peak < 400 * MIB
