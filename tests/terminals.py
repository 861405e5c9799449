"""A terminal for programs: the kernel's pseudo-terminal, and pyte, which shows what is on it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import termios
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import launcher
import programs
import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

PATIENCE = 20.0
"""Seconds that something is waited for."""


class Terminal:
    """A terminal that programs write to, until it is closed.

    Attributes:
        stream: the programs' side.
        output: all bytes that came.

    Args:
        columns: cells of a line.
        lines: of the screen.
    """

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self._master, slave = pty.openpty()
        self.stream = os.fdopen(slave, "w", encoding="utf-8")
        self.output = b""
        self._screen = pyte.HistoryScreen(columns or 80, lines or 24, history=1000)
        self._emulator = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._gone = False
        self._tell(columns, lines)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        """Give the terminal."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _tell(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.stream, termios.TIOCSWINSZ, size)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # EIO: nobody has the programs' side any more
            while not self._gone:
                if not select.select([self._master], [], [], 0.05)[0]:
                    continue
                data = os.read(self._master, 1 << 16)
                with self._lock:
                    self.output += data
                    self._emulator.feed(data)

    def start(
        self,
        args: Iterable[object],
        cwd: Path,
        config: Mapping[str, Any],
        *,
        stdout: Any = None,
        stderr: Any = None,
        module: str = "cbzsafe",
        **variables: str,
    ) -> launcher.Launched:
        """Start a program of which the terminal is the standard streams.

        Args:
            args: its arguments.
            cwd: its working directory.
            config: the only configuration of gallery-dl's that it reads.
            stdout: a file in place of the terminal; likewise stderr.
            stderr: see above.
            module: the program.
            variables: more variables; TERM is set.
        """
        words = [*programs._options(cwd, config), *map(str, args)]
        env = programs.environment(cwd, {"TERM": "xterm-256color", **variables})
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            env.pop(name, None)
        slave = os.open(os.ttyname(self.stream.fileno()), os.O_RDWR | os.O_NOCTTY)
        with os.fdopen(slave, encoding="utf-8") as stdin:
            streams = (stdin, stdout or self.stream, stderr or self.stream)
            return launcher.launch(module, words, cwd, env, streams)

    def shown(self) -> list[str]:
        """The lines on the screen, without blank ones at its end."""
        with self._lock:
            lines = [line.rstrip() for line in self._screen.display]
        while lines and not lines[-1]:
            del lines[-1]
        return lines

    def scrolled(self) -> list[str]:
        """The lines that have left the screen, and those on it."""
        with self._lock:
            above = [
                "".join(line[x].data for x in range(self._screen.columns)).rstrip()
                for line in self._screen.history.top
            ]
        return above + self.shown()

    def cursor(self) -> tuple[int, int, bool]:
        """The cursor's line and column, from 0, and whether it is hidden."""
        with self._lock:
            cursor = self._screen.cursor
            return cursor.y, cursor.x, cursor.hidden

    def until(self, condition: Callable[[list[str]], object]) -> list[str]:
        """Wait until a screen is as it should be, and give it.

        Raises:
            AssertionError: it does not become so; the screen is its text.
        """
        end = time.monotonic() + PATIENCE
        while not condition(shown := self.shown()):
            assert time.monotonic() < end, "\n".join(shown)
            time.sleep(0.01)
        return shown

    def until_has(self, text: str) -> list[str]:
        """Wait until a text is on the screen, and give the screen."""
        return self.until(lambda shown: any(text in line for line in shown))

    def resize(self, columns: int, lines: int) -> None:
        """Make the terminal larger or smaller."""
        with self._lock:
            self._screen.resize(lines, columns)
            self._tell(columns, lines)

    def type(self, text: str) -> None:
        """Type on its keyboard."""
        os.write(self._master, text.encode())

    def attributes(self) -> list[Any]:
        """How the kernel treats it: echo, line by line, and so on."""
        return termios.tcgetattr(self.stream)

    def vanish(self) -> None:
        """Close the window: whoever writes gets EIO."""
        self._gone = True
        self.close()

    def close(self) -> None:
        """Read what is left, and close both sides."""
        self.stream.close()
        self._reader.join(PATIENCE)
        with contextlib.suppress(OSError):  # it has vanished
            os.close(self._master)
        self._master = -1
