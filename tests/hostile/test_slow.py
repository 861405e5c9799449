"""Sites that wear a client down: a byte now and then, and lists without end."""

from __future__ import annotations

import json

import pictures
import programs
import pytest
from bounds import MIB, measured
from site_faults import Fault, Page

ONCE = ("--page-retries", 0, "--repair-rounds", 0)
STEP = 0.05


def slow_head(exchange, _):
    """A header line that never ends, a byte at a time."""
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(2000):
        exchange.wfile.write(b"x")
        exchange.pause(STEP)


def slow_lines(exchange, _):
    """Header after header."""
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(90):
        exchange.wfile.write(b"X-%d: y\r\n" % number)
        exchange.pause(STEP)


def slow_from(start):
    def act(exchange, page):
        exchange.start(page, length=len(page.body))
        exchange.write(page.body[:start])
        for place in range(start, len(page.body)):
            exchange.write(page.body[place : place + 1])
            exchange.pause(STEP)

    return act


def slow_error(exchange, _):
    """An error whose text never ends."""
    exchange.head(404, {"Content-Type": "text/plain"}, 10_000)
    for _ in range(2000):
        exchange.write(b"x")
        exchange.pause(STEP)


SLOW = {
    "a header without end": slow_head,
    "header after header": slow_lines,
    "a body from its first byte": slow_from(0),
    "a body from its middle": slow_from(1000),
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_byte_now_and_then_is_cut_off(site, run, around, kind):
    """However often a byte comes, the picture fails at its deadline, and the next run has it."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[0].faults.append(Fault(kind, SLOW[kind], None))
    done = run(chapter.url, "--page-deadline", 0.5, *ONCE, timeout=30)
    assert done.returncode == 5, done.stderr
    assert "the page took over 0.5 s (--page-deadline)." in done.stderr
    assert "Traceback" not in done.stderr
    chapter.pages[0].faults.clear()
    site.clear()
    assert run(chapter.url, "--page-deadline", 5).returncode == 0
    assert dict(site.page_requests()) == {chapter.pages[0].name: 1}
    assert programs.pages(around.base / chapter.book) == chapter.expected()


def test_a_slow_error_keeps_nobody_waiting(site, run):
    """The text of an error is not read, however slowly it comes."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[0].faults.append(Fault("slow error", slow_error, None))
    done = run(chapter.url, *ONCE, timeout=20)
    assert done.returncode == 5
    assert "404" in done.stderr


def test_a_slow_picture_is_waited_for_within_its_deadline(site, run, around):
    """The time of one page is not counted for the next, nor that of a chapter for a page."""
    chapter = site.add_chapter(pages=4)
    for page in chapter.pages:
        page.faults.append(Fault("pause", lambda e, p: (e.pause(0.4), e.send(p)), None))
    assert run(chapter.url, "--page-deadline", 1, *ONCE).returncode == 0
    assert programs.pages(around.base / chapter.book) == chapter.expected()


def test_a_slow_video_is_no_picture(site, run, around):
    """Other files may take as long as they take, as the documentation of the option says."""
    body = b"\0\0\0\x18ftypmp42" + bytes(2000)
    chapter = site.add_chapter(pages=[Page("1.mp4", body, "video/mp4"), Page("2", body)])
    for page in chapter.pages:
        page.content_type = "video/mp4"
        page.faults.append(Fault("middle", _in_two, None))
    done = run(chapter.url, "--page-deadline", 0.3, *ONCE)
    assert done.returncode == 0, done.stderr
    found = programs.pages(around.base / chapter.book)
    assert list(found.values()) == [body, body]


def _in_two(exchange, page):
    exchange.start(page, length=len(page.body))
    exchange.write(page.body[:1000])
    exchange.pause(0.8)
    exchange.write(page.body[1000:])


def test_a_chapter_that_is_listed_again_and_again_is_fetched_once(site, run, around):
    """A series that names one chapter 60 times costs 60 looks and not a page more."""
    chapter = site.add_chapter(pages=3)
    site.chapters += [chapter] * 59
    done = run(site.series_url())
    assert done.returncode == 0, done.stderr
    assert set(site.page_requests().values()) == {1}
    assert programs.pages(around.base / chapter.book) == chapter.expected()


def endless(site, body):
    """A feed whose every page of notes is followed by another."""
    site.add_note(0, [Page("p.jpg", body)])
    count = [0]

    def timeline(_):
        listed = []
        for _ in range(50):
            count[0] += 1
            note = site.notes[0]
            listed.append({**note.document(site.root), "id": f"e{count[0]}"})
        return json.dumps(listed).encode()

    site._documents["/api/users/notes"] = ("application/json", timeline)
    return count


def test_a_feed_without_end_ends_where_the_user_says(site, run, around):
    """Pages up to the limit are published, and few more are named."""
    count = endless(site, pictures.jpeg(1))
    config = site.config(directory=["local", "feed"], filename="{id}-{num}.{extension}")
    done = run(site.notes_url(), "--range", "1-5", config=config, timeout=30)
    assert done.returncode == 0, done.stderr
    assert len(programs.pages(around.base / "local" / "feed.cbz")) == 5
    assert count[0] <= 100


def test_a_feed_without_end_ends_at_known_pages(site, run, around):
    """`skip: abort` ends a feed that names one published page for ever."""
    count = endless(site, pictures.jpeg(1))
    config = site.config(directory=["local", "feed"], filename="same.{extension}", skip="abort:3")
    assert run(site.notes_url(), "--range", 1, config=config).returncode == 0
    done = run(site.notes_url(), config=config, timeout=30)
    assert done.returncode == 0, done.stderr
    assert programs.names(around.base / "local" / "feed.cbz") == ["same.jpg"]
    assert count[0] <= 100


@pytest.mark.long
def test_a_chapter_of_fifty_thousand_pages(site, workdir, around):
    """It takes a bounded time and memory a page, in the first run and in the next."""
    body = pictures.jpeg(1, 600)
    chapter = site.add_chapter(pages=[Page(f"{n:05}.jpg", body) for n in range(50_000)])
    for seconds in (1500, 300):
        done = measured([chapter.url, "-q"], workdir, site.config(), timeout=1800)
        assert done.returncode == 0, done.stderr
        assert done.seconds < seconds
        assert done.peak < 600 * MIB
        site.clear()
    assert len(programs.names(around.base / chapter.book)) == 50_000
