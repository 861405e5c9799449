"""What became of a run of gallery-dl, book by book."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cbzsafe.model.findings import Finding
from cbzsafe.model.problem import Problem


class Outcome(StrEnum):
    """What became of a book in a run."""

    PUBLISHED = "published"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BookReport:
    """What became of one book.

    Attributes:
        path: the final name of the archive.
        outcome: see `Outcome`.
        staging: the folder with the pages that are not published.
        url: what was being downloaded, as the user or a parent job named it.
        pages: pages in the published archive, 0 where there is none.
        new: pages that this run added to it.
        repaired: pages that were taken over from a damaged archive.
        refetched: fetches beyond the first, of pages that came broken or failed.
        missing: names of pages that the site named and that are not in the published archive.
        staged: pages that lie in staging, not published.
        size: bytes of the published archive.
        whole: whether everything that the site named is in the published archive.
        findings: what was wrong with the published archive when it was opened; none if sound.
        problems: what is wrong, in the order in which it was found.
    """

    path: str
    outcome: Outcome
    staging: str = ""
    url: str = ""
    pages: int = 0
    new: int = 0
    repaired: int = 0
    refetched: int = 0
    missing: tuple[str, ...] = ()
    staged: int = 0
    size: int = 0
    whole: bool = True
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of a run.

    Attributes:
        books: one report for each book, in the order in which they were settled.
        status: the exit status of the process.
        gallery_dl_status: what gallery-dl returned, with the bits that it got from our books.
        fetched: pages that came from the site and were found good.
        received: bytes of all bodies that came for pages, whatever became of them.
        elsewhere: chapters that were left to other shards.
        finished: chapters that were passed over, being finished (`skip-finished`).
        started: seconds since the epoch.
        seconds: how long it took.
        interrupted: the name of the signal that ended it, such as `SIGTERM`.
        problems: what is wrong with the run and belongs to no book.
        weaker: checks that were weaker than they could be, one sentence each.
    """

    books: tuple[BookReport, ...] = ()
    status: int = 0
    gallery_dl_status: int = 0
    fetched: int = 0
    received: int = 0
    elsewhere: int = 0
    finished: int = 0
    started: float = 0.0
    seconds: float = 0.0
    interrupted: str | None = None
    problems: tuple[Problem, ...] = ()
    weaker: tuple[str, ...] = ()
