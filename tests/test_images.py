"""Whole pictures pass, broken ones do not, and what is unsure is let through."""

from __future__ import annotations

import io
import random
import struct
import sys
import threading
import warnings
import zlib

import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cbzsafe import images
from cbzsafe.images import pillow
from cbzsafe.model import Code

MAKERS = {
    "jpg": pictures.jpeg,
    "png": pictures.png,
    "gif": pictures.gif,
    "webp": pictures.webp,
}


def saved(form, mode="RGB", size=(120, 90), **options):
    """A noisy picture in one of Pillow's formats."""
    noise = random.Random(form).randbytes(size[0] * size[1] * len(mode))
    file = io.BytesIO()
    Image.frombytes(mode, size, noise).save(file, form, **options)
    return file.getvalue()


WHOLE = {
    **{name: maker(3, 30_000) for name, maker in MAKERS.items()},
    "avif": saved("AVIF"),
    "bmp": saved("BMP"),
    "tif": saved("TIFF"),
    "jp2": saved("JPEG2000"),
    "jpeg": saved("JPEG", progressive=True),
    "jpe": saved("JPEG", "CMYK"),
    "jfif": saved("JPEG", "L"),
    "apng": saved("PNG", "RGBA", save_all=True, append_images=[Image.new("RGBA", (120, 90))]),
}


def codes(*findings):
    return [finding.code for finding in findings if finding is not None]


def looked(name, data):
    return images.quick(name, data[:4096], data[-4096:], len(data))


@pytest.mark.parametrize("extension", WHOLE)
def test_a_whole_picture_passes(extension):
    """Every kind passes both looks, and has nothing to say of its own extension."""
    data = WHOLE[extension]
    name = f"1.{extension}"
    assert images.is_page(name)
    assert codes(looked(name, data), images.decode(name, data)) == []


@pytest.mark.parametrize("extension", WHOLE)
def test_a_picture_that_is_cut_is_seen_by_decoding(extension):
    """Wherever it is cut, a picture does not decode whole."""
    data, name = WHOLE[extension], f"1.{extension}"
    for share in (0.3, 0.6, 0.9):
        found = images.decode(name, data[: int(len(data) * share)])
        assert codes(found)[0] in {Code.TRUNCATED_IMAGE, Code.UNDECODABLE_IMAGE}


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "bmp", "jp2"])
def test_a_picture_that_is_cut_is_seen_by_its_end(extension):
    """The usual damage of a download is seen without decoding."""
    data, name = WHOLE[extension], f"1.{extension}"
    for cut in (100, len(data) // 2):
        assert codes(looked(name, data[:-cut])) == [Code.TRUNCATED_IMAGE]


@pytest.mark.parametrize("extension", ["jpg", "png", "gif", "webp"])
@pytest.mark.parametrize(
    "garbage", [b"\0" * 9_000, b"\r\n", b"<!-- served by x -->" * 400, b"PK\5\6" + bytes(18)]
)
def test_garbage_behind_a_whole_picture_is_let_pass(extension, garbage):
    """Viewers do not look behind the end, so that neither look may complain."""
    data, name = WHOLE[extension] + garbage, f"1.{extension}"
    assert codes(looked(name, data), images.decode(name, data)) == []


def test_a_film_behind_a_photograph_is_let_pass():
    """Megabytes behind the end marker, as phones add them, are no truncation."""
    film = random.Random(1).randbytes(100_000)
    data = WHOLE["jpg"] + film.replace(b"\xff\xd9", b"\xff\xfe")
    assert codes(looked("1.jpg", data), images.decode("1.jpg", data)) == []


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"<!DOCTYPE html>\n<html><body>404", "HTML"),
        (b"\xef\xbb\xbf  <HTML>", "HTML"),
        (b"<?xml version='1.0'?><Error/>", "XML"),
        (b'{"error": "rate limited"}', "JSON"),
        (b"Too many requests", "text"),
        (bytes(10_000), "zeros"),
        (b"PK\3\4" + bytes(99), "ZIP"),
        (b"%PDF-1.4", "PDF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", "MP4"),
        (b"\x91\x92\x93" * 99, "no kind"),
    ],
)
def test_what_is_no_picture_is_named(data, word):
    """A page that is something else is an error that says what it is."""
    for found in (looked("1.jpg", data), images.decode("1.jpg", data)):
        assert codes(found) == [Code.NOT_AN_IMAGE]
        assert word in found.detail


