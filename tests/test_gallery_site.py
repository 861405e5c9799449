"""The loopback site, the fixtures and the helpers themselves."""

from __future__ import annotations

import io
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import gallery_dl_state
import pictures
import programs
import pytest
import site_faults
from gallery_site import Site
from PIL import Image
from site_faults import Page

BODY = pictures.jpeg(1)


def opened(url, headers=None):
    """Send a request to the site, waiting ten seconds at most."""
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 (always http)
    return urllib.request.urlopen(request, timeout=10)  # noqa: S310 (always http)


def fetch(site, path, headers=None):
    """Give status, headers and body of one request."""
    try:
        with opened(site.root + path, headers) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def page_with(site, *faults):
    """Serve one page with these faults at `/p.jpg`."""
    page = Page("p.jpg", BODY, faults=list(faults))
    site.add_file("/p.jpg", page)
    return page


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.webp, pictures.gif])
def test_pictures_are_repeatable_whole_and_of_about_the_size_asked_for(make):
    """A picture follows from its seed, decodes, and has about the size that was asked for."""
    pictures._picture.cache_clear()
    first = make(7, 30_000)
    pictures._picture.cache_clear()
    assert make(7, 30_000) == first != make(8, 30_000)
    assert 0.8 * 30_000 < len(first) < 1.25 * 30_000
    with Image.open(io.BytesIO(make(7, width=40, height=30))) as image:
        image.load()
        assert image.size == (40, 30)


