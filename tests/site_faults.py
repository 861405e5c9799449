"""The pages of the loopback site, and everything that can go wrong while one is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HTML = b"<html><head><title>Error</title></head><body><h1>Be patient</h1></body></html>\n"
"""An error page without a doctype: gallery-dl's signature check does not know it as HTML."""

HTML_DOCTYPE = b"<!DOCTYPE html>\n" + HTML
"""An error page that gallery-dl's `adjust-extensions` renames to `.html`."""


@dataclass
class Fault:
    """One way in which a page fails.

    Attributes:
        name: what it is, for failures of tests.
        act: answers the request; is given the exchange and the page.
        times: requests that it spoils before it is used up; None means every one.
    """

    name: str
    act: Callable[[Any, Page], None]
    times: int | None = 1


@dataclass
class Page:
    """One file that the site serves.

    Attributes:
        name: last part of its address, with the extension; the key of `Site.page_requests`.
        body: the whole file.
        content_type: the header of that name.
        faults: what happens to its requests, used up from the first; then it comes whole.
        headers: more response headers, such as `Last-Modified`.
    """

    name: str
    body: bytes
    content_type: str = "image/jpeg"
    faults: list[Fault] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def extension(self) -> str:
        """The name's extension, without the dot."""
        return self.name.rpartition(".")[2]

    def take_fault(self) -> Fault | None:
        """The fault of the next request, counted down; None when the page comes whole."""
        for fault in self.faults:
            if fault.times is None:
                return fault
            if fault.times > 0:
                fault.times -= 1
                return fault
        return None


def status(code: int, times: int | None = 1) -> Fault:
    """Answer with this HTTP status and a short text."""
    return Fault(
        f"status {code}",
        lambda exchange, _: exchange.answer(b"no\n", status=code, content_type="text/plain"),
        times,
    )


def redirect(location: str, times: int | None = 1) -> Fault:
    """Send the client elsewhere; `location` is a path on the site, or a whole address."""
    return Fault(
        f"redirect to {location}",
        lambda exchange, _: exchange.answer(b"", status=302, headers={"Location": location}),
        times,
    )


def reset(times: int | None = 1, *, middle: bool = False) -> Fault:
    """Reset the connection (RST), before the response or in the middle of its body."""

    def act(exchange: Any, page: Page) -> None:
        if middle:
            exchange.start(page, length=len(page.body))
            exchange.write(page.body[: len(page.body) // 2])
        exchange.reset()

    return Fault("reset", act, times)


def short_without_length(times: int | None = 1) -> Fault:
    """Send the first half and close, without a Content-Length: no client can tell."""
    return Fault(
        "short without length",
        lambda exchange, page: exchange.answer_page(page, half(page.body), length=None),
        times,
    )


def short_with_length(times: int | None = 1) -> Fault:
    """Declare the whole length, send the first half and close."""
    return Fault(
        "short with length",
        lambda exchange, page: exchange.answer_page(page, half(page.body), length=len(page.body)),
        times,
    )


def html(times: int | None = 1) -> Fault:
    """Send an error page, declared as such, with status 200."""
    return Fault(
        "html",
        lambda exchange, _: exchange.answer(HTML, content_type="text/html; charset=utf-8"),
        times,
    )


def html_as_jpeg(times: int | None = 1, *, doctype: bool = False) -> Fault:
    """Send an error page with status 200, declared as the picture it is not."""
    return other_bytes(HTML_DOCTYPE if doctype else HTML, times)


def other_bytes(body: bytes, times: int | None = 1) -> Fault:
    """Send these bytes in place of the page's, and in every respect as if they were."""
    return Fault(
        "other bytes", lambda exchange, page: exchange.answer_page(page, body, len(body)), times
    )


def empty(times: int | None = 1) -> Fault:
    """Send no body, and declare that."""
    return other_bytes(b"", times)


def empty_without_length(times: int | None = 1) -> Fault:
    """Send no body, without a Content-Length."""
    return Fault(
        "empty without length",
        lambda exchange, page: exchange.answer_page(page, b"", length=None),
        times,
    )


def stall(seconds: float, times: int | None = 1, *, middle: bool = False) -> Fault:
    """Do nothing for a while, before the response or in the middle of its body; then go on."""

    def act(exchange: Any, page: Page) -> None:
        if not middle:
            exchange.pause(seconds)
        exchange.start(page, length=len(page.body))
        exchange.write(half(page.body))
        if middle:
            exchange.pause(seconds)
        exchange.write(page.body[len(half(page.body)) :])

    return Fault("stall", act, times)


def trickle(rate: int, times: int | None = 1) -> Fault:
    """Send the page whole, at `rate` bytes a second in twenty portions a second."""
    portion = max(1, rate // 20)

    def act(exchange: Any, page: Page) -> None:
        exchange.start(page, length=len(page.body))
        for start in range(0, len(page.body), portion):
            exchange.write(page.body[start : start + portion])
            exchange.pause(portion / rate)

    return Fault("trickle", act, times)


def endless(times: int | None = 1, *, rate: int = 4 << 20, limit: int = 1 << 30) -> Fault:
    """Send the page and then zeros at `rate` bytes a second until the client goes."""
    portion = bytes(max(1, rate // 50))

    def act(exchange: Any, page: Page) -> None:
        exchange.start(page, length=None)
        exchange.write(page.body)
        for _ in range(limit // len(portion)):
            exchange.write(portion)
            exchange.pause(len(portion) / rate)

    return Fault("endless", act, times)


def half(body: bytes) -> bytes:
    """The first half of a body, as the short faults send it."""
    return body[: len(body) // 2]
