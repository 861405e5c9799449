"""What is called bit rot, and what is not."""

from __future__ import annotations

import os
import time

import pytest
from state_cases import BAD, TORN, flip, found_there, make_archive

from cbzsafe import __version__
from cbzsafe.cbz.pages import Depth
from cbzsafe.library.examine import examine
from cbzsafe.library.rot import bit_rot
from cbzsafe.library.state import Record, State
from cbzsafe.model import ArchiveReport, Code, Condition, Finding
from cbzsafe.progress import Silent

THEN = time.mktime((2026, 3, 5, 12, 0, 0, 0, 0, -1))


def report(*findings, condition=Condition.DAMAGED, **fields):
    return ArchiveReport("/a.cbz", condition, 5, 1000, findings, **fields)


def record(*findings, depth=Depth.PAGES, version=__version__, condition=Condition.SOUND, **fields):
    known = report(*findings, condition=condition, checked=THEN, known=True, **fields)
    return Record(known, depth, version)


def rotten(before, now, depth=Depth.PAGES):
    """Give the pages, or None for the index, of which bit rot is said."""
    return [f.page for f in bit_rot(before, now, depth).findings if f.code is Code.BIT_ROT]


def about(code, page="3.jpg"):
    return Finding(code, "So it is.", page, 100, 200)


@pytest.mark.parametrize("code", [Code.BAD_CRC, Code.BAD_DATA])
def test_a_page_that_was_right_and_is_not_any_more_is_bit_rot(code):
    """The finding has the page's name and bytes, and names the day on which it was right."""
    now = report(about(code))
    found = bit_rot(record(), now, Depth.PAGES)
    assert found.findings[:-1] == now.findings
    last = found.findings[-1]
    assert (last.code, last.page, last.start, last.end) == (Code.BIT_ROT, "3.jpg", 100, 200)
    assert "were right on 2026-03-05" in last.detail
    assert "neither the size nor the time" in last.detail


def test_each_page_has_its_own_finding():
    """Two bad pages, one of them with two findings, are two of bit rot."""
    now = report(BAD, about(Code.BAD_DATA), about(Code.BAD_CRC, "4.jpg"), TORN)
    assert rotten(record(), now) == ["3.jpg", "4.jpg", None]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (None, report(BAD)),
        (record(), report(condition=Condition.SOUND)),
        (record(depth=Depth.STRUCTURE), report(BAD)),
        (record(depth=Depth.ENDS), report(BAD)),
        (record(BAD), report(BAD)),
        (record(about(Code.HEADER_MISMATCH)), report(BAD)),
        (record(about(Code.UNSUPPORTED_COMPRESSION)), report(about(Code.BAD_DATA))),
        (record(about(Code.ORPHANED_PAGES)), report(BAD)),
        (record(about(Code.NO_INDEX, None)), report(BAD)),
        (record(problem="It cannot be read.", condition=Condition.UNREADABLE), report(BAD)),
        (record(), report(problem="It cannot be read.", condition=Condition.UNREADABLE)),
    ],
)
def test_what_the_record_does_not_prove_is_not_called_bit_rot(before, now):
    """Without a look at that page's bytes that found them right, the report stays the very same."""
    assert bit_rot(before, now, Depth.PAGES) is now


@pytest.mark.parametrize(
    "code",
    [
        *(Code.EMPTY_PAGE, Code.NOT_AN_IMAGE, Code.TRUNCATED_IMAGE, Code.UNDECODABLE_IMAGE),
        *(Code.WRONG_EXTENSION, Code.NUMBERING_GAP, Code.DEAD_BYTES, Code.DAMAGED_AT_SOURCE),
        *(Code.UNSUPPORTED_COMPRESSION, Code.INVALID_TIME),
    ],
)
def test_pictures_and_oddities_are_never_bit_rot(code):
    """What another decoder sees otherwise, and what is only odd, proves nothing."""
    now = report(about(code))
    assert bit_rot(record(), now, Depth.DECODE) is now


@pytest.mark.parametrize("code", [Code.TRUNCATED_IMAGE, Code.UNSAFE_NAME, Code.DAMAGED_AT_SOURCE])
def test_a_page_that_was_bad_in_itself_can_still_rot(code):
    """Its CRC was right, so that its bytes are known to be other ones now."""
    assert rotten(record(about(code)), report(BAD)) == ["3.jpg"]


def test_damage_of_another_page_then_does_not_hide_the_rot_of_this_one():
    """Only what the record says of the very page counts against it."""
    assert rotten(record(about(Code.BAD_CRC, "1.jpg")), report(BAD)) == ["3.jpg"]


@pytest.mark.parametrize("code", [Code.NO_INDEX, Code.BAD_INDEX, Code.OVERLAP, Code.NOT_A_ZIP])
def test_an_index_that_broke_is_bit_rot_at_any_depth(code):
    """One finding stands for all that the index shows, with bytes and without a page."""
    now = report(about(code), about(Code.DUPLICATE_NAME), about(Code.ENCRYPTED))
    found = bit_rot(record(depth=Depth.STRUCTURE), now, Depth.STRUCTURE).findings[3:]
    assert [(f.code, f.page, f.start, f.end) for f in found] == [(Code.BIT_ROT, None, 100, 200)]


def test_another_version_may_see_more_in_an_index():
    """Only a record of the same version proves that an index changed; a page needs none."""
    before = record(version="0.0.1")
    assert rotten(before, report(TORN)) == []
    assert rotten(before, report(TORN, BAD)) == ["3.jpg"]


def test_an_index_that_was_broken_before_is_no_news():
    """What the record has already is not bit rot, and what comes to it is."""
    before = record(about(Code.OVERLAP))
    assert rotten(before, report(about(Code.OVERLAP))) == []
    assert rotten(before, report(about(Code.OVERLAP), about(Code.OVERLAP, "4.jpg"))) == [None]
    assert rotten(record(about(Code.NO_INDEX, None)), report(TORN)) == []


def test_bit_rot_stays_said_for_as_long_as_the_damage_is_there():
    """The next check repeats the finding with its first date, unless it reads all right."""
    first = bit_rot(record(), report(BAD, TORN), Depth.PAGES)
    again = Record(first, Depth.PAGES, "0.0.1")
    second = bit_rot(again, report(BAD, TORN), Depth.DECODE)
    assert second.findings == first.findings
    assert rotten(again, report(BAD)) == ["3.jpg"]
    assert rotten(again, report(TORN)) == [None]
    sound = report(condition=Condition.SOUND)
    assert bit_rot(again, sound, Depth.PAGES) is sound


def test_a_flipped_bit_of_a_real_archive_is_told_from_a_written_one(tmp_path):
    """A byte that changed under the same times is bit rot, and in a file written anew it is not."""
    path = tmp_path / "a.cbz"
    make_archive(path)
    at_first = found_there(path)
    with State(tmp_path / "state") as state:
        state.record(at_first, examine(path, Depth.PAGES, Silent()).report, Depth.PAGES)
        flip(path, 500)
        written = state.recall(found_there(path))
        os.utime(path, ns=(at_first.mtime_ns, at_first.mtime_ns))
        rotten = state.recall(found_there(path))
    now = examine(path, Depth.PAGES, Silent()).report
    codes = [f.code for f in bit_rot(rotten, now, Depth.PAGES).findings]
    assert codes == [Code.BAD_CRC, Code.BIT_ROT]
    assert bit_rot(written, now, Depth.PAGES) is now
