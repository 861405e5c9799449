"""The books that a run has open, and the reports of those that it is done with."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.book.held import HeldBooks
from cbzsafe.book.naming import target_for
from cbzsafe.book.parts import Format
from cbzsafe.book.trouble import sentence
from cbzsafe.errors import BookUnavailable, CbzsafeError
from cbzsafe.model import BookReport, Outcome, Problem
from cbzsafe.progress import Unwatched

if TYPE_CHECKING:
    from cbzsafe.book.about import About
    from cbzsafe.book.book import Book
    from cbzsafe.book.readymade import ReadyMade
    from cbzsafe.gallerydl.postprocessor import Writer
    from cbzsafe.progress import Progress, Watcher
    from cbzsafe.settings import Settings

OPEN_AT_ONCE = 4
"""Books that one job keeps open: directories that alternate do not rewrite each other."""

REMEMBERED = 64
"""Folders of which the names of pages are remembered after their book was put away."""


class Shelf:
    """Books by staging folder, each owned by the job that opened it.

    A child job whose directory is its parent's (`-D`, `parent-directory`) shares the parent's
    book: one process never waits for its own lock.

    Attributes:
        reports: of the books that the run is done with, in order.
        told: the last of them by the final names that they are of.
        ready: final names of archives that the site serves ready-made, and where each is to be had.
    """

    def __init__(
        self, settings: Settings, progress: Progress, watcher: Watcher | None = None
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._watcher = watcher or Unwatched()
        self._open: OrderedDict[Path, tuple[Book, Any]] = OrderedDict()
        self._refused: dict[Path, tuple[str, list[str], str, Path]] = {}
        self._folders: dict[str, Path] = {}
        self._met: OrderedDict[Path, tuple[dict[str, str], About]] = OrderedDict()
        self._held = HeldBooks()
        self.reports: list[BookReport] = []
        self.told: dict[str, BookReport] = {}
        self.ready: dict[Path, str] = {}

    def folder(self, directory: str) -> Path:
        """A directory of gallery-dl's, absolute; remembered, for it is asked for page by page."""
        if directory not in self._folders:
            self._folders = {directory: absolute(directory)}
        return self._folders[directory]

    def book(self, folder: Path, base: Path, writers: list[Writer], owner: Any, url: str) -> Book:
        """Return the book that is staged in `folder`, opening it if need be.

        Raises:
            BookUnavailable: it cannot be worked on; asked again, the answer is the same.
        """
        if folder in self._open:
            self._open.move_to_end(folder)
            return self._open[folder][0]
        if folder in self._refused:
            raise BookUnavailable(self._refused[folder][0])
        formats = [self._format(folder, base, writer) for writer in writers]
        try:
            book = self._opened(folder, base, formats, url)
        except (CbzsafeError, MemoryError) as error:
            self._refused[folder] = (sentence(error), [], url, formats[0].target)
            self._watcher.settled(formats[0].target, Outcome.FAILED)
            raise BookUnavailable(sentence(error)) from error
        self._open[folder] = (book, owner)
        return book

    def _opened(self, folder: Path, base: Path, formats: list[Format], url: str) -> Book:
        wanted = {form.target for form in formats}
        for other in self.all_open():
            if wanted & {form.target for form in other.formats}:
                raise BookUnavailable(
                    f"{formats[0].target} is already made of {other.staging.folder}: rename one of "
                    "the two folders."
                )
        if served := wanted & self.ready.keys():
            raise BookUnavailable(
                f"The site serves {served.pop()} ready-made: give the folder {folder} another name "
                "with gallery-dl's option `directory`."
            )
        from cbzsafe.book.book import Book

        (claims, about), timeout = self._met_in(folder), self._settings.lock_timeout
        book = Book(folder, base, formats, url, claims, timeout, self._progress)
        book.about = about if self._settings.comicinfo else None
        self._held.resume(book)
        return book

    def _met_in(self, folder: Path) -> tuple[dict[str, str], About]:
        """What the run has met in a folder, names and metadata; jobs may share one (`-D`)."""
        from cbzsafe.book.about import About

        met = self._met.setdefault(folder, ({}, About()))
        self._met.move_to_end(folder)
        if len(self._met) > REMEMBERED:
            self._met.popitem(last=False)
        return met

    def _format(self, folder: Path, base: Path, writer: Writer) -> Format:
        target = target_for(str(folder), writer.extension, str(base), self._settings.publish_to)
        extras = tuple(Path(path) for path in writer.extras(str(folder)))
        return Format(target, writer.method, writer.keep_files, extras)

    def ready_made(self, path: Path, base: Path, url: str) -> ReadyMade:
        """Take up an archive that a site serves ready-made.

        Args:
            path: where gallery-dl would put it, absolute.
            base: the base directory, absolute.
            url: what is being downloaded.
        """
        from cbzsafe.book.readymade import ReadyMade

        folder, settings = self._settings.publish_to, self._settings
        inside = path.relative_to(base) if path.is_relative_to(base) else Path(path.name)
        target = path if folder is None else absolute(str(folder)) / inside
        return ReadyMade(target, path, url, settings.lock_timeout, self._progress)

    def has_book(self, target: Path) -> bool:
        """Whether a book of this run is made of pages at that name."""
        opened = any(form.target == target for book in self.all_open() for form in book.formats)
        return opened or (target not in self.ready and str(target) in self.told)

    def refuse(self, book: Book, why: str) -> None:
        """Let pages of this book fail from now on."""
        self._refused[book.staging.folder] = (why, sorted(book.failed), book.url, book.target)
        self._watcher.settled(book.target, Outcome.FAILED)
        self.close(book, None)

    def refused(self, folder: Path) -> str | None:
        """Why a folder's book cannot be worked on, if so."""
        return self._refused[folder][0] if folder in self._refused else None

    def miss(self, folder: Path, name: str) -> None:
        """Note a page that was named for a book which cannot be worked on."""
        if folder in self._refused and name not in self._refused[folder][1]:
            self._refused[folder][1].append(name)

    def owned(self, owner: Any) -> list[Book]:
        """The open books of a job, the least recently used first."""
        return [book for book, whose in self._open.values() if whose is owner]

    def surplus(self, owner: Any) -> list[Book]:
        """Books of a job that are to be settled early, to keep few open."""
        return self.owned(owner)[:-OPEN_AT_ONCE]

    def opened(self, folder: Path) -> Book | None:
        """The open book of a folder, whoever opened it."""
        return self._open[folder][0] if folder in self._open else None

    def all_open(self) -> list[Book]:
        """Every open book."""
        return [book for book, _ in self._open.values()]

    def close(self, book: Book, report: BookReport | None) -> None:
        """Put a settled book away; its report comes first, should memory run out over the rest."""
        if report is not None:
            self.take_down(report)
            if report.outcome is Outcome.HELD:
                self._held.keep(book)
        self._open.pop(book.staging.folder, None)
        book.release()

    def take_down(self, report: BookReport) -> None:
        """Keep the report of a book that the run is done with, and let it be seen."""
        self.reports.append(report)
        self.told[report.path] = report
        self._watcher.settled(Path(report.path), report.outcome)

    def report_refused(self) -> None:
        """Report the books that could not be opened."""
        for folder, (why, names, url, target) in self._refused.items():
            self.reports.append(
                BookReport(
                    path=str(target),
                    outcome=Outcome.FAILED,
                    staging=str(folder),
                    url=url,
                    missing=tuple(names),
                    whole=False,
                    problems=(Problem(why),),
                )
            )
        self._refused.clear()


def absolute(directory: str) -> Path:
    """A directory of gallery-dl's, absolute and without a trailing slash."""
    return Path(os.path.abspath(directory or "."))
