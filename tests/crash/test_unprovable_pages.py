"""Pages of which no later look can tell whether they are whole."""

from __future__ import annotations

import shutil

import pictures
import programs
import pytest
from site_faults import Page
from tracing import counting, failing, points, traced

TEXT, PICTURE = (
    Page("notes.txt", b"No program can tell where this should end.\n"),
    Page("001.jpg", pictures.jpeg(1, 3000)),
)


@pytest.fixture
def command(site, workdir):
    """A download of a picture and of a text."""
    chapter = site.add_chapter(pages=[PICTURE, TEXT])
    args = [chapter.url, "--report", "report.json"]
    return programs._command("cbzsafe", args, workdir, site.config(), None)


def synced(log, workdir):
    """The calls on pages in staging that sync them, or give them their names."""
    calls = [point for point in points(log, [workdir]) if "Comic_c001" in point.text]
    return [
        (point.call, ".txt" in point.text) for point in calls if point.call in {"fsync", "rename"}
    ]


def test_a_page_that_nothing_proves_is_synced_before_it_gets_its_name(command, workdir):
    """A text is synced as it arrives, and a picture, which is decoded later, is not."""
    done = traced(command, workdir, counting())
    assert done.status == 0, done.errors
    assert synced(done.log, workdir) == [("rename", False), ("fsync", True), ("rename", True)]


def test_a_page_that_cannot_be_synced_is_not_taken(command, workdir):
    """Its sync fails: the page is named as failed, the book is held, and bit 128 is set."""
    rehearsed = traced(command, workdir, counting())
    shutil.rmtree(workdir / "gallery-dl")
    [sync] = [p for p in points(rehearsed.log, [workdir]) if p.call == "fsync" and ".txt" in p.text]
    done = traced(command, workdir, failing(sync, "EIO"))
    assert "INJECTED" in done.log
    assert done.status & 128
    assert "the disk failed" in done.errors
    assert not list(workdir.rglob("*.cbz"))
