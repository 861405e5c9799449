"""Which of several pages is saved, which is not, and what is said of those that are lost."""

from __future__ import annotations

import os
import zipfile

import pictures
import pytest
from made_archives import NAMES, PAGES, places, zipped

from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.proof import whole
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import SOURCE_DAMAGED
from cbzsafe.errors import UnreadableArchive
from cbzsafe.model import Code

GOOD, LATER = pictures.jpeg(1, 9_000), pictures.jpeg(2, 9_000)
BROKEN = GOOD[: len(GOOD) // 2] + b"\xff\xd9"


def saved(path, data, **options):
    """Give the pages that are saved of an archive's bytes, by name, and what is lost."""
    path.write_bytes(data)
    found = salvage(path, **options)
    with ArchiveFile(path) as file:
        return {entry.name: whole(file, entry) for entry in found.pages}, found.lost


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.cbz"


def generations(*copies):
    """Append archives to each other, each torn before its index."""
    data = b""
    for copy in copies:
        data = zipped({"1.jpg": copy}, before=data)
        data = data[: data.rfind(b"PK\1\2")]
    return data


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        ((GOOD, LATER), LATER),
        ((LATER, GOOD), GOOD),
        ((GOOD, BROKEN), GOOD),
        ((BROKEN, GOOD), GOOD),
    ],
)
@pytest.mark.parametrize("decode", [True, False])
def test_of_two_copies_the_later_whole_one_is_saved(path, copies, expected, decode):
    """A copy that decodes wins over one that does not, then the later one wins."""
    pages, lost = saved(path, generations(*copies), decode=decode)
    assert pages == {"1.jpg": expected}
    assert lost == ()


def test_a_broken_picture_is_lost_with_its_reason(path):
    """A page whose bytes are proved and are no whole picture is not saved."""
    pages, lost = saved(path, zipped({"1.jpg": BROKEN, "2.jpg": GOOD}))
    assert list(pages) == ["2.jpg"]
    assert [(finding.page, finding.code) for finding in lost] == [("1.jpg", Code.UNDECODABLE_IMAGE)]


def test_without_decoding_the_ends_are_looked_at(path):
    """A page that is cut is not saved even where nothing is decoded."""
    pages, lost = saved(path, zipped({"1.jpg": GOOD[:-50], "2.jpg": BROKEN}), decode=False)
    assert list(pages) == ["2.jpg"]
    assert [finding.code for finding in lost] == [Code.TRUNCATED_IMAGE]


def test_a_page_that_the_site_serves_broken_is_saved_with_its_mark(path):
    """The mark in the comment of an entry survives, and with it the page."""
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("1.jpg")
        info.comment = SOURCE_DAMAGED.encode()
        archive.writestr(info, BROKEN)
    (page,) = salvage(path).pages
    assert page.comment == SOURCE_DAMAGED


def test_headers_inside_a_saved_page_do_not_count(path):
    """An archive that lies in an archive is one page, though its own pages could be proved."""
    inner = zipped()
    torn = zipped({"extra.zip": inner, "9.jpg": GOOD})
    torn = torn[: places(torn)[0]["9.jpg"][1] + 100]
    pages, _ = saved(path, torn)
    assert pages == {"extra.zip": inner}


def test_headers_inside_a_saved_page_do_not_count_where_only_the_index_proves_it(path):
    """The same holds for a page whose own local header is gone."""
    inner = zipped()
    data = bytearray(zipped({"extra.zip": inner, "9.jpg": GOOD}))
    data[:4] = bytes(4)
    pages, _ = saved(path, data)
    assert pages == {"extra.zip": inner, "9.jpg": GOOD}


def test_headers_inside_a_broken_page_count(path):
    """Where the outer page cannot be proved, the pages inside it are saved."""
    data = bytearray(zipped({"extra.zip": zipped()}))
    data[places(bytes(data))[0]["extra.zip"][2] - 3] ^= 1
    pages, lost = saved(path, data)
    assert pages == PAGES
    assert [finding.page for finding in lost] == ["extra.zip"]


def test_an_empty_file_is_saved_only_where_something_follows_it(path):
    """A header without sizes may be that of a killed run, unless the next record follows."""
    data = zipped({"a.txt": b"", "b.txt": b""})
    pages, lost = saved(path, data[: data.find(b"PK\1\2")])
    assert list(pages) == ["a.txt"]
    assert [finding.page for finding in lost] == ["b.txt"]


