"""Which folders are looked at, and what is said of the file systems under them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from disks import disk, make_read_only

from cbzsafe.doctor import folders, judgement, mounts, storage
from cbzsafe.interrupt import Stop
from cbzsafe.model import Folder, Keeps, Mount, Role, Trial, Tried, Weight

DISK = Mount("/srv", "/", "ext4", "/dev/vda", ("rw",), ("rw",), "254:0")


def chosen(named=(), bases=(), publish_to=None):
    found = folders.wanted([Path(name) for name in named], [Path(b) for b in bases], publish_to)
    return {os.fspath(one.path): one.role for one in found}


def said(folder, *, named=True, container=False):
    found = storage.diagnose(folder, named=named, container=container)
    assert all(one.text.endswith(".") for one in found)
    assert all(one.advice.endswith(".") for one in found if one.weight is Weight.ERROR)
    return [(one.weight.value, one.text) for one in found]


def weights(folder, **options):
    return [weight for weight, _ in said(folder, **options) if weight in {"error", "warning"}]


def library(keeps=Keeps.DISK, **more):
    made = Folder("/srv", Role.LIBRARY, exists=True, keeps=keeps, mount=DISK, free=10**12)
    return replace(made, **more)


def test_without_names_the_configurations_folders_are_looked_at(tmp_path, monkeypatch):
    """The base directory, the place of finished books and the temporary folder have their roles."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert chosen(bases=["/base"], publish_to=Path("/library")) == {
        "/base": Role.STAGING,
        "/library": Role.LIBRARY,
        str(tmp_path): Role.TEMPORARY,
    }
    assert chosen(bases=["/base", str(tmp_path)]) == {
        "/base": Role.LIBRARY,
        str(tmp_path): Role.LIBRARY,
    }


def test_a_folder_that_is_named_is_a_library_unless_it_has_another_role(tmp_path):
    """Of the folders that are named the configuration tells which one is for staging."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    named = ["/base", "/other", "/library"]
    assert chosen(named, ["/base"], Path("/library")) == {
        "/base": Role.STAGING,
        "/other": Role.LIBRARY,
        "/library": Role.LIBRARY,
    }
    assert chosen([link], [tmp_path], Path("/library")) == {str(link): Role.STAGING}


@pytest.mark.parametrize(
    ("named", "role"),
    [
        ("/scratch", Role.STAGING),
        ("/scratch/comics/site", Role.STAGING),
        ("/data", Role.LIBRARY),
        ("/data/books/site", Role.LIBRARY),
        ("/data/books/pages", Role.STAGING),
        ("/", Role.LIBRARY),
    ],
)
def test_a_volume_has_the_role_of_the_folder_on_it(named, role):
    """A volume is named as a whole, where the configuration has a folder on it."""
    bases = ["/scratch/comics", "/data/books/pages"]
    assert chosen([named], bases, Path("/data/books")) == {named: role}


def test_a_folder_that_is_not_there_is_told_by_the_one_above_it(tmp_path):
    """The file system in which it would be made is known, and nothing is tried or made."""
    wanted = folders.Wanted(tmp_path / "a" / "b", Role.LIBRARY)
    found = folders.look(wanted, Stop(), mounts.read())
    assert (found.exists, found.trials, list(tmp_path.iterdir())) == (False, (), [])
    assert found.mount == mounts.of(tmp_path, mounts.read())
    assert said(found, named=False)[0][0] == "info"
    assert weights(found) == ["error"]


def test_a_disk_of_a_size_is_measured(tmp_path):
    """Bytes and files that are free are the kernel's numbers."""
    with disk(tmp_path / "small", "8m") as place:
        found = folders.look(folders.Wanted(place, Role.LIBRARY), Stop(), mounts.read())
        assert (found.free, found.keeps) == (8 << 20, Keeps.MEMORY)
        assert found.free_files == os.statvfs(place).f_favail
        assert weights(found) == ["error", "warning"]
        make_read_only(place)
        found = folders.look(folders.Wanted(place, Role.LIBRARY), Stop(), mounts.read())
        assert found.read_only
        assert ("error", "It is mounted read-only.") in said(found)
        assert not any("No file can be made" in text for _, text in said(found))


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (Path.absolute, "Mount the volume there (again), or make the folder."),
        (Path.touch, "Name a folder, or move the file away that is in its place."),
        (lambda path: path.symlink_to(path), "Mend the symbolic link, or name another folder."),
    ],
)
def test_the_advice_fits_what_is_in_the_place_of_a_folder(tmp_path, make, advice):
    """A file and a link to itself want another answer than a volume that is not mounted."""
    make(tmp_path / "x")
    found = folders.look(folders.Wanted(tmp_path / "x", Role.LIBRARY), Stop(), mounts.read())
    (told,) = storage.diagnose(found, named=True, container=False)
    assert told.advice == advice


