"""What cannot be repaired is named for what it is, with what to do."""

from __future__ import annotations

import pictures
import pytest
from made_archives import NAMES, PAGES, patched, zipped
from makers import run
from mending import mended, state

from cbzsafe.model import RepairOutcome

AGAIN = "download the book again."
ANEW = "else pack its pages anew."
FOREIGN = {
    b"Rar!\x1a\x07\x01\x00": f"a RAR file: readers may open it once it is named .cbr, {ANEW}",
    b"%PDF-1.7\n": f"a PDF document: readers may open it once it is named .pdf, {ANEW}",
    b"<html><body>502": f"an HTML page: {AGAIN}",
    b"": f"empty: {AGAIN}",
    bytes(5000): f"nothing but zeros: {AGAIN}",
    b'{"error": 1}': f"JSON: {AGAIN}",
    pictures.jpeg(1, 3000): f"a picture of the kind JPEG: name it .jpg, or {AGAIN}",
    pictures.webp(1, 3000): f"a picture of the kind WEBP: name it .webp, or {AGAIN}",
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.cbz"


def advice(path):
    """Give what is said of a file that is left as it is."""
    before = state(path.parent)
    done = mended(path, tidy=True, keep_viewable=True)
    assert (done.outcome, state(path.parent)) == (RepairOutcome.UNREADABLE, before)
    return done.problem


@pytest.mark.parametrize(("data", "words"), FOREIGN.items(), ids=lambda value: repr(value)[:12])
def test_what_is_no_zip_file_is_named(path, data, words):
    """The sentence says what the file is and what to do with it; the file stays."""
    path.write_bytes(data)
    assert advice(path) == f"The file is no ZIP file but {words}"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("7z", "a", "-t7z"), ("7z", ".cb7")),
        (("bsdtar", "--format", "ustar", "-cf"), ("tar", ".cbt")),
    ],
    ids=["7z", "tar"],
)
def test_archives_of_other_programs_get_the_name_that_readers_know(path, command, words):
    """What holds a book of another format needs no repair but another name."""
    (path.parent / "1.jpg").write_bytes(PAGES[NAMES[0]])
    run([*command, "other", "1.jpg"], path.parent)
    next(path.parent.glob("other*")).replace(path)
    said = advice(path)
    assert all(word in said for word in words)


def test_an_encrypted_archive_needs_its_password(path):
    """Nothing of it can be proved, so that it is left to who knows the password."""
    (path.parent / "1.jpg").write_bytes(PAGES[NAMES[0]])
    run(["zip", "-q", "-P", "x", "book.cbz", "1.jpg"], path.parent)
    assert advice(path) == (
        "The page is encrypted: unpack the archive with its password, and pack the pages anew."
    )


def test_a_compression_that_is_not_known_needs_its_program(path):
    """The sentence names the method."""
    data = zipped({"1.jpg": PAGES[NAMES[0]]})
    path.write_bytes(patched(patched(data, b"PK\1\2", 10, "<H", 99), b"PK\3\4", 8, "<H", 99))
    assert advice(path) == (
        "The page is compressed by method 99, which cannot be read here: unpack the archive with "
        "the program that made it, and pack the pages anew."
    )
