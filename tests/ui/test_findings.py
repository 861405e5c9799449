import pytest

from cbzsafe.model import Code, Finding
from cbzsafe.ui import findings

PACKED = "The page's bytes are not those that were packed."


def notes(found, verbose=False):
    return [str(note) for note in findings.notes(found, verbose=verbose)]


def test_few_pages_are_told_one_by_one(bad_pages):
    """A finding is its code, its page and its sentence."""
    assert notes(bad_pages(2)) == [
        f"error: bad-crc: 001.jpg: {PACKED}",
        f"error: bad-crc: 002.jpg: {PACKED}",
    ]


def test_many_pages_of_one_code_are_told_together(bad_pages):
    """Two pages are named, the others counted, and the sentence that all share stays."""
    assert notes(bad_pages(3)) != notes(bad_pages(4))
    assert notes(bad_pages(12)) == [
        f"error: bad-crc: 12 pages: 001.jpg, 002.jpg and 10 more: {PACKED}"
    ]


def test_pages_that_are_told_together_may_have_sentences_of_their_own():
    """A sentence that is true of one page is not said of another."""
    found = [Finding(Code.BAD_DATA, f"It fails at {at}.", f"{at}.jpg") for at in range(4)]
    assert notes(found) == ["error: bad-data: 4 pages: 0.jpg, 1.jpg and 2 more"]


def test_a_page_that_is_found_twice_is_one_page():
    """What is counted as pages are pages, not findings."""
    found = [Finding(Code.OVERLAP, "Its bytes are shared.", f"{at % 2}.jpg") for at in range(6)]
    assert notes(found) == ["error: overlap: 2 pages: 0.jpg, 1.jpg: Its bytes are shared."]


def test_verbose_tells_each_finding_with_its_place(bad_pages):
    """Bytes are counted from 0, and the last one that is named belongs to it."""
    assert notes(bad_pages(4), verbose=True)[3] == (
        f"error: bad-crc: 004.jpg, bytes 4,000 to 4,699: {PACKED}"
    )


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, "error: bad-index: It is wrong."),
        (1234, None, "error: bad-index: byte 1,234: It is wrong."),
        (1234, 1234, "error: bad-index: byte 1,234: It is wrong."),
        (1234, 1235, "error: bad-index: byte 1,234: It is wrong."),
        (1234, 5679, "error: bad-index: bytes 1,234 to 5,678: It is wrong."),
    ],
)
def test_a_place_is_said_as_far_as_it_is_known(start, end, expected):
    """One byte, a range, or nothing."""
    found = Finding(Code.BAD_INDEX, "It is wrong.", None, start, end)
    assert notes([found], verbose=True) == [expected]


def test_what_weighs_most_comes_first():
    """Warnings stand behind errors, whatever the order in which they were found."""
    codes = (Code.ODD_ORDER, Code.NO_INDEX, Code.ENCRYPTED, Code.BAD_INDEX)
    told = notes([Finding(code, "So.") for code in codes])
    assert [line.rsplit(":", 1)[0] for line in told] == [
        "error: encrypted",
        "error: no-index",
        "error: bad-index",
        "warning: odd-order",
    ]


def test_no_more_than_ten_are_told(bad_pages):
    """The rest is counted by findings, those that would be told together too."""
    places = tuple(Finding(Code.BAD_INDEX, f"Number {at}.") for at in range(10))
    told = notes(places + bad_pages(31))
    assert told[9:] == ["error: bad-index: Number 9.", "note: and 31 more; -v names them"]
    assert len(notes(places + bad_pages(31), verbose=True)) == 41
    assert len(notes(places)) == 10


def test_names_cannot_break_or_colour_a_line(hostile):
    """A page's name stays on its line, without orders to a terminal, alone or among others."""
    alone = [Finding(Code.BAD_CRC, hostile, hostile)]
    assert all(line.isprintable() for line in notes(alone) + notes(alone * 9))


def test_codes_in_short_are_counted(bad_pages):
    """Each code is named once, with its number where there is more than one."""
    assert findings.codes((Finding(Code.NO_INDEX, "So."), *bad_pages(3))) == "no-index, bad-crc (3)"
