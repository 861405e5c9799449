"""The recipes of docs/volumes.md: books of several jobs, over several runs."""

from __future__ import annotations

import json
import re
import textwrap
import zipfile
from pathlib import Path

import programs
import pytest
from books import outcomes, stamp

PAGE = Path(__file__).parents[2] / "docs" / "volumes.md"


def recipe(name, site):
    """The configuration that stands behind a mark of the page, for the site of the test."""
    text = PAGE.read_text("utf-8").partition(f"<!-- {name} -->\n")[2]
    block = re.match(r"\n((?:    .*\n|\n)+)", text)
    config = site.config()
    for family, options in json.loads(textwrap.dedent(block[1]))["extractor"].items():
        config["extractor"][family] |= options
    return config


def held(path):
    """The pages of an archive in its order."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_chapters_of_a_volume_are_one_book(site, run, workdir):
    """A series gives a book a volume, and one of its own for a chapter that has no volume yet."""
    chapters = [site.add_chapter(n, 2, volume=v) for n, v in ((1, 1), (2, 1), (3, 2), (4, 0))]
    done = run(site.series_url(), config=recipe("by volume", site))
    assert done.returncode == 0, done.stderr
    folder = workdir / "gallery-dl/Comic"
    books = {path.name: held(path) for path in folder.iterdir()}
    assert books == {
        "Comic v01.cbz": [f"c{c:03}_p{p:03}.jpg" for c in (1, 2) for p in (1, 2)],
        "Comic v02.cbz": ["c003_p001.jpg", "c003_p002.jpg"],
        "Comic c004.cbz": ["c004_p001.jpg", "c004_p002.jpg"],
    }
    bodies = [page.body for chapter in chapters[:2] for page in chapter.pages]
    assert list(programs.pages(folder / "Comic v01.cbz").values()) == bodies


def test_a_later_chapter_goes_into_the_volumes_book(site, run, workdir):
    """The next run asks for the new chapter's pages only, and the book has all of them in order."""
    site.add_chapter(1, 2, volume=1)
    site.add_chapter(3, 2, volume=1)
    config = recipe("by volume", site)
    assert run(site.series_url(), config=config).returncode == 0
    site.clear()
    late = site.add_chapter(2, 2, volume=1)
    assert run(site.series_url(), "--report", "report.json", config=config).returncode == 0
    assert sorted(site.page_requests()) == sorted(page.name for page in late.pages)
    path = workdir / "gallery-dl/Comic/Comic v01.cbz"
    assert held(path) == [f"c{c:03}_p{p:03}.jpg" for c in (1, 2, 3) for p in (1, 2)]
    before = stamp(path)
    assert run(site.series_url(), config=config).returncode == 0
    assert stamp(path) == before


def test_a_volume_goes_on_after_a_kill(site, run, spawn, workdir):
    """Killed in the second chapter, the next run fetches what was not there, and no page twice."""
    chapters = [site.add_chapter(n, 4, volume=1) for n in (1, 2, 3)]
    config = recipe("by volume", site)
    gate = site.hold(nth=7)
    process = spawn("cbzsafe", site.series_url(), config=config)
    gate.wait()
    programs.kill(process)
    gate.open()
    before = set(site.page_requests())
    site.clear()
    assert run(site.series_url(), config=config).returncode == 0
    assert len(before & set(site.page_requests())) <= 1
    pages = programs.pages(workdir / "gallery-dl/Comic/Comic v01.cbz")
    assert list(pages.values()) == [page.body for c in chapters for page in c.pages]


def test_each_post_is_a_book(site, run, workdir):
    """One job that sets a directory a post makes a book a post."""
    notes = [site.add_note(number, 2) for number in range(1, 8)]
    done = run(site.notes_url(), "--report", "report.json", config=recipe("by post", site))
    assert done.returncode == 0, done.stderr
    folder = workdir / "gallery-dl/artist"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"2024-01-01 {note.id}.cbz" for note in notes]
    assert outcomes(workdir) == ["published"] * 7
    for note in notes:
        pages = programs.pages(folder / f"2024-01-01 {note.id}.cbz")
        assert sorted(pages.values()) == sorted(page.body for page in note.pages)


def test_the_posts_of_a_month_are_one_book_that_grows(site, run, workdir):
    """Posts share a book, and a later run adds its posts without asking for the others' pages."""
    for number in range(1, 4):
        site.add_note(number, 2)
    config = recipe("by month", site)
    assert run(site.notes_url(), config=config).returncode == 0
    path = workdir / "gallery-dl/artist/2024-01.cbz"
    assert len(held(path)) == 6
    site.clear()
    site.add_note(4, 2)
    assert run(site.notes_url(), config=config).returncode == 0
    assert len(site.page_requests()) == 2
    assert len(held(path)) == 8


@pytest.mark.parametrize("name", ["by volume", "by post", "by month"])
def test_a_recipe_pleases_explain(name, site, workdir):
    """`explain` has nothing against the configurations of the page."""
    (workdir / "config.json").write_text(json.dumps(recipe(name, site)))
    words = ["explain", "--config-ignore", "--config", "config.json", f"{site.root}/x"]
    done = programs.run_cbzsafe(words, workdir)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stdout + done.stderr
