"""Broken pages that are kept, and what --tidy does to names, times, order and dead bytes."""

from __future__ import annotations

import struct
import zipfile

import pictures
import pytest
from damages_index import ended, headers_of
from made_archives import NAMES, PAGES, patched, places, zipped
from mending import codes, mended, pages, state

from cbzsafe.cbz import names
from cbzsafe.cbz.entry import KEPT_DAMAGED, SOURCE_DAMAGED
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.model import Code, RepairOutcome, Verdict

JPEG, PNG, GIF = pictures.jpeg(1, 9000), pictures.png(2, 9000), pictures.gif(1, 900)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.cbz"


def flipped(data, name, by=500):
    """Flip a bit of a page, so that its CRC is wrong and it still decodes."""
    data = bytearray(data)
    data[places(bytes(data))[0][name][1] + by] ^= 1
    return bytes(data)


TWO = {"1.jpg": JPEG, "2.png": PNG}
HALF = zipped(TWO | {"3.jpg": JPEG})[: places(zipped(TWO | {"3.jpg": JPEG}))[0]["3.jpg"][1] + 5000]


@pytest.mark.parametrize(
    ("data", "name", "kept"),
    [
        (flipped(zipped(TWO), "1.jpg", 5000), "1.jpg", JPEG[:5000]),
        (flipped(zipped(TWO, method=8), "1.jpg", 5000), "1.jpg", JPEG[:1000]),
        (HALF, "3.jpg", JPEG[:5000]),
        (zipped(TWO | {"3.jpg": JPEG[:5000]}), "3.jpg", JPEG[:5000]),
    ],
    ids=["flipped", "flipped and compressed", "torn", "cut before it was packed"],
)
def test_a_broken_page_that_can_be_shown_is_kept_if_asked_for(path, data, name, kept):
    """It is marked and reported, the archive is sound with a warning, and else it is lost."""
    path.write_bytes(data)
    other = path.with_name("other.cbz")
    other.write_bytes(data)
    lost = mended(other)
    assert [finding.page for finding in lost.lost] == [name]
    assert name not in pages(other)
    done = mended(path, keep_viewable=True)
    assert (done.kept, done.lost, done.outcome) == ((name,), (), RepairOutcome.PARTLY)
    found = scan(path, Depth.DECODE)
    assert found.verdict is Verdict.SOUND
    assert {f.code for f in found.findings if f.page == name} == {Code.KEPT_DAMAGED}
    assert {e.name for e in found.entries if e.is_doubtful} == {name}
    assert {e.comment for e in found.entries} == {"", KEPT_DAMAGED}
    assert pages(path)[name] != JPEG
    assert pages(path)[name].startswith(kept)
    before = state(path.parent)
    again = mended(path, keep_viewable=True, decode=True)
    assert (again.outcome, state(path.parent)) == (RepairOutcome.SOUND, before)


@pytest.mark.parametrize("name", ["1.jpg", "1.txt"])
def test_what_shows_nothing_is_not_kept(path, name):
    """An error page under a picture's name, and what is no picture by its name, are lost."""
    data = zipped({name: b"<html>" + b"not here " * 200, "2.jpg": JPEG})
    path.write_bytes(flipped(data, name, 100))
    done = mended(path, keep_viewable=True)
    assert (done.kept, [finding.page for finding in done.lost]) == ((), [name])


