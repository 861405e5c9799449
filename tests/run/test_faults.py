"""Faults of the site, page by page: none ends in a silent hole."""

from __future__ import annotations

from functools import partial

import pictures
import pytest
import site_faults as faults
from books import assert_whole, book, outcomes, report
from sampling import sampled
from site_faults import Page

FAULTS = {
    "404": (partial(faults.status, 404), "answer"),
    "500": (partial(faults.status, 500), "answer"),
    "reset": (faults.reset, "connection"),
    "reset in the middle": (partial(faults.reset, middle=True), "connection"),
    "short without length": (faults.short_without_length, "half a picture"),
    "short with length": (faults.short_with_length, "connection"),
    "html": (faults.html, "other bytes"),
    "html as jpeg": (faults.html_as_jpeg, "other bytes"),
    "html with doctype as jpeg": (partial(faults.html_as_jpeg, doctype=True), "other bytes"),
    "empty": (faults.empty, "no bytes"),
    "empty without length": (faults.empty_without_length, "no bytes"),
    "stall": (partial(faults.stall, 3, middle=True), "time"),
    "zeros": (partial(faults.other_bytes, bytes(20_000)), "other bytes"),
}
"""Each with what the page fails by."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_is_healed_within_the_run(site, run, workdir, fault):
    """A page that fails once is fetched again, and the status is 0."""
    chapter = site.add_chapter(pages=4)
    chapter.pages[1].faults.append(FAULTS[fault][0](1))
    config = site.config(downloader={"retries": 0, "timeout": 1})
    done = run(chapter.url, "--report", "report.json", config=config)
    assert done.returncode == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    entry = report(workdir)["books"][0]
    assert (entry["outcome"], entry["refetched"]) == ("published", 1)


@pytest.mark.parametrize("fault", sampled([*FAULTS], lambda name: {FAULTS[name][1]: 1}))
def test_a_fault_for_good_holds_the_book(site, run, workdir, fault):
    """A page that never comes is named with a reason, and nothing is published."""
    chapter = site.add_chapter(pages=4)
    chapter.pages[1].faults.append(FAULTS[fault][0](None))
    if fault == "short without length":
        viewable_half(site, run, workdir, chapter)
        return
    config = site.config(downloader={"retries": 0, "timeout": 1})
    done = run(chapter.url, "--report", "report.json", config=config)
    assert done.returncode & 5 == 5, done.stderr
    assert not book(workdir, chapter).exists()
    entry = report(workdir)["books"][0]
    assert (entry["outcome"], entry["missing"], entry["staged"]) == ("held", [chapter.name(1)], 3)
    assert any(problem["page"] == chapter.name(1) for problem in entry["problems"])
    chapter.pages[1].faults.clear()
    site.clear()
    assert run(chapter.url).returncode == 0
    assert list(site.page_requests()) == [chapter.pages[1].name]
    assert_whole(book(workdir, chapter), chapter.expected())


def viewable_half(site, run, workdir, chapter):
    """The same half picture every time can be shown: the source itself is damaged."""
    done = run(chapter.url, "--report", "report.json")
    assert done.returncode == 0, done.stderr
    assert outcomes(workdir) == ["published"]
    assert "damaged at its source" in done.stderr
    site.clear()
    assert run(chapter.url, "--report", "report.json").returncode == 0
    assert dict(site.page_requests()) == {chapter.pages[1].name: 1}
    assert outcomes(workdir) == ["unchanged"]
    chapter.pages[1].faults.clear()
    assert run(chapter.url, "--report", "report.json").returncode == 0
    assert outcomes(workdir) == ["updated"]
    assert_whole(book(workdir, chapter), chapter.expected())


def test_incomplete_books_are_published_on_request(site, run, workdir):
    """--incomplete publish publishes what there is, and says that it is not whole."""
    chapter = site.add_chapter(pages=4)
    chapter.pages[2].faults.append(faults.status(404, None))
    args = (chapter.url, "--incomplete", "publish", "--report", "report.json")
    done = run(*args)
    assert done.returncode & 5 == 5
    expected = chapter.expected()
    missing = chapter.name(2)
    del expected[missing]
    assert_whole(book(workdir, chapter), expected)
    entry = report(workdir)["books"][0]
    assert (entry["outcome"], entry["missing"], entry["whole"]) == ("published", [missing], False)
    chapter.pages[2].faults.clear()
    assert run(*args).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_held_book_does_not_replace_a_published_one(site, run, workdir):
    """A chapter that grew by a page which fails keeps its published pages."""
    chapter = site.add_chapter(pages=5)
    more = chapter.pages[3:]
    del chapter.pages[3:]
    assert run(chapter.url).returncode == 0
    before = book(workdir, chapter).read_bytes()
    more[0].faults.append(faults.status(500, None))
    chapter.pages.extend(more)
    assert run(chapter.url).returncode & 1
    assert book(workdir, chapter).read_bytes() == before


def test_retries_can_be_switched_off(site, run, workdir):
    """Without page retries and repair rounds a page is asked for exactly once."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[1].faults.append(faults.status(404, None))
    done = run(chapter.url, "--page-retries", 0, "--repair-rounds", 0)
    assert done.returncode & 5 == 5
    assert site.page_requests()[chapter.pages[1].name] == 1


