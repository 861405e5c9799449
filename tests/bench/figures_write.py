"""Writing a book of 1 GB: repaired, and with one page more."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import programs
from bench import corpus, rivals
from bench.data import GB, MB, Better, Figure, Goal, Outcome, compare
from bench.timing import race

if TYPE_CHECKING:
    from bench.data import Contender, Setting

LENGTH = GB // corpus.BYTES
TORN, FIXED, BOOK, COPY = "torn.cbz", "fixed.cbz", "book.cbz", "copy.cbz"
ORIGINAL = "original"


def measure_repair(setting: Setting) -> Outcome:
    """Repair a book whose index and last half page are cut off."""
    whole = corpus.write_book(setting.folder / "whole", corpus.pages(LENGTH))
    corpus.tear(whole, setting.folder / ORIGINAL)
    whole.unlink()
    ours, theirs = results = race(
        [rivals.REPAIR, rivals.ZIP_FF], setting, prepare=_fresh_torn, verify=has_proved_pages
    )
    goal = Goal(Better.SMALLER, 1.6)
    return Outcome((compare("repair of a torn 1 GB book", ours, theirs, goal),), tuple(results))


def _fresh(folder: Path, name: str) -> None:
    """Remove what a run left, and copy the original to a name."""
    for path in folder.glob("*.cbz*"):
        path.unlink()
    for path in folder.glob(".*"):
        path.unlink()
    shutil.copyfile(folder / ORIGINAL, folder / name)


def _fresh_torn(contender: Contender, folder: Path) -> None:
    del contender
    _fresh(folder, TORN)


def has_proved_pages(contender: Contender, folder: Path) -> str:
    """Say so unless the repaired book has each whole page; the torn one may be there or not."""
    path = folder / (FIXED if contender is rivals.ZIP_FF else TORN)
    expected = dict(corpus.pages(LENGTH - 1))
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name in expected]
        good = sum(archive.read(name) == expected[name] for name in set(names))
    if good != len(expected):
        return f"{good} of {len(expected)} whole pages came back"
    extra = len(programs.names(path)) - len(names)
    return "it holds a page that cannot be proved" if extra and path.name == TORN else ""


def measure_add(setting: Setting) -> Outcome:
    """Add one page to a book."""
    corpus.write_book(setting.folder / ORIGINAL, corpus.pages(LENGTH))
    new = corpus.marked(corpus.picture(0), LENGTH)
    (setting.folder / "new.jpg").write_bytes(new)
    ours, theirs = results = race(
        [rivals.ADD, rivals.COPY], setting, prepare=_fresh_book, verify=has_all_pages
    )
    goal = Goal(Better.SMALLER, 1.5)
    return Outcome((compare("one page added to a 1 GB book", ours, theirs, goal),), tuple(results))


def _fresh_book(contender: Contender, folder: Path) -> None:
    del contender
    _fresh(folder, BOOK)


def has_all_pages(contender: Contender, folder: Path) -> str:
    """Say so unless the new book has the pages of the old one, and ours one more."""
    path = folder / (COPY if contender is rivals.COPY else BOOK)
    added = ["new.jpg"] if contender is rivals.ADD else []
    if programs.names(path) != [*programs.names(folder / ORIGINAL), *added]:
        return "its pages are not those that it should have"
    with zipfile.ZipFile(path) as archive:
        bad = archive.testzip()
    return "" if bad is None else f"{bad} is damaged"


FIGURES = (
    Figure(
        "repair",
        "Repairing a torn book of 1 GB",
        f"A book of {LENGTH} JPEG pages of about 0.75 MB, whose index and second half of the last "
        "page are cut off, as by a kill. Each run has a fresh copy. cbzsafe looks at both ends "
        "of each page, syncs the new book, reads it back, and ends with status 1, since a page is "
        "lost; `zip -FF` does none of that, and needs an answer to a question. Afterwards the "
        f"{LENGTH - 1} whole pages are compared with what they were; `zip -FF` also keeps the torn "
        "one.",
        4 * GB + 200 * MB,
        measure_repair,
    ),
    Figure(
        "add",
        "Adding a page to a book of 1 GB",
        f"A book of {LENGTH} JPEG pages of about 0.75 MB gets one page more, as by a run that "
        "finds a new page: the old book's structure is scanned, the new one is written, synced and "
        "read back, and takes the old one's name. Against it the file is copied and the copy "
        "synced. Each run has a fresh copy; afterwards each page is tested against its CRC.",
        4 * GB,
        measure_add,
    ),
)
