"""The processes that are killed."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import programs
from soak.shelves import HISTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

LOCK_TIMEOUT = 1
"""Seconds for which a process waits for a book on which another works."""

WAITING = 3
"""How many seconds of waiting count as one of work."""


class Worker:
    """One run of cbzsafe.

    Args:
        number: tells the site who asks.
        folder: where it works.
        config: the file of gallery-dl's configuration.
        urls: the file of the chapters' addresses.
        lifetime: its `age` at which it is to be killed.
    """

    def __init__(
        self, number: int, folder: Path, config: Path, urls: Path, lifetime: float = math.inf
    ) -> None:
        self.number = number
        self.lifetime = lifetime
        self._began = time.monotonic()
        self.peak = 0
        self.words = folder.parent / f"stderr-{number}.txt"
        with self.words.open("w", encoding="utf-8") as stderr:
            self.process = subprocess.Popen(
                command(number, config, urls),
                cwd=folder,
                env=programs.environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )

    def sample(self) -> int:
        """Give the bytes of memory that it has now, and note what it had at most."""
        now, peak = memory(self.process.pid)
        self.peak = max(self.peak, peak)
        return now

    @property
    def age(self) -> float:
        """Its seconds of processor time, and a part of all others.

        So it gets about as far in its life where others keep the machine busy, and is killed while
        it waits, too.
        """
        return processor_time(self.process.pid) + (time.monotonic() - self._began) / WAITING

    def kill(self) -> bool:
        """Kill it; gives False where it had ended by itself before that."""
        self.sample()
        self.process.kill()
        return self.process.wait(programs.TIMEOUT) == -signal.SIGKILL

    def tidy(self) -> None:
        """Drop what it said."""
        self.words.unlink(missing_ok=True)


def command(number: int, config: Path, urls: Path) -> Sequence[str]:
    """Give the command of a run, in which only the number differs from one to the next."""
    ours = ("--download-archive", HISTORY, "--lock-timeout", str(LOCK_TIMEOUT))
    theirs = ("--config-ignore", "-c", str(config), "-o", f"user-agent=soak/{number}")
    return [sys.executable, "-m", "cbzsafe", *theirs, *ours, "-i", str(urls)]


def memory(pid: int) -> tuple[int, int]:
    """Read how many bytes a process has in memory, and had at most; zeros where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    told = {line.partition(":")[0]: line.split()[1:2] for line in lines}
    now, peak = (int((told.get(name) or ["0"])[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak


def processor_time(pid: int) -> float:
    """Read how many seconds a process has worked, 0.0 where it is gone; see proc(5), `stat`."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