def test_a_mark_survives_a_later_repair_and_stands_once(path):
    """The marks of broken pages stay in their comments, each word once."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, mark in [("1.jpg", KEPT_DAMAGED), ("2.jpg", f"{SOURCE_DAMAGED} {KEPT_DAMAGED}")]:
            info = zipfile.ZipInfo(name)
            info.comment = mark.encode()
            archive.writestr(info, JPEG[:6000])
    path.write_bytes(flipped(path.read_bytes(), "1.jpg", 3000) + b"behind")
    mended(path, keep_viewable=True)
    marks = {entry.name: entry.comment for entry in scan(path).entries}
    assert marks == {"1.jpg": KEPT_DAMAGED, "2.jpg": f"{SOURCE_DAMAGED} {KEPT_DAMAGED}"}


@pytest.mark.parametrize("word", ["", "named-twice", "not-kept-damaged", "kept damaged"])
def test_only_the_very_marks_make_a_page_doubtful(path, word):
    """Other words in a comment do not send a download after the page."""
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("1.jpg")
        info.comment = word.encode()
        archive.writestr(info, JPEG)
    assert [entry.is_doubtful for entry in scan(path).entries] == [False]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"1.jpg": PNG}, {"1.png": PNG}),
        ({"1.png": JPEG, "1.jpg": PNG}, {"1.1.jpg": JPEG, "1.1.png": PNG}),
        ({"1.JPEG": PNG, "1.png": PNG}, {"1.1.png": PNG, "1.png": PNG}),
        ({"a/1.webp": PNG, "b/1.jpeg": JPEG}, {"a/1.png": PNG, "b/1.jpeg": JPEG}),
        (
            {"1.jpg": pictures.gif(1, 900), "1.txt": PNG},
            {"1.gif": pictures.gif(1, 900), "1.txt": PNG},
        ),
    ],
)
def test_wrong_extensions_are_put_right_if_asked_for(path, given, expected):
    """A picture gets the extension of what it is; a name that is taken gets a number."""
    path.write_bytes(zipped(given))
    before = state(path.parent)
    assert (mended(path).outcome, state(path.parent)) == (RepairOutcome.SOUND, before)
    done = mended(path, tidy=True)
    assert pages(path) == expected
    assert {old: given[old] for old, _ in done.renamed} == {
        old: expected[new] for old, new in done.renamed
    }
    assert (done.recovered, done.outcome) == ((), RepairOutcome.REPAIRED)
    assert mended(path, tidy=True).outcome is RepairOutcome.SOUND


UNSAFE = {
    "../1.jpg": "1.jpg",
    "../../etc/1.jpg": "etc/1.jpg",
    "/1.jpg": "1.jpg",
    "a/../../1.jpg": "a/1.jpg",
    "..\\..\\1.jpg": "1.jpg",
    "p\\1.jpg": "p/1.jpg",
    "C:\\p\\1.jpg": "p/1.jpg",
    "c:1.jpg": "1.jpg",
    "1\n.jpg": "1_.jpg",
    "\x7f1.jpg": "_1.jpg",
    "a/b:/../1.jpg": "a/_/1.jpg",
}


@pytest.mark.parametrize(("bad", "good"), UNSAFE.items())
def test_unsafe_names_are_made_safe_if_asked_for(path, bad, good):
    """Without --tidy such an archive is left with a sentence; with it no name escapes."""
    path.write_bytes(named({bad: JPEG, "zz.png": PNG}))
    before = state(path.parent)
    left = mended(path)
    assert (left.outcome, state(path.parent)) == (RepairOutcome.LEFT, before)
    assert left.problem == "Pages have names that are not safe: --tidy gives them others."
    done = mended(path, tidy=True)
    assert pages(path) == {good: JPEG, "zz.png": PNG}
    assert (done.renamed, done.lost) == (((bad, good),), ())
    assert not any(map(names.is_unsafe, pages(path)))
    assert codes(path) == set()


def named(given):
    """Give an archive with any names: `zipfile` would change some of them."""
    stand_ins = {f"{at:0{len(name.encode())}}": name for at, name in enumerate(given)}
    data = zipped(dict(zip(stand_ins, given.values(), strict=True)))
    for stand_in, name in stand_ins.items():
        for record in (b"PK\3\4", b"PK\1\2"):
            at = data.find(stand_in.encode(), data.find(record))
            data = data[:at] + name.encode() + data[at + len(name.encode()) :]
    return data


def test_other_damage_makes_unsafe_names_safe_without_being_asked(path):
    """A new archive is written anyway, and must not have names that no reader takes."""
    data = named({"..\\1.jpg": JPEG, "/1.jpg": PNG, "3.jpg": JPEG})
    path.write_bytes(flipped(data, "3.jpg"))
    done = mended(path)
    assert pages(path) == {"1.jpg": JPEG, "1.1.jpg": PNG}
    assert [finding.page for finding in done.lost] == ["3.jpg"]
    assert codes(path) == {Code.WRONG_EXTENSION}


def test_a_half_picture_under_an_unsafe_name_is_lost_like_any_other(path):
    """Its new name would make it a page: it must not spoil the archive of the others."""
    path.write_bytes(named({"..\\1.jpg": JPEG[:5000], "2.jpg": JPEG}))
    done = mended(path, tidy=True)
    assert pages(path) == {"2.jpg": JPEG}
    assert [(f.page, f.code) for f in done.lost] == [("..\\1.jpg", Code.TRUNCATED_IMAGE)]


def test_an_unsafe_name_with_a_wrong_extension_is_put_right_at_once(path):
    """Once tidied there is nothing left to tidy."""
    path.write_bytes(named({"p\\1.jpg": PNG}))
    mended(path, tidy=True)
    assert pages(path) == {"p/1.png": PNG}
    assert mended(path, tidy=True).outcome is RepairOutcome.SOUND


def test_folders_as_windows_spells_them_are_no_pages(path):
    """An entry for a folder is left out, be its name closed by a slash or by a backslash."""
    path.write_bytes(named({"p\\": b"", "p\\1.jpg": JPEG, "q/": b"", "q/1.jpg": JPEG}))
    done = mended(path, tidy=True)
    assert pages(path) == {"p/1.jpg": JPEG, "q/1.jpg": JPEG}
    assert done.lost == ()


ODD = {
    Code.INVALID_TIME: patched(patched(zipped(), b"PK\1\2", 14, "<H", 0), b"PK\3\4", 12, "<H", 0),
    Code.ODD_ORDER: ended(zipped()[: places(zipped())[1]], headers_of(zipped())[::-1]),
    Code.DEAD_BYTES: zipped() + struct.pack("<9Q", *range(9)),
}


@pytest.mark.parametrize(("code", "data"), ODD.items())
def test_what_is_only_odd_is_put_right_if_asked_for(path, code, data):
    """Without --tidy the file is sound and stays; with it nothing odd is left."""
    path.write_bytes(data)
    assert codes(path) == {code}
    before = state(path.parent)
    assert (mended(path).outcome, state(path.parent)) == (RepairOutcome.SOUND, before)
    done = mended(path, tidy=True)
    assert (done.outcome, codes(path), pages(path)) == (RepairOutcome.REPAIRED, set(), PAGES)
    assert list(pages(path)) == list(NAMES)
    assert [entry.dos_date for entry in scan(path).entries] == [33] * len(NAMES)


@pytest.mark.parametrize("how", ["torn", "skipped by the index"])
def test_an_unsafe_name_that_no_index_gives_is_found_like_any_other(path, how):
    """A page under a backslash is neither lost in silence nor is its original dropped for it."""
    data = named({"p\\1.jpg": JPEG, "2.png": PNG})
    pages_end = places(data)[1]
    path.write_bytes(
        data[:pages_end] if how == "torn" else ended(data[:pages_end], headers_of(data)[1:])
    )
    done = mended(path, keep_original=False, tidy=True)
    assert pages(path) == {"p/1.jpg": JPEG, "2.png": PNG}
    assert done.renamed == (("p\\1.jpg", "p/1.jpg"),)
