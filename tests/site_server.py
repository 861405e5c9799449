"""The HTTP server of the loopback site: connections, responses, and the means that faults need."""

from __future__ import annotations

import re
import socket
import struct
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from site_faults import half

if TYPE_CHECKING:
    from site_faults import Page

PATIENCE = 30.0
"""Seconds after which anything that waits on the site gives up."""


class Gate:
    """Holds one page request, so that a test can act while a program waits for that page."""

    def __init__(self, nth: int, *, middle: bool) -> None:
        self.countdown = nth
        self.middle = middle
        self.reached = threading.Event()
        self.opened = threading.Event()

    def wait(self, timeout: float = PATIENCE) -> None:
        """Wait until the request is held; every earlier page was then taken by the client."""
        if not self.reached.wait(timeout):
            raise TimeoutError(f"no page request was held within {timeout} s")

    def open(self) -> None:
        """Let the request go on."""
        self.opened.set()

    def hold(self) -> None:
        """Called by the site: report the request, and wait for `open`."""
        self.reached.set()
        self.opened.wait(PATIENCE)


class Server(ThreadingHTTPServer):
    """The server: knows its connections, so that it can end them all."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], site: Any) -> None:
        self.site = site
        self.errors: list[BaseException] = []
        self.resets: set[socket.socket] = set()
        self.connections: set[socket.socket] = set()
        self.idle = threading.Condition()
        super().__init__(address, Exchange)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.idle:
            self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        if request in self.resets:
            request.close()  # with the FIN that the base class sends first there is no RST
        else:
            super().shutdown_request(request)
        with self.idle:
            self.resets.discard(request)
            self.connections.discard(request)
            self.idle.notify_all()

    def handle_error(self, *_: object) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.errors.append(error)

    def hang_up(self) -> None:
        """End every connection, and wait for its thread."""
        with self.idle:
            for connection in self.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self.idle.wait_for(lambda: not self.connections, PATIENCE)


class Exchange(BaseHTTPRequestHandler):
    """One request and its response, with the means that faults need."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = PATIENCE
    server: Server

    def do_GET(self) -> None:
        """Hand the request to the site."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.site.serve(self, body)

    do_POST = do_GET  # noqa: N815 (named by http.server)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the site."""
        if seconds > 0 and self.server.site.closing.wait(seconds):
            raise ConnectionAbortedError("the site was closed")

    def write(self, data: bytes) -> None:
        """Send bytes of the body."""
        self.wfile.write(data)

    def reset(self) -> None:
        """End the connection with a RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.resets.add(self.connection)
        self.close_connection = True

    def head(self, status: int, headers: dict[str, str], length: int | None) -> None:
        """Send the status and headers; a length of None means that the end is the connection's."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def start(self, page: Page, length: int | None, status: int = 200, **more: str) -> None:
        """Send a page's status and headers."""
        self.head(status, {"Content-Type": page.content_type, **page.headers, **more}, length)

    def answer_page(self, page: Page, body: bytes, length: int | None) -> None:
        """Send a body in the name of a page, closing the connection where the length is a lie."""
        self.start(page, length)
        self.write(body)
        self.close_connection = self.close_connection or length != len(body)

    def answer(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = "text/html",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send a whole response that is no page."""
        self.head(status, {"Content-Type": content_type, **(headers or {})}, len(body))
        self.write(body)

    def send(self, page: Page, gate: Gate | None = None) -> None:
        """Send a page as it should be, or the range of it that was asked for."""
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and self.server.site.ranges:
            self._send_range(page, int(wanted[1]))
            return
        self.start(page, len(page.body))
        self.write(half(page.body))
        if gate is not None:
            gate.hold()
        self.write(page.body[len(half(page.body)) :])

    def _send_range(self, page: Page, start: int) -> None:
        size = len(page.body)
        if start >= size:
            self.answer(b"", status=416, headers={"Content-Range": f"bytes */{size}"})
            return
        span = {"Content-Range": f"bytes {start}-{size - 1}/{size}"}
        self.start(page, size - start, 206, **span)
        self.write(page.body[start:])