def test_a_page_without_bytes_is_empty():
    """No bytes are an error of their own."""
    assert codes(looked("1.jpg", b""), images.decode("1.jpg", b"")) == [Code.EMPTY_PAGE] * 2


@pytest.mark.parametrize(
    ("name", "extension", "expected"),
    [
        ("1.jpg", "png", [Code.WRONG_EXTENSION]),
        ("1.png", "webp", [Code.WRONG_EXTENSION]),
        ("1.JPG", "jpeg", []),
        ("1.jfif", "jpg", []),
        ("1.tiff", "tif", []),
    ],
)
def test_a_wrong_extension_is_a_warning(name, extension, expected):
    """A picture of another kind than its extension says is odd, and an error wins over that."""
    data = WHOLE[extension]
    assert codes(images.decode(name, data)) == expected
    if expected:
        assert codes(looked(name, data[:-200])) == [Code.TRUNCATED_IMAGE]


def test_kinds_that_nothing_decodes_are_let_pass():
    """An SVG, a JPEG XL and a HEIC picture are looked at as far as their boxes go."""
    heic = struct.pack(">L4s4sL4s", 20, b"ftyp", b"heic", 0, b"mif1")
    heic += struct.pack(">L4s", 1000, b"mdat") + bytes(992)
    for name, data in (
        ("1.svg", b"<?xml version='1.0'?><svg xmlns='x'/>"),
        ("1.jxl", b"\xff\x0a" + bytes(50)),
        ("1.heic", heic),
    ):
        assert codes(images.decode(name, data)) == []
    assert codes(images.decode("1.heic", heic[:-5])) == [Code.TRUNCATED_IMAGE]


