"""The staging folder: what counts as a page in it, and what may leave it."""

from __future__ import annotations

import os

import pictures
import pytest
from open_books import PAGES

from cbzsafe.book import staging as module
from cbzsafe.book.staging import LAST_NAME, Staging, fingerprint, identity, problem, stem

PAGE = PAGES["1.jpg"]


@pytest.fixture
def folder(tmp_path):
    """A staging folder with one page."""
    made = tmp_path / "a"
    made.mkdir()
    (made / "1.jpg").write_bytes(PAGE)
    return made


@pytest.fixture
def staging(folder):
    """The folder, looked at."""
    made = Staging(folder)
    made.look()
    return made


@pytest.mark.parametrize("change", ["another", "longer", "later"])
def test_a_page_that_is_another_file_now_is_not_dropped(staging, folder, change):
    """Device, inode, size and time must be those of the file that was packed."""
    path = folder / "1.jpg"
    packed = identity(path)
    if change == "another":
        path.rename(folder / "old")
        path.write_bytes(PAGE)
        os.utime(path, ns=(0, packed[3]))
    elif change == "longer":
        path.write_bytes(PAGE + b"x")
        os.utime(path, ns=(0, packed[3]))
    else:
        os.utime(path, ns=(0, packed[3] + 1))
    staging.drop("1.jpg", packed)
    assert path.exists()
    staging.drop("1.jpg", identity(path))
    assert not path.exists()


def test_a_page_that_cannot_be_dropped_is_no_error(staging, folder):
    """What is not there any more, or is a folder, is passed over."""
    (folder / "2.jpg").mkdir()
    staging.drop("2.jpg", identity(folder / "2.jpg"))
    staging.drop("none.jpg", (0, 0, 0, 0))
    staging.drop_part("none.jpg")
    assert sorted(os.listdir(folder)) == ["1.jpg", "2.jpg"]


def test_a_part_is_dropped_by_the_name_of_its_page(staging, folder):
    """The page itself stays."""
    (folder / "1.jpg.part").write_bytes(b"half")
    staging.drop_part("1.jpg")
    assert os.listdir(folder) == ["1.jpg"]


def test_the_folder_goes_when_it_is_empty(staging, folder):
    """A file in it keeps it; the bytes that came broken last go with it."""
    staging.close(folder.parent)
    assert folder.exists()
    (folder / "1.jpg").rename(folder / LAST_NAME)
    staging.close(folder.parent)
    assert not folder.exists()
    staging.close(folder.parent)


def test_the_base_and_the_current_folder_stay(tmp_path, monkeypatch):
    """Neither is removed, though it is empty."""
    base, current = tmp_path / "base", tmp_path / "current"
    for made in (base, current):
        made.mkdir()
    monkeypatch.chdir(current)
    Staging(base).close(base)
    Staging(current).close(base)
    assert base.exists()
    assert current.exists()


def test_a_page_is_sound_only_if_it_decodes(staging, folder):
    """A short file, a folder, and nothing at all are no pages."""
    (folder / "2.jpg").write_bytes(PAGE[:1500])
    (folder / "3.jpg").mkdir()
    found = [staging.sound(name) for name in ("1.jpg", "2.jpg", "3.jpg", "4.jpg")]
    assert found == [True, False, False, False]


def test_a_page_is_decoded_once_until_it_changes(staging, folder, monkeypatch):
    """The same file is not read again; another of its name is."""
    asked = []

    def look(path, name, *, whole):
        asked.append((name, whole))
        return problem(path, name, whole=whole)

    monkeypatch.setattr(module, "problem", look)
    assert [staging.sound("1.jpg") for _ in range(3)] == [True] * 3
    assert asked == [("1.jpg", True)]
    (folder / "1.jpg").write_bytes(PAGE[:1500])
    assert not staging.sound("1.jpg")


def test_a_page_that_cannot_be_read_is_not_sound(staging, monkeypatch):
    """An error of the disk is no proof of a page."""

    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module, "problem", fail)
    assert not staging.sound("1.jpg")


def test_pages_of_earlier_processes_are_found_by_their_stem(staging, folder):
    """Siblings have the stem and another extension; what is no picture is none."""
    for name in ("1.png", "1.txt", "1.webp", "2.png"):
        (folder / name).write_bytes(b"x")
    assert staging.siblings("1.jpg") == []
    staging.look()
    assert staging.siblings("1.jpg") == ["1.png", "1.webp"]
    assert staging.siblings("1.png") == ["1.jpg", "1.webp"]
    assert sorted(staging.early()) == ["1.jpg", "1.png", "1.webp", "2.png"]
    assert staging.siblings("3.jpg") == []


def test_a_folder_that_is_not_there_has_no_pages(tmp_path):
    """It is looked at without an error."""
    staging = Staging(tmp_path / "none")
    staging.look()
    assert (staging.early(), staging.sound("1.jpg")) == ([], False)


@pytest.mark.parametrize(("name", "expected"), [("a.b.jpg", "a.b"), ("a", "a"), (".x", ".x")])
def test_a_stem_is_a_name_without_its_extension(name, expected):
    """A name that is all extension, or has none, is its own stem."""
    assert stem(name) == expected


def test_a_fingerprint_is_of_every_byte(tmp_path):
    """CRC and length go over all blocks of a file."""
    path = tmp_path / "page"
    path.write_bytes(b"a" * (1 << 20) + b"b")
    before = fingerprint(path)
    path.write_bytes(b"c" + b"a" * ((1 << 20) - 1) + b"b")
    assert fingerprint(path) != before
    assert fingerprint(path)[1] == (1 << 20) + 1
    path.write_bytes(b"123456789")
    assert fingerprint(path) == (0xCBF43926, 9)


HTML = b"<!DOCTYPE html><html><body>404</body></html>"


@pytest.mark.parametrize(
    ("name", "data", "asked", "expected"),
    [
        ("1.jpg", PAGE, "", None),
        ("1.jpg", PAGE[:1500], "", "ends"),
        ("1.png", PAGE, "", None),
        ("1.mp4", b"", "", "it has no bytes"),
        ("1.mp4", HTML, "", "an HTML page came in its place"),
        ("1.html", HTML, "", None),
        ("1.TXT", HTML, "", None),
        ("1.html", HTML, "mp4", "an HTML page came in its place"),
        ("1.mp4", HTML, "html", None),
        ("1.mp4", b"x" * 5000 + HTML, "", None),
    ],
)
def test_what_came_is_judged_by_what_was_asked_for(tmp_path, name, data, asked, expected):
    """An error page is one unless the site named such a file; a wrong extension is none."""
    path = tmp_path / "came.part"
    path.write_bytes(data)
    found = problem(path, name, whole=False, asked=asked)
    assert found == expected if expected != "ends" else found


def test_only_a_whole_look_decodes(tmp_path):
    """A picture that is right at both ends and broken between them is found when decoded."""
    path = tmp_path / "1.png"
    data = bytearray(pictures.png(1, 9000))
    data[3000:3400] = bytes(400)
    path.write_bytes(data)
    assert problem(path, "1.png", whole=False) is None
    assert problem(path, "1.png", whole=True) is not None
