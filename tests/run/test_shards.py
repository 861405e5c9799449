"""Several runs that divide the chapters of the same URLs among themselves."""

from __future__ import annotations

import functools
import sqlite3
import sys
from contextlib import closing

import programs
import pytest
from books import assert_whole, book, report
from gallery_dl.extractor.message import Message
from gallery_dl.job import Job

from cbzsafe.gallerydl.shards import is_leaf

COUNT = 3
"""Shards."""


def together(spawn, workdir, *args, count=COUNT, **options):
    """Run all shards at once in one folder; give their reports."""
    numbers = range(1, count + 1)
    started = [
        spawn("cbzsafe", "--shard", f"{n}/{count}", "--report", f"{n}.json", *args, **options)
        for n in numbers
    ]
    for process in started:
        assert process.wait(60) == 0, programs.errors(workdir)
    return started


def reports(workdir, count=COUNT):
    return [report(workdir, f"{n}.json") for n in range(1, count + 1)]


def queueing(*_):
    yield Message.Queue, "url", {}


def kept(function):
    """Decorate without `functools.wraps`."""

    def call(self):
        return function(self)

    return call


class Parent:
    """Names other URLs, as an extractor does."""

    def config(self, _):
        return None

    def items(self):
        yield Message.Queue, "url", {}


def made(**attributes):
    """Give an extractor of a class with these attributes."""
    return type("Child", (Parent,), attributes)()


def above(self):
    return super(type(self), self).items()


def by_name(self):
    yield from Parent.items(self)


@pytest.mark.parametrize(
    "extractor",
    [
        Parent(),
        made(items=above),
        made(items=by_name),
        made(items=kept(queueing)),
        made(items=kept(kept(kept(queueing)))),
        made(items=lambda self: self.pages, pages=property(queueing)),
        made(items=lambda self: self.pages(), pages=staticmethod(queueing)),
        made(items=lambda _: queueing()),
        made(items=functools.partial(queueing)),
    ],
)
def test_what_may_name_other_urls_is_asked_by_all_shards(extractor):
    """Behind a decorator, a parent class or a function there may be chapters of theirs."""
    assert not is_leaf(extractor)


def test_what_names_pages_only_is_one_shards():
    """What its parent class would do does not matter where it is not called."""
    assert is_leaf(made(items=lambda self: self.pages(), pages=lambda _: iter([])))


def test_functions_that_keep_each_other_are_looked_at_once():
    """A decorator of two functions that call each other has an end."""

    def even(self):
        return odd(self)

    def odd(self):
        return even(self)

    assert is_leaf(made(items=even))


def test_a_series_is_fetched_once_by_all_shards_together(site, spawn, workdir):
    """Each chapter, its own document included, is asked for by one of them."""
    chapters = [site.add_chapter(n, pages=3) for n in range(1, 11)]
    together(spawn, workdir, site.series_url())
    asked = site.chapter_requests()
    for chapter in chapters:
        assert asked[chapter.path] == 1
        assert_whole(book(workdir, chapter), chapter.expected())
    assert set(site.page_requests().values()) == {1}
    assert sum(len(one["books"]) for one in reports(workdir)) == len(chapters)
    assert sum(one["elsewhere"] for one in reports(workdir)) == len(chapters) * (COUNT - 1)


def test_a_list_of_urls_is_fetched_once_by_all_shards_together(site, spawn, workdir):
    """It may name chapters, threads and whole series, of which none is fetched twice."""
    chapters = [site.add_chapter(n, pages=2) for n in range(1, 6)]
    threads = [site.add_thread(n) for n in range(1, 6)]
    listed = [site.series_url(), *(one.url for one in threads)]
    (workdir / "urls.txt").write_text("\n".join(listed), "utf-8")
    together(spawn, workdir, "-i", "urls.txt")
    for one in (*chapters, *threads):
        assert_whole(book(workdir, one), one.expected())
    assert set(site.page_requests().values()) == {1}


def test_a_chapter_that_is_listed_in_two_spellings_is_one_shards(site, spawn, workdir):
    """A slash at the end or a fragment does not make another chapter of it."""
    chapter = site.add_chapter(pages=2)
    url = chapter.url.rstrip("/")
    together(spawn, workdir, url, f"{url}/", f"{url}/#top")
    owners = [one for one in reports(workdir) if one["elsewhere"] == 0]
    assert len(owners) == 1
    assert set(site.page_requests().values()) == {1}


