"""Bodies and answers that are meant to cost time, memory or a page: each costs a bounded amount."""

from __future__ import annotations

import gzip
import io
import struct
import zlib

import pictures
import programs
import pytest
from books import report
from bounds import MIB, measured
from PIL import Image
from site_faults import Fault, Page, redirect

ONCE = ("--page-retries", 0, "--repair-rounds", 0)
PEAK = 160 * MIB
"""Bytes that a run may take: an ordinary one has 70 MiB, numpy and Pillow among them."""


def raw(*lines, body=b""):
    """Answer with these very bytes, and close the connection."""

    def act(exchange, _):
        exchange.wfile.write(b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body)
        exchange.close_connection = True

    return Fault("raw", act, None)


def png_bomb(side=30_000):
    """A PNG of zeros, one bit a pixel: PNG (ISO/IEC 15948), 11.2.2."""
    packer = zlib.compressobj(9)
    rows = bytes((side // 8 + 1) * 100)
    data = b"".join(packer.compress(rows) for _ in range(side // 100)) + packer.flush()
    head = struct.pack(">LLBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(pair):
    kind, data = pair
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def gif_bomb(frames):
    """A GIF of the largest canvas there is, and of so many frames of one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b";"


def webp_bomb():
    """A WebP that says of itself that it has 16,383 pixels a side (RFC 9649, 2.5)."""
    body = bytearray(pictures.webp(1))
    body[26:30] = struct.pack("<HH", 16383, 16383)
    return bytes(body)


def tiff_bomb():
    """A TIFF whose directory names itself as the next one, and strips of 4 GiB."""
    tags = [(256, 4, 60_000), (257, 4, 60_000), (258, 3, 8), (259, 3, 1), (262, 3, 1)]
    tags += [(273, 4, 8), (277, 3, 1), (278, 4, 60_000), (279, 4, 0xFFFF_FFFF)]
    entries = b"".join(struct.pack("<HHLL", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<LH", 8, len(tags)) + entries + struct.pack("<L", 8)


def avif_bomb():
    file = io.BytesIO()
    Image.new("L", (64, 64)).save(file, "AVIF")
    body = bytearray(file.getvalue())
    place = body.index(b"ispe") + 8
    body[place : place + 8] = struct.pack(">LL", 65_000, 65_000)
    return bytes(body)


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1e9'><use href='#a'/></svg>"
BOMBS = {
    "png": png_bomb,
    "gif": lambda: gif_bomb(100_000),
    "webp": webp_bomb,
    "tiff": tiff_bomb,
    "avif": avif_bomb,
}


def test_pictures_that_would_fill_the_memory_are_refused(site, workdir, around):
    """Each fails with a sentence, in bounded time and memory; a drawing is not even rendered."""
    made = [Page(f"{kind}.{kind}", make(), f"image/{kind}") for kind, make in BOMBS.items()]
    chapter = site.add_chapter(pages=[*made, Page("1.svg", SVG, "image/svg+xml")])
    done = measured([chapter.url, "--incomplete", "publish", *ONCE], workdir, site.config())
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("is missing: The picture does not decode") == len(BOMBS)
    assert list(programs.pages(around.base / chapter.book).values()) == [SVG]
    assert done.peak < PEAK
    assert done.seconds < 30


def zeros(count):
    """A gzip stream of so many MiB of zeros, itself a thousandth of that."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        packed.write(b"\xff\xd8\xff" + bytes(13))
        for _ in range(count):
            packed.write(bytes(MIB))
    return file.getvalue()


def test_a_body_that_unpacks_without_end_is_cut_off(site, workdir):
    """What `Content-Encoding: gzip` makes of 200 kB counts for the size limit, byte for byte."""
    body = zeros(200)
    chapter = site.add_chapter(pages=1)
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: image/jpeg", b"Content-Encoding: gzip"]
    chapter.pages[0].faults.append(raw(*lines, b"Content-Length: %d" % len(body), body=body))
    done = measured([chapter.url, "--page-limit", "4M", *ONCE], workdir, site.config())
    assert done.returncode == 5
    assert "larger than" in done.stderr
    assert done.peak < PEAK


def test_a_chunked_body_without_end_is_cut_off(site, workdir):
    """No length is needed to refuse what is too large."""

    def act(exchange, _):
        lines = ["HTTP/1.1 200 OK", "Content-Type: image/jpeg", "Transfer-Encoding: chunked"]
        exchange.wfile.write("".join(line + "\r\n" for line in [*lines, ""]).encode())
        portion = b"\xff\xd8\xff" + bytes(99_997)
        for _ in range(10_000):
            exchange.write(b"%x\r\n" % len(portion) + portion + b"\r\n")

    chapter = site.add_chapter(pages=1)
    chapter.pages[0].faults.append(Fault("endless chunks", act, None))
    done = measured([chapter.url, "--page-limit", "4M", *ONCE], workdir, site.config())
    assert done.returncode == 5
    assert "larger than" in done.stderr
    assert done.peak < PEAK


OK = b"HTTP/1.1 200 OK"
JPEG = b"Content-Type: image/jpeg"
FULL = pictures.jpeg(1000)
LIES = {
    "a thousand times too long": raw(OK, JPEG, b"Content-Length: 20000000", body=FULL),
    "too short": raw(OK, JPEG, b"Content-Length: 1000", body=FULL),
    "negative": raw(OK, JPEG, b"Content-Length: -1", body=FULL[:1000]),
    "no number": raw(OK, JPEG, b"Content-Length: many", body=FULL[:1000]),
    "two": raw(OK, JPEG, b"Content-Length: 10", b"Content-Length: 9", body=FULL),
    "a part that nobody asked for": raw(
        b"HTTP/1.1 206 Partial", JPEG, b"Content-Range: bytes 5000-9999/20000", body=FULL[5000:]
    ),
    "a part of nothing": raw(b"HTTP/1.1 206 Partial", JPEG, body=FULL[5000:]),
    "a part that is a lie": raw(
        b"HTTP/1.1 206 Partial", JPEG, b"Content-Range: bytes x-y/z", body=FULL[:5000]
    ),
    "bad chunks": raw(OK, JPEG, b"Transfer-Encoding: chunked", body=b"zz\r\n\xff\xd8\xff"),
    "no gzip": raw(OK, JPEG, b"Content-Encoding: gzip", body=FULL),
    "an unknown encoding": raw(OK, JPEG, b"Content-Encoding: rot13", body=FULL[:5000]),
    "100,000 headers": raw(OK, JPEG, *[b"X-%d: y" % n for n in range(100_000)], body=FULL),
    "a header of 1 MB": raw(OK, JPEG, b"X: " + b"y" * MIB, body=FULL),
    "no HTTP at all": raw(b"\0\xff" * 1000),
    "a bare status": raw(b"HTTP/9.9 99999999999"),
    "a redirect to itself": redirect("/img/comic/1/c001_001.jpg", None),
    "a redirect to a file": redirect("file:///etc/passwd", None),
    "a redirect to a device": redirect("file:///dev/zero", None),
    "a redirect to no address": redirect("http://[::1", None),
    "a redirect to a closed port": redirect("http://127.0.0.1:9/", None),
    "a redirect to gopher": redirect("gopher://127.0.0.1:9/x", None),
}


@pytest.mark.parametrize("resumed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_answers_that_lie_give_no_wrong_page(site, workdir, around, resumed):
    """Each page is the site's own, or published as damaged, or missing: always by name."""
    chapter = site.add_chapter(pages=1 + len(LIES))
    for page, fault in zip(chapter.pages[1:], LIES.values(), strict=True):
        page.faults.append(fault)
    chapter.pages[0].body = FULL
    config = site.config(downloader={"retries": resumed, "timeout": 5})
    args = [chapter.url, "--incomplete", "publish", "--report", "report.json", *ONCE]
    done = measured(args, workdir, config)
    assert done.returncode & 5 == 5
    assert "Traceback" not in done.stderr
    found = programs.pages(around.base / chapter.book)
    (entry,) = report(workdir)["books"]
    assert found[chapter.name(0)] == FULL
    assert set(chapter.expected()) == {*found, *entry["missing"]}
    odd = {name for name, body in found.items() if body != FULL}
    assert odd == {p["page"] for p in entry["problems"] if "damaged at its source" in p["text"]}
    assert done.peak < PEAK


def test_an_answer_that_never_comes_ends_by_itself(site, run, around):
    """A page whose response never begins fails after gallery-dl's timeout, and is named."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[0].faults.append(Fault("silent", lambda exchange, _: exchange.pause(20), None))
    config = site.config(downloader={"timeout": 0.5})
    done = run(chapter.url, *ONCE, config=config)
    assert done.returncode == 5
    assert f"{chapter.name(0)} is missing: HTTPConnectionPool" in done.stderr
    chapter.pages[0].faults.clear()
    assert run(chapter.url).returncode == 0
    assert programs.pages(around.base / chapter.book) == chapter.expected()


def test_a_redirect_to_another_port_brings_only_pages(site, run, around):
    """What another service of this machine answers is no page, and is not published."""
    chapter = site.add_chapter(pages=2)
    page = Page("secret", b"root:x:0:0:root:/root:/bin/sh\n", "text/plain")
    site.add_file("/secret", page)
    chapter.pages[0].faults.append(redirect(f"{site.root}/secret", None))
    done = run(chapter.url, *ONCE, "--incomplete", "publish")
    assert done.returncode & 5 == 5
    assert set(programs.pages(around.base / chapter.book)) == {chapter.name(1)}
