"""Runs that pass over chapters which were published whole before."""

from __future__ import annotations

import os
import zipfile

import programs
import pytest
from books import assert_whole, book, report, stamp
from gallery_dl.job import DownloadJob
from ready_made import TYPE, final, zipped
from site_families import make_pages
from site_faults import Page, short_without_length, status

SKIP = ("--skip-finished", "--report", "report.json")


@pytest.fixture
def again(site, run, workdir):
    """Run with `--skip-finished`; gives the number of requests, and the count of the report.

    `ends` is the status, None for any.
    """

    def again(*args, ends=0, **options):
        site.clear()
        done = run(*SKIP, *args, **options)
        assert ends in {done.returncode, None}, done.stderr
        return len(site.log), report(workdir)["finished"]

    return again


def test_a_series_without_anything_new_is_one_request(site, again, workdir):
    """The list of chapters is asked for, none of its chapters is, and no file is touched."""
    chapters = [site.add_chapter(n, pages=2) for n in range(1, 6)]
    assert again(site.series_url()) == (1 + 5 * 3, 0)
    folders = [workdir / "gallery-dl", workdir / "gallery-dl/local/Comic"]
    before = [stamp(path) for path in folders]
    assert again(site.series_url()) == (1, 5)
    assert [stamp(path) for path in folders] == before
    new = site.add_chapter(6, pages=2)
    assert again(site.series_url()) == (1 + 3, 5)
    assert again(site.series_url()) == (1, 6)
    for chapter in (*chapters, new):
        assert_whole(book(workdir, chapter), chapter.expected())


def test_urls_on_the_command_line_and_in_lists_cost_nothing(site, again, workdir):
    """A chapter that is named by itself is known in any spelling."""
    chapters = [site.add_chapter(n, pages=1) for n in (1, 2)]
    again(*(one.url for one in chapters))
    (workdir / "urls.txt").write_text(chapters[1].url.rstrip("/") + "\n", "utf-8")
    assert again(chapters[0].url + "#top", "-i", "urls.txt") == (0, 2)


def test_the_sum_and_the_log_tell_of_them(site, run, workdir):
    """The last line has the count, and the status is 0."""
    chapter = site.add_chapter(pages=1)
    run("--skip-finished", chapter.url)
    done = run("--skip-finished", chapter.url)
    last = done.stderr.splitlines()[-1]
    assert (done.returncode, last) == (0, "0 books; 1 chapter finished before; exit status 0")
    assert book(workdir, chapter).exists()


def test_a_book_that_is_not_as_it_was_is_visited(site, again, workdir):
    """Its chapter alone is asked for again, and is finished again afterwards."""
    chapters = [site.add_chapter(n, pages=1) for n in (1, 2)]
    again(site.series_url())
    for happens in (
        lambda path: path.unlink(),
        lambda path: os.utime(path, (1, 1)),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.rename(path.with_name("other.cbz")),
    ):
        happens(book(workdir, chapters[0]))
        assert again(site.series_url())[1] == 1
        assert_whole(book(workdir, chapters[0]), chapters[0].expected())
    assert again(site.series_url()) == (1, 2)


def test_recheck_visits_all_and_records_anew(site, again, workdir):
    """Pages that a chapter got since are found by it, and the next run passes over it again."""
    chapter = site.add_chapter(pages=2)
    again(chapter.url)
    chapter = site.add_chapter(pages=3)
    assert again(chapter.url) == (0, 1)
    assert again("--recheck", chapter.url) == (1 + 1, 0)
    assert_whole(book(workdir, chapter), chapter.expected())
    assert again(chapter.url) == (0, 1)


def test_recheck_alone_records_too(site, run, again):
    """What it finds whole is passed over by a later run."""
    chapter = site.add_chapter(pages=1)
    assert run("--recheck", chapter.url).returncode == 0
    assert again(chapter.url) == (0, 1)


def test_without_the_option_nothing_is_recorded_nor_passed_over(site, run, again, workdir):
    """A run that was not told to leaves no record, and uses none."""
    chapter = site.add_chapter(pages=1)
    run(chapter.url)
    assert not (workdir / "gallery-dl/.cbzsafe.sqlite").exists()
    again(chapter.url)
    site.clear()
    run(chapter.url)
    assert len(site.log) == 1