def test_a_page_that_ends_well_and_does_not_decode_is_fetched_again(site, run, workdir):
    """Damage in the middle of a picture is found beside the next download."""
    chapter = site.add_chapter(pages=4)
    body = chapter.pages[1].body
    broken = body[: len(body) // 2] + body[-2:]
    chapter.pages[1].faults.append(faults.other_bytes(broken))
    done = run(chapter.url)
    assert done.returncode == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    assert site.page_requests()[chapter.pages[1].name] == 2


def test_urls_that_went_stale_are_asked_for_again(site, run, workdir):
    """Where the site's page addresses expire, the extractor is run once more."""
    site.tokens = True
    chapter = site.add_chapter(pages=4)
    site.on_request = lambda request: chapter.expire() if request.page == "c001_003.jpg" else None
    asked = site.on_request

    def once(request):
        if request.page == "c001_003.jpg":
            site.on_request = None
            asked(request)

    site.on_request = once
    done = run(chapter.url)
    assert done.returncode == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    assert sum(site.chapter_requests().values()) == 2


def test_an_endless_body_is_cut_off(site, run, workdir):
    """A page that never ends is refused at the size limit."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[0].faults.append(faults.endless(None, rate=200 << 20))
    done = run(chapter.url, "--page-limit", "1M", "--page-retries", 0, "--repair-rounds", 0)
    assert done.returncode & 5 == 5
    assert "larger than" in done.stderr


def test_a_trickling_body_is_cut_off(site, run, workdir):
    """A page that comes too slowly is refused at the deadline."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[0].faults.append(faults.trickle(5_000, None))
    config = site.config(downloader={"http": {"chunk-size": 1_000}})  # the time is looked at then
    args = (chapter.url, "--page-deadline", 1, "--page-retries", 0, "--repair-rounds", 0)
    done = run(*args, config=config)
    assert done.returncode & 5 == 5
    assert "--page-deadline" in done.stderr


def test_other_files_are_taken_as_they_are(site, run, workdir):
    """A video or a text that the filter lets in is packed without being decoded."""
    pages = [
        Page("a.jpg", pictures.jpeg(1)),
        Page("b.mp4", b"\0\0\0\x18ftypisom" + bytes(5000), "video/mp4"),
        Page("c.txt", b"a text\n", "text/plain"),
    ]
    chapter = site.add_chapter(pages=pages)
    assert run(chapter.url).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())


def test_an_error_page_in_place_of_a_video_fails(site, run, workdir):
    """HTML in place of another file is no such file."""
    video = Page("b.mp4", b"\0\0\0\x18ftypisom" + bytes(5000), "video/mp4")
    chapter = site.add_chapter(pages=[Page("a.jpg", pictures.jpeg(1)), video])
    video.faults.append(faults.html_as_jpeg(None, doctype=True))
    assert run(chapter.url).returncode & 5 == 5
    assert not book(workdir, chapter).exists()


def test_bytes_that_came_once_do_not_show_that_the_source_is_damaged(site, run, workdir):
    """Without a second try in its round, a page that came broken once is fetched again."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[1].faults.append(faults.short_without_length())
    done = run(chapter.url, "--page-retries", "0", "--report", "report.json")
    assert done.returncode == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    assert site.page_requests()[chapter.pages[1].name] == 2
