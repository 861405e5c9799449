"""One or several runs at a time, killed again and again and started again until they are done."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from soak import shelves
from soak.workers import Worker

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from soak.shelves import Expected
    from soak.site_client import Remote

TICK = 0.05
LOOKED_AT_EVERY = 2.0
"""Seconds between two looks at the library while it is worked on."""
LOOKED_AT = 40
"""How many books are looked at each time, of the series that is under way and of the others."""
PATIENCE = 600.0
"""Seconds after which a series is given up."""


class Stuck(Exception):
    """A series did not come to its end."""


@dataclass
class Storm:
    """A library that is worked on and killed.

    Attributes:
        folder: where the processes work.
        site: what they download from.
        dice: for who is killed when, and what is looked at.
        every: the age at which a process is killed, on average; 0 for no kills.
        say: told of the progress.
        killed: for each process that was killed the pages that were safe on the disk then.
        statuses: exit statuses of the processes that ended by themselves.
        peaks: the most memory of each process, by its number.
        looks: books that were looked at while the library was worked on.
        broken: what was wrong then.
    """

    folder: Path
    site: Remote
    dice: random.Random
    every: float
    say: Callable[[str], None]
    killed: dict[int, set[str]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    peaks: dict[int, int] = field(default_factory=dict)
    looks: int = 0
    broken: list[str] = field(default_factory=list)
    _done: list[Expected] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        """Make the folder, and the configuration beside it."""
        self.folder.mkdir()
        self._config = self.folder.with_name("config.json")
        self._config.write_text(json.dumps(self.site.config), "utf-8")

    def work(self, books: list[Expected], orders: Sequence[Sequence[str]]) -> None:
        """Let a process for each order of addresses work until one ended with status 0.

        The others come to their ends then as they are.

        Raises:
            Stuck: that takes too long.
        """
        files = [self._listed(at, urls) for at, urls in enumerate(orders)]
        running = {at: self._start(file) for at, file in enumerate(files)}
        try:
            self._work(books, files, running)
        finally:
            for worker in running.values():
                worker.kill()
        self._done += books

    def _work(self, books: list[Expected], files: list[Path], running: dict[int, Worker]) -> None:
        end, look = time.monotonic() + PATIENCE, self._next_look()
        over = False
        while running:
            time.sleep(TICK)
            over = 0 in self._collect(running) or over
            if not over:
                self._kill(books, running)
                running |= {
                    at: self._start(files[at]) for at in range(len(files)) if at not in running
                }
            if time.monotonic() > look:
                self._look(books)
                look = self._next_look()
            if time.monotonic() > end:
                raise Stuck(f"a series was not done after {PATIENCE:g} s")

    def _next_look(self) -> float:
        return time.monotonic() + LOOKED_AT_EVERY

    def _listed(self, at: int, urls: Sequence[str]) -> Path:
        file = self.folder.with_name(f"urls-{at}.txt")
        file.write_text("\n".join(urls), "utf-8")
        return file

    def _start(self, urls: Path) -> Worker:
        self._number += 1
        lifetime = self.dice.expovariate(1 / self.every) if self.every else math.inf
        return Worker(self._number, self.folder, self._config, urls, lifetime)

    def _collect(self, running: dict[int, Worker]) -> list[int]:
        """Take away the processes that ended; give their exit statuses."""
        statuses = []
        for at, worker in list(running.items()):
            worker.sample()
            status = worker.process.poll()
            if status is not None:
                self._ended(worker, status)
                del running[at]
                statuses.append(status)
        return statuses

    def _ended(self, worker: Worker, status: int) -> None:
        self.statuses[status] += 1
        self.peaks[worker.number] = worker.peak
        said = worker.words.read_text("utf-8", errors="replace")
        if status not in {0, 1, 4, 5} or "Traceback" in said:
            self.broken.append(f"exit status {status}: {said[-500:]}")
        worker.tidy()

    def _kill(self, books: list[Expected], running: dict[int, Worker]) -> None:
        """Kill those whose time has come."""
        for at, worker in list(running.items()):
            if worker.age > worker.lifetime and worker.kill():
                self.killed[worker.number] = shelves.safe(self.folder, books)
                self.peaks[worker.number] = worker.peak
                worker.tidy()
                del running[at]

    def _look(self, books: list[Expected]) -> None:
        """Look at some books and at the history, in the midst of the work."""
        self.broken += [f"{b}: in the history too early" for b in shelves.hasty(self.folder, books)]
        for some in (books, self._done):
            there = [book for book in some if shelves.is_there(self.folder, book)]
            for book in self.dice.sample(there, min(LOOKED_AT, len(there))):
                self.looks += 1
                wrong = shelves.trouble(self.folder, book)
                self.broken += [] if wrong is None else [wrong]
        count = self.site.count()
        self.say(
            f"{len(self._done)} chapters done, {count['pages']} page requests, "
            f"{count['faults']} faults, {len(self.killed)} kills, {self.looks} looks"
        )

    def pass_over(self, urls: Sequence[str]) -> list[tuple[int, int]]:
        """Run once more, without kills, over all that is done.

        Returns:
            samples: how many requests it had sent, and the bytes of memory it had then.

        Raises:
            Stuck: that takes too long.
        """
        self.every = 0.0
        worker = self._start(self._listed(0, urls))
        end, before, samples = time.monotonic() + PATIENCE, self.site.count()["requests"], []
        while worker.process.poll() is None:
            samples.append((self.site.count()["requests"] - before, worker.sample()))
            time.sleep(TICK)
            if time.monotonic() > end:
                worker.kill()
                raise Stuck("the last run did not end")
        if worker.process.returncode:
            self.broken.append(f"the last run ended with {worker.process.returncode}")
        self._ended(worker, worker.process.returncode)
        return [(sent, held) for sent, held in samples if held]