def test_an_unsafe_name_is_lost_and_not_saved(path):
    """A page that would be written outside its folder is not taken over."""
    pages, lost = saved(path, zipped({"../x.jpg": GOOD, "1.jpg": GOOD}))
    assert list(pages) == ["1.jpg"]
    assert [(finding.page, finding.code) for finding in lost] == [("../x.jpg", Code.UNSAFE_NAME)]


def test_a_page_that_two_names_share_is_saved_under_both(path):
    """The index may name one local header twice: neither name is lost in silence."""
    data = bytearray(zipped({"1.jpg": GOOD, "2.jpg": GOOD}))
    second = data.find(b"PK\1\2", data.find(b"PK\1\2") + 1)
    data[second + 42 : second + 46] = bytes(4)
    pages, lost = saved(path, data)
    assert pages == {"1.jpg": GOOD, "2.jpg": GOOD}
    assert lost == ()


def test_pages_come_in_reading_order(path):
    """The pages stand in natural order, whatever their order in the file."""
    pages, _ = saved(path, zipped([("10.jpg", GOOD), ("9.jpg", LATER), ("a/1.jpg", GOOD)]))
    assert list(pages) == ["9.jpg", "10.jpg", "a/1.jpg"]


def test_what_is_no_archive_is_refused_with_its_kind(path):
    """A file that holds no page at all is not an empty salvage but an error."""
    path.write_bytes(b"<html>gone</html>")
    with pytest.raises(UnreadableArchive, match="HTML"):
        salvage(path)


def test_what_is_no_file_is_refused(path):
    """A pipe is not waited for."""
    os.mkfifo(path)
    with pytest.raises(UnreadableArchive, match="pipe"):
        salvage(path)


def test_headers_made_to_exhaust_are_given_up(path):
    """Thousands of headers that all claim the rest of the file do not take for ever."""
    header = bytearray(zipped({NAMES[0]: GOOD})[: 30 + len(NAMES[0])])
    header[18:26] = (4_000_000).to_bytes(4, "little") * 2
    header[14:18] = b"nope"
    pages, _ = saved(path, bytes(header) * 20_000 + bytes(4_000_000))
    assert pages == {}


def salvaged(path, data, **options):
    path.write_bytes(data)
    return salvage(path, **options)


def test_what_is_not_given_out_is_told_apart(path):
    """Broken pages, older copies with other bytes, and unsafe names have lists of their own."""
    data = bytearray(generations(GOOD, LATER))
    data = zipped({"2.jpg": BROKEN, "3.jpg": GOOD, "p\\4.jpg": GOOD}, before=bytes(data))
    data = bytearray(data)
    data[places(bytes(data))[0]["3.jpg"][1] + 700] ^= 1
    found = salvaged(path, data)
    assert [(entry.name, entry.size) for entry in found.pages] == [("1.jpg", len(LATER))]
    assert [(entry.name, entry.size) for entry in found.superseded] == [("1.jpg", len(GOOD))]
    assert sorted(entry.name for entry in found.broken) == ["2.jpg", "3.jpg"]
    assert [entry.name for entry in found.unsafe] == ["p\\4.jpg"]
    assert {finding.page for finding in found.lost} == {"2.jpg", "3.jpg", "p\\4.jpg"}


def test_the_same_bytes_twice_are_not_superseded(path):
    """An older copy with the same bytes is no loss."""
    assert salvaged(path, generations(GOOD, GOOD)).superseded == ()


@pytest.mark.parametrize("decode", [True, False])
def test_of_copies_that_none_decodes_one_is_given_unless_all_are_decoded(path, decode):
    """Two copies that look whole are not worse than one."""
    other = LATER[: len(LATER) // 2] + b"\xff\xd9"
    pages, lost = saved(path, generations(BROKEN, other), decode=decode)
    assert pages == ({} if decode else {"1.jpg": other})
    assert [finding.page for finding in lost] == (["1.jpg"] if decode else [])


@pytest.mark.parametrize(("name", "page"), [("..\\1.jpg", BROKEN), ("p\\1.jpg", GOOD[:-50])])
def test_a_broken_picture_under_an_unsafe_name_is_lost_for_what_it_is(path, name, page):
    """It is judged by the name that it would get, and told by the one that it has."""
    found = salvaged(path, zipped({name: page, "2.jpg": GOOD}))
    assert (found.unsafe, [finding.page for finding in found.lost]) == ((), [name])
    assert found.lost[0].code in {Code.UNDECODABLE_IMAGE, Code.TRUNCATED_IMAGE}