def test_pages_and_further_urls_of_one_post_go_to_their_own_shards(site, spawn, workdir):
    """A feed whose posts lead to chapters is read by all, its pages are fetched by one."""
    chapters = [site.add_chapter(n, pages=2) for n in range(1, 5)]
    notes = [site.add_note(n, text=one.url) for n, one in enumerate(chapters, 1)]
    config = site.config(localkey={"follow": "{text}"})
    together(spawn, workdir, site.notes_url(), config=config)
    follows = hasattr(Job, "_follow_parse")  # not in 1.30
    for chapter in chapters if follows else ():
        assert_whole(book(workdir, chapter), chapter.expected())
    pages = site.page_requests()
    assert set(pages.values()) == {1}
    asked = (*chapters, *notes) if follows else notes
    assert len(pages) == sum(len(one.expected()) for one in asked)


def test_post_processors_see_their_own_shards_pages_only(site, spawn, workdir):
    """Hooks of a feed that is another shard's do not run, though it is read."""
    site.add_note(1, text="none")
    mark = "import sys; open(sys.argv[1], 'a').write('x')"
    hook = {
        "name": "exec",
        "event": ["post", "file"],
        "command": [sys.executable, "-c", mark, str(workdir / "marks")],
    }
    instance = {"follow": "{text}", "postprocessors": [hook]}
    together(spawn, workdir, site.notes_url(), config=site.config(localkey=instance))
    pages = sum(site.page_requests().values())
    assert (workdir / "marks").read_text("utf-8") == "x" * (1 + pages)


def test_the_index_of_a_job_stands_for_its_number(site, spawn, workdir):
    """Pods of an Indexed Job count from 0 and have the same arguments."""
    chapters = [site.add_chapter(n, pages=2) for n in range(1, 7)]
    started = [
        spawn(
            *("cbzsafe", "--shard", "index/2", "--report", f"{n + 1}.json", site.series_url()),
            env={"JOB_COMPLETION_INDEX": str(n)},
        )
        for n in range(2)
    ]
    assert [one.wait(60) for one in started] == [0, 0]
    made = [len(one["books"]) for one in reports(workdir, 2)]
    assert [one["elsewhere"] for one in reports(workdir, 2)] == [6 - made[0], 6 - made[1]]
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())


def test_a_shard_that_gets_nothing_says_what_it_left(site, run, workdir):
    """It is whole, and so its status is 0; the last line has the count."""
    chapter = site.add_chapter(pages=2)
    lines = []
    for number in (1, 2):
        done = run(chapter.url, "--shard", f"{number}/2")
        assert done.returncode == 0
        lines.append(done.stderr.splitlines()[-1])
    assert "0 books; 1 chapter left to other shards; exit status 0" in lines
    assert "1 book: 1 published; exit status 0" in lines


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "'index/2' needs JOB_COMPLETION_INDEX"),
        ({"JOB_COMPLETION_INDEX": "x"}, "'index/2' needs JOB_COMPLETION_INDEX"),
        ({"JOB_COMPLETION_INDEX": "2"}, "'3/2' is no part"),
    ],
)
def test_an_index_that_is_none_of_the_shards_is_a_usage_error(run, environment, says):
    """Nothing is started: a share that nobody takes would be missing in silence."""
    done = run("--shard", "index/2", "http://127.0.0.1:1/", env=environment)
    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.parametrize("option", ["-I", "-x"])
def test_a_list_that_is_written_to_cannot_be_shared(site, run, workdir, option):
    """Its URLs would be marked as downloaded by shards that left them to others."""
    text = site.add_chapter().url + "\n"
    (workdir / "urls.txt").write_text(text, "utf-8")
    done = run("--shard", "1/2", option, "urls.txt")
    assert done.returncode == 2
    assert "use -i" in done.stderr
    assert (workdir / "urls.txt").read_text("utf-8") == text
    assert not site.log


def test_shards_of_one_history_write_into_it_together(site, spawn, workdir):
    """Each page of all chapters is in it, once."""
    chapters = [site.add_chapter(n, pages=2) for n in range(1, 7)]
    together(spawn, workdir, "--download-archive", "history.sqlite3", site.series_url())
    with closing(sqlite3.connect(workdir / "history.sqlite3")) as connection:
        ((keys,),) = connection.execute("SELECT count(*) FROM archive")
    assert keys == 2 * len(chapters)
