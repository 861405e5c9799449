"""A job that passes over a finished chapter, and tells when it has finished one."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gallery_dl.job import DownloadJob

from cbzsafe.book.lock import BookLock
from cbzsafe.book.parts import Presence
from cbzsafe.gallerydl import finished
from cbzsafe.gallerydl.complaints import doubts
from cbzsafe.gallerydl.shards import ShardedJob, chapter_key
from cbzsafe.interrupt import Interrupted
from cbzsafe.library.finished import Stamp, stamp
from cbzsafe.model import Outcome
from cbzsafe.progress import Silent

if TYPE_CHECKING:
    from cbzsafe.book.book import Book
    from cbzsafe.gallerydl.visit import Visit
    from cbzsafe.model import BookReport


@dataclass(slots=True)
class Chapter:
    """What a job has seen of its chapter.

    Attributes:
        folders: the staging folders of the books that its pages went into.
        settled: these folders of books that it settled, and whether each was whole every time.
        names: the names of its pages in books that are open yet.
        books: the archives of these books.
        ready: archives that the site served ready-made.
        more: whether there is more to it than pages of books: other files, or other URLs.
        ended: whether all was named.
    """

    folders: set[Path] = field(default_factory=set)
    settled: dict[Path, bool] = field(default_factory=dict)
    books: set[Path] = field(default_factory=set)
    ready: set[Path] = field(default_factory=set)
    names: dict[Path, set[str]] = field(default_factory=dict)
    more: bool = False
    ended: bool = False

    @property
    def wanting(self) -> bool:
        """Whether a book of it is known not to be whole, as against one that was not looked at."""
        return not all(self.settled.values())

    @property
    def whole(self) -> bool:
        """Whether every page that was named is in a whole book of this job's own."""
        own = self.folders <= self.settled.keys() and all(self.settled.values())
        return own and bool(self.folders or self.ready) and self.ended and not self.more


class ChapterJob(ShardedJob):
    """A job that need not visit what is finished."""

    def __init__(self, url: Any, parent: Any = None) -> None:
        ShardedJob.__init__(self, url, parent)
        self._above = parent
        known = self.safe_run.finished
        if parent is None:
            known.begin()
        self.home: Path | None = known.home(self.extractor) if parent is None else parent.home
        self.known_as = "", b""
        self.chapter = Chapter()

    def inherited(self, *, always: bool) -> list[str]:
        """The URLs of the jobs above, as far as they have a say in where pages go.

        Args:
            always: all of them, for the configuration names what they know.
        """
        above = self._above
        if above is None:
            return []
        option = above.extractor.config2("parent-metadata", "metadata-parent", above.hands_on)
        decides = always or self.extractor._parentdir or option
        return [
            *([chapter_key(above.extractor)] if decides else []),
            *above.inherited(always=always),
        ]

    @property
    def hands_on(self) -> bool:
        """Whether gallery-dl hands folder, metadata and counts on to children by itself."""
        return bool(getattr(self.extractor, "parent", False))  # not in 1.30

    def counts_for_parent(self) -> bool:
        """Whether skipped pages count for the job above."""
        above = self._above
        return bool(above is not None and above.extractor.config("parent-skip", above.hands_on))

    def run(self) -> Any:
        """Visit the chapter unless it is finished."""
        known = self.safe_run.finished
        if self.home is None or not self.ours:
            return ShardedJob.run(self)
        if known.knows(self):
            return 0
        self.chapter = Chapter()
        try:
            with doubts(self.extractor) as doubtful:
                status = ShardedJob.run(self)
        except Interrupted:
            known.reopen(self)
            raise
        if status or doubtful or self.chapter.wanting:
            known.reopen(self)
        elif self.chapter.whole:
            self._finish()
        return status

    def _finish(self) -> None:
        """Have the chapter recorded, if what the site served ready-made is there as it was told."""
        known, chapter = self.safe_run.finished, self.chapter
        locks = [BookLock(path, 0.0, Silent()) for path in chapter.books | chapter.ready]
        if finished.ends_early(self.extractor) or any(lock.left_over() for lock in locks):
            return
        for path in chapter.ready:
            report, now = self.safe_run.shelf.told.get(str(path)), stamp(path)
            if report is None or now is None or not _is_clean(report, now):
                return
            known.published(self, path, None, now)
        known.finish(self, sorted(chapter.books | chapter.ready))

    def handle_queue(self, url: str, kwdict: Any) -> None:
        """Hear that there is more than pages."""
        self.chapter.more = True
        DownloadJob.handle_queue(self, url, kwdict)

    def page_ends(self, visit: Visit) -> None:
        """Hear of a page that was handled."""
        gone = visit.skipped and visit.presence is Presence.ABSENT
        if visit.ready is not None:
            self.chapter.ready.add(visit.ready.target)
        elif visit.book is None or gone:
            self.chapter.more = True
        else:
            self._placed(visit, visit.book.staging.folder)

    def _placed(self, visit: Visit, folder: Path) -> None:
        """Take down where the page is, and under which names."""
        self.chapter.folders.add(folder)
        names = self.chapter.names.setdefault(folder, set())
        names |= {visit.found, visit.collided, self.pathfmt.filename}


class Settling:
    """Watches a book while it is settled, for what is known of its chapters.

    Args:
        job: of our class.
        book: before it is settled, under its lock if it is going to be written.
    """

    def __init__(self, job: Any, book: Book) -> None:
        self._job = job
        self._book = book
        self._trusted = not book.damaged
        home = getattr(job, "home", None)
        forms = book.formats if home is not None else []
        self._before: dict[Path, Stamp | None] = {
            form.target: form.published.stamp for form in forms
        }

    def done(self, report: BookReport | None) -> None:
        """Take down what the book is now, and whether it is whole."""
        if not self._before:
            return
        job, book = self._job, self._book
        chapter, folder = job.chapter, book.staging.folder
        written = report is not None and report.outcome in {Outcome.PUBLISHED, Outcome.UPDATED}
        whole = report is not None and report.whole
        for path, before in self._before.items():
            after = stamp(path)
            ours = written or after == before  # else it was changed since it was read
            if after is not None:
                known = before if ours and self._trusted else None
                job.safe_run.finished.published(job, path, known, after)
            whole = whole and ours
        names = chapter.names.pop(folder, set())
        whole = whole and not (_is_doubtful(book, names) or _is_left(book, names))
        chapter.books |= self._before.keys()
        chapter.settled[folder] = whole and chapter.settled.get(folder, True)


def _is_clean(report: BookReport, now: Stamp) -> bool:
    """Whether an archive that was served ready-made is whole, and is the one that was told of."""
    spotless = report.whole and not (report.findings or report.problems)
    return spotless and now[0] == report.size


def _is_left(book: Book, names: set[str]) -> bool:
    """Whether pages, or their folder, could not be removed: the next run is to try again."""
    folder = book.staging.folder
    try:
        there = set(os.listdir(folder))
    except OSError:
        return False
    keeps = any(form.keep_files for form in book.formats) or folder in {book.base, Path.cwd()}
    return not keeps and (not there or any(name.split("/")[0] in there for name in names))


def _is_doubtful(book: Book, names: set[str]) -> bool:
    """Whether one of these pages is known to be damaged at its source.

    Every run asks for such a page again, and for those of other chapters of the book, too.
    """
    entries = [entry for form in book.formats for entry in form.published.entries.values()]
    return any(entry.is_doubtful and entry.name in names for entry in entries)