def test_half_a_jpeg_closed_by_an_end_marker_is_seen():
    """What Pillow passes, simplejpeg does not."""
    data = WHOLE["jpg"]
    for half in (data[: len(data) // 2], WHOLE["jpeg"][:4_000]):
        assert codes(images.decode("1.jpg", half + b"\xff\xd9")) == [Code.UNDECODABLE_IMAGE]


def test_padding_before_the_end_marker_is_harmless():
    """A few bytes that some encoders leave before the end marker are no damage."""
    data = WHOLE["jpg"][:-2] + b"\0\0\xff\xd9"
    assert codes(images.decode("1.jpg", data)) == []


def test_a_jpeg_with_a_zeroed_tail_is_seen():
    """What a power cut leaves does not decode."""
    data = WHOLE["jpg"]
    zeroed = data[:-20_000] + bytes(20_000)
    assert codes(images.decode("1.jpg", zeroed)) in (
        [Code.TRUNCATED_IMAGE],
        [Code.UNDECODABLE_IMAGE],
    )


def test_a_flipped_byte_in_a_png_is_seen():
    """Every needed chunk of a PNG is held against its CRC."""
    data = bytearray(WHOLE["png"])
    data[len(data) // 2] ^= 1
    assert codes(images.decode("1.png", bytes(data))) == [Code.UNDECODABLE_IMAGE]


def test_a_decompression_bomb_is_not_decoded():
    """A picture of a billion pixels is refused by what its header says."""
    png = bytearray(WHOLE["png"])
    struct.pack_into(">2L", png, 16, 40_000, 30_000)
    struct.pack_into(">L", png, 29, zlib.crc32(png[12:29]))
    assert "bomb" in images.decode("1.png", bytes(png)).detail
    jpeg = bytearray(WHOLE["jpg"])
    place = jpeg.find(b"\xff\xc0")
    jpeg[place + 5 : place + 9] = b"\xff\xf0\xff\xf0"
    assert codes(images.decode("1.jpg", bytes(jpeg))) == [Code.UNDECODABLE_IMAGE]


def test_a_broken_frame_of_an_animation_is_seen():
    """Every frame is decoded, not the first alone."""
    frames = [Image.effect_noise((90, 90), sigma) for sigma in (30, 60, 90)]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    data = bytearray(file.getvalue())
    assert codes(images.decode("1.webp", bytes(data))) == []
    last = data.rfind(b"VP8L")
    data[last + 8 : last + 40] = bytes(32)
    assert codes(images.decode("1.webp", bytes(data))) == [Code.UNDECODABLE_IMAGE]


def test_pictures_are_decoded_in_threads_without_a_warning():
    """Many threads agree with one, and no warning comes out of any."""
    large = io.BytesIO()
    Image.new("1", (12_000, 9_000)).save(large, "PNG")
    pages = [*WHOLE.items(), ("png", large.getvalue()), ("jpg", WHOLE["jpg"][:9_000])]
    expected = [codes(images.decode(f"1.{name}", data)) for name, data in pages]
    results = []

    def work():
        results.append([codes(images.decode(f"1.{name}", data)) for name, data in pages])

    filters = list(warnings.filters)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4
    assert warnings.filters == filters
    assert pillow._quiet._inside == 0


@pytest.mark.parametrize("extension", ["jpg", "png", "gif", "bmp", "tif"])
def test_half_a_picture_can_still_be_shown(extension):
    """A viewer shows what there is of a broken picture, and nothing of a mere header."""
    data = WHOLE[extension]
    assert images.viewable(data)
    if extension != "tif":
        assert images.viewable(data[: len(data) // 2])
        assert not images.viewable(data[:30])


@pytest.mark.parametrize("data", [b"", b"<html>", bytes(9_000), b"\xff\xd8\xff" + bytes(9_000)])
def test_what_is_no_picture_cannot_be_shown(data):
    """Other bytes show nothing."""
    assert not images.viewable(data)


def test_a_file_is_looked_at_under_the_name_of_its_page(tmp_path):
    """The page's name decides, at both depths, and other files are let through."""
    path = tmp_path / "download"
    path.write_bytes(WHOLE["jpg"][: len(WHOLE["jpg"]) // 2] + b"\xff\xd9")
    assert images.check_file(path) is None
    assert images.check_file(path, "1.jpg") is None
    assert codes(images.check_file(path, "1.jpg", whole=True)) == [Code.UNDECODABLE_IMAGE]
    with pytest.raises(FileNotFoundError):
        images.check_file(tmp_path / "none.jpg")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1.jpg", True),
        ("a/b/1.JPEG", True),
        ("x.avif", True),
        ("x.jxl", True),
        ("ComicInfo.xml", False),
        ("jpg", False),
        (".hidden.jpg", False),
        ("__MACOSX/a/1.jpg", False),
        ("a/._1.jpg", False),
        ("film.mp4", False),
        ("folder.jpg/readme", False),
    ],
)
def test_pages_are_told_by_their_extension(name, expected):
    """A page is what comic readers show, and not what systems add beside it."""
    assert images.is_page(name) is expected


def test_checks_without_simplejpeg_are_called_weaker(monkeypatch):
    """Where simplejpeg is missing Pillow decodes, and a sentence says what that misses."""
    assert images.weaker() == ()
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    data = WHOLE["jpg"]
    assert codes(images.decode("1.jpg", data)) == []
    assert codes(images.decode("1.jpg", data[:9_000])) == [Code.TRUNCATED_IMAGE]
    assert ["simplejpeg" in sentence for sentence in images.weaker()] == [True]


@given(st.sampled_from(sorted(WHOLE)), st.binary(max_size=64), st.floats(0, 1))
def test_no_bytes_make_a_look_fail(extension, noise, share):
    """Whatever is written over a picture, both looks end with a finding or none."""
    data = bytearray(WHOLE[extension])
    at = int(share * (len(data) - len(noise)))
    data[at : at + len(noise)] = noise
    name = f"1.{extension}"
    for found in (looked(name, bytes(data)), images.decode(name, bytes(data))):
        assert found is None or found.page == name
