"""What a run does beside downloading, all of it at once: metadata, records, commands, notices."""

from __future__ import annotations

import shlex

import programs
from books import HISTORY, book, report

HAND_ON = ("--on-publish", shlex.join(["sh", "-c", 'mv "$0" moved.cbz']))
"""A command that takes the book away, as one does that hands it on to another machine."""


def test_a_book_that_was_handed_on_is_not_made_again_of_its_metadata_alone(site, run, workdir):
    """Where the download archive has all pages, and nobody has the book, no empty one comes."""
    chapter = site.add_chapter(pages=2)
    args = (*HISTORY, "--comicinfo", "--report", "report.json", chapter.url)
    assert run(*HAND_ON, *args).returncode == 0
    assert len(programs.pages(workdir / "moved.cbz")) == 1 + 2
    assert run(*args).returncode == 0
    assert not book(workdir, chapter).exists()
    assert report(workdir)["books"] == []


def test_a_chapter_of_which_no_page_is_wanted_is_no_book(site, run, workdir):
    """`--range 9` of two pages leaves nothing behind, with metadata and without."""
    chapter = site.add_chapter(pages=2)
    for more in ((), ("--comicinfo",)):
        assert run("--range", "9", *more, chapter.url).returncode == 0
        assert [name for name in programs.tree(workdir) if not name.endswith("/")] == []
