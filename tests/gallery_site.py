"""A web site on the loopback that gallery-dl downloads from, with faults on request.

`Site` is a real HTTP/1.1 server with three kinds of galleries (see `site_families`), whose pages
fail as the tests ask (see `site_faults`). By itself, for demonstrations::

    python tests/gallery_site.py --port 0 --pages 12 --delay 0.05 --chapters 2
"""

from __future__ import annotations

import argparse
import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from site_families import Chapter, Note, Thread, make_pages, series_document
from site_server import PATIENCE, Exchange, Gate, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from site_faults import Page

HTML = "text/html; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """One request as the site saw it; `page` is the page's name, or None for other documents."""

    method: str
    path: str
    headers: dict[str, str]
    time: float
    page: str | None


class Site:
    """The site, a context manager; see the module.

    Attributes:
        root: its address, without a slash at its end.
        delay: seconds before each page's response.
        ranges: whether requests with `Range` get a part (206).
        tokens: whether chapters made from now on have page addresses that go stale.
        log: every request, in the order of arrival.
        on_request: called with each `Request` before it is answered.
    """

    def __init__(self, port: int = 0, delay: float = 0.0, *, tokens: bool = False) -> None:
        self.delay = delay
        self.tokens = tokens
        self.ranges = True
        self.log: list[Request] = []
        self.on_request: Callable[[Request], None] | None = None
        self.closing = threading.Event()
        self.chapters: list[Chapter] = []
        self.threads: list[Thread] = []
        self.notes: list[Note] = []
        self._pages: dict[str, tuple[Page, Chapter | None]] = {}
        self._documents: dict[str, tuple[str, Callable[[bytes], bytes]]] = {}
        self._gates: list[Gate] = []
        self._lock = threading.Lock()
        self._server = Server(("127.0.0.1", port), self)
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        # the default of half a second is what each test would wait for at its end
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.daemon = True

    def __enter__(self):
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Stop, and raise what went wrong in the site itself."""
        self.close()
        if kind is None and self._server.errors:
            raise self._server.errors[0]

    def close(self) -> None:
        """Stop, releasing every held request and closing every connection."""
        self.closing.set()
        for gate in self._gates:
            gate.open()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join(PATIENCE)

    def add_chapter(
        self,
        number: int = 1,
        pages: int | list[Page] = 12,
        slug: str = "comic",
        manga: str = "Comic",
        title: str = "",
        volume: int = 0,
    ) -> Chapter:
        """Add a FoolSlide chapter, of so many generated pages or of those given."""
        made = _pages(pages, f"c{number:03}_", number)
        chapter = Chapter(self.root, slug, number, made, manga, title, self.tokens, volume=volume)
        self.chapters.append(chapter)
        self._documents[chapter.path] = (HTML, chapter.document)
        self._documents[f"/series/{slug}"] = (HTML, lambda _: self._series(slug))
        self._pages |= {chapter.page_path(page): (page, chapter) for page in made}
        return chapter

    def series_url(self, slug: str = "comic") -> str:
        """The address of a series, whose chapters become child jobs."""
        return f"{self.root}/series/{slug}"

    def add_thread(
        self, number: int = 1, pages: int | list[Page] = 3, board: str = "b", title: str = "Thread"
    ) -> Thread:
        """Add a vichan thread; `{root}/{board}/` is the board, whose threads become child jobs."""
        made = _pages(pages, f"t{number}_", 100 + number)
        thread = Thread(self.root, board, number, made, title)
        self.threads.append(thread)
        self._documents[f"/{board}/res/{number}.json"] = (JSON, thread.document)
        self._documents[f"/{board}/threads.json"] = (JSON, lambda _: self._board(board))
        for index, page in enumerate(made):
            self._pages[thread.page_path(index)] = (page, None)
        return thread

    def add_note(
        self, number: int = 1, pages: int | list[Page] = 2, user: str = "artist", text: str = "a"
    ) -> Note:
        """Add a Misskey note; its user's job visits notes in the order in which they were added."""
        note = Note(f"n{number}", user, text, _pages(pages, f"n{number}_", 200 + number))
        self.notes.append(note)
        self._documents["/api/users/show"] = (JSON, _user)
        self._documents["/api/users/notes"] = (JSON, self._timeline)
        self._pages |= {note.page_path(page): (page, None) for page in note.pages}
        return note

    def notes_url(self, user: str = "artist") -> str:
        """The address of a user's notes: one job that visits a directory for each note."""
        return f"{self.root}/@{user}/notes"

    def add_file(self, path: str, page: Page) -> None:
        """Serve a page at a path of its own, as for a `redirect`."""
        self._pages[path] = (page, None)

    def hold(self, nth: int = 1, *, middle: bool = False) -> Gate:
        """Hold the nth page request from now, before its response or in the middle of its body."""
        gate = Gate(nth, middle=middle)
        with self._lock:
            self._gates.append(gate)
        return gate

    def page_requests(self) -> Counter[str]:
        """How often each page was asked for, by `Page.name`."""
        return Counter(request.page for request in list(self.log) if request.page)

    def chapter_requests(self) -> Counter[str]:
        """How often each document that is no page was asked for, by path."""
        return Counter(request.path for request in list(self.log) if not request.page)

    def clear(self) -> None:
        """Forget the requests so far."""
        self.log.clear()

    def config(self, **options: Any) -> dict[str, Any]:
        """A gallery-dl configuration in which every family of the site works.

        Args:
            options: a dict for `downloader`, `output`, `cache`, `postprocessor` or `cbzsafe` is
                that section; everything else goes into `extractor`, with `_` for `-` in its name.

        No request is repeated by default, for the downloader sleeps a second before the first
        repetition (`gallery_dl/downloader/http.py`). Only the needed extractor modules are
        imported, which makes each run half a second shorter.
        """
        sections = {"downloader", "output", "cache", "postprocessor", "cbzsafe"}
        made: dict[str, Any] = {"cache": {"file": None}, "downloader": {"retries": 0}}
        extractor: dict[str, Any] = {"modules": ["foolslide", "vichan", "misskey"], "retries": 0}
        instance = {"root": self.root, "pattern": re.escape(urlsplit(self.root).netloc)}
        extractor["foolslide"] = {"local": instance}
        extractor["vichan"] = {"localchan": instance}
        extractor["misskey"] = {"localkey": instance}
        for name, value in options.items():
            if name in sections:
                made[name] = {**made.get(name, {}), **value}
            else:
                extractor[name.replace("_", "-")] = value
        return {"extractor": extractor, **made}

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """Answer one request; called by the server's threads."""
        address = urlsplit(exchange.path)
        path = unquote(address.path).rstrip("/")
        page, chapter = self._pages.get(path, (None, None))
        self._note(exchange, path, page)
        if page is not None:
            self._serve_page(exchange, page, stale=bool(chapter and chapter.stale(address.query)))
        elif path in self._documents:
            kind, document = self._documents[path]
            exchange.answer(document(body), content_type=kind)
        else:
            exchange.answer(b"not here\n", status=404, content_type="text/plain")

    def _note(self, exchange: Exchange, path: str, page: Page | None) -> None:
        headers = dict(exchange.headers.items())
        name = page.name if page is not None else None
        request = Request(exchange.command, path, headers, time.time(), name)
        self.log.append(request)
        if self.on_request is not None:
            self.on_request(request)

    def _serve_page(self, exchange: Exchange, page: Page, *, stale: bool) -> None:
        with self._lock:
            gate = self._gate()
            fault = None if stale else page.take_fault()
        exchange.pause(self.delay)
        if gate is not None and not gate.middle:
            gate.hold()
        if stale:
            exchange.answer(b"gone stale\n", status=403, content_type="text/plain")
        elif fault is not None:
            fault.act(exchange, page)
        else:
            exchange.send(page, gate if gate and gate.middle else None)

    def _gate(self) -> Gate | None:
        for gate in self._gates:
            gate.countdown -= 1
        return next((gate for gate in self._gates if gate.countdown == 0), None)

    def _series(self, slug: str) -> bytes:
        return series_document([chapter for chapter in self.chapters if chapter.slug == slug])

    def _board(self, board: str) -> bytes:
        numbers = [{"no": thread.number} for thread in self.threads if thread.board == board]
        return json.dumps([{"page": 0, "threads": numbers}]).encode()

    def _timeline(self, body: bytes) -> bytes:
        asked = json.loads(body)
        notes = [note for note in self.notes if asked["userId"] == "id-" + note.user]
        # everything is on the first page
        listed = [] if "untilId" in asked else [note.document(self.root) for note in notes]
        return json.dumps(listed).encode()


def _user(body: bytes) -> bytes:
    name = json.loads(body)["username"]
    return json.dumps({"id": "id-" + name, "username": name, "host": None}).encode()


def _pages(pages: int | list[Page], prefix: str, group: int) -> list[Page]:
    if isinstance(pages, list):
        return pages
    return make_pages(pages, prefix, first_seed=group * 1000)


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description="a loopback FoolSlide site")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--chapters", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each page")
    args = parser.parse_args()
    with Site(args.port, args.delay) as site:
        for number in range(1, args.chapters + 1):
            site.add_chapter(number, args.pages)
        try:
            print(site.root, flush=True)  # noqa: T201 (its whole output)
            site.closing.wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