def test_a_trial_that_was_not_made_for_want_of_room_says_what_to_do():
    """Nothing is said against the file system, and room is asked for."""
    tried = Tried(Trial.RENAME, works=None, error="ENOSPC", detail="No space left on device")
    (told,) = judgement.of_trials(library(Keeps.DISK, trials=(tried,)))
    assert told.weight is Weight.WARNING
    assert told.text.startswith("It was not tried whether it is so: ")
    assert told.advice == "Make room, then run the doctor again."


@pytest.mark.parametrize(
    ("keeps", "role", "expected"),
    [
        (Keeps.CONTAINER, Role.LIBRARY, ["error"]),
        (Keeps.MEMORY, Role.LIBRARY, ["error"]),
        (Keeps.EMPTY_DIR, Role.LIBRARY, ["error"]),
        (Keeps.OBJECT_STORE, Role.LIBRARY, ["warning"]),
        (Keeps.CONTAINER, Role.STAGING, ["warning"]),
        (Keeps.MEMORY, Role.STAGING, ["warning"]),
        (Keeps.EMPTY_DIR, Role.STAGING, []),
        (Keeps.CONTAINER, Role.TEMPORARY, []),
        (Keeps.MEMORY, Role.TEMPORARY, []),
        *((keeps, Role.LIBRARY, []) for keeps in (Keeps.DISK, Keeps.NETWORK, Keeps.UNKNOWN)),
    ],
)
def test_what_a_file_system_keeps_decides_by_what_it_is_for(keeps, role, expected):
    """What goes with a container or a pod is no place for a library, and a poor one for pages."""
    assert weights(library(keeps, role=role)) == expected


def test_the_root_of_a_container_is_suspect_whatever_its_type():
    """A root file system that looks like a disk is warned of in a container, and only there."""
    root = library(mount=replace(DISK, point="/"))
    assert weights(root, container=True) == ["warning"]
    assert weights(root) == []
    assert weights(library(), container=True) == []


def test_little_room_is_a_warning():
    """Bytes and files that run out are told, and what the file system does not say is not."""
    assert weights(library(free=1 << 20, free_files=10)) == ["warning", "warning"]
    assert weights(library(free=None, free_files=None)) == []
    assert weights(library(free=1 << 20, role=Role.TEMPORARY)) == []


@pytest.mark.parametrize(
    ("trial", "error", "role", "weight"),
    [
        (Trial.WRITE, "EACCES", Role.LIBRARY, "error"),
        (Trial.WRITE, "EACCES", Role.STAGING, "error"),
        (Trial.WRITE, "EACCES", Role.TEMPORARY, "warning"),
        (Trial.RENAME, "", Role.LIBRARY, "error"),
        (Trial.RENAME, "", Role.STAGING, "warning"),
        (Trial.LOCK, "", Role.LIBRARY, "error"),
        (Trial.LOCK, "ENOLCK", Role.LIBRARY, "error"),
        (Trial.SYNC_FILE, "EIO", Role.LIBRARY, "error"),
        (Trial.SYNC_FOLDER, "EIO", Role.LIBRARY, "error"),
        (Trial.SYNC_FOLDER, "EINVAL", Role.LIBRARY, "warning"),
        (Trial.LINK, "EPERM", Role.LIBRARY, "info"),
        (Trial.CASE, "", Role.LIBRARY, "warning"),
        (Trial.CLOCK, "", Role.LIBRARY, "warning"),
    ],
)
def test_what_a_failed_trial_weighs(trial, error, role, weight):
    """What endangers books is an error, and what is only a nuisance is not."""
    folder = library(role=role, trials=(Tried(trial, works=False, error=error),))
    (one,) = judgement.of_trials(folder)
    assert (one.weight.value, one.subject) == (weight, "/srv")
    assert one.advice


@pytest.mark.parametrize("trial", Trial)
def test_each_trial_has_its_sentences(trial):
    """Whether it works, does not, or was not tried, one sentence says so."""
    for works in (True, False, None):
        folder = library(trials=(Tried(trial, works=works, detail="why"),))
        (one,) = judgement.of_trials(folder)
        assert one.text.endswith(".")
        assert ("why" in one.text) is (works is not True)


def test_a_clock_that_is_wrong_is_told_in_seconds():
    """The sentence says how far and which way."""
    folder = library(trials=(Tried(Trial.CLOCK, works=False, value=-7.25),))
    assert judgement.of_trials(folder)[0].text.endswith("ours: it is 7.2 s behind.")


def test_two_file_systems_for_pages_and_books_are_told(tmp_path):
    """Staging and library on one file system need no word, and on two get one."""
    with disk(tmp_path / "other") as other:
        here = Folder(str(tmp_path), Role.STAGING, exists=True)
        there = Folder(str(other), Role.LIBRARY, exists=True)
        assert [one.weight for one in storage.together([here, there])] == [Weight.INFO]
        assert storage.together([here, replace(there, path=str(tmp_path))]) == []
        assert storage.together([here]) == []
