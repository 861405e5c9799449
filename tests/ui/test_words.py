import os
import time

import pytest

from cbzsafe.ui import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("進撃の巨人 1.cbz", "進撃の巨人 1.cbz"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\tc\x7f\x9b", "a\\nb\\tc\\x7f\\x9b"),
        ("\u202egnp.cbz", "\\u202egnp.cbz"),
        ("\u2028", "\\u2028"),
        (os.fsdecode(b"caf\xe9"), "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_characters_that_a_terminal_would_obey_are_shown_as_escapes(text, expected):
    """Orders, direction marks, line ends and undecodable bytes are shown, and letters are kept."""
    assert words.visible(text) == expected


def test_text_for_json_keeps_all_but_surrogates():
    """Only what UTF-8 cannot hold is replaced, as JSON escapes the rest itself."""
    assert words.valid(os.fsdecode(b"caf\xe9\n\x1b")) == "caf\\xe9\n\x1b"


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_940, "999.9 kB"),
        (999_960, "1.0 MB"),
        (3_400_000, "3.4 MB"),
        (2_000_000_000_000, "2.0 TB"),
    ],
)
def test_sizes_are_in_decimal_units(count, expected):
    """A size never shows a thousand of a unit that has a larger one."""
    assert words.size(count) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0.0 s"),
        (0.34, "0.3 s"),
        (9.94, "9.9 s"),
        (9.97, "10 s"),
        (10.4, "10 s"),
        (59.6, "1 min"),
        (725.0, "12 min 5 s"),
        (3600.0, "1 h"),
        (9605.0, "2 h 40 min"),
        (360_000.0, "100 h"),
    ],
)
def test_a_duration_is_as_exact_as_it_matters(seconds, expected):
    """Tenths are told of short times, and no seconds of hours."""
    assert words.duration(seconds) == expected


def test_a_day_is_the_local_one(monkeypatch):
    """A moment late in the evening belongs to the day that the clock showed."""
    for zone, expected in (("UTC", "2026-11-20"), ("XXX-14", "2026-11-21")):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert words.day(1795217400.0) == expected
    monkeypatch.undo()
    time.tzset()


def test_numbers_that_follow_each_other_are_a_range():
    """Two in a row are a range as well, and none are nothing."""
    assert words.ranges([]) == []
    assert words.ranges([7, 8, 9, 12, 20, 21]) == ["7 to 9", "12", "20 to 21"]


def test_one_thing_is_singular():
    """A count of one takes no s, and any other does."""
    assert [words.counted(number, "page") for number in (0, 1, 2)] == [
        "0 pages",
        "1 page",
        "2 pages",
    ]


def test_a_path_below_the_current_folder_is_said_relative(tmp_path, monkeypatch):
    """A path is said relative to the current folder only where that is shorter."""
    monkeypatch.chdir(tmp_path)
    assert words.near(str(tmp_path / "a" / "b.cbz")) == "a/b.cbz"
    assert words.near("/b.cbz") == "/b.cbz"


def test_a_path_is_said_whole_where_the_current_folder_is_gone(tmp_path, monkeypatch):
    """A removed current folder is no reason to fail."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert words.near("/srv/b.cbz") == "/srv/b.cbz"


def test_a_long_list_ends_in_a_count():
    """Names beyond the limit are counted, and without a limit none is left out."""
    names = ("1.jpg", "2.jpg", "3\n.jpg")
    assert words.listed(names, 2) == "1.jpg, 2.jpg and 1 more"
    assert words.listed(names, None) == "1.jpg, 2.jpg, 3\\n.jpg"
