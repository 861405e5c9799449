import contextlib
import fcntl
import os
import pty
import re
import struct
import termios
import threading

import pytest

from cbzsafe.model import BookReport, Outcome, Problem, RunReport, Severity

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """The two sides of a real pseudo-terminal.

    Attributes:
        stream: the side that a program writes to.
        output: what has been written, once the terminal is closed.
        text: the same without colours and movements of the cursor.
    """

    def __init__(self, columns):
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
        self.stream = os.fdopen(slave, "w", encoding="utf-8")
        self.output = self.text = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        chunks = []
        with contextlib.suppress(OSError):  # EIO: the other side is closed
            while chunk := os.read(self._master, 4096):
                chunks.append(chunk)
        self.output = b"".join(chunks).decode().replace("\r\n", "\n")
        self.text = ESCAPE.sub("", self.output)

    def close(self):
        self.stream.close()
        self._reader.join()
        os.close(self._master)


@pytest.fixture
def open_terminal(monkeypatch):
    """Give a function that opens a colour terminal of so many columns for a `with` block."""

    @contextlib.contextmanager
    def opened(columns=100, **environment):
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", str(columns))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        terminal = Terminal(columns)
        try:
            yield terminal
        finally:
            terminal.close()

    return opened


@pytest.fixture
def published():
    return BookReport(
        path="/srv/manga/c001.cbz",
        outcome=Outcome.PUBLISHED,
        url="http://localhost/c001",
        pages=12,
        new=12,
        size=3_400_000,
    )


@pytest.fixture
def held():
    return BookReport(
        path="/srv/manga/c002.cbz",
        outcome=Outcome.HELD,
        staging="/srv/manga/c002",
        url="http://localhost/c002",
        missing=("003.jpg", "007.jpg"),
        staged=10,
        refetched=4,
        whole=False,
        problems=(Problem("The site answered 404; run the command again later.", "003.jpg"),),
    )


@pytest.fixture
def report(published, held):
    return RunReport(
        books=(published, held),
        status=5,
        gallery_dl_status=4,
        started=1700000000.0,
        seconds=12.5,
        problems=(Problem("Two zip entries write one file.", severity=Severity.WARNING),),
        weaker=("JPEG pages were decoded by Pillow, as simplejpeg is not installed.",),
    )


@pytest.fixture
def strange():
    """A book whose names try everything: not UTF-8, colours, markup, lines, Japanese."""
    name = os.fsdecode(b"caf\xe9 \x1b[31m[bold]\n") + "\u202e:smile: 進撃の巨人.cbz"
    return BookReport(
        path=f"/srv/{name}",
        staging=f"/srv/{name}.d",
        outcome=Outcome.FAILED,
        whole=False,
        staged=1,
        missing=("[red]1.jpg",),
        problems=(Problem("It says [/bold] \x07.", os.fsdecode(b"\xff.jpg")),),
    )
