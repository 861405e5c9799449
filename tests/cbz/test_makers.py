"""What a scan says of whole archives of each maker, and of those that a maker writes wrong."""

from __future__ import annotations

import random
import zipfile

import pytest
from made_archives import NAMES, PAGES, Pipe
from makers import EACH, made_by, piped_by

from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.proof import whole
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.model import Code, Verdict


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.cbz"


def contents(path, entries):
    with ArchiveFile(path) as file:
        return {entry.name: whole(file, entry) for entry in entries}


def codes(path, depth=Depth.DECODE):
    return {finding.code for finding in scan(path, depth).findings}


each_maker = pytest.mark.parametrize("maker", EACH, ids=lambda maker: maker.name)


@each_maker
def test_each_maker_writes_what_its_case_says(maker, path):
    """The archive has the methods and the data descriptors for which it stands in the table."""
    path.write_bytes(maker.make())
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    assert {info.compress_type for info in infos} == set(maker.methods)
    assert {bool(info.flag_bits & 8) for info in infos} == {maker.descriptors}


@each_maker
@pytest.mark.parametrize("depth", Depth)
def test_an_archive_of_any_maker_is_sound(maker, depth, path):
    """At every depth the verdict is sound, with only the warnings that are true."""
    path.write_bytes(maker.make())
    found = scan(path, depth)
    assert (found.verdict, codes(path, depth)) == (Verdict.SOUND, maker.odd)


@each_maker
def test_the_pages_of_any_maker_are_read_right(maker, path):
    """Scan and salvage both find each page under its name, with its bytes, in the order."""
    path.write_bytes(maker.make())
    entries, saved = scan(path).entries, salvage(path)
    assert [entry.name for entry in entries] == [entry.name for entry in saved.pages] == [*NAMES]
    assert contents(path, entries) == contents(path, saved.pages) == PAGES
    assert saved.lost == ()


@each_maker
def test_the_pages_of_any_maker_are_found_without_the_index(maker, path):
    """Up to its index alone, an archive is torn, and every page is saved."""
    whole_archive = maker.make()
    path.write_bytes(whole_archive)
    with zipfile.ZipFile(path) as archive:
        start = archive.start_dir
    path.write_bytes(whole_archive[:start])
    assert codes(path) == {Code.NO_INDEX}
    assert contents(path, salvage(path).pages) == PAGES


@pytest.mark.parametrize("broken", [0, 300])
def test_thousands_of_piped_pages_are_found_without_the_index(broken, path):
    """The effort that is spent on finding the ends of pages grows with their bytes alone."""
    pipe, chance = Pipe(), random.Random(1)
    with zipfile.ZipFile(pipe, "w") as archive:
        for number in range(2000):
            archive.writestr(f"{number:04}.txt", chance.randbytes(100))
        data = bytearray(pipe.data)
    for number in range(broken):
        data[data.find(b"%04d.txt" % number) + 20] ^= 1
    path.write_bytes(data)
    assert len(salvage(path).pages) == 2000 - broken


def test_a_zip64_index_that_infozip_pipes_wrong_is_damaged(path):
    """Zip 3.0 puts the offset of its own index wrong here, and every page is saved without it."""
    path.write_bytes(piped_by("zip", "-q", "-fz", "-"))
    assert codes(path) == {Code.BAD_INDEX, Code.HEADER_MISMATCH, Code.DEAD_BYTES}
    assert contents(path, salvage(path).pages) == PAGES


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("zip", "-q", "-P", "secret", "book.cbz"), {Code.ENCRYPTED}),
        (("7z", "a", "-tzip", "-psecret", "-mem=AES256", "book.cbz"), {Code.ENCRYPTED}),
        (("7z", "a", "-tzip", "-mm=Deflate64", "book.cbz"), {Code.UNSUPPORTED_COMPRESSION}),
        (("7z", "a", "-tzip", "-mm=PPMd", "book.cbz"), {Code.UNSUPPORTED_COMPRESSION}),
        (("7z", "a", "-t7z", "book.cbz"), {Code.NOT_A_ZIP}),
        (("bsdtar", "-cf", "book.cbz"), {Code.NOT_A_ZIP}),
    ],
    ids=" ".join,
)
def test_what_cannot_be_proved_is_called_unreadable(command, expected, path):
    """Passwords, rare compressions and other formats are named, and nothing is made of them."""
    path.write_bytes(made_by(*command))
    assert codes(path) == expected
    assert scan(path).verdict is Verdict.UNREADABLE


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (("2.jpg", "1.jpg"), {Code.ODD_ORDER}),
        (("1.jpg", "2.jpg", "4.jpg"), {Code.NUMBERING_GAP}),
        (("1.png", "2.jpg"), {Code.WRONG_EXTENSION}),
        (("1.jpg", "2.jpg"), set()),
    ],
    ids=" ".join,
)
def test_a_warning_is_true_of_what_was_packed(pages, expected, path):
    """Only order, gaps and extensions that the files really had are told of."""
    given = dict.fromkeys(pages, PAGES[NAMES[0]])
    path.write_bytes(made_by("zip", "-q", "book.cbz", pages=given))
    assert codes(path) == expected
