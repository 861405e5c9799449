"""A book's ComicInfo.xml, as it is laid out from what is staged and what is published."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET
from zlib import crc32

import pictures
import pytest
from open_books import PAGES, archive, fill, opened, take
from PIL import Image

from cbzsafe import comicinfo
from cbzsafe.book.about import About, describe
from cbzsafe.book.parts import Format
from cbzsafe.book.settle import settle, will_write
from cbzsafe.cbz.sources import FilePage

NAME = "ComicInfo.xml"
INFO = {"Title": "T"}
SIDES = {"ImageWidth": "90", "ImageHeight": "140"}


SHORT = """
import resource, sys
from pathlib import Path
from open_books import PAGES, fill, opened
from cbzsafe import images
from cbzsafe.book.about import About
from cbzsafe.book.settle import settle

def made(name):
    book = opened(Path(sys.argv[1], name))
    book.about = About()
    book.about.note({"Title": "T"})
    fill(book, {"1.gif": b"GIF89a;", "2.jpg": PAGES["1.jpg"]})
    return settle(book, publish_incomplete=False)

made("a")  # everything is imported
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (8 << 20),) * 2)  # less than a decoder asks for
report = made("b")
print(report.outcome.value, report.whole, *(problem.text for problem in report.problems))
"""


def marked(data):
    """Put our mark behind any bytes, as anybody could."""
    return data + f"<!-- cbzsafe {crc32(data):08x} -->\n".encode()


def known(book, **info):
    """Let a book know what the site says."""
    book.about = About()
    book.about.note(info or INFO)
    return book


def published(folder, pages, **info):
    """Publish a book of these pages with its description; gives its archive."""
    book = known(opened(folder), **info)
    fill(book, pages)
    settle(book, publish_incomplete=False)
    book.release()
    return book.target


def entries(path):
    with zipfile.ZipFile(path) as held:
        return {entry.filename: held.read(entry) for entry in held.infolist()}


def pages(path):
    """The lines of the pages in a book's description."""
    root = ET.fromstring(entries(path)[NAME])  # noqa: S314 - our own
    return [page.attrib for page in root.iterfind("Pages/Page")]


def noisy(kind, **options):
    """A picture of 90 to 140 pixels that takes some room."""
    data = io.BytesIO()
    Image.effect_noise((90, 140), 90).convert("RGB").save(data, kind, **options)
    return data.getvalue()


def turned():
    """A picture that is to be shown on its side."""
    exif = Image.Exif()
    exif[0x112] = 6
    return noisy("JPEG", exif=exif)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        *(("1.gif", noisy("GIF")), ("1.bmp", noisy("BMP")), ("1.tiff", noisy("TIFF"))),
        *(("1.webp", noisy("WEBP")), ("1.avif", noisy("AVIF")), ("1.jpg", turned())),
        ("1.jpg", noisy("JPEG", icc_profile=bytes(400_000))),
    ],
    ids=["gif", "bmp", "tiff", "webp", "avif", "turned", "behind a profile"],
)
def test_a_picture_has_its_own_width_and_height(tmp_path, name, body):
    """They are those of the pixels in the file, of whatever kind it is, wherever it says them."""
    assert pages(published(tmp_path / "a", {name: body})) == [
        {"Image": "0", "Type": "FrontCover", "ImageSize": str(len(body)), **SIDES}
    ]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("1.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("1.jxl", b"\xff\x0a" + bytes(50)),
        ("1.heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(50)),
    ],
)
def test_a_picture_that_nobody_here_can_look_at_has_its_size(tmp_path, name, body):
    """Width and height are left out, and the page is counted."""
    assert pages(published(tmp_path / "a", {name: body})) == [
        {"Image": "0", "Type": "FrontCover", "ImageSize": str(len(body))}
    ]


def test_a_huge_picture_is_not_read_whole(tmp_path):
    """One of 64 MB that does not tell its size at its beginning goes without it."""
    book = known(opened(tmp_path / "a"))
    path = tmp_path / "1.jpg"
    with path.open("wb") as file:
        file.write(noisy("JPEG", icc_profile=bytes(400_000)))
        file.truncate(64 << 20)
    made = describe(book, book.formats[0], {"1.jpg": FilePage("1.jpg", path)})
    assert b"ImageWidth" not in made.data
    assert b'ImageSize="67108864"' in made.data


def test_a_book_is_published_where_memory_does_not_do_for_its_description(tmp_path):
    """It is whole without the file, the report says so, and the next run adds it."""
    command = [sys.executable, "-c", SHORT, tmp_path]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("published True Memory ran out while ComicInfo.xml was made")
    assert list(entries(tmp_path / "a.cbz")) == [NAME, "1.gif", "2.jpg"]
    assert list(entries(tmp_path / "b.cbz")) == ["1.gif", "2.jpg"]
    assert will_write(known(opened(tmp_path / "b")))


def test_a_page_that_changed_on_its_way_is_described_at_the_next_look(tmp_path):
    """The description is of the file as it was measured; the next run finds the other size."""
    path = published(tmp_path / "a", {"1.jpg": PAGES["1.jpg"]})
    held = entries(path)
    archive(path, {NAME: held[NAME], "1.jpg": pictures.jpeg(9, 9000)})
    book = known(opened(tmp_path / "a"))
    book.claims["1.jpg"] = "u"
    assert settle(book, publish_incomplete=False).outcome.value == "updated"
    assert pages(path)[0]["ImageSize"] == str(len(entries(path)["1.jpg"]))
    assert not will_write(book)