def test_what_decides_on_pages_and_places_is_part_of_it(site, again):
    """A chapter that would be downloaded in another way is visited, once."""
    chapter = site.add_chapter(pages=1)
    again(chapter.url)
    for args in (
        ("-f", "{num}.{extension}"),
        ("-o", 'directory=["x"]'),
        ("--filter", "num > 0"),
        ("--zip-filter", "True"),
        ("-o", 'keywords={"part": 1}'),
        ("-o", "skip=false"),
    ):
        assert again(*args, chapter.url)[1] == 0
    assert again(chapter.url) == (0, 1)


def test_what_decides_on_neither_is_not(site, again):
    """A login, patience or an output does not make chapters unknown."""
    site.add_chapter(pages=1)
    again(site.series_url())
    for args in (
        ("-q", "-u", "name", "-p", "word", "-A", "1"),
        ("-o", "sleep=0.1", "-R", "1", "--chapter-range", "1-9"),
        ("--page-retries", "5", "--metrics", "run.prom"),
    ):
        assert again(*args, site.series_url()) == (1, 1)


def test_a_library_that_is_mounted_elsewhere_stays_known(site, again, workdir):
    """Paths in the record are those below the library's folder."""
    chapter = site.add_chapter(pages=1)
    again("--publish-to", "library", chapter.url)
    (workdir / "library").rename(workdir / "moved")
    assert again("--publish-to", "moved", chapter.url) == (0, 1)
    assert again("-d", "scratch", "--publish-to", "moved", chapter.url) == (0, 1)


def test_pages_that_failed_are_asked_for_again(site, again):
    """A held chapter is not finished, and one that came whole in a later run is."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[1].faults = [status(404, None)]
    again(chapter.url, ends=5)
    chapter.pages[1].faults.clear()
    assert again(chapter.url)[1] == 0
    assert again(chapter.url) == (0, 1)


def test_an_incomplete_book_that_is_published_is_not_finished(site, again):
    """Its missing pages are asked for by every run."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[1].faults = [status(404, None)]
    for _ in range(2):
        assert again("--incomplete", "publish", chapter.url, ends=5)[1] == 0