@pytest.mark.parametrize(
    ("fault", "status", "kind", "body"),
    [
        (site_faults.status(404), 404, "text/plain", b"no\n"),
        (site_faults.html(), 200, "text/html; charset=utf-8", site_faults.HTML),
        (site_faults.html_as_jpeg(), 200, "image/jpeg", site_faults.HTML),
        (site_faults.html_as_jpeg(doctype=True), 200, "image/jpeg", site_faults.HTML_DOCTYPE),
        (site_faults.other_bytes(b"other"), 200, "image/jpeg", b"other"),
        (site_faults.empty(), 200, "image/jpeg", b""),
        (site_faults.empty_without_length(), 200, "image/jpeg", b""),
        (site_faults.short_without_length(), 200, "image/jpeg", BODY[: len(BODY) // 2]),
        (site_faults.stall(0.05), 200, "image/jpeg", BODY),
        (site_faults.stall(0.05, middle=True), 200, "image/jpeg", BODY),
        (site_faults.trickle(400_000), 200, "image/jpeg", BODY),
    ],
    ids=lambda value: value.name if isinstance(value, site_faults.Fault) else "",
)
def test_a_fault_spoils_one_request_and_is_used_up(site, fault, status, kind, body):
    """A fault answers as its name says, and the next request gets the page."""
    fault.times = 1
    page_with(site, fault)
    got = fetch(site, "/p.jpg")
    assert (got[0], got[1]["Content-Type"], got[2]) == (status, kind, body)
    assert fetch(site, "/p.jpg")[2] == BODY


def test_a_body_shorter_than_declared_is_told_by_the_client(site):
    """A short body with a Content-Length breaks off."""
    page_with(site, site_faults.short_with_length())
    with pytest.raises(IncompleteRead):
        fetch(site, "/p.jpg")


@pytest.mark.parametrize("middle", [False, True])
def test_a_reset_is_a_reset(site, middle):
    """The client sees a RST, not an ordinary end."""
    page_with(site, site_faults.reset(middle=middle))
    with pytest.raises(ConnectionResetError):
        fetch(site, "/p.jpg")


def test_faults_are_used_up_in_order_and_those_without_number_stay(site):
    """Faults of a page come one after the other, and one for good never goes."""
    page_with(site, site_faults.status(500, 2), site_faults.status(404, None))
    assert [fetch(site, "/p.jpg")[0] for _ in range(4)] == [500, 500, 404, 404]


def test_an_endless_page_goes_on_until_the_client_leaves(site):
    """More comes than the page has, and leaving ends it."""
    page_with(site, site_faults.endless())
    with opened(site.root + "/p.jpg") as answer:
        assert len(answer.read(len(BODY) + 200_000)) == len(BODY) + 200_000


def test_a_redirect_leads_to_the_other_page(site):
    """A redirected request gets what is at the other path."""
    page_with(site, site_faults.redirect("/q.jpg"))
    site.add_file("/q.jpg", Page("q.jpg", b"other"))
    assert fetch(site, "/p.jpg")[2] == b"other"


def test_a_range_is_a_part_and_one_behind_the_end_is_refused(site):
    """A request with a range gets the rest of the page, 416 where there is none."""
    page_with(site)
    status, headers, body = fetch(site, "/p.jpg", {"Range": "bytes=100-"})
    assert (status, body) == (206, BODY[100:])
    assert headers["Content-Range"] == f"bytes 100-{len(BODY) - 1}/{len(BODY)}"
    assert fetch(site, "/p.jpg", {"Range": f"bytes={len(BODY)}-"})[0] == 416


def test_one_connection_takes_several_requests(site):
    """Connections are kept, as those of real sites are."""
    page_with(site)
    connection = HTTPConnection(site.root.partition("//")[2], timeout=10)
    try:
        for _ in range(3):
            connection.request("GET", "/p.jpg")
            kept = connection.sock
            assert connection.getresponse().read() == BODY
            assert connection.sock is kept
    finally:
        connection.close()


@pytest.mark.parametrize("middle", [False, True])
def test_a_gate_holds_the_page_until_it_is_opened(site, middle):
    """The nth page request waits at the gate, and comes whole behind it."""
    page_with(site)
    gate = site.hold(2, middle=middle)
    got: list[bytes] = [fetch(site, "/p.jpg")[2]]
    assert not gate.reached.is_set()
    thread = threading.Thread(target=lambda: got.append(fetch(site, "/p.jpg")[2]))
    thread.start()
    gate.wait(5)
    assert len(got) == 1
    gate.open()
    thread.join(5)
    assert got == [BODY, BODY]


def test_the_log_tells_pages_from_documents(site):
    """Requests are counted by page and by document, with what the client sent."""
    seen = []
    site.on_request = seen.append
    chapter = site.add_chapter(1, 2)
    fetch(site, chapter.path)
    fetch(site, chapter.page_path(chapter.pages[0]), {"Range": "bytes=5-"})
    assert site.page_requests() == {"c001_001.jpg": 1}
    assert site.chapter_requests() == {chapter.path: 1}
    assert seen == site.log
    assert site.log[1].headers["Range"] == "bytes=5-"
    site.clear()
    assert not site.page_requests()


def test_page_addresses_with_a_token_go_stale():
    """With tokens only the addresses of the chapter's newest copy work."""
    with Site(tokens=True) as site:
        chapter = site.add_chapter(1, 1)
        path = chapter.page_path(chapter.pages[0])
        old = chapter.document(b"").decode().partition("?t=")[2].partition('"')[0]
        assert fetch(site, f"{path}?t={old}")[0] == 200
        fetch(site, chapter.path)
        assert fetch(site, f"{path}?t={old}")[0] == 403
        assert fetch(site, f"{path}?t={chapter.generation}")[0] == 200


def test_the_site_closes_at_once_with_requests_at_work():
    """A site that still holds and stalls requests ends within a second, and so do its clients."""
    with Site() as site:
        page_with(site, site_faults.stall(25))
        gate = site.hold(1)
        address = site.root.rpartition(":")[2]
        client = socket.create_connection(("127.0.0.1", int(address)), timeout=10)
        client.sendall(b"GET /p.jpg HTTP/1.1\r\nHost: x\r\n\r\n")
        gate.wait(5)
        start = time.monotonic()
    with client:
        assert client.recv(1) == b""
    assert time.monotonic() - start < 1


def test_gallery_dl_downloads_whole_books_from_every_family(site, gallery_dl, workdir):
    """Series and board make a book for each child, with the names that the site predicts."""
    books = [
        site.add_chapter(1, 3),
        site.add_chapter(2, 2, title="Two & <three>"),
        site.add_thread(),
    ]
    for url in (site.series_url(), f"{site.root}/b/"):
        assert gallery_dl("--cbz", url).returncode == 0
    for book in books:
        assert programs.pages(workdir / "gallery-dl" / book.book) == book.expected()


def test_one_job_visits_a_directory_for_each_note(site, gallery_dl, workdir):
    """Notes of alternating texts fill alternating directories, in the order of the notes."""
    notes = [site.add_note(number, text="ba"[number % 2]) for number in range(1, 5)]
    done = gallery_dl("-d", "out", site.notes_url(), config=site.config(directory=["{text}"]))
    folders = [Path(line).parent.name for line in done.stdout.splitlines()]
    assert folders == ["a", "a", "b", "b", "a", "a", "b", "b"]
    for note in notes:
        for name, body in note.expected().items():
            assert (workdir / "out" / note.text / name).read_bytes() == body


def test_the_site_runs_by_itself():
    """Started as a program, the site prints its address and serves."""
    script = Path(__file__).with_name("gallery_site.py")
    command = [sys.executable, str(script), "--pages", "2", "--chapters", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            root = process.stdout.readline().strip()
            with opened(f"{root}/series/comic") as answer:
                assert b"Chapter 1" in answer.read()
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_a_run_in_the_tests_process_leaves_nothing_behind(tmp_path):
    """Two runs against two sites in one process both work, and leave no trace."""
    from gallery_dl import config, extractor, output, util

    root = logging.getLogger()
    before = (sys.argv, signal.getsignal(signal.SIGUSR1), list(root.handlers), root.level)
    options = ("-o", "signals-ignore=SIGUSR1", "-o", "filters-environment=raw", "--no-colors")
    compile_expression = util.compile_expression
    for number in (1, 2):
        with gallery_dl_state.restored(), Site() as site:
            chapter = site.add_chapter(1, 2)
            folder = tmp_path / str(number)
            arguments = ("-d", folder, "--cbz", *options, chapter.url)
            assert gallery_dl_state.main(arguments, site.config()) == 0
            assert programs.pages(folder / chapter.book) == chapter.expected()
            assert signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN
        after = (sys.argv, signal.getsignal(signal.SIGUSR1), list(root.handlers), root.level)
        assert after == before
        assert not config._config
        assert not extractor._cache
        assert util.compile_expression is compile_expression
        assert logging.getLoggerClass() is not output.Logger
