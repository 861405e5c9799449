"""Servers on the loopback that answer as Komga and Kavita do, or as a test asks."""

from __future__ import annotations

import json
import socket
import struct
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIBRARY = "0B79XX36S0YJ4"
"""The one library of the Komga."""

PATIENCE = 20.0
"""Seconds after which a request that hangs is let go."""


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self):
        return json.loads(self.body)


class Listener:
    """A server that keeps what it hears.

    Attributes:
        root: its address.
        heard: the requests so far.
        faults: what the next requests get instead of the right answer, each a function of the
            handler.
    """

    def __init__(self):
        self.heard = []
        self.faults = []
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # a client that gave up
        self._server.listener = self
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def secure(self, context):
        """Speak TLS from now on; before the start."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.root = self.root.replace("http:", "https:")

    def __enter__(self):
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(self, *_):
        """Let go of what hangs, and stop."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE)

    def answer(self, _):
        """Give the status of the right answer to a request."""
        return 204


class Komga(Listener):
    """Answers as `LibraryController.libraryScan` of Komga does, behind its security filters."""

    def __init__(self, key):
        super().__init__()
        self._key = key
        self.address = f"komga+{self.root}/libraries/{LIBRARY}"

    def answer(self, heard):
        """Give 202 for a scan of the library by who may ask for it."""
        if heard.headers.get("X-API-Key") != self._key:
            return 401
        known = (heard.method, heard.path) == ("POST", f"/api/v1/libraries/{LIBRARY}/scan")
        return 202 if known else 404


class Kavita(Listener):
    """Answers as `LibraryController.ScanFolder` of Kavita does."""

    def __init__(self, key):
        super().__init__()
        self._key = key
        self.address = f"kavita+{self.root}"

    def answer(self, heard):
        """Give 200 for a folder without two dots, by who may ask for it."""
        if (heard.method, heard.path) != ("POST", "/api/Library/scan-folder"):
            return 404
        if not heard.headers["Content-Type"].startswith("application/json"):
            return 415
        if set(heard.data) != {"apiKey", "folderPath", "abortOnNoSeriesMatch"}:
            return 400
        if heard.data["apiKey"] != self._key:
            return 401
        return 400 if ".." in heard.data["folderPath"] else 200

    def folders(self):
        """Give the folders that it was told of."""
        return [heard.data["folderPath"] for heard in self.heard]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        heard = Heard(self.command, self.path, dict(self.headers.items()), body)
        listener = self.server.listener
        listener.heard.append(heard)
        fault = listener.faults.pop(0) if listener.faults else None
        fault(self) if fault else self.reply(listener.answer(heard))

    do_GET = do_POST  # noqa: N815 (named by http.server)

    def reply(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def status(code, **headers):
    """Answer with a status, and headers with `_` for `-` in their names."""
    return lambda handler: handler.reply(code, **headers)


def hang(handler):
    """Answer nothing until the server ends."""
    handler.server.listener.closing.wait(PATIENCE)
    handler.close_connection = True


def trickle(handler):
    """Send a head that never ends, a byte now and then."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not handler.server.listener.closing.wait(0.02):
        handler.wfile.write(b"x")
    handler.close_connection = True


def reset(handler):
    """End the connection with a RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def close(handler):
    """End the connection without an answer."""
    handler.close_connection = True
