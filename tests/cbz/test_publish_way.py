"""The names of the folders above a book, which a power cut must not take either."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from disks import PLAIN_USER, disk

from cbzsafe.cbz.publish import make_folder, sync_way


@pytest.fixture
def synced(monkeypatch):
    """The paths of what is synced, in order."""
    paths = []
    fsync = os.fsync

    def noted(fd):
        paths.append(Path(f"/proc/self/fd/{fd}").readlink())
        fsync(fd)

    monkeypatch.setattr(os, "fsync", noted)
    return paths


def test_each_folder_above_is_synced_once(tmp_path, synced):
    """The second book in a folder costs nothing, one in a new folder beside it one sync."""
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    assert synced[-2:] == [tmp_path, tmp_path / "a"]
    assert set(synced[:-2]) <= set(tmp_path.parents)
    synced.clear()
    make_folder(folder)
    assert synced == []
    make_folder(tmp_path / "a" / "c")
    assert synced == [tmp_path / "a"]


def test_the_way_ends_where_its_file_system_begins(tmp_path, synced):
    """What is above a mount has been there before, and is not ours."""
    with disk(tmp_path / "disk") as mount:
        (mount / "a" / "b").mkdir(parents=True)
        sync_way(mount / "a" / "b")
    assert synced == [mount, mount / "a"]


def test_a_folder_that_is_made_again_is_synced_again(tmp_path, synced):
    """It is another folder of that name, whose name may be lost."""
    folder = tmp_path / "a"
    make_folder(folder)
    folder.rename(tmp_path / "old")
    synced.clear()
    make_folder(folder)
    assert synced == [tmp_path]


def test_a_link_is_followed_to_where_the_folder_is(tmp_path, synced):
    """The folders above its target are synced, whatever lies above the link."""
    (tmp_path / "real" / "a").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "a")
    sync_way(tmp_path / "link")
    assert synced[-2:] == [tmp_path, tmp_path / "real"]


def test_a_folder_that_may_not_be_read_is_passed_over(tmp_path):
    """Others' folders above the library may let nobody list them, and that is no error."""
    folder = tmp_path / "closed" / "library"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o311)
    code = "import sys, pathlib; from cbzsafe.cbz import publish as p; "
    code += "f = pathlib.Path(sys.argv[1]); p.sync_way(f); p.make_folder(f / 'new'); p.sync(f)\n"
    code += "try: p.sync(f.parent)\nexcept PermissionError: print('closed')"
    command = [*PLAIN_USER, sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "closed\n"), done.stderr
