"""Downloading a series, again, and after a kill."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import programs
from bench import corpus, rivals
from bench.data import GB, MB, Better, Figure, Goal, Line, Outcome, compare
from bench.site_client import served
from bench.timing import complaint, launch, race

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from bench.data import Contender, Setting
    from bench.site_client import RemoteSite

CHAPTERS, LENGTH, SIZE, DELAY = 3, 40, MB // 2, 0.02
ALL = CHAPTERS * LENGTH
WHAT = f"download of {CHAPTERS} x {LENGTH} pages"
AGAIN = "the same command again"
KILLED = "after SIGKILL half-way"


def _site(setting: Setting) -> AbstractContextManager[RemoteSite]:
    return served(setting.folder, CHAPTERS, LENGTH, SIZE, DELAY)


def _emptied(contender: Contender, folder: Path) -> None:
    """Remove what the run before downloaded."""
    del contender
    shutil.rmtree(folder / "books", ignore_errors=True)


def expected() -> set[bytes]:
    """Digests of all pages of the series."""
    made = (corpus.pages(LENGTH, SIZE, n * LENGTH) for n in range(1, CHAPTERS + 1))
    return {_digest(body) for book in made for _, body in book}


def safe(folder: Path) -> set[bytes]:
    """Digests of all pages on disk, in archives that open and as files."""
    found = {_digest(path.read_bytes()) for path in folder.rglob("*.jpg")}
    for path in folder.rglob("*.cbz"):
        if zipfile.is_zipfile(path):
            found |= {_digest(body) for body in programs.pages(path).values()}
    return found


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def is_complete(contender: Contender, folder: Path) -> str:
    """Say so unless each chapter is an archive and all have all pages."""
    del contender
    books = list((folder / "books").rglob("*.cbz"))
    found = {_digest(body) for path in books for body in programs.pages(path).values()}
    whole = len(books) == CHAPTERS and found == expected()
    return "" if whole else f"{len(found & expected())} of {ALL} pages are in {len(books)} books"


def measure_download(setting: Setting) -> Outcome:
    """Download everything into an empty folder."""
    with _site(setting) as site:
        ours, theirs = results = race(
            rivals.download(site.url), setting, prepare=_emptied, verify=is_complete
        )
    lines = (
        compare(f"{WHAT}, time", ours, theirs, Goal(Better.SMALLER, 1.05)),
        compare(f"{WHAT}, peak memory", ours, theirs, Goal(Better.SMALLER, 1.4), "peak"),
    )
    return Outcome(lines, tuple(results))


def measure_again(setting: Setting) -> Outcome:
    """Count the page requests of a second run; a rival downloads in a folder of its own."""
    with _site(setting) as site:
        counts = [_second_run(contender, setting, site) for contender in rivals.download(site.url)]
    trouble = "; ".join(text for _, text in counts if text)
    (ours, _), (theirs, _) = counts
    goal = Goal(Better.SMALLER, 0)
    rival = f"gallery-dl --cbz: {'no' if theirs is None else theirs} requests"
    setting.say(f"    page requests of the second run: {ours}; {rival}")
    line = Line(f"{AGAIN}, page requests", "", ours, theirs, "requests", goal, trouble)
    return Outcome((line,))


def _second_run(contender: Contender, setting: Setting, site: RemoteSite) -> tuple[int | None, str]:
    _emptied(contender, setting.folder)
    for _ in range(2):
        site.clear()
        run = launch(contender, setting.folder)
        trouble = complaint(contender, run) or is_complete(contender, setting.folder)
        if trouble:
            return None, f"{contender.name}: {trouble}"
    return site.requests(), ""


def measure_killed(setting: Setting) -> Outcome:
    """Kill downloads half-way, go on, and count requests against the pages that were not there."""
    missing = fetched = 0
    trouble = ""
    with _site(setting) as site:
        contender, _ = rivals.download(site.url)
        for _ in range(min(setting.runs, 3)):
            missing += ALL - _killed(contender, setting, site)
            site.clear()
            run = launch(contender, setting.folder)
            fetched += site.requests()
            trouble = complaint(contender, run) or is_complete(contender, setting.folder) or trouble
    setting.say(f"    {missing} pages were missing, {fetched} were fetched")
    rival = "pages that were not on disk"
    goal = Goal(Better.SMALLER, 1)
    return Outcome((Line(f"run {KILLED}", rival, fetched, missing, "pages", goal, trouble),))


def _killed(contender: Contender, setting: Setting, site: RemoteSite) -> int:
    """Kill a download when half of the pages were asked for; give how many lie whole on disk."""
    _emptied(contender, setting.folder)
    site.clear()
    environment = programs.environment(setting.folder)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        contender.argv, cwd=setting.folder, env=environment, stdout=quiet, stderr=quiet
    ) as process:
        programs.until(lambda: site.requests() >= ALL // 2 or process.poll() is not None, 60)
        process.send_signal(signal.SIGKILL)
    return len(safe(setting.folder / "books") & expected())


_SERIES = (
    f"A site on the loopback, in a process of its own, serves a series of {CHAPTERS} chapters of "
    f"{LENGTH} JPEG pages of about 0.5 MB; each page's response comes after {DELAY * 1000:.0f} ms."
)

FIGURES = (
    Figure(
        "download",
        "Downloading a series",
        f"{_SERIES} Both programs download it into an empty folder with the same configuration. "
        "After each run the books are compared with what the site has, byte for byte. "
        "cbzsafe decodes each page, and syncs and reads back each book, within its time.",
        GB // 2,
        measure_download,
    ),
    Figure(
        "again",
        "The same command again",
        f"{_SERIES} After a whole download the same command is run a second time, without a "
        "download archive, and the page requests that reach the site are counted. "
        "'Theirs' is the count of the second run of `gallery-dl --cbz`.",
        GB // 2,
        measure_again,
    ),
    Figure(
        "killed",
        "A run after SIGKILL",
        f"{_SERIES} The process is killed when half of the pages were asked for, then the same "
        "command is run again. 'Ours' is the number of page requests of the second run, 'theirs' "
        "the number of pages that did not lie whole on disk after the kill; both are sums of up to "
        "three kills. At the end the books are compared with what the site has.",
        GB // 2,
        measure_killed,
    ),
)