def test_a_part_adds_to_what_is_said_and_the_whole_replaces_it(tmp_path):
    """What was said before counts until every page has been named again."""
    folder = tmp_path / "a"
    names = ("1.jpg", "2.jpg")
    path = published(folder, {name: PAGES[name] for name in names}, Title="Old", Tags="a")
    for claims, said in ((names[:1], {"Tags": "a, b"}), (names, {"Title": "New", "Tags": "b"})):
        book = known(opened(folder), Title="New", Tags="b")
        book.claims.update(dict.fromkeys(claims, "u"))
        settle(book, publish_incomplete=False)
        book.release()
        assert comicinfo.parse(entries(path)[NAME])[0] == said


def test_without_the_option_a_file_of_ours_follows_the_pages_alone(tmp_path):
    """It is laid out anew when a page comes, not else, and none is made."""
    path = published(tmp_path / "a", {"1.jpg": PAGES["1.jpg"]})
    book = opened(tmp_path / "a")
    assert describe(book, book.formats[0], {}) is None
    take(book, "2.jpg", PAGES["2.jpg"])
    settle(book, publish_incomplete=False)
    book.release()
    assert comicinfo.parse(entries(path)[NAME])[0] == INFO
    assert len(pages(path)) == 2
    other = opened(tmp_path / "b")
    fill(other, {"1.jpg": PAGES["1.jpg"]})
    settle(other, publish_incomplete=False)
    assert list(entries(other.target)) == ["1.jpg"]


def test_a_book_of_which_nothing_is_said_has_no_file(tmp_path):
    """Metadata without anything for a reader make no empty description."""
    book = opened(tmp_path / "a")
    book.about = About()
    fill(book, {"1.jpg": PAGES["1.jpg"]})
    settle(book, publish_incomplete=False)
    assert list(entries(book.target)) == ["1.jpg"]


@pytest.mark.parametrize(
    "others",
    [b"<ComicInfo/>", marked(b"<ComicInfo>"), marked(b"<ComicInfo/>" + b" " * (9 << 20))],
    ids=["another's", "broken", "huge"],
)
def test_what_is_none_of_ours_stays(tmp_path, others):
    """Whether a page comes or not, it is neither replaced nor added to."""
    page = {"1.jpg": PAGES["1.jpg"]}
    archive(tmp_path / "a.cbz", page | {NAME: others})
    book = known(opened(tmp_path / "a"))
    assert not will_write(book)
    take(book, "2.jpg", PAGES["2.jpg"])
    settle(book, publish_incomplete=False)
    assert entries(book.target)[NAME] == others
    assert len(entries(book.target)) == 3


def test_a_file_that_the_site_serves_takes_the_place_of_ours(tmp_path):
    """It is a page like any other, and stays in later runs."""
    path = published(tmp_path / "a", {"1.jpg": PAGES["1.jpg"]})
    book = known(opened(tmp_path / "a"), Title="Another")
    take(book, NAME, b"<ComicInfo/>")
    settle(book, publish_incomplete=False)
    book.release()
    assert entries(path) == {NAME: b"<ComicInfo/>", "1.jpg": PAGES["1.jpg"]}
    assert not will_write(known(opened(tmp_path / "a")))


def test_pages_of_a_published_book_are_measured_in_it(tmp_path):
    """A book that was made without a description has its pages' sides all the same."""
    archive(tmp_path / "a.cbz", {"1.jpg": noisy("JPEG"), "2.jpg": PAGES["1.jpg"]})
    book = known(opened(tmp_path / "a"))
    settle(book, publish_incomplete=False)
    assert pages(book.target)[0].items() >= SIDES.items()
    assert len(pages(book.target)) == 2


def test_a_page_that_cannot_be_read_is_counted(tmp_path):
    """A file that went away on its way is told when it is packed; here it has no sides."""
    book = known(opened(tmp_path / "a"))
    made = describe(book, book.formats[0], {"1.jpg": FilePage("1.jpg", tmp_path / "gone.jpg")})
    assert comicinfo.parse(made.data)[1] == (comicinfo.Page(0),)


def test_only_a_cbz_is_described(tmp_path):
    """Another archive of pages is no comic book, a .CBZ is one."""
    for name, described in (("a.zip", False), ("a.CBZ", True)):
        book = known(opened(tmp_path / "a", Format(tmp_path / name)))
        fill(book, {"1.jpg": PAGES["1.jpg"]})
        settle(book, publish_incomplete=False)
        book.release()
        assert (NAME in entries(book.target)) == described


def test_pages_are_described_in_the_order_of_the_archive(tmp_path):
    """Numbers in names count as numbers, and what is no picture is no page."""
    bodies = {"10.jpg": PAGES["1.jpg"], "9.jpg": noisy("JPEG"), "info.json": b"{}"}
    path = published(tmp_path / "a", bodies)
    sizes = [int(page["ImageSize"]) for page in pages(path)]
    assert sizes == [len(bodies["9.jpg"]), len(bodies["10.jpg"])]
    assert list(entries(path)) == [NAME, "info.json", "9.jpg", "10.jpg"]


def test_a_file_that_is_as_it_should_be_is_known_without_a_parser():
    """Each difference, in a text, in the number of pages or in a size, is seen."""
    info = {"Title": "A <b> & \r", "Tags": "x", "GTIN": "9"}
    written = [comicinfo.Page(10, 3, 4), comicinfo.Page(5)]
    data = comicinfo.write(info, written)
    assert comicinfo.says(data, info, [10, 5])
    for other in ({**info, "GTIN": "8"}, {**info, "Year": "1"}, {"Title": "A"}):
        assert not comicinfo.says(data, other, [10, 5])
    for sizes in ([10], [10, 6], [5, 10], [10, 5, 5], []):
        assert not comicinfo.says(data, info, sizes)
    assert comicinfo.says(comicinfo.write(info, []), info, [])
    assert not comicinfo.says(comicinfo.write(info, [replace(written[0], size=1)]), info, [])
