"""The loopback site, on which a share of all requests fails, and which keeps account of each."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import site_faults as faults
from gallery_site import HTML, Site
from site_faults import Fault, Page

if TYPE_CHECKING:
    from site_server import Exchange

PATIENCE = 3.0
"""Seconds after which the client gives a response up; see `stall`."""


def cut_in_the_middle(page: Page) -> bytes:
    """Take the third quarter out of a picture, and leave both of its ends."""
    half, rest = len(page.body) // 2, len(page.body) // 4
    return page.body[:half] + page.body[-rest:]


def _answer_cut() -> Fault:
    def act(exchange: Any, page: Page) -> None:
        body = cut_in_the_middle(page)
        exchange.answer_page(page, body, len(body))

    return Fault("cut in its midst", act)


KINDS: dict[str, tuple[Fault, int]] = {
    "reset": (faults.reset(), 5),
    "reset in the midst": (faults.reset(middle=True), 5),
    "status 500": (faults.status(500), 10),
    "status 503": (faults.status(503), 10),
    "status 404": (faults.status(404), 10),
    "empty body": (faults.empty(), 10),
    "truncated, length right": (faults.short_with_length(), 10),
    "truncated, no length": (faults.short_without_length(), 10),
    "HTML with status 200": (faults.html(), 5),
    "HTML as a picture": (faults.html_as_jpeg(), 5),
    "picture cut in its midst": (_answer_cut(), 10),
    "stall": (faults.stall(PATIENCE + 1), 2),
}
"""What may happen to a request, and how often in proportion; a stall costs seconds."""

PICTURES_ONLY = {"picture cut in its midst", "HTML as a picture"}


def drawn(seed: int, path: str, number: int, rate: float, *, picture: bool) -> str:
    """Draw the fault of a path's request of this number, or '' where it is answered rightly.

    It does not depend on when the request comes, so that a seed gives the same site each time.
    """
    dice = random.Random(f"{seed} {path} {number}")
    if dice.random() >= rate:
        return ""
    names = [name for name in KINDS if picture or name not in PICTURES_ONLY]
    return dice.choices(names, [KINDS[name][1] for name in names])[0]


@dataclass(slots=True)
class Served:
    """One request, as the site knows it.

    Attributes:
        worker: the number of the process that asked, from its `User-Agent`.
        path: what was asked for.
        page: whether it is a page; else it is a chapter's document.
        fault: what was done to it, '' for nothing.
        whole: whether every byte was handed to the connection, and no fault was done.
    """

    worker: int
    path: str
    page: bool
    fault: str = ""
    whole: bool = False


class FaultySite(Site):
    """A site whose requests fail at random.

    Args:
        seed: of the faults.
        rate: the share of the requests that fail.
    """

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__()
        self.seed = seed
        self.rate = rate
        self.account: list[Served] = []
        self._numbers: Counter[str] = Counter()
        self._guard = threading.Lock()

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """Answer one request; called by the server's threads."""
        path = unquote(urlsplit(exchange.path).path).rstrip("/")
        page = self._pages[path][0] if path in self._pages else self._document(path, body)
        if page is None:
            exchange.answer(b"not here\n", status=404, content_type="text/plain")
            return
        served = self._enter(exchange, path)
        if served.fault:
            KINDS[served.fault][0].act(exchange, page)
        else:
            exchange.send(page)
            served.whole = True

    def _document(self, path: str, body: bytes) -> Page | None:
        if path not in self._documents:
            return None
        return Page(path, self._documents[path][1](body), HTML)

    def _enter(self, exchange: Exchange, path: str) -> Served:
        """Write a request into the account, in the order of arrival."""
        with self._guard:
            self._numbers[path] += 1
            picture = path in self._pages
            number = self._numbers[path]
            fault = drawn(self.seed, path, number, self.rate, picture=picture)
            served = Served(asked_by(exchange.headers.get("User-Agent", "")), path, picture, fault)
            self.account.append(served)
        return served


def asked_by(agent: str) -> int:
    """Give the number of the process whose `User-Agent` this is, -1 for a stranger."""
    name, _, number = agent.partition("/")
    return int(number) if name == "soak" and number.isdecimal() else -1
