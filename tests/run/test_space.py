"""Disks that are full, at each step of a run: nothing is lost, and the lack is told."""

from __future__ import annotations

import errno
import os
import subprocess

import programs
import pytest
from books import HISTORY, assert_whole, book, outcomes, report
from disks import disk, shrink

from cbzsafe.cbz.storage import exactly

PAGES = 6
BLOCK = 4096


@pytest.fixture
def chapter(site):
    return site.add_chapter(pages=PAGES)


def asked(site, chapter):
    """The pages that were asked for since the last time, by their names in the book."""
    names = {page.name: chapter.name(at) for at, page in enumerate(chapter.pages)}
    found = sorted(names[name] for name in site.page_requests())
    site.clear()
    return found


def staged(workdir, chapter):
    """The pages that lie in the staging folder."""
    return sorted(path.name for path in (workdir / "gallery-dl" / chapter.folder).glob("*.jpg"))


def ends_whole(site, run, args, target, chapter, there):
    """The same command fetches only what is not there, and publishes the whole book."""
    assert run(*args).returncode == 0
    assert asked(site, chapter) == sorted(set(chapter.expected()) - set(there))
    assert_whole(target, chapter.expected())


def only_pages(folder, chapter):
    """Nothing but whole pages is left in a folder."""
    expected = chapter.expected()
    for path in folder.iterdir():
        assert path.read_bytes() == expected[path.name]


def test_staging_that_is_full_in_the_midst_of_a_page(site, run, workdir, chapter):
    """The pages that came whole stay, and the half one is told and fetched again."""
    args = (chapter.url, "--report", "report.json", *HISTORY)
    with disk(workdir / "gallery-dl", "80k"):
        done = run(*args)
        assert done.returncode & 129 == 129
        assert outcomes(workdir) == ["held"]
        assert "No space left" in done.stderr
        there = staged(workdir, chapter)
        assert 0 < len(there) < PAGES
        assert report(workdir)["books"][0]["staged"] == len(there)
        only_pages(workdir / "gallery-dl" / chapter.folder, chapter)
        site.clear()
        subprocess.run(["mount", "-o", "remount,size=2m", workdir / "gallery-dl"], check=True)
        ends_whole(site, run, args, book(workdir, chapter), chapter, there)


def test_a_library_that_is_full(site, run, workdir, tmp_path, chapter):
    """What is needed and what is free is told to the byte, and the library is not touched."""
    with disk(tmp_path / "library", "1m") as library:
        shrink(library, 10 * BLOCK)
        args = (chapter.url, "--publish-to", library, "--report", "report.json", *HISTORY)
        done = run(*args)
        assert done.returncode & 129 == 129
        assert outcomes(workdir) == ["failed"]
        said = report(workdir)["books"][0]["problems"][0]["text"]
        assert said in done.stderr
        assert "make room there and run the same command again" in said
        assert not list(library.rglob("*.*"))
        assert staged(workdir, chapter) == sorted(chapter.expected())
        (library / "filler").unlink()
        site.clear()
        ends_whole(site, run, args, library / chapter.book, chapter, chapter.expected())
        assert f" needs {exactly((library / chapter.book).stat().st_size)}, " in said


def test_an_update_that_does_not_fit_leaves_the_old_book(site, run, workdir, chapter):
    """The new page stays in staging until there is room for both archives."""
    last = chapter.pages.pop()
    args = (chapter.url, *HISTORY)
    with disk(workdir / "gallery-dl", "1m") as library:
        assert run(*args).returncode == 0
        before = book(workdir, chapter).read_bytes()
        chapter.pages.append(last)
        shrink(library, 20 * BLOCK)
        site.clear()
        done = run(*args)
        assert done.returncode & 129 == 129
        assert "are free: make room" in done.stderr
        assert book(workdir, chapter).read_bytes() == before
        assert staged(workdir, chapter) == [chapter.name(PAGES - 1)]
        (library / "filler").unlink()
        site.clear()
        ends_whole(site, run, args, book(workdir, chapter), chapter, chapter.expected())


def test_a_library_that_turns_out_to_be_full(site, run, workdir, tmp_path, chapter):
    """Where the free bytes do not tell, as without a free inode, the write does."""
    with disk(tmp_path / "library", "1m") as library:
        (library / chapter.folder.parent).mkdir(parents=True)
        inodes = ["mount", "-o", f"remount,nr_inodes={len(programs.tree(library)) + 2}", library]
        subprocess.run(inodes, check=True)
        args = (chapter.url, "--publish-to", library, "--report", "report.json", *HISTORY)
        done = run(*args)
        assert done.returncode & 129 == 129
        assert "the disk is full; " in done.stderr
        assert not list(library.rglob("*.*"))
        subprocess.run(["mount", "-o", "remount,nr_inodes=100", library], check=True)
        site.clear()
        ends_whole(site, run, args, library / chapter.book, chapter, chapter.expected())


def test_a_file_that_may_not_be_so_large(site, run, workdir, chapter):
    """A limit that only the write finds, as of FAT or of `ulimit -f`, loses nothing."""
    command = programs._command("cbzsafe", [chapter.url], workdir, site.config(), None)
    limited = ["bash", "-c", 'ulimit -f 60; exec "$@"', "-", *command]
    env = programs.environment(workdir)
    done = subprocess.run(
        limited, cwd=workdir, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode & 129 == 129
    assert "a file may not be so large there; " in done.stderr
    assert os.listdir(book(workdir, chapter).parent) == [chapter.folder.name]
    site.clear()
    ends_whole(site, run, [chapter.url], book(workdir, chapter), chapter, chapter.expected())


def test_a_report_that_does_not_fit_takes_nothing_along(site, run, workdir, tmp_path, chapter):
    """The book is published, the old report stays, and the status has the bit of the disk."""
    with disk(tmp_path / "reports", "16k") as reports:
        (reports / "run.json").write_text("old")
        shrink(reports, 0)
        done = run(chapter.url, "--report", reports / "run.json")
        assert done.returncode == 128
        assert os.strerror(errno.ENOSPC) in done.stderr
        assert (reports / "run.json").read_text() == "old"
        assert sorted(os.listdir(reports)) == ["filler", "run.json"]
        assert_whole(book(workdir, chapter), chapter.expected())


def test_a_history_that_does_not_fit_is_made_up_for(site, run, workdir, tmp_path, chapter):
    """The book is published all the same, and its pages enter the history in the next run."""
    with disk(tmp_path / "history", "64k") as folder:
        args = (chapter.url, "--download-archive", folder / "history.sqlite3")
        other = site.add_chapter(2, pages=1)
        assert run(other.url, *args[1:]).returncode == 0
        shrink(folder, 0)
        done = run(*args)
        assert done.returncode == 129
        assert "The download archive could not be written" in done.stderr
        assert_whole(book(workdir, chapter), chapter.expected())
        (folder / "filler").unlink()
        site.clear()
        assert run(*args).returncode == 0
        book(workdir, chapter).unlink()
        assert run(*args).returncode == 0
        assert not asked(site, chapter)
