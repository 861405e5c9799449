"""Which archives of a library are looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from disks import PLAIN_USER
from hypothesis import given
from hypothesis import strategies as st

from cbzsafe.cbz import names
from cbzsafe.library.find import Finder, Wanted


def find(*paths, **wanted):
    """Give the paths that are found, and what is said of the others."""
    finder = Finder(Wanted(**wanted))
    found = list(finder.find(paths))
    return found, [problem.text for problem in finder.problems]


def keys(*paths, **wanted):
    found, problems = find(*paths, **wanted)
    assert problems == []
    return [one.key for one in found]


def make(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"x" * len(path))


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    make(folder, "b.cbz", "a/2.cbz", "a/1.cbz", "a/x/deep.CBZ", "c/3.zip", "c/notes.txt", "c/4.cbz")
    return folder


def test_folders_are_walked_in_the_order_of_names(library):
    """Files and folders come mixed, each by its name, and only archives."""
    assert keys(library) == ["a/1.cbz", "a/2.cbz", "a/x/deep.CBZ", "b.cbz", "c/4.cbz"]


def test_what_is_found_is_as_the_file_is(library):
    """Path, size, time and inode are those of the file."""
    (one,), _ = find(library / "b.cbz")
    status = (library / "b.cbz").stat()
    assert (one.path, one.key) == (library / "b.cbz", "b.cbz")
    assert (one.size, one.mtime_ns, one.inode) == (5, status.st_mtime_ns, status.st_ino)


def test_paths_are_made_absolute_and_come_in_their_order(library, monkeypatch):
    """The order of the command line is kept, wherever it was typed."""
    monkeypatch.chdir(library)
    found, _ = find(Path("b.cbz"), Path("c"), Path("a/../a"))
    assert [os.fspath(one.path.relative_to(library)) for one in found] == [
        *("b.cbz", "c/4.cbz", "a/1.cbz", "a/2.cbz", "a/x/deep.CBZ"),
    ]


def test_symbolic_links_in_folders_are_not_followed(library):
    """Neither files nor folders nor a circle are, while a link that is named is taken."""
    (library / "link.cbz").symlink_to("b.cbz")
    (library / "folder").symlink_to("a")
    (library / "round").symlink_to(".")
    (library / "nowhere.cbz").symlink_to("none")
    assert len(keys(library)) == 5
    assert keys(library / "link.cbz") == ["link.cbz"]
    assert keys(library / "folder") == ["1.cbz", "2.cbz", "x/deep.CBZ"]


def test_what_is_hidden_is_left_out(library):
    """Names with a dot first, ours among them, are no archives, nor are what is in such folders."""
    prefix = names.prefix_for(library / "b.cbz")
    make(library, ".h.cbz", ".d/e.cbz", f"{prefix}0.part", ".b.1.damaged-original", "b.1.cbz.part")
    assert len(keys(library)) == 5
    assert keys(library, globs=("*",), zips=True)[-3:] == ["c/3.zip", "c/4.cbz", "c/notes.txt"]


def test_only_regular_files_are_archives(library):
    """A folder of that name is walked, and a pipe is passed over."""
    make(library, "d.cbz/in.cbz")
    os.mkfifo(library / "pipe.cbz")
    assert keys(library)[-2:] == ["c/4.cbz", "d.cbz/in.cbz"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"zips": True}, ["a/1.cbz", "a/2.cbz", "a/x/deep.CBZ", "b.cbz", "c/3.zip", "c/4.cbz"]),
        ({"globs": ("?.cbz",)}, ["a/1.cbz", "a/2.cbz", "b.cbz", "c/4.cbz"]),
        ({"globs": ("*.zip", "d*")}, ["a/x/deep.CBZ", "c/3.zip"]),
        ({"globs": ("*.txt",), "zips": True}, ["c/notes.txt"]),
        ({"exclude": ("a",)}, ["b.cbz", "c/4.cbz"]),
        ({"exclude": ("x",)}, ["a/1.cbz", "a/2.cbz", "b.cbz", "c/4.cbz"]),
        ({"exclude": ("a/x",)}, ["a/1.cbz", "a/2.cbz", "b.cbz", "c/4.cbz"]),
        ({"exclude": ("a/?.cbz", "b.*")}, ["a/x/deep.CBZ", "c/4.cbz"]),
        ({"exclude": ("[12].cbz", "*.CBZ")}, ["b.cbz", "c/4.cbz"]),
        ({"exclude": ("library", "B.cbz", "./b.cbz")}, None),
    ],
)
def test_names_are_chosen_by_patterns(library, wanted, expected):
    """Kinds, patterns and what is excluded by name, path or folder decide on the archives."""
    assert keys(library, **wanted) == (expected or keys(library))


def test_a_file_that_is_named_is_taken_whatever_its_name(library):
    """Neither its ending nor a dot nor a pattern keeps it out."""
    make(library, ".hidden", "c/notes.txt")
    paths = [library / ".hidden", library / "c/notes.txt", library / "b.cbz"]
    assert keys(*paths, exclude=("*",), globs=("no",)) == [".hidden", "notes.txt", "b.cbz"]


def test_an_archive_comes_once_however_often_it_is_named(library):
    """A file, its folder, the folder above, and the same again make one."""
    paths = [library / "a/1.cbz", library / "a", library, library, library / "a/../a/1.cbz"]
    found, problems = find(*paths)
    assert len({one.path for one in found}) == len(found) == 5
    assert problems == []


def test_hard_links_are_archives_of_their_own(library):
    """Two names of one file are both looked at."""
    os.link(library / "b.cbz", library / "b2.cbz")
    assert keys(library)[3:5] == ["b.cbz", "b2.cbz"]


def test_a_path_that_is_not_there_is_told(library):
    """The others are found all the same."""
    found, problems = find(library / "none", library / "b.cbz", library / "b.cbz/in")
    assert [one.key for one in found] == ["b.cbz"]
    assert problems == [
        f"{library}/none is not there.",
        f"{library}/b.cbz/in cannot be looked at: Not a directory.",
    ]


def test_a_folder_without_archives_is_told(library):
    """It may be the wrong one, or not mounted; a part of one that happens to be empty is not."""
    (library / "empty").mkdir()
    problem = f"{library}/empty has no archive in it: is it the right folder, and is it mounted?"
    assert find(library / "empty") == ([], [problem])
    assert "has no archive" in find(library, globs=("*.rar",))[1][0]
    parts = [find(library / "b.cbz", subset=(n, 2)) for n in (1, 2)]
    assert [problems for _, problems in parts] == [[], []]
    assert sorted(len(found) for found, _ in parts) == [0, 1]


_LISTING = """
import os, sys
from pathlib import Path
from cbzsafe.library.find import Finder
finder = Finder()
print([one.key for one in finder.find([Path(sys.argv[1])])])
print([problem.text for problem in finder.problems])
"""


def listed_plainly(folder):
    """List where modes hold, as they do for a plain user."""
    command = [*PLAIN_USER, sys.executable, "-c", _LISTING, folder]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_folder_that_cannot_be_listed_is_told(library):
    """It is told once, whether it is the named one or below, and the rest is found."""
    (library / "a/x").chmod(0)
    text = "cannot be looked at: Permission denied."
    assert listed_plainly(library) == [
        "['a/1.cbz', 'a/2.cbz', 'b.cbz', 'c/4.cbz']",
        f"['{library}/a/x {text}']",
    ]
    assert listed_plainly(library / "a/x") == ["[]", f"['{library}/a/x {text}']"]


def test_a_folder_that_can_be_listed_but_not_entered_is_told(library):
    """Its files are named, and nothing is lost of the rest."""
    (library / "a/x").chmod(0o444)
    assert listed_plainly(library) == [
        "['a/1.cbz', 'a/2.cbz', 'b.cbz', 'c/4.cbz']",
        f"['{library}/a/x/deep.CBZ cannot be looked at: Permission denied.']",
    ]


def test_names_that_are_not_utf8_are_names(library):
    """They are found, chosen, and given a part, with the very bytes that they have."""
    name = os.fsdecode(b"caf\xe9.cbz")
    make(library, f"d/{name}")
    assert keys(library)[-1] == f"d/{name}"
    assert keys(library, globs=("caf?.cbz",)) == [f"d/{name}"]
    assert sum(f"d/{name}" in keys(library, subset=(n, 3)) for n in (1, 2, 3)) == 1


@pytest.fixture
def deep(tmp_path):
    """A thousand folders in each other, too many for what Python has to make and remove them."""
    folder = tmp_path / "/".join("d" * 1000)
    subprocess.run(["mkdir", "-p", folder], check=True)
    yield folder
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)


def test_folders_may_be_deep(deep, tmp_path):
    """The last of many folders is walked."""
    make(deep, "x.cbz")
    assert keys(tmp_path) == ["d/" * 1000 + "x.cbz"]


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1)
KEYS = st.sets(st.lists(NAMES, min_size=1, max_size=3).map("/".join), min_size=1, max_size=20)


@given(KEYS, st.integers(1, 9))
def test_each_archive_is_in_exactly_one_part(found, parts):
    """The parts together are the whole, and none has what another one has."""
    shared = [
        [key for key in found if Wanted(subset=(n, parts)).shares(key)] for n in range(1, parts + 1)
    ]
    assert sorted(key for part in shared for key in part) == sorted(found)


def test_parts_are_the_same_wherever_the_library_is(library, tmp_path):
    """A library that was moved or mounted elsewhere, or got more archives, keeps its parts."""
    make(library, *(f"{n % 7}/{n}.cbz" for n in range(70)))
    parts = [keys(library, subset=(n, 5)) for n in range(1, 6)]
    library.rename(tmp_path / "moved")
    make(tmp_path / "moved", "more.cbz")
    again = [keys(tmp_path / "moved", subset=(n, 5)) for n in range(1, 6)]
    assert [[key for key in part if key != "more.cbz"] for part in again] == parts
    assert all(len(part) > 5 for part in parts)


def test_a_folder_named_with_the_one_above_it_does_not_mix_the_parts(library):
    """Each archive is in one part, by the path below the folder that brought it first."""
    make(library, *(f"a/{n}.cbz" for n in range(20)))
    parts = [keys(library, library / "a", subset=(n, 2)) for n in (1, 2)]
    assert sorted(parts[0] + parts[1]) == sorted(keys(library))
