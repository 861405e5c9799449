"""Checking books: sixty large ones, ten thousand small ones, one of 5 GB, and by decoding."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import corpus, rivals
from bench.data import GB, MB, Better, Figure, Goal, Outcome, compare
from bench.timing import is_installed, launch, race

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.data import Contender, Result, Setting

BOOKS, LENGTH = 60, 40
SMALL_BOOKS, SMALL_LENGTH, SMALL_SIZE = 10_000, 20, 5_000
LARGE_LENGTH = 5 * GB // corpus.BYTES

READERS = (rivals.CHECK, rivals.UNZIP, rivals.SEVEN_ZIP, rivals.TESTZIP, rivals.CAT)
GOALS = {
    rivals.UNZIP.name: Goal(Better.LARGER, 25),
    rivals.SEVEN_ZIP.name: Goal(Better.LARGER, 3.5),
    rivals.TESTZIP.name: Goal(Better.LARGER, 2.2),
    rivals.CAT.name: Goal(Better.SMALLER, 1.7),
}


def _lines(what: str, results: Sequence[Result], goals: Mapping[str, Goal]) -> Outcome:
    """Compare the first with each of the others."""
    ours, *others = results
    lines = (compare(what, ours, other, goals.get(other.contender.name)) for other in others)
    return Outcome(tuple(lines), tuple(results))


def measure_check(setting: Setting) -> Outcome:
    """Check sixty books of forty pages."""
    books = corpus.write_books(setting.folder / "books", BOOKS, LENGTH)
    corpus.warm(books)
    results = race([*READERS, rivals.QUICK], setting)
    results = _blind(results, setting, _spoilt)
    seen = [result for result in results if result.contender is not rivals.QUICK]
    return replace(_lines(f"check of {BOOKS} x 30 MB", seen, GOALS), results=tuple(results))


def measure_small(setting: Setting) -> Outcome:
    """Check ten thousand books of twenty small pages."""
    made = corpus.write_books(setting.folder / "books", SMALL_BOOKS, SMALL_LENGTH, SMALL_SIZE)
    corpus.warm(made)
    results = race(READERS, setting)
    return _lines(f"check of {SMALL_BOOKS} small books", results, {})


def measure_large(setting: Setting) -> Outcome:
    """Check one book of 5 GB, which has zip64 records."""
    book = setting.folder / "books" / "large.cbz"
    corpus.warm([corpus.write_book(book, corpus.pages(LARGE_LENGTH))])
    return _lines("check of one 5 GB book", race(READERS, setting), {})


def measure_decode(setting: Setting) -> Outcome:
    """Decode each page of sixty books, against the same pages as files."""
    corpus.warm(corpus.write_books(setting.folder / "books", BOOKS, LENGTH))
    corpus.write_pages(setting.folder / "pages", corpus.pages(BOOKS * LENGTH))
    corpus.warm(list((setting.folder / "pages").iterdir()))
    results = race([rivals.DECODE, rivals.JPEGINFO, rivals.JPEGINFO_2], setting)
    results = _blind(results, setting, _cut)
    goals = {rivals.JPEGINFO.name: Goal(Better.LARGER, 1.8)}
    return _lines(f"check --decode of {BOOKS} x {LENGTH} pages", results, goals)


def _spoilt(folder: Path) -> None:
    """Leave one book of which one byte is not what it was."""
    corpus.spoil(corpus.write_book(folder / "books" / "bad.cbz", corpus.pages(4)))


def _cut(folder: Path) -> None:
    """Leave one picture, as a page and as a file, of which the second half is missing."""
    name, body = next(corpus.pages(1))
    half = body[: len(body) // 2]
    corpus.write_pages(folder / "pages", iter([(name, half)]))
    corpus.write_book(folder / "books" / "bad.cbz", iter([(name, half)]))


def _blind(results: list[Result], setting: Setting, damage: Callable[[Path], None]) -> list[Result]:
    """Mark those that do not see damage, in a folder beside the measured one."""
    folder = setting.folder / "control"
    damage(folder)
    seen = [
        result if _sees(result.contender, folder) else replace(result, trouble="sees no damage")
        for result in results
    ]
    shutil.rmtree(folder)
    return seen


def _sees(contender: Contender, folder: Path) -> bool:
    """Tell whether a contender that ought to says that something is damaged."""
    exempt = contender in {rivals.CAT, rivals.QUICK} or not is_installed(contender)
    return exempt or launch(contender, folder).status > 0


_FORM = (
    "Each command is one process for all books; the files are in the cache, and start-up is "
    "included."
)

FIGURES = (
    Figure(
        "check",
        "Checking sixty books",
        f"{BOOKS} books of {LENGTH} JPEG pages of about 0.75 MB, stored, written by Python's "
        f"zipfile. {_FORM} Each program but `cat` and `--quick` is also run on a book with one "
        "flipped bit, and has to say so by its exit status.",
        BOOKS * LENGTH * corpus.BYTES + 100 * MB,
        measure_check,
    ),
    Figure(
        "decode",
        "Decoding each page",
        f"The same books, and their pages as files for `jpeginfo`. {_FORM} Both programs are "
        "also run on a picture of which the second half is missing, and have to say so.",
        2 * BOOKS * LENGTH * corpus.BYTES + 100 * MB,
        measure_decode,
    ),
    Figure(
        "small",
        "Checking ten thousand small books",
        f"{SMALL_BOOKS} books of {SMALL_LENGTH} JPEG pages of about 5 kB. {_FORM}",
        SMALL_BOOKS * SMALL_LENGTH * 2 * SMALL_SIZE,
        measure_small,
    ),
    Figure(
        "large",
        "Checking one book of 5 GB",
        f"One book of {LARGE_LENGTH} JPEG pages of about 0.75 MB, with zip64 records. {_FORM}",
        11 * GB // 2,
        measure_large,
    ),
)
