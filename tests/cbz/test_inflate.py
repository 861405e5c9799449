"""Compressed pages: whole ones, and those that lie about their size or go on behind their end."""

from __future__ import annotations

import bz2
import lzma
import random
import struct
import tracemalloc
import warnings
import zipfile
import zlib

import pytest
from backports import zstd
from made_archives import PAGES

from cbzsafe.cbz import compress, decoders
from cbzsafe.cbz.entry import Method
from cbzsafe.cbz.inflate import BadDataError, inflate
from cbzsafe.cbz.scan import scan
from cbzsafe.model import Verdict

COMPRESSED = [method for method in Method if method is not Method.STORED]
PAGE = b"".join(PAGES.values())
MIB = 1 << 20


def compressed(method, data=PAGE):
    packer = compress.compressor(method)
    return packer.feed(memoryview(data)) + packer.flush()


def unmarked(data):
    """LZMA data without an end marker, as a `.lzma` file of a known size holds them."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
    coder = lzma.LZMACompressor(lzma.FORMAT_ALONE, filters=filters)
    marked = coder.compress(data) + coder.flush()
    # An end marker is a match of the farthest distance: as much is coded as behind any page.
    for cut in range(1, 12):
        body = marked[13:-cut] + bytes(5)
        known = struct.pack("<BLQ", marked[0], 1 << 16, len(data)) + body
        decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE)
        try:
            if decoder.decompress(known) == data and decoder.eof:
                return b"\x09\x04\5\0" + marked[:5] + body[: len(body) - len(decoder.unused_data)]
        except lzma.LZMAError:
            continue
    raise AssertionError("no end was found")


def pieces(data, step):
    return (memoryview(data[at : at + step]) for at in range(0, len(data), step))


def unpacked(data, method, size, step=1 << 16):
    return b"".join(inflate(pieces(data, step), method, size))


@pytest.mark.parametrize("method", COMPRESSED)
@pytest.mark.parametrize("page", [b"", b"x", PAGE, bytes(MIB + 9)], ids=["none", "x", "all", "0"])
@pytest.mark.parametrize("step", [1, 700, 1 << 20])
def test_a_page_comes_out_whole_in_whatever_pieces_it_is_read(method, page, step):
    """Every method gives a page back, be it empty or large, byte by byte or at once."""
    data = compressed(method, page)
    assert unpacked(data, method, len(page), step) == page


@pytest.mark.parametrize("method", COMPRESSED)
@pytest.mark.parametrize("page", [b"", b"x", PAGE, bytes(MIB)], ids=["none", "x", "all", "0"])
@pytest.mark.parametrize("error", [-1000, -1, 1, 1000])
def test_a_size_that_is_not_the_pages_is_refused(method, page, error):
    """One byte too few or too many in the index, or many, is bad data."""
    if len(page) + error < 0:
        error = 7
    with pytest.raises(BadDataError):
        unpacked(compressed(method, page), method, len(page) + error)


@pytest.mark.parametrize("method", COMPRESSED)
@pytest.mark.parametrize("page", [b"", PAGE], ids=["none", "all"])
@pytest.mark.parametrize("tail", [b"\0", b"PK\3\4", bytes(200_000)], ids=["0", "record", "many"])
def test_bytes_behind_the_end_are_refused(method, page, tail):
    """Compressed bytes that go on behind their own end are bad data, and are not all read."""
    data = compressed(method, page)
    for step in (len(data), 1 << 16):
        with pytest.raises(BadDataError):
            unpacked(data + tail, method, len(page), step)


@pytest.mark.parametrize("method", COMPRESSED)
@pytest.mark.parametrize("size", [0, 5])
def test_no_bytes_are_no_compressed_page(method, size):
    """Compressed data have an end of their own even where the page is empty."""
    with pytest.raises(BadDataError):
        unpacked(b"", method, size)


@pytest.mark.parametrize("method", COMPRESSED)
def test_damage_gives_bad_data_or_the_pages_bytes(method):
    """A cut, flipped or swapped byte raises nothing else, whatever it hits."""
    data, chance = compressed(method), random.Random(7)
    for _ in range(150):
        bad = bytearray(data)
        at = chance.randrange(len(bad))
        bad[at] ^= 1 << chance.randrange(8)
        bad = bad[: chance.choice((len(bad), at))]
        try:
            assert len(unpacked(bytes(bad), method, len(PAGE))) == len(PAGE)
        except BadDataError:
            continue


def bomb(method):
    """A page of 64 MiB of zeros, made piece by piece."""
    packer, block = compress.compressor(method), memoryview(bytes(MIB))
    return b"".join(packer.feed(block) for _ in range(64)) + packer.flush()


@pytest.mark.parametrize("method", COMPRESSED)
def test_a_bomb_takes_no_more_memory_than_it_declares(method):
    """A page of 64 MiB that is declared as 1 kB costs a few blocks, and is bad data."""
    data = bomb(method)
    tracemalloc.start()
    try:
        with pytest.raises(BadDataError):
            unpacked(data, method, 1000)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", COMPRESSED)
def test_a_page_that_is_declared_honestly_comes_in_small_pieces(method):
    """No piece has more than 1 MiB, however well the page is compressed."""
    longest = total = 0
    for piece in inflate(pieces(bomb(method), 1 << 20), method, 64 * MIB):
        longest, total = max(longest, len(piece)), total + len(piece)
    assert (longest, total) == (MIB, 64 * MIB)


def test_lzma_without_an_end_marker_is_read_and_ends_where_it_ends():
    """The marker is optional, and without it a wrong size and a tail are found all the same."""
    page = b"page " * 2000
    data = unmarked(page)
    assert unpacked(data, Method.LZMA, len(page)) == page
    for wrong, size in ((data, len(page) - 1), (data, len(page) + 1), (data + b"\0", len(page))):
        with pytest.raises(BadDataError):
            unpacked(wrong, Method.LZMA, size)


@pytest.mark.parametrize("at", [0, 2, 4, 5, 9])
def test_lzma_with_a_broken_head_is_refused(at):
    """Properties that make no sense, and data that do not begin as LZMA does, are bad data."""
    data = bytearray(compressed(Method.LZMA))
    data[at] = 0xFF
    if at in {0, 5}:  # the version is not looked at, and a larger dictionary does no harm
        assert unpacked(bytes(data), Method.LZMA, len(PAGE)) == PAGE
        return
    with pytest.raises(BadDataError):
        unpacked(bytes(data), Method.LZMA, len(PAGE))


def test_a_second_stream_of_bzip2_is_refused():
    """In a ZIP file other readers stop behind the first, so that the page would be short."""
    with pytest.raises(BadDataError):
        unpacked(bz2.compress(b"one") + bz2.compress(b"two"), Method.BZIP2, 6)


def test_frames_of_zstd_follow_each_other():
    """Several frames are one page, with frames to be skipped before, between and behind them."""
    skipped = struct.pack("<2L", 0x184D2A50, 3) + b"abc"
    data = skipped + zstd.compress(b"one") + skipped + zstd.compress(b"two") + skipped
    for step in (1, 5, 1000):
        assert unpacked(data, Method.ZSTD, 6, step) == b"onetwo"
    with pytest.raises(BadDataError):
        unpacked(data, Method.ZSTD, 5)


def test_zstd_of_frames_without_bytes_is_refused():
    """A page of hundreds of empty frames costs time for nothing, and is bad data."""
    with pytest.raises(BadDataError, match="frames"):
        unpacked(zstd.compress(b"") * (decoders.FRAMES_FREE + 2), Method.ZSTD, 0)


def test_zstd_with_a_window_beyond_bounds_is_refused():
    """A frame that wants more than 128 MiB for what it refers back to is bad data."""
    for log, fits in ((27, True), (28, False)):
        options = {zstd.CompressionParameter.window_log: log}
        coder = zstd.ZstdCompressor(options=options)
        data = coder.compress(b"page") + coder.flush()
        if fits:
            assert unpacked(data, Method.ZSTD, 4) == b"page"
            continue
        with pytest.raises(BadDataError, match="memory"):
            unpacked(data, Method.ZSTD, 4)


def test_zipfile_agrees_on_what_is_unpacked(tmp_path):
    """For each method that `zipfile` writes, its pages are unpacked to what it was given."""
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = tmp_path / f"{method}.cbz"
        with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as archive:
            for name, data in PAGES.items():
                archive.writestr(name, data)
        found = scan(path)
        assert found.verdict is Verdict.SOUND
        assert [entry.crc for entry in found.entries] == [zlib.crc32(p) for p in PAGES.values()]
