"""Pages of which no later look can tell whether they are whole."""

from __future__ import annotations

import io
import random
import shutil

import pictures
import programs
import pytest
from PIL import Image
from site_faults import Page
from tracing import counting, failing, points, traced

from cbzsafe import images
from cbzsafe.book.staging import problem

TEXT, PICTURE = (
    Page("notes.txt", b"No program can tell where this should end.\n"),
    Page("001.jpg", pictures.jpeg(1, 3000)),
)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_a_hole_in_a_picture_is_seen_when_it_is_decoded(kind, tmp_path):
    """A piece of zeros anywhere behind the first kilobytes is noticed, so no sync is needed."""
    whole = photograph(kind)
    path = tmp_path / f"page.{kind.lower()}"
    assert images.proves(whole)
    for at in random.Random(kind).sample(range(4096, len(whole) - 8192), 8):
        path.write_bytes(whole[:at] + bytes(4096) + whole[at + 4096 :])
        assert problem(path, path.name, whole=True) is not None
    path.write_bytes(whole)
    assert problem(path, path.name, whole=True) is None


def test_a_hole_in_a_webp_may_pass(tmp_path):
    """That is why a WebP is synced as it arrives, although it can be decoded."""
    whole, path = photograph("WEBP"), tmp_path / "page.webp"
    path.write_bytes(whole[:20_000] + bytes(4096) + whole[24_096:])
    assert problem(path, path.name, whole=True) is None
    assert not images.proves(whole)


def photograph(kind):
    """A picture that takes some hundred kilobytes, as it has noise."""
    noise = random.Random(1).randbytes(400 * 300 * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (400, 300), noise).save(file, kind)
    return file.getvalue()


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