def test_a_page_that_is_damaged_at_its_source_is_asked_for_by_every_run(site, again):
    """It is published as it is, with status 0, and is finished once it comes whole."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[1].faults = [short_without_length(None)]
    for _ in range(2):
        assert again(chapter.url)[1] == 0
    chapter.pages[1].faults.clear()
    assert again(chapter.url)[1] == 0
    assert again(chapter.url) == (0, 1)


@pytest.mark.parametrize(
    "args",
    [
        ("--range", "1"),
        ("-o", "image-range=2-"),
        ("--abort", "1"),
        ("--filter", "num < 2 or abort()"),
    ],
)
def test_a_chapter_of_which_a_part_was_wanted_is_not_finished(site, again, args):
    """Whatever ended it early, the same command visits it again."""
    chapter = site.add_chapter(pages=3)
    if args[0] == "--abort":
        again("--range", "1", chapter.url)
    for _ in range(2):
        assert again(*args, chapter.url)[1] == 0


def test_files_outside_of_books_leave_a_chapter_unfinished(site, again):
    """Nobody knows later whether they are still there."""
    chapter = site.add_chapter(pages=2)
    for _ in range(2):
        assert again("--zip-filter", "num < 2", chapter.url)[1] == 0


def test_what_the_history_names_and_no_book_has_leaves_a_chapter_unfinished(site, run, again):
    """A page that its owner has moved away is asked of the history by every run."""
    chapter = site.add_chapter(pages=2)
    run("--download-archive", "history.sqlite3", "-d", "other", "--range", "1", chapter.url)
    for _ in range(2):
        assert again("--download-archive", "history.sqlite3", chapter.url)[1] == 0


def test_a_feed_of_books_is_finished_as_one(site, again, workdir):
    """A job that makes a book of each post is passed over while all of them are there."""
    notes = [site.add_note(n) for n in range(1, 7)]
    config = site.config(directory=["{id}"])
    again(site.notes_url(), config=config)
    assert again(site.notes_url(), config=config) == (0, 1)
    (workdir / "gallery-dl" / f"{notes[2].id}.cbz").unlink()
    assert again(site.notes_url(), config=config)[1] == 0
    assert again(site.notes_url(), config=config) == (0, 1)


@pytest.mark.parametrize("place", ["-D", "directory"])
def test_chapters_that_share_a_book_stay_known_when_it_grows(site, again, workdir, place):
    """What a run adds to a volume leaves its other chapters finished, in that run and later."""
    args = ("-D", "volume") if place == "-D" else ("-o", 'directory=["volume"]', "-d", ".")
    for number in range(1, 4):
        site.add_chapter(number, pages=1)
        assert again(*args, site.series_url()) == (3, number - 1)
    assert again(*args, site.series_url()) == (1, 3)
    volume = workdir / "volume.cbz"
    assert len(programs.pages(volume)) == 3
    os.utime(volume, (1, 1))
    assert again(*args, site.series_url()) == (4, 0)


def test_a_volume_that_somebody_else_replaced_is_visited_whole(site, again, workdir):
    """Adding a chapter to it does not vouch for those that it may have lost."""
    args = ("-D", "volume", "--report", "report.json")
    chapters = [site.add_chapter(n, pages=1) for n in (1, 2)]
    again(*args, *(one.url for one in chapters))
    first, second = programs.pages(workdir / "volume.cbz").items()
    with zipfile.ZipFile(workdir / "volume.cbz", "w") as archive:
        archive.writestr(*second)
    new = site.add_chapter(3, pages=1)
    assert again(*args, new.url)[1] == 0
    assert again(*args, chapters[0].url)[1] == 0
    assert programs.pages(workdir / "volume.cbz").items() >= {first, second}


def test_terminate_ends_the_run_at_a_finished_chapter_as_at_a_visited_one(site, again):
    """Where skipped pages end more than their chapter they are counted, at one request."""
    for number in (1, 2, 3):
        site.add_chapter(number, pages=2)
    again(site.series_url())
    assert again("-T", "2", site.series_url()) == (2, 0)
    assert again("-o", "skip=abort:2:manga", site.series_url())[1] == 0
    assert again("-A", "2", site.series_url()) == (1, 3)


def test_hooks_of_the_series_run_though_its_chapters_are_passed_over(site, again, workdir):
    """A post-processor of the parent's hears of each child."""
    for number in (1, 2):
        site.add_chapter(number, pages=1)
    hook = {"name": "exec", "event": "child", "command": "echo x >> marks"}
    foolslide = {"manga": {"postprocessors": [hook], "init": True}}
    config = site.config()
    config["extractor"]["foolslide"] |= foolslide
    again(site.series_url(), config=config)
    assert again(site.series_url(), config=config) == (1, 2)
    hears = "child" in DownloadJob.handle_queue.__code__.co_consts  # not in 1.30
    assert hears == (workdir / "marks").exists()
    assert not hears or (workdir / "marks").read_text("utf-8").count("x") == 4


def test_shards_pass_over_their_own(site, again):
    """Each counts what it left to others, and what it had finished."""
    for number in range(1, 6):
        site.add_chapter(number, pages=1)
    again("--shard", "1/2", site.series_url())
    again("--shard", "2/2", site.series_url())
    counts = [again("--shard", f"{n}/2", site.series_url()) for n in (1, 2)]
    assert [requests for requests, _ in counts] == [1, 1]
    assert sum(finished for _, finished in counts) == 5


def test_an_archive_that_the_site_serves_ready_made_is_a_book(site, again, workdir):
    """A chapter of pages and an archive is finished while both are there."""
    pages = [*make_pages(2), Page("x.cbz", zipped(), TYPE)]
    chapter = site.add_chapter(pages=pages)
    assert again(chapter.url) == (4, 0)
    assert again(chapter.url) == (0, 1)
    final(workdir, chapter, 2).unlink()
    assert again(chapter.url) == (2, 0)
    assert again(chapter.url) == (0, 1)


def test_a_ready_made_archive_that_the_site_has_damaged_is_asked_for_again(site, again):
    """Its chapter is not finished until it comes whole."""
    body = zipped()
    chapter = site.add_chapter(pages=[Page("x.cbz", body[: len(body) // 2], TYPE)])
    for _ in range(2):
        assert again(chapter.url, ends=None)[1] == 0
    chapter.pages[0].body = body
    assert again(chapter.url)[1] == 0
    assert again(chapter.url) == (0, 1)
