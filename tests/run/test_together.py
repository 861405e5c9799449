"""What a run does beside downloading, all of it at once: metadata, records, commands, notices."""

from __future__ import annotations

import random
import shlex
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import disks
import programs
import pytest
from books import HISTORY, book, report
from site_faults import empty, reset, status

NAME = "ComicInfo.xml"
HAND_ON = ("--on-publish", shlex.join(["sh", "-c", 'mv "$0" moved.cbz']))
"""A command that takes the book away, as one does that hands it on to another machine."""
SHARES = 2


def test_a_book_that_was_handed_on_is_not_made_again_of_its_metadata_alone(site, run, workdir):
    """Where the download archive has all pages, and nobody has the book, no empty one comes."""
    chapter = site.add_chapter(pages=2)
    args = (*HISTORY, "--comicinfo", "--report", "report.json", chapter.url)
    assert run(*HAND_ON, *args).returncode == 0
    assert len(programs.pages(workdir / "moved.cbz")) == 1 + 2
    assert run(*args).returncode == 0
    assert not book(workdir, chapter).exists()
    assert report(workdir)["books"] == []


def test_files_that_come_with_pages_are_no_book_by_themselves(site, run, workdir):
    """What `files` names stays in its folder where no page comes, as gallery-dl leaves it."""
    chapter = site.add_chapter(pages=2)
    told = {"name": "metadata", "event": "post", "filename": "info.json"}
    packed = {"name": "zip", "extension": "cbz", "files": ["info.json"]}
    config = site.config(postprocessors=[told, packed])
    assert run(*HISTORY, *HAND_ON, chapter.url, config=config).returncode == 0
    assert "info.json" in programs.pages(workdir / "moved.cbz")
    assert run(*HISTORY, chapter.url, config=config).returncode == 0
    assert not book(workdir, chapter).exists()
    assert (workdir / "gallery-dl" / chapter.folder / "info.json").exists()


def test_a_chapter_of_which_no_page_is_wanted_is_no_book(site, run, workdir):
    """`--range 9` of two pages leaves nothing behind, with metadata and without."""
    chapter = site.add_chapter(pages=2)
    for more in ((), ("--comicinfo",)):
        assert run("--range", "9", *more, chapter.url).returncode == 0
        assert [name for name in programs.tree(workdir) if not name.endswith("/")] == []


class Library:
    """What is published on a disk of its own, and the command that is told of it."""

    def __init__(self, site, workdir, folder):
        self.site = site
        self.folder = folder
        self.staging = workdir / "gallery-dl"
        self.seen = workdir.with_name("published.txt")
        self.excused = set()

    def args(self, share):
        """The command line of one of the shares."""
        command = ["sh", "-c", f'echo "$0" >>{self.seen}']
        options = ("--comicinfo", "--skip-finished", "--publish-to", self.folder)
        told = ("--on-publish", shlex.join(command), "--shard", f"{share}/{SHARES}")
        return (*HISTORY, *options, *told, self.site.series_url())

    def told(self):
        """The books that the command was run for."""
        return self.seen.read_text("utf-8").splitlines() if self.seen.exists() else []

    def books(self):
        """The books that are there, each of which is whole."""
        found = {str(self.folder / one.book): one for one in self.site.chapters}
        there = {path for path in found if Path(path).exists()}
        for path in there:
            pages = programs.pages(Path(path))
            assert pages.pop(NAME).startswith(b"<?xml")
            assert pages == found[path].expected()
        return there

    def pages(self):
        """The pages that are whole, published or staged."""
        books, safe = self.books(), set()
        for one in self.site.chapters:
            for index, page in enumerate(one.pages):
                staged = self.staging / one.folder / one.name(index)
                if str(self.folder / one.book) in books or (
                    staged.exists() and staged.read_bytes() == page.body
                ):
                    safe.add(page.name)
        return safe

    def left(self):
        """Files that are no books, nor records of them."""
        known = (".cbzsafe.sqlite", "history.sqlite3")
        files = (*self.folder.rglob("*"), *self.staging.rglob("*"))
        return [f for f in files if f.is_file() and f.suffix != ".cbz" and f.name not in known]


def ends(process, seconds):
    """Whether a program comes to its end within so many seconds."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.poll() is not None


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_all_options_at_once_go_on_after_each_kill(site, spawn, workdir, tmp_path, seed):
    """No page is fetched that was there, and only a kill spares a book its command."""
    dice = random.Random(seed)
    site.delay = 0.06
    for number in range(1, 7):
        pages = site.add_chapter(number, pages=dice.randint(3, 6)).pages
        pages[0].faults.append(dice.choice([status(500), reset(middle=True), empty()]))
    with disks.disk(tmp_path / "library") as folder:
        library, undone, kills = Library(site, workdir, folder), [1, 2], 0
        while undone:
            share, books, safe = dice.choice(undone), library.books(), library.pages()
            site.clear()
            process = spawn("cbzsafe", *library.args(share))
            if not ends(process, dice.uniform(0.2, 1.2) if kills < 15 else 60):
                programs.kill(process, dice.choice([signal.SIGKILL, signal.SIGTERM]))
                kills += 1
                library.excused |= library.books() - books - set(library.told())
            elif process.wait() == 0:
                undone.remove(share)
            assert not safe & set(site.page_requests())
        assert kills
        assert len(library.books()) == len(site.chapters)
        assert library.left() == []
        assert library.books() - set(library.told()) <= library.excused
        assert len(library.told()) == len(set(library.told()))
        site.clear()
        assert [spawn("cbzsafe", *library.args(share)).wait(60) for share in (1, 2)] == [0, 0]
        assert len(site.log) == SHARES
