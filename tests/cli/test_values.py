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
