"""The records of ZIP files, against those that Python's `zipfile` writes and reads."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_archives import NAMES, PAGES, places, streamed, zipped

from cbzsafe.cbz import build, crc, fields, records
from cbzsafe.cbz.entry import Entry

DATA = zipped(comment=b"note")
START = places(DATA)[1]


def test_a_local_header_is_read():
    """All fields of a local header are those that were written."""
    header = records.parse_local(DATA)
    page = PAGES[NAMES[0]]
    assert (header.name, header.method, header.size) == (NAMES[0], 0, len(page))
    assert (header.crc, header.length) == (zlib.crc32(page), 30 + len(NAMES[0]))


def test_a_header_of_the_index_is_read():
    """All fields of a header of the index are those that were written."""
    header = records.parse_central(DATA, START)
    assert (header.name, header.offset, header.comment) == (NAMES[0], 0, "")
    assert header.length == records.central_length(DATA, START)


def test_the_end_record_is_read():
    """Count, size, place and comment are those that were written."""
    place = DATA.rfind(records.END)
    end = records.parse_end(DATA, place)
    assert (end.count, end.directory_offset, end.comment) == (len(NAMES), START, b"note")
    assert place + records.end_length(DATA, place) == len(DATA)


@pytest.mark.parametrize(
    "parse",
    [
        records.parse_local,
        records.parse_central,
        records.parse_end,
        records.parse_end64,
        records.parse_locator64,
    ],
)
@given(data=st.binary(max_size=80))
def test_no_bytes_crash_a_parser(parse, data):
    """Bytes that are no record are refused, and nothing else happens."""
    signatures = {
        "parse_local": records.LOCAL,
        "parse_central": records.CENTRAL,
        "parse_end": records.END,
        "parse_end64": records.END64,
        "parse_locator64": records.LOCATOR64,
    }
    for candidate in (data, signatures[parse.__name__] + data):
        try:
            parse(candidate)
        except fields.BadRecordError:
            assert len(candidate) < 200


def test_all_forms_of_a_descriptor_are_offered():
    """Signed or not, with 32 or 64 bits: the right form is among those that are read."""
    for signature in (records.DESCRIPTOR, b""):
        for form, length in (("<3L", 12), ("<L2Q", 20)):
            data = signature + struct.pack(form, 7, 8, 9)
            found = records.descriptors(data + bytes(8))
            assert records.Descriptor(7, 8, 9, length + len(signature)) in found
    assert b"PK\x07\x08" in streamed()


@pytest.mark.parametrize(
    ("raw", "flags", "extra", "name"),
    [
        (b"a.jpg", 0, {}, "a.jpg"),
        ("ü.jpg".encode(), 1 << 11, {}, "ü.jpg"),
        (b"\x81.jpg", 0, {}, "ü.jpg"),
        ("日本.jpg".encode(), 0, {}, "日本.jpg"),
        ("日本.jpg".encode("cp932"), 0, {}, "ô·û{.jpg"),
    ],
)
def test_names_are_decoded_by_flag_or_as_utf_8_or_as_cp437(raw, flags, extra, name):
    """Without the flag for UTF-8 a name is CP437, unless it is UTF-8 all the same."""
    assert fields.decode_name(raw, flags, extra) == name


def test_a_unicode_path_counts_only_with_its_crc():
    """Info-ZIP's extra field is believed where it belongs to the name that is there."""
    raw = b"__.jpg"
    for name, expected in ((raw, "日本.jpg"), (b"xx.jpg", "xx.jpg")):
        block = b"\1" + struct.pack("<L", zlib.crc32(raw)) + "日本.jpg".encode()
        extra = fields.extra_fields(struct.pack("<2H", 0x7075, len(block)) + block)
        assert fields.decode_name(name, 0, extra) == expected


def test_a_name_that_lies_about_its_encoding_is_refused():
    """Bytes that are no UTF-8, flagged as such, are no record."""
    with pytest.raises(fields.BadRecordError):
        fields.decode_name(b"\xff", 1 << 11, {})


@given(
    st.builds(
        Entry,
        name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
        method=st.sampled_from([0, 8, 12, 14]),
        flags=st.just(fields.FLAG_UTF8),
        crc=st.integers(0, 2**32 - 1),
        compressed_size=st.integers(0, 2**40),
        size=st.integers(0, 2**40),
        header_offset=st.integers(0, 2**40),
        data_offset=st.just(0),
        comment=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        dos_date=st.integers(0, 2**16 - 1),
        dos_time=st.integers(0, 2**16 - 1),
    )
)
def test_what_is_built_is_read_again(entry):
    """Every header that is built parses to the values that it was built from."""
    built = build.central_header(entry)
    central = records.parse_central(built)
    assert central.length == len(built)
    for field in ("name", "method", "flags", "crc", "compressed_size", "size", "comment"):
        assert getattr(central, field) == getattr(entry, field)
    assert central.offset == entry.header_offset
    if entry.compressed_size < 2**32 - 1 or build.is_large(entry.size):
        local = records.parse_local(build.local_header(entry))
        assert (local.size, local.compressed_size) == (entry.size, entry.compressed_size)
        assert local.length == build.local_length(entry.name, entry.size)


@pytest.mark.parametrize("count", [0, 65_534])
def test_an_end_without_zip64_is_understood(count):
    """Up to 65 534 entries need no zip64 records."""
    assert len(build.end_records(count, 9, 9, b"")) == records.END_SIZE
    assert len(build.end_records(count + 65_535, 9, 9, b"")) > records.END_SIZE
    with zipfile.ZipFile(io.BytesIO(build.end_records(0, 0, 0, b"c"))) as archive:
        assert archive.comment == b"c"


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_the_crc_goes_on_piece_by_piece(pieces):
    """In pieces or at once, the CRC is zlib's."""
    value = 0
    for piece in pieces:
        value = crc.crc32(memoryview(piece), value)
    assert value == zlib.crc32(b"".join(pieces))
    assert crc.implementation() in {"isal", "zlib"}
