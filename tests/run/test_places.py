"""Places and names: long, foreign, shared, occupied, full, read-only, on another disk."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import programs
import pytest
from books import assert_whole, book, outcomes, report


@contextmanager
def small_disk(folder: Path, size: str = "400k", options: str = ""):
    """A file system of its own at `folder`, so small that it fills up."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}{options}", "tmpfs", folder], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("length", [246, 250, 251, 255])
def test_a_long_title_fits(site, run, workdir, length):
    """A directory name of up to 255 bytes gives an archive name of at most 255."""
    chapter = site.add_chapter(pages=2)
    config = site.config(directory=["x" * length])
    assert run(chapter.url, config=config).returncode == 0
    made = list((workdir / "gallery-dl").iterdir())
    assert len(made) == 1
    assert len(os.fsencode(made[0].name)) <= 255
    assert made[0].name.endswith(".cbz")
    assert programs.pages(made[0]) == chapter.expected()


def test_long_names_that_differ_at_their_end_stay_apart(site, run, workdir):
    """Two chapters whose titles share their first 250 bytes are two books."""
    chapters = [site.add_chapter(n, pages=2) for n in (1, 2)]
    config = site.config(directory=["x" * 254 + "{chapter}"])
    assert run(site.series_url(), config=config).returncode == 0
    assert len(list((workdir / "gallery-dl").iterdir())) == len(chapters)


def test_a_name_never_starts_with_a_dot(site, run, workdir):
    """Readers skip dot files, so the book of `.hack` is not one."""
    chapter = site.add_chapter(pages=2)
    assert run(chapter.url, config=site.config(directory=[".hack"])).returncode == 0
    assert [p.name for p in (workdir / "gallery-dl").iterdir()] == ["_hack.cbz"]


def test_the_current_folder_as_the_directory(site, run, workdir):
    """`-D .` gives the book the current folder's name, beside it, and leaves the folder."""
    chapter = site.add_chapter(pages=2)
    assert run("-D", ".", chapter.url).returncode == 0
    assert programs.pages(workdir.with_name(workdir.name + ".cbz")) == chapter.expected()
    assert workdir.is_dir()


def test_one_directory_shared_by_all_chapters(site, run, workdir):
    """`-D DIR` puts every chapter of a series into one book, none of them lost."""
    chapters = [site.add_chapter(n, pages=3) for n in (1, 2, 3)]
    assert run("-D", "shared", site.series_url()).returncode == 0
    expected = {k: v for chapter in chapters for k, v in chapter.expected().items()}
    assert programs.pages(workdir / "shared.cbz") == expected
    site.clear()
    assert run("-D", "shared", site.series_url()).returncode == 0
    assert not site.page_requests()


def test_no_directory_at_all(site, run, workdir):
    """`directory: []` makes one book of the base directory."""
    chapter = site.add_chapter(pages=2)
    assert run(chapter.url, config=site.config(directory=[])).returncode == 0
    assert programs.pages(workdir / "gallery-dl.cbz") == chapter.expected()


def test_a_folder_where_the_book_should_be(site, run, workdir):
    """The book fails with a sentence that says what to do, and the folder is left alone."""
    chapter = site.add_chapter(pages=2)
    target = book(workdir, chapter)
    (target / "inside").mkdir(parents=True)
    done = run(chapter.url, "--report", "report.json")
    assert done.returncode & 1
    assert "move it away" in done.stderr
    assert outcomes(workdir) == ["failed"]
    assert report(workdir)["books"][0]["missing"] == [chapter.name(0), chapter.name(1)]
    assert (target / "inside").is_dir()


def test_a_fifo_where_the_book_should_be(site, run, workdir):
    """A fifo does not make the run wait for ever."""
    chapter = site.add_chapter(pages=2)
    book(workdir, chapter).parent.mkdir(parents=True)
    os.mkfifo(book(workdir, chapter))
    assert run(chapter.url).returncode & 1


def test_a_symbolic_link_is_read_and_never_written_through(site, run, workdir):
    """A linked book that is whole is unchanged; one that would change keeps link and file."""
    chapter = site.add_chapter(pages=4)
    last = chapter.pages.pop()
    assert run(chapter.url).returncode == 0
    target, elsewhere = book(workdir, chapter), workdir / "elsewhere.cbz"
    target.rename(elsewhere)
    target.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    assert run(chapter.url).returncode == 0
    chapter.pages.append(last)
    done = run(chapter.url)
    assert done.returncode & 1
    assert "symbolic link" in done.stderr
    assert target.is_symlink()
    assert elsewhere.read_bytes() == before


