"""A power cut at any moment of any scene, and each sync that keeps it harmless."""

from __future__ import annotations

import random
from contextlib import ExitStack

import pytest
from disk_states import states
from disk_words import paths_of
from inodes import SyncFile, SyncFolder
from power import power_cuts, recorded
from scene_table import SCENES
from scenes import HISTORY, LIBRARY

__all__ = ["power_cuts"]

RUNS = 1
"""States of each scene from which the command is run again in an everyday run."""

SERIES = f"work/{LIBRARY}/local/Comic"
"""Where the download of a series publishes."""


@pytest.fixture(scope="session")
def cuts(scenes):
    """Give the recording of a scene by its name, made when it is first asked for."""
    with ExitStack() as stack:
        made = {}

        def cut(name):
            if name not in made:
                made[name] = stack.enter_context(recorded(scenes(name)))
            return made[name]

        yield cut


def contents(disk):
    """Every path of a disk, with bytes and mode."""
    return {path: (disk.data.get(inode), disk.modes[inode]) for path, inode in disk.walk()}


@pytest.mark.parametrize("name", SCENES)
def test_a_recording_says_all_that_a_run_did(cuts, name):
    """Its operations make the start into exactly what the run has left."""
    recording = cuts(name).recording
    disk = recording.start.copy()
    for operation in recording.operations:
        disk.change(operation)
    assert contents(disk) == contents(recording.end)


@pytest.mark.parametrize("name", SCENES)
def test_a_power_cut_harms_no_book(cuts, name):
    """Whatever of the un-synced is lost, books are whole, and the history names no other page."""
    cut = cuts(name)
    assert [(state.where, wrong) for state in cut.states() if (wrong := cut.look(state))] == []


@pytest.mark.parametrize("name", SCENES)
def test_the_next_run_mends_what_a_power_cut_left(cuts, name):
    """It ends as if undisturbed, and fetches the pages of which no whole file is there."""
    cut = cuts(name)
    for state in random.Random(name).sample(list(cut.states()), RUNS):
        assert cut.go_on(state) == "", state.where


def lost_behind(cut, operations):
    """The books that a power cut behind a finished command may take or change."""
    disk = cut.recording.end
    books = {path: disk.data[inode] for path, inode in disk.walk() if path.endswith(".cbz")}
    behind = states(cut.recording.start, operations, [len(operations)])
    return {path for one in behind for path in books if one.files.get(path) != books[path]}


@pytest.mark.parametrize("name", SCENES)
def test_what_a_finished_command_has_published_lasts(cuts, name):
    """Once it has ended, no power cut takes a book, or brings its old pages back."""
    cut = cuts(name)
    assert lost_behind(cut, cut.recording.operations) == set()


@pytest.mark.parametrize("name", ["repair", "repair_elsewhere"])
def test_a_rename_that_is_not_synced_may_be_lost(cuts, name):
    """Without the syncs of the folder the old archive may be back when the command has ended."""
    cut = cuts(name)
    left = [each for each in cut.recording.operations if not isinstance(each, SyncFolder)]
    assert lost_behind(cut, left) == {"work/book.cbz"}


def is_sync(operation, path, kind, ends):
    """Whether an operation syncs what has a certain path, or one of a certain end."""
    return isinstance(operation, kind) and (
        path.endswith(ends[1:]) if ends[0] == "*" else path == ends
    )


@pytest.mark.parametrize(
    ("name", "kind", "what", "wrong"),
    [
        ("download", SyncFile, "*.cbz", "is damaged"),
        ("update", SyncFile, "*.cbz", "is damaged"),
        ("repair", SyncFile, "*.cbz", "is damaged"),
        ("download", SyncFolder, SERIES, "which no book has"),
        ("download", SyncFolder, "work/gallery-dl/local", "which no book has"),
        ("download", SyncFolder, "work/gallery-dl", "which no book has"),
        ("publish_to", SyncFolder, "other/library", "which no book has"),
        ("publish_to", SyncFolder, "other", "which no book has"),
        ("repair", SyncFolder, "work", "the original is gone"),
        ("repair_elsewhere", SyncFile, "*.damaged-original", "the original is gone"),
        ("repair_elsewhere", SyncFolder, "other/kept", "the original is gone"),
        ("repair_elsewhere", SyncFolder, "other", "the original is gone"),
        ("download", SyncFile, f"*{HISTORY}", "DatabaseError"),
        ("salvage", SyncFolder, "work", "DatabaseError"),
        ("update", SyncFile, f"*{HISTORY}-journal", "DatabaseError"),
    ],
)
def test_each_sync_is_needed(cuts, name, kind, what, wrong):
    """Without it there is a state in which a promise is broken."""
    cut = cuts(name)
    operations = cut.recording.operations
    paths = paths_of(cut.recording.start, operations)
    left = [each for each in operations if not is_sync(each, paths[each.inode], kind, what)]
    assert len(left) < len(operations)
    where, found = cut.broken(left) or ("nowhere", "nothing is wrong")
    assert wrong in found, where
