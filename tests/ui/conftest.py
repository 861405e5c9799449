import contextlib
import fcntl
import os
import pty
import re
import struct
import termios
import threading

import pytest

from cbzsafe.model import (
    ArchiveReport,
    BookReport,
    CheckReport,
    Code,
    Condition,
    Finding,
    Outcome,
    Problem,
    RepairedArchive,
    RepairOutcome,
    RepairReport,
    RunReport,
    Severity,
)

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


@pytest.fixture
def bad_pages():
    """Give a function that makes so many pages' findings, from page 1 on."""

    def made(count):
        text = "The page's bytes are not those that were packed."
        return tuple(
            Finding(Code.BAD_CRC, text, f"{number:03}.jpg", number * 1000, number * 1000 + 700)
            for number in range(1, count + 1)
        )

    return made


@pytest.fixture
def damaged(bad_pages):
    return ArchiveReport("/srv/a.cbz", Condition.DAMAGED, 40, 30_100_000, bad_pages(2))


@pytest.fixture
def odd():
    gap = Finding(Code.NUMBERING_GAP, "The pages' numbers leave out 7.")
    return ArchiveReport("/srv/odd.cbz", Condition.SOUND, 20, 9_000_000, (gap,))


@pytest.fixture
def check_report(damaged, odd):
    """60 archives, of which three are not sound and one is odd."""
    rar = Finding(Code.NOT_A_ZIP, "The file is no ZIP file but a RAR archive.", None, 0, 14_000_000)
    return CheckReport(
        archives=(
            damaged,
            ArchiveReport("/srv/b.cbz", Condition.UNREADABLE, 0, 14_000_000, (rar,)),
            ArchiveReport("/srv/c.cbz", Condition.CHANGING, 0, 1_000, problem="It changed."),
            ArchiveReport("/srv/d.cbz", Condition.VANISHED, problem="It is not there any more."),
            odd,
        ),
        sound=56,
        damaged=1,
        unreadable=1,
        changing=1,
        vanished=1,
        pages=2300,
        size=1_800_000_000,
        status=2,
        seconds=0.34,
        problems=(Problem("/srv/e has no archive in it."),),
    )


@pytest.fixture
def repaired(bad_pages):
    """An archive in which everything happened that can happen to a repaired one."""
    return RepairedArchive(
        path="/srv/a.cbz",
        outcome=RepairOutcome.PARTLY,
        before=(Finding(Code.NO_INDEX, "The file has no index at its end."), *bad_pages(2)),
        pages=38,
        recovered=("008.jpg", "009.jpg"),
        lost=bad_pages(2),
        gaps=(7, 8, 9, 12),
        kept=("003.jpg",),
        renamed=(("../1.jpg", "1.jpg"),),
        backup="/srv/.a.cbz.old",
        size=28_000_000,
    )


@pytest.fixture
def repair_report(repaired):
    left = RepairedArchive(
        path="/srv/b.cbz",
        outcome=RepairOutcome.LEFT,
        pages=20,
        size=9_000_000,
        problem="No page of it can be proved.",
    )
    return RepairReport((repaired, left), sound=8, partly=1, left=1, status=1, seconds=3.14)


@pytest.fixture
def hostile():
    """A name that tries everything: not UTF-8, colours, markup, lines, direction, Japanese."""
    return os.fsdecode(b"caf\xe9 \x1b[31m[bold]\n") + "\u202e:smile: \u9032\u6483"
