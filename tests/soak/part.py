"""The two parts of a soak: one run at a time, and several on one library."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from soak import ledger, shelves
from soak.site_client import served
from soak.storm import Storm, Stuck

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from pathlib import Path

    from soak.ledger import Ledger
    from soak.shelves import Expected


@dataclass(frozen=True)
class Plan:
    """What a part does.

    Attributes:
        title: for people.
        processes: how many work at once.
        every: the age at which a process is killed, on average; see `workers`.
        seconds: after which no further series is begun.
        series: how many series the site has.
        chapters: of each series.
        rate: the share of the requests that fail.
        seed: of pages, faults and kills.
    """

    title: str
    processes: int
    every: float
    seconds: float
    series: int
    chapters: int
    rate: float
    seed: int


@dataclass
class Result:
    """What came out of a part.

    Attributes:
        plan: what was to be done.
        chapters: those that were done.
        pages: theirs.
        seconds: how long it took.
        killed: processes that were killed.
        statuses: exit statuses of the others.
        looks: books that were looked at meanwhile.
        account: the requests, those of the last run left out.
        again: page requests of the last run, when all was done.
        peaks: chapters that a killed or ended process went through, and the most memory it had.
        samples: chapters that the last run had gone through, and the memory that it had then.
        broken: what was not as promised.
    """

    plan: Plan
    chapters: int = 0
    pages: int = 0
    seconds: float = 0.0
    killed: int = 0
    statuses: Counter[int] | None = None
    looks: int = 0
    account: Ledger | None = None
    again: int = 0
    peaks: list[tuple[int, int]] = field(default_factory=list)
    samples: list[tuple[int, int]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Result:
    """Run one part in an empty folder."""
    result, began = Result(plan), time.monotonic()
    with served(folder, plan.seed, plan.series, plan.chapters, plan.rate) as site:
        storm = Storm(
            folder / "work", site, random.Random(plan.seed), plan.every, _timed(say, began)
        )
        try:
            done = _work(plan, storm, began)
            _judge(result, storm, done, folder)
            _last_run(result, storm, done)
        except Stuck as error:
            result.broken.append(str(error))
        result.broken += storm.broken
        result.statuses, result.looks = storm.statuses, storm.looks
    result.seconds = time.monotonic() - began
    shutil.rmtree(folder / "work")
    return result


def _timed(say: Callable[[str], None], began: float) -> Callable[[str], None]:
    return lambda text: say(f"  {time.monotonic() - began:4.0f} s  {text}")


def _work(plan: Plan, storm: Storm, began: float) -> list[Expected]:
    """Work through the series, as far as the time goes; give the books that are to be there."""
    done: list[Expected] = []
    for _, group in groupby(storm.site.books, lambda book: book.series):
        if done and time.monotonic() - began > plan.seconds:
            break
        books = [*group]
        storm.work(books, orders([b.url for b in books], plan.processes, storm.dice))
        done += books
    return done


def orders(urls: list[str], processes: int, dice: random.Random) -> list[list[str]]:
    """Give each process the addresses in its order: the same for two, backwards, at random."""
    made = [urls, urls, urls[::-1]]
    made += [dice.sample(urls, len(urls)) for _ in range(processes - len(made))]
    return made[:processes]


def _judge(result: Result, storm: Storm, done: list[Expected], folder: Path) -> None:
    """Hold the library against the site, and the requests against faults and kills.

    What a killed process left beside a book is taken away by the next that comes there. Of several
    processes the last kill may be behind the one that has been everywhere; so what belongs to no
    book is looked for after the last run then.
    """
    account = storm.site.account(folder / "account.json")
    passed = ledger.chapters_passed(account)
    result.account = ledger.judge(account, storm.killed)
    result.chapters, result.pages = len(done), sum(len(book.pages) for book in done)
    result.killed = len(storm.killed)
    result.peaks = [(passed[number], peak) for number, peak in storm.peaks.items() if peak]
    check = shelves.final if result.plan.processes == 1 else shelves.wrong
    result.broken += check(storm.folder, done)
    result.broken += [f"{path}: asked for without a reason" for path in result.account.unexplained]
    if result.account.strangers:
        result.broken.append(f"{result.account.strangers} requests were nobody's")


def _last_run(result: Result, storm: Storm, done: list[Expected]) -> None:
    """Run over all that is done: nothing is fetched, nothing changes, and memory stays flat."""
    storm.site.calm()
    before = storm.site.count()["pages"]
    result.samples = storm.pass_over([book.url for book in done])
    result.again = storm.site.count()["pages"] - before
    if result.again:
        result.broken.append(f"the last run asked for {result.again} pages")
    result.broken += shelves.final(storm.folder, done)
