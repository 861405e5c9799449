"""Memory that does not grow with the book, and the time to start."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import corpus, rivals
from bench.data import GB, MB, Better, Figure, Goal, Line, Outcome, compare
from bench.timing import race

if TYPE_CHECKING:
    from bench.data import Contender, Result, Setting

LENGTH = 40
LIMIT = Goal(Better.SMALLER, 100)
FLAT = Goal(Better.SMALLER, 1.1)
CASES = ("30 MB", "ten times the pages", "ten times the bytes a page")
WORKERS = (
    replace(rivals.CHECK, name="check"),
    replace(rivals.REPAIR, name="repair"),
    replace(rivals.ADD, name="publish"),
)


def measure_memory(setting: Setting) -> Outcome:
    """Check, repair and publish a book, one with more pages, and one with larger pages."""
    results = [_case(setting, case) for case in CASES]
    lines: list[Line] = []
    for base, *others in zip(*results, strict=True):
        lines.append(_limit(base, CASES[0]))
        for other, case in zip(others, CASES[1:], strict=True):
            lines += _pair(base, other, case)
    return Outcome(tuple(lines), tuple(results[0]))


def _case(setting: Setting, case: str) -> list[Result]:
    """Measure one book."""
    setting.say(f"  {case}")
    folder = setting.folder / "original"
    if case == CASES[2]:
        corpus.write_book(folder, corpus.heavy_pages(LENGTH))
    else:
        corpus.write_book(folder, corpus.pages(LENGTH * 10 if case == CASES[1] else LENGTH))
    return race(WORKERS, replace(setting, runs=min(setting.runs, 3)), prepare=_fresh)


def _fresh(contender: Contender, folder: Path) -> None:
    """Lay out the book anew under the name that the contender takes."""
    del contender
    for path in folder.glob("*.cbz*"):
        path.unlink()
    for path in folder.glob(".*"):
        path.unlink()
    shutil.rmtree(folder / "books", ignore_errors=True)
    (folder / "books").mkdir()
    shutil.copyfile(folder / "original", folder / "books" / "book.cbz")
    shutil.copyfile(folder / "original", folder / "book.cbz")
    corpus.tear(folder / "original", folder / "torn.cbz")
    (folder / "new.jpg").write_bytes(corpus.picture(99))


def _pair(base: Result, other: Result, case: str) -> list[Line]:
    """Compare with the first book, and with the limit."""
    what = f"memory of {base.contender.name}, {case}"
    line = compare(what, other, base, FLAT, "peak")
    return [replace(line, against="30 MB"), _limit(other, case)]


def _limit(result: Result, case: str) -> Line:
    what = f"memory of {result.contender.name}, {case}"
    return Line(what, "", result.peak, None, "MB", LIMIT, result.trouble)


def measure_version(setting: Setting) -> Outcome:
    """Start and say the version."""
    more = replace(setting, runs=setting.runs * 4)
    ours, theirs = results = race([rivals.VERSION, rivals.GALLERY_DL_VERSION], more)
    goal = Goal(Better.SMALLER, 1.4)
    return Outcome((compare("start: --version", ours, theirs, goal),), tuple(results))


FIGURES = (
    Figure(
        "memory",
        "Memory",
        f"A book of {LENGTH} JPEG pages of about 0.75 MB, one of ten times as many pages, and one "
        "of as many pages with as many pixels each and more than ten times their bytes. Each is "
        "checked, repaired after its index and last half page are cut off, and published with one "
        "page more. The peak is that of the largest process; where there are several, they are "
        "not added up.",
        4 * GB,
        measure_memory,
    ),
    Figure(
        "version",
        "Starting",
        "Both programs say their version; four times as many runs as elsewhere.",
        MB,
        measure_version,
    ),
)
