"""What a repair says and does beside saving pages: gaps, marks, changes under way, failures."""

from __future__ import annotations

import io
import os
import warnings
import zipfile

import pictures
import pytest
from made_archives import NAMES, PAGES, places, streamed, zipped
from mending import codes, mended, pages, planned, state

from cbzsafe.cbz.repair import Wish, carry_out
from cbzsafe.cbz.scan import scan
from cbzsafe.errors import ArchiveChanged, BookUnavailable, CbzsafeError, PackFailed
from cbzsafe.model import Code, RepairOutcome, Verdict
from cbzsafe.progress import Silent


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.cbz"


def torn(*numbers, data=None):
    """Give an archive without an index, in which these pages have a flipped bit each."""
    data = bytearray(zipped() if data is None else data)
    found, index = places(bytes(data))
    for number in numbers:
        _, begin, end = found[NAMES[number - 1]]
        data[(begin + end) // 2] ^= 1
    return bytes(data[:index])


def without(*numbers):
    return {name: page for at, (name, page) in enumerate(PAGES.items(), 1) if at not in numbers}


@pytest.mark.parametrize("name", ["a.cbz", "sub/a.cbz"])
def test_a_sound_archive_and_its_folder_are_not_touched(tmp_path, name):
    """Where nothing is wrong neither the file nor its folder gets a new time."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zipped())
    before = state(path.parent)
    assert mended(path, tidy=True, keep_viewable=True).outcome is RepairOutcome.SOUND
    assert state(path.parent) == before


@pytest.mark.parametrize("data", [zipped(), streamed()], ids=["stored", "with descriptors"])
def test_a_lost_page_is_named_where_its_header_tells_the_name(path, data):
    """A page whose bytes are not proved is lost by name, and is no gap."""
    path.write_bytes(torn(3, data=data))
    done = mended(path)
    assert [finding.page for finding in done.lost] == [NAMES[2]]
    assert (done.outcome, done.gaps, pages(path)) == (RepairOutcome.PARTLY, (), without(3))
    assert done.recovered == tuple(without(3))


def test_a_page_of_which_nothing_is_left_is_known_by_its_number(path):
    """Where header and bytes are gone, the others' numbers tell that there was a page."""
    data = bytearray(torn())
    start, _, end = places(zipped())[0][NAMES[2]]
    data[start:end] = bytes(end - start)
    path.write_bytes(data)
    done = mended(path)
    assert (done.lost, done.gaps) == ((), (3,))
    assert pages(path) == without(3)


def test_an_archive_of_which_no_page_can_be_proved_is_left(path):
    """Nothing takes its place, and the sentence says what to do."""
    path.write_bytes(torn(*range(1, 7)))
    before = state(path.parent)
    done = mended(path)
    assert (done.outcome, len(done.lost)) == (RepairOutcome.LEFT, 6)
    assert done.problem == "No page of it can be proved: download it again."
    assert state(path.parent) == before


def test_compressed_pages_are_copied_as_they_are(path):
    """A repair does not compress or unpack: each page keeps its method."""
    path.write_bytes(torn(data=zipped(method=zipfile.ZIP_DEFLATED)))
    mended(path)
    before = {info.filename: info.compress_size for info in infos(zipped(method=8))}
    assert {info.filename: info.compress_size for info in infos(path.read_bytes())} == before
    assert {info.compress_type for info in infos(path.read_bytes())} == {zipfile.ZIP_DEFLATED}


def infos(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.infolist()


def test_the_comment_of_the_archive_is_kept(path):
    """What somebody wrote into the archive's comment is in the new one, too."""
    path.write_bytes(zipped(comment=b"scanned by x") + zipped()[:50])
    mended(path, tidy=True)
    assert (scan(path).comment, codes(path)) == (b"scanned by x", set())


class _Meddler(Silent):
    """Does something to the file when the nth piece of work begins."""

    def __init__(self, nth, meddle):
        self.left, self.meddle = nth, meddle

    def start(self, what, total):
        del what, total
        self.left -= 1
        if not self.left:
            self.meddle()


def replace(path):
    """Put another file in the archive's place, as a download does."""
    other = path.with_name("new")
    other.write_bytes(zipped({"1.jpg": PAGES[NAMES[0]]}))
    other.replace(path)


def append(path):
    """Write to the archive in its place, as gallery-dl does."""
    with path.open("ab") as file:
        file.write(b"more")


def relink(path):
    """Put a symbolic link in its place."""
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("meddle", [replace, append, relink])
def test_a_file_that_changes_under_the_writing_is_not_replaced(path, meddle, nth):
    """What another program put there stays, and no temporary and no needless backup is left."""
    path.write_bytes(torn(3))
    old = path.read_bytes()
    ready = planned(path)
    with pytest.raises(CbzsafeError) as raised:
        carry_out(ready, Wish(), _Meddler(nth, lambda: meddle(path)))
    assert raised.type in {ArchiveChanged, PackFailed, BookUnavailable}
    left = sorted(os.listdir(path.parent))
    if meddle is replace:
        assert left == [".book.1.damaged-original", "book.cbz"]
        assert (path.parent / left[0]).read_bytes() == old
        assert list(pages(path)) == ["1.jpg"]
    else:
        assert left == (["book.cbz"] if meddle is append else ["book.cbz", "moved"])
        assert path.read_bytes().startswith(old)


def test_a_plan_for_a_file_that_is_another_now_is_not_carried_out(path):
    """A file that changed behind the plan stays, without a backup."""
    path.write_bytes(torn(3))
    ready = planned(path)
    assert ready.is_current()
    append(path)
    before = state(path.parent)
    assert not ready.is_current()
    with pytest.raises(ArchiveChanged, match="run the same command again"):
        carry_out(ready, Wish(), Silent())
    assert state(path.parent) == before
    path.unlink()
    assert not ready.is_current()


def test_of_copies_that_none_decodes_one_is_kept_as_if_it_were_alone(path):
    """Two copies are not worse than one: the later one that looks whole stays in the book."""
    broken = [pictures.jpeg(seed, 9000)[:4500] + b"\xff\xd9" for seed in (1, 2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        path.write_bytes(zipped([("1.jpg", broken[0]), ("1.jpg", broken[1])]))
    done = mended(path)
    assert (done.lost, pages(path)) == ((), {"1.jpg": broken[1]})
    assert mended(path, decode=True).outcome is RepairOutcome.LEFT


def test_with_decode_a_picture_that_does_not_decode_is_damage(path):
    """A half picture that was closed by an end marker is only found by decoding it."""
    half = pictures.jpeg(1, 9000)[:4500] + b"\xff\xd9"
    path.write_bytes(zipped({"1.jpg": half, "2.jpg": PAGES[NAMES[0]]}))
    assert mended(path).outcome is RepairOutcome.SOUND
    done = mended(path, decode=True)
    assert [(f.page, f.code) for f in done.lost] == [("1.jpg", Code.UNDECODABLE_IMAGE)]
    assert scan(path).verdict is Verdict.SOUND
    assert list(pages(path)) == ["2.jpg"]
