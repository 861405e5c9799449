"""Chapters of which something is doubtful: visited again, by any run that would pass over them."""

from __future__ import annotations

import json
import zipfile

import programs
import pytest
from books import assert_whole, book, report
from site_faults import short_without_length, status

SKIP = ("--skip-finished", "--report", "report.json")


@pytest.fixture
def finished(run, workdir):
    """Run with `--skip-finished`; gives how many chapters were passed over."""

    def finished(*args, **options):
        done = run(*SKIP, *args, **options)
        assert done.returncode == 0, done.stderr
        return report(workdir)["finished"]

    return finished


def test_options_that_a_list_gives_to_one_url_are_not_those_of_the_others(site, finished, workdir):
    """A chapter that came under a filter of its own is visited once the filter is gone."""
    chapters = [site.add_chapter(number, pages=2) for number in (1, 2)]
    first, second = (one.url for one in chapters)
    listed = workdir / "urls.txt"
    listed.write_text(f'{first}\n\n-image-filter = "page < 2"\n{second}\n', "utf-8")
    assert finished("-i", listed) == 0
    assert len(programs.pages(book(workdir, chapters[1]))) == 1
    assert finished("-i", listed) == 2
    listed.write_text(f"{first}\n{second}\n", "utf-8")
    assert finished("-i", listed) == 1
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())


def test_a_chapter_of_which_gallery_dl_warned_is_not_finished(site, finished):
    """What it could not do may have been a page, also where warnings are not shown."""
    chapter = site.add_chapter(pages=1)
    for args in ((), ("-q",)):
        for _ in range(2):
            assert finished("-o", "image-filter=num <", *args, chapter.url) == 0
    finished(chapter.url)
    assert finished(chapter.url) == 1


def test_a_book_that_was_changed_while_it_was_visited_is_not_believed(site, finished, workdir):
    """Pages that were there when the book was read may be gone when the visit ends."""
    chapter = site.add_chapter(pages=2)
    swap = workdir / "swap.sh"
    swap.write_text("true\n", "utf-8")
    hook = {"name": "exec", "event": "skip", "command": ["sh", str(swap)]}
    config = site.config(postprocessors=[hook])
    finished(chapter.url, config=config)
    path = book(workdir, chapter)
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(workdir / "less.cbz", "w") as less:
        less.writestr(whole.infolist()[0], whole.read(whole.infolist()[0]))
    swap.write_text(f"cp {workdir / 'less.cbz'} '{path}'\n", "utf-8")
    assert finished("--recheck", chapter.url, config=config) == 0
    assert len(programs.pages(path)) == 1
    swap.write_text("true\n", "utf-8")
    assert finished(chapter.url, config=config) == 0
    assert_whole(path, chapter.expected())


def test_a_page_that_is_damaged_at_its_source_is_its_own_chapters_concern(site, finished):
    """Of a volume of several chapters the others are finished, and stay so when it is mended."""
    chapters = [site.add_chapter(number, pages=2) for number in (1, 2, 3)]
    chapters[1].pages[0].faults = [short_without_length(None)]
    args = ("-D", "volume", *(one.url for one in chapters))
    assert finished(*args) == 0
    assert finished(*args) == 2
    chapters[1].pages[0].faults.clear()
    assert finished(*args) == 2
    assert finished(*args) == 3


def test_a_record_in_which_nothing_was_written_yet_is_filled(site, finished, workdir):
    """A process may have been killed when it had made the file."""
    chapter = site.add_chapter(pages=1)
    (workdir / "gallery-dl").mkdir()
    (workdir / "gallery-dl" / ".cbzsafe.sqlite").touch()
    assert finished(chapter.url) == 0
    assert json.loads((workdir / "report.json").read_text("utf-8"))["problems"] == []
    assert finished(chapter.url) == 1


def test_a_chapter_that_is_found_wanting_is_not_finished_any_more(site, run, finished, workdir):
    """A page that the site has added and does not give is asked for by later runs, too."""
    chapter = site.add_chapter(pages=1)
    finished(chapter.url)
    chapter = site.add_chapter(pages=2)
    chapter.pages[1].faults = [status(404, None)]
    assert run(*SKIP, "--recheck", chapter.url).returncode == 5
    assert run(*SKIP, chapter.url).returncode == 5
    chapter.pages[1].faults.clear()
    assert finished(chapter.url) == 0
    assert_whole(book(workdir, chapter), chapter.expected())
    assert finished(chapter.url) == 1


def test_pages_that_could_not_be_removed_are_removed_by_the_next_run(site, finished, workdir):
    """A chapter is not passed over as long as its staging folder is there."""
    chapter = site.add_chapter(pages=1)
    assert finished(chapter.url) == 0
    folder = workdir / "gallery-dl" / chapter.folder
    folder.mkdir()
    assert finished(chapter.url) == 1
    (folder / chapter.name(0)).mkdir()
    assert finished("--recheck", chapter.url) == 0
    assert finished(chapter.url) == 0
    (folder / chapter.name(0)).rmdir()
    assert finished(chapter.url) == 0
    assert not folder.exists()
    assert finished(chapter.url) == 1


def test_a_part_of_a_page_that_a_whole_book_has_is_swept(site, run, workdir):
    """A power cut can bring back what had become a page of the book."""
    chapter = site.add_chapter(pages=1)
    assert run(chapter.url).returncode == 0
    folder = workdir / "gallery-dl" / chapter.folder
    folder.mkdir()
    (folder / f"{chapter.name(0)}.part").write_bytes(b"x")
    assert run(chapter.url).returncode == 0
    assert not folder.exists()


@pytest.mark.parametrize(("action", "count"), [("flag file = skip", 0), ("print hello", 1)])
def test_where_a_signal_may_pass_over_a_page_no_chapter_is_finished(site, finished, action, count):
    """What a signal did to a visit is not written down anywhere."""
    chapter = site.add_chapter(pages=1)
    config = {**site.config(), "signals-actions": {"SIGUSR1": action}}
    assert finished(chapter.url, config=config) == 0
    assert finished(chapter.url, config=config) == count
