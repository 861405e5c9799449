"""What a power cut leaves of pages that wait in staging."""

from __future__ import annotations

import pictures
import programs
import pytest
from disk_words import paths_of
from gallery_site import Site
from inodes import SyncFile
from power import recorded
from scenes import HISTORY, LIBRARY, Scene
from site_faults import Page

PAGES = [
    Page("001.jpg", pictures.jpeg(1, 3000)),
    Page("notes.txt", b"No program can tell where this should end.\n"),
]


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """The recorded download of a picture and a text."""
    with Site() as site:
        scene = Scene("text", site, tmp_path_factory.mktemp("text"), lambda _: [])
        for root in scene.template.roots:
            root.mkdir()
        chapter = site.add_chapter(1, PAGES)
        scene.chapters = [chapter]
        scene.arguments = lambda _: [chapter.url, "--download-archive", HISTORY]
        scene.new = {f"{LIBRARY}/{chapter.book}": chapter.expected()}
        scene.rehearse()
        with recorded(scene) as cut:
            yield cut


@pytest.fixture(scope="module")
def staged(cut):
    """The paths at which picture and text wait, in a state."""
    chapter = cut.scene.chapters[0]
    return [f"work/{LIBRARY}/{chapter.folder}/{chapter.name(at)}" for at in (0, 1)]


def torn(states, path, body):
    """The states in which a staged file has other bytes, and no book is published."""
    return [
        state
        for state in states
        if state.files.get(path, body) != body
        and not any(name.endswith(".cbz") for name in state.files)
    ]


def test_a_text_under_its_own_name_is_whole(cut, staged):
    """No program can tell half a text from a whole one, so it must not be there."""
    assert torn(cut.states(), staged[1], PAGES[1].body) == []


def test_a_text_that_was_not_synced_would_be_published_torn(cut, staged):
    """Without the sync of its bytes the next run takes what is left of it for the page."""
    operations = cut.recording.operations
    paths = paths_of(cut.recording.start, operations)
    left = [
        each
        for each in operations
        if not (isinstance(each, SyncFile) and paths[each.inode] == staged[1])
    ]
    states = torn(cut.states(left), staged[1], PAGES[1].body)
    state = [each for each in states if each.files.get(staged[0]) == PAGES[0].body][-1]
    assert cut.go_on(state) == "[] were fetched, ['notes.txt'] were missing"
    [book] = cut.trial.books().values()
    assert programs.pages(book)[cut.scene.chapters[0].name(1)] == state.files[staged[1]]


def test_a_torn_picture_is_fetched_again(cut, staged):
    """It is decoded before it is believed, so it needs no sync of its own."""
    for state in torn(cut.states(), staged[0], PAGES[0].body)[-2:]:
        assert cut.go_on(state) == ""


@pytest.mark.parametrize("part", [0, 0.5], ids=["empty", "half"])
def test_what_is_left_of_a_page_that_a_book_has_is_taken_away(site, run, workdir, part):
    """A power cut behind the publish leaves it in staging, where nothing would ever want it."""
    chapter = site.add_chapter(pages=2)
    assert run(chapter.url).returncode == 0
    folder = workdir / "gallery-dl" / chapter.folder
    folder.mkdir()
    body = chapter.pages[0].body
    (folder / chapter.name(0)).write_bytes(body[: int(len(body) * part)])
    site.clear()
    assert run(chapter.url).returncode == 0
    assert not folder.exists()
    assert not site.page_requests()
    assert programs.pages(folder.with_name(folder.name + ".cbz")) == chapter.expected()
