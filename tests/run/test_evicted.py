"""A scratch that goes away or turns read-only: nothing wrong is published, nothing is silent."""

from __future__ import annotations

import shutil
import subprocess

import programs
import pytest
from books import HISTORY, assert_whole, outcomes, report
from disks import disk, make_read_only
from site_faults import status as failing

PAGES = 6


@pytest.fixture
def chapter(site):
    return site.add_chapter(pages=PAGES)


@pytest.fixture
def library(tmp_path):
    return tmp_path / "library"


def removed(folder):
    """What a clean-up does, at one moment."""
    away = folder.with_name("removed")
    folder.rename(away)
    shutil.rmtree(away)


def emptied(folder):
    """What a new pod finds."""
    removed(folder)
    folder.mkdir(exist_ok=True)  # the run may have been quicker


def disturbed(site, spawn, workdir, args, disturb, *, middle):
    """Let something happen as the fourth page comes, and wait for the run's end."""
    gate = site.hold(4, middle=middle)
    process = spawn("cbzsafe", *map(str, args))
    gate.wait()
    disturb()
    gate.open()
    return process.wait(60), programs.errors(workdir)


def fetched(site):
    found = sum(site.page_requests().values())
    site.clear()
    return found


@pytest.mark.parametrize("middle", [False, True], ids=["before", "within"])
@pytest.mark.parametrize("what", ["staging", "base"])
@pytest.mark.parametrize("how", [removed, emptied])
def test_a_scratch_that_vanishes_in_the_midst(
    site, run, spawn, workdir, library, chapter, how, what, middle
):
    """What came before is named as missing, and the next run ends whole."""
    base = workdir / "gallery-dl"
    folder = base / chapter.folder if what == "staging" else base
    args = (chapter.url, "--publish-to", library, "--report", "report.json", *HISTORY)
    status, said = disturbed(site, spawn, workdir, args, lambda: how(folder), middle=middle)
    assert "Traceback" not in said
    target = library / chapter.book
    assert status & 1
    assert not target.exists()
    entry = report(workdir)["books"][0]
    assert entry["outcome"] == "held"
    assert all(f"{name} is missing: " in said for name in entry["missing"])
    for at in range(3):
        assert f"{chapter.name(at)} is missing: its file vanished" in said
    assert run(*args).returncode == 0
    assert_whole(target, chapter.expected())
    assert not (base / chapter.folder).exists()


def test_a_scratch_that_vanishes_in_an_update_leaves_the_old_book(
    site, run, spawn, workdir, library, chapter
):
    """The published pages stay, and the next run fetches only the new ones."""
    more = [chapter.pages.pop() for _ in range(5)]
    args = (chapter.url, "--publish-to", library, "--repair-rounds", 0, *HISTORY)
    assert run(*args).returncode == 0
    before = (library / chapter.book).read_bytes()
    chapter.pages += reversed(more)
    folder = workdir / "gallery-dl" / chapter.folder
    status, _ = disturbed(site, spawn, workdir, args, lambda: removed(folder), middle=False)
    assert status & 1
    assert (library / chapter.book).read_bytes() == before
    site.clear()
    assert run(*args).returncode == 0
    assert 0 < fetched(site) <= 5
    assert_whole(library / chapter.book, chapter.expected())


def test_a_scratch_that_is_new_for_the_next_run(site, run, spawn, workdir, library, chapter):
    """Pages of a pod that was killed and whose scratch is gone are all fetched again."""
    args = (chapter.url, "--publish-to", library, *HISTORY)
    gate = site.hold(4)
    process = spawn("cbzsafe", *map(str, args))
    gate.wait()
    programs.kill(process)
    gate.open()
    emptied(workdir / "gallery-dl")
    site.clear()
    assert run(*args).returncode == 0
    assert fetched(site) == PAGES
    assert_whole(library / chapter.book, chapter.expected())


def test_a_held_book_whose_scratch_is_new_is_whole_after_the_next_run(
    site, run, workdir, library, chapter
):
    """A page in the history has been published: those of a held book are not taken for known."""
    args = (chapter.url, "--publish-to", library, "--repair-rounds", 0, *HISTORY)
    chapter.pages[-1].faults.append(failing(404, None))
    assert run(*args).returncode & 1
    emptied(workdir / "gallery-dl")
    chapter.pages[-1].faults.clear()
    site.clear()
    assert run(*args).returncode == 0
    assert fetched(site) == PAGES
    assert_whole(library / chapter.book, chapter.expected())


def test_a_scratch_that_turns_read_only(site, run, spawn, workdir, library, chapter):
    """What the disk refuses is told with its bit, and what came before is not fetched again."""
    args = (chapter.url, "--publish-to", library, "--report", "report.json", *HISTORY)
    scratch = workdir / "gallery-dl"
    with disk(scratch, "2m"):
        status, said = disturbed(
            site, spawn, workdir, args, lambda: make_read_only(scratch), middle=False
        )
        assert status & 129 == 129
        assert "Read-only file system" in said
        assert "Traceback" not in said
        assert outcomes(workdir) == ["held"]
        assert report(workdir)["books"][0]["staged"] == 3
        assert not (library / chapter.book).exists()
        subprocess.run(["mount", "-o", "remount,rw", scratch], check=True)
        site.clear()
        assert run(*args).returncode == 0
        assert fetched(site) == PAGES - 3
        assert_whole(library / chapter.book, chapter.expected())
