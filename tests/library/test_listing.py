"""Paths from lists: files, standard input, lines and NUL bytes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cbzsafe.errors import UsageError
from cbzsafe.library.listing import expand

CASES = {
    "lines": (b"a.cbz\nb c.cbz\n", ["a.cbz", "b c.cbz"]),
    "no newline at the end": (b"a.cbz\nb.cbz", ["a.cbz", "b.cbz"]),
    "lines of Windows": (b"a.cbz\r\nb.cbz\r\n", ["a.cbz", "b.cbz"]),
    "empty lines": (b"\n\na.cbz\n\r\n", ["a.cbz"]),
    "NUL bytes": (b"a.cbz\0b c.cbz\0", ["a.cbz", "b c.cbz"]),
    "newlines in names": (b"a\n.cbz\0b\r\0", ["a\n.cbz", "b\r"]),
    "one name and a NUL": (b"a\nb.cbz\0", ["a\nb.cbz"]),
    "spaces": (b" a.cbz \n", [" a.cbz "]),
    "not UTF-8": (b"caf\xe9.cbz\n", [os.fsdecode(b"caf\xe9.cbz")]),
    "a dash is a name in a list": (b"-\n", ["-"]),
    "nothing": (b"", []),
}


@pytest.fixture
def standard_input(monkeypatch):
    """Let standard input have bytes."""

    def give(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("how", ["file", "list -", "path -"])
def test_a_list_is_read(tmp_path, standard_input, case, how):
    """A file and standard input give the same paths, a line each or between NUL bytes."""
    data, expected = CASES[case]
    (tmp_path / "list").write_bytes(data)
    standard_input(data)
    if how == "file":
        found = expand([], [os.fspath(tmp_path / "list")])
    else:
        found = expand(["-"], []) if how == "path -" else expand([], ["-"])
    assert found == [Path(name) for name in expected]


def test_paths_come_before_lists_and_a_dash_where_it_stands(tmp_path, standard_input):
    """The order is that of the command line, then that of the lists."""
    (tmp_path / "list").write_bytes(b"4\n5\n")
    standard_input(b"2")
    found = expand(["1", "-", "3"], [os.fspath(tmp_path / "list")])
    assert [path.name for path in found] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none", "No such file or directory"), (".", "Is a directory"), ("none/x", "No such file")],
)
def test_a_list_that_cannot_be_read_is_a_wrong_command_line(tmp_path, monkeypatch, name, reason):
    """The sentence has its name and the reason."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"^The list {name} cannot be read: {reason}"):
        expand([], [name])


@pytest.mark.parametrize(("paths", "lists"), [([""], []), ([], [""])])
def test_an_empty_path_does_not_mean_this_folder(paths, lists):
    """What a variable that is not set leaves in a script is refused."""
    with pytest.raises(UsageError, match=r"^A path is empty\.$"):
        expand(paths, lists)


def test_a_closed_standard_input_is_told(tmp_path):
    """A list that is to be read from it is a wrong command line."""
    command = ["sh", "-c", '"$0" -m cbzsafe check - <&-', sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cbzsafe: Standard input is closed, and no list can be read from it.\n"
