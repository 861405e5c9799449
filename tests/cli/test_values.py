"""From what a user wrote to a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from cbzsafe.cli import values
from cbzsafe.settings import Pack

GOOD = [
    (values.one_of(Pack), "asked", Pack.ASKED),
    (values.count, "0", 0),
    (values.count, 3, 3),
    (values.seconds, "0", 0.0),
    (values.seconds, 2, 2.0),
    (values.seconds, "1.5", 1.5),
    (values.deadline, "0.1", 0.1),
    (values.size, "1", 1),
    (values.size, 4096, 4096),
    (values.size, "500M", 500 << 20),
    (values.size, "2g", 2 << 30),
    (values.size, "1.5 KiB", 1536),
    (values.size, "1TB", 1 << 40),
    (values.expression, "extension == 'jpg'", "extension == 'jpg'"),
    (values.expression, "1 is 1", "1 is 1"),
    (values.folder, "not/there/yet", Path("not/there/yet")),
    (values.file, "report.json", Path("report.json")),
    (values.duration, "90", 90.0),
    (values.duration, 90, 90.0),
    (values.duration, "90s", 90.0),
    (values.duration, "10m", 600.0),
    (values.duration, " 2h ", 7200.0),
    (values.duration, "1h30m", 5400.0),
    (values.duration, "1h30m5s", 5405.0),
    (values.duration, "1h5", 3605.0),
    (values.duration, "0.5s", 0.5),
    (values.duration, "1.5h", 5400.0),
    (values.duration, "0h1m", 60.0),
    (values.part, "1/1", (1, 1)),
    (values.part, "3/7", (3, 7)),
    (values.part, "999999/999999", (999_999, 999_999)),
]

BAD = [
    (values.one_of(Pack), ["", "Always", "sometimes", 1, None, []]),
    (values.count, ["", "-1", -1, "1.5", 1.5, "two", True, "1_0", "²", []]),
    (values.seconds, ["", "-1", -0.5, "nan", "inf", "soon", True, [], 10**400]),
    (values.deadline, ["0", 0, -1, "nan"]),
    (values.size, ["", "0", 0, "-1", "M", "1X", "1.5.5M", True, None, "0.1", "٣"]),
    (values.expression, ["", "extension ==", "a = 1", "a\0b", 1, ["a"], "(" * 5000]),
    (values.folder, ["", "a\0b", 1, None]),
    (values.file, ["", "a\0b", 1, None]),
    (values.duration, ["", "0", 0, "0s", "-1", "10 m", "10d", "m", "h1", "1m1h", "1.m", "inf"]),
    (values.duration, ["10M", "٣m", "1e3", "1,5h", True, None, "1h 30m"]),
    (values.part, ["", "0/7", "8/7", "3", "3/", "/7", "3/7/9", "-3/7", "+3/7", "3/0", "0/0"]),
    (values.part, ["3 / 7", " 3/7", "1.5/7", "٣/7", "1/1000000", None, 0.5, (3, 7)]),
]


@pytest.mark.parametrize(("parse", "raw", "value"), GOOD)
def test_a_right_value_is_taken(parse, raw, value):
    """Text and numbers that mean something become that value."""
    assert parse(raw) == value


@pytest.mark.parametrize(("parse", "raw"), [(parse, raw) for parse, raws in BAD for raw in raws])
def test_a_wrong_value_is_refused_and_named(parse, raw):
    """What means nothing is refused with a reason that shows it, or the start of it."""
    with pytest.raises(ValueError, match=r"\S+ is (no|none|a) ") as caught:
        parse(raw)
    assert repr(raw)[:20] in str(caught.value)


def test_a_folder_is_no_file_and_a_file_is_no_folder(tmp_path):
    """What stands at a path already must be of the right kind."""
    file = tmp_path / "file"
    file.touch()
    assert values.folder(str(tmp_path)) == tmp_path
    assert values.file(str(file)) == file
    with pytest.raises(ValueError, match="is a folder"):
        values.file(str(tmp_path))
    with pytest.raises(ValueError, match="is no folder"):
        values.folder(str(file))