def test_a_full_disk_loses_nothing(site, run, workdir):
    """ENOSPC ends in a clear message, and the run goes on when there is room again."""
    chapter = site.add_chapter(pages=12)
    with small_disk(workdir / "gallery-dl", "140k"):
        done = run(chapter.url, "--report", "report.json")
        assert done.returncode & 128
        assert not book(workdir, chapter).exists()
        assert outcomes(workdir) in (["held"], ["failed"])
        staged = len(list((workdir / "gallery-dl" / chapter.folder).glob("*.jpg")))
        assert staged > 2
        subprocess.run(["mount", "-o", "remount,size=4m", workdir / "gallery-dl"], check=True)
        site.clear()
        assert run(chapter.url).returncode == 0
        assert len(site.page_requests()) == 12 - staged
        assert_whole(book(workdir, chapter), chapter.expected())


def test_a_disk_that_is_full_when_the_book_is_packed(site, run, workdir):
    """Where the pages fit and the archive does not, the pages stay and the run says so."""
    chapter = site.add_chapter(pages=8)
    with small_disk(workdir / "gallery-dl", "260k"):
        done = run(chapter.url, "--report", "report.json")
        assert done.returncode & 128
        assert outcomes(workdir) == ["failed"]
        assert report(workdir)["books"][0]["staged"] == 8
        parent = book(workdir, chapter).parent
        assert [p.name for p in parent.iterdir()] == [chapter.folder.name]
        subprocess.run(["mount", "-o", "remount,size=4m", workdir / "gallery-dl"], check=True)
        site.clear()
        assert run(chapter.url).returncode == 0
        assert not site.page_requests()
        assert_whole(book(workdir, chapter), chapter.expected())


def test_a_read_only_library(site, run, workdir):
    """An unchanged book on a read-only disk is unchanged; a new one fails with a clear message."""
    first, second = (site.add_chapter(n, pages=2) for n in (1, 2))
    with small_disk(workdir / "gallery-dl", "4m"):
        assert run(first.url).returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", workdir / "gallery-dl"], check=True)
        assert run(first.url).returncode == 0
        done = run(second.url)
        assert done.returncode & 1
        assert "Traceback" not in done.stderr
        assert "Read-only" in done.stderr
        assert_whole(book(workdir, first), first.expected())


def test_publishing_to_another_file_system(site, run, workdir, tmp_path):
    """Pages are staged here, and the book appears at the same relative path there."""
    chapter = site.add_chapter(pages=4)
    with small_disk(tmp_path / "library", "4m") as library:
        args = (chapter.url, "--publish-to", library)
        assert run(*args).returncode == 0
        assert_whole(library / chapter.book, chapter.expected())
        assert not book(workdir, chapter).exists()
        assert not (workdir / "gallery-dl" / chapter.folder).exists()
        site.clear()
        assert run(*args).returncode == 0
        assert not site.page_requests()


def test_a_kill_while_publishing_to_another_file_system(site, run, spawn, workdir, tmp_path):
    """After a kill the library has no trace, and the next run fetches only what is missing."""
    chapter = site.add_chapter(pages=5)
    with small_disk(tmp_path / "library", "4m") as library:
        gate = site.hold(4)
        process = spawn("cbzsafe", chapter.url, "--publish-to", str(library))
        gate.wait()
        programs.kill(process)
        gate.open()
        assert not list(library.rglob("*.cbz"))
        site.clear()
        assert run(chapter.url, "--publish-to", library).returncode == 0
        assert len(site.page_requests()) == 2
        assert_whole(library / chapter.book, chapter.expected())


def test_a_base_directory_that_is_the_book_is_published_by_its_name(site, run, workdir, tmp_path):
    """Under --publish-to a book whose directory is the base directory goes by its name alone."""
    chapter = site.add_chapter(pages=2)
    library = tmp_path / "library"
    assert run("-D", "one", chapter.url, "--publish-to", library).returncode == 0
    assert programs.tree(library) == ["one.cbz"]


def test_another_users_files_in_the_staging_folder_stay(site, run, workdir):
    """What lies in the staging folder and is no page of the book is left alone."""
    chapter = site.add_chapter(pages=2)
    folder = workdir / "gallery-dl" / chapter.folder
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    assert run(chapter.url).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())
    assert [p.name for p in folder.iterdir()] == ["notes.txt"]


def test_the_module_runs_like_the_command(site, workdir):
    """`python -m cbzsafe` is the command."""
    done = programs.run_cbzsafe(["--version"], workdir)
    assert done.returncode == 0
    assert done.stdout.startswith("cbzsafe ")
    assert sys.executable
