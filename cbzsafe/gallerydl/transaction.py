"""The transaction of one job: what a page is, where it already is, which book it goes into.

`cbzsafe.gallerydl.job` calls in from gallery-dl's methods; nothing here changes what gallery-dl
does with files that belong to no book.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.book.parts import Failed, Presence, StagedPage
from cbzsafe.book.staging import fingerprint
from cbzsafe.cbz.entry import SOURCE_DAMAGED
from cbzsafe.errors import BookUnavailable, CbzsafeError, StorageError
from cbzsafe.gallerydl import telling
from cbzsafe.gallerydl import visit as visits
from cbzsafe.gallerydl.describing import Heard
from cbzsafe.gallerydl.shelf import absolute
from cbzsafe.gallerydl.writing import Writers
from cbzsafe.settings import History

if TYPE_CHECKING:
    from cbzsafe.book.book import Book
    from cbzsafe.gallerydl.history import DeferredHistory
    from cbzsafe.gallerydl.postprocessor import Writer
    from cbzsafe.gallerydl.session import Run
    from cbzsafe.gallerydl.visit import Visit


class Transaction(Writers):
    """What cbzsafe knows of one download job.

    Args:
        job: gallery-dl's, of our class.
        run: the session's state.
        parent: the transaction of the parent job.
    """

    def __init__(self, job: Any, run: Run, parent: Transaction | None) -> None:
        Writers.__init__(self, job, run)
        self.settings = run.settings
        self.parent = parent
        self.heard: Heard = Heard(run.describer, parent.heard if parent else None)
        self.packs = False
        self.fresh = False
        self.restarting = False
        self.visit: Visit | None = None
        self.base = Path()
        self.exists_before: Any = None

    # ---- where a page already is

    def targets(self) -> frozenset[Path]:
        """The archives that the page on its way belongs into."""
        book = self.book()
        kwdict = self.job.pathfmt.kwdict
        pairs = zip(self.writers, book.formats, strict=True)
        return frozenset(form.target for writer, form in pairs if writer.accepts(kwdict))

    def is_page(self) -> bool:
        """Whether the file on its way belongs into any archive."""
        kwdict = self.job.pathfmt.kwdict
        return self.visit is not None and any(w.accepts(kwdict) for w in self.writers)

    def book(self) -> Book:
        """The book of the directory that gallery-dl has set now."""
        folder = self.run.shelf.folder(self.job.pathfmt.realdirectory)
        why = self.run.shelf.refused(folder)
        if why is not None:
            raise BookUnavailable(why)
        base, url = self._base_of(folder), str(self.job.extractor.url)
        book = self.run.shelf.book(folder, base, self.writers, self, url)
        self.heard.tell(book)
        return book

    def _base_of(self, folder: Path) -> Path:
        """The base directory that a folder is in: `base-directory` may choose by conditions."""
        conditions = getattr(self.job.pathfmt, "basedirectory_conditions", None) or ()
        chosen = [self.base, *(absolute(directory) for _, directory in conditions)]
        inside = [base for base in chosen if folder.is_relative_to(base)]
        return max(inside, key=lambda base: len(base.parts), default=self.base)

    def _book_or_none(self) -> Book | None:
        try:
            return self.book()
        except BookUnavailable:
            return None

    def secure(self, book: Book) -> None:
        """Become the book's only writer, or let its pages fail from now on."""
        try:
            book.secure()
        except CbzsafeError as error:
            self.run.shelf.refuse(book, str(error))
            self.job.status |= error.exit_code if isinstance(error, StorageError) else 0
            raise BookUnavailable(str(error)) from error

    # ---- what became of it

    def record(self, writer: Writer) -> None:
        """Hear from a post-processor that the page which just arrived is one of its own."""
        visit = self.visit
        if visit is None:
            return
        visit.book = self.book()
        self.secure(visit.book)
        visit.recorded.append(writer)

    def believes(self, known: Any) -> Any:
        """Judge the history's answer: believed, unless there is evidence against it."""
        visit = self.visit
        if visit is None or not known or not self.is_page():
            return known
        visit.known = True
        if visit.again or self.settings.history is History.VERIFY or self.book().damaged:
            return None
        return known

    def defer(self, history: DeferredHistory, key: str) -> bool:
        """Keep a key until the page's book is published; False where the file has none."""
        visit = self.visit
        if visit is None or not (visit.recorded or self.is_page()):
            return False
        if visit.comment != SOURCE_DAMAGED:  # later runs ask for such a page again
            book = visit.book or self.book()
            book.pending.add(visit.found or self.job.pathfmt.filename, history, key)
            history.wait(key)
        return True

    def resolve(self) -> None:
        """Give the page its place once gallery-dl is done with it."""
        visit = self.visit
        if visit is None:
            return
        if visit.skipped:
            self._resolve_skip(visit)
        elif visit.recorded and visit.book is not None:
            self._resolve_arrival(visit, visit.book)
        elif self.is_page():
            lost = "it came, but gallery-dl did not hand it over" if visit.fetched else ""
            self.fail(visit, lost or visit.reason or self.run.last_words() or "the download failed")
        telling.page(self, visit.book)

    def skipping(self) -> bool:
        """Hear that gallery-dl skips the page; tell whether that counts for `skip: abort:N`."""
        visit = self.visit
        if visit is None or not self.is_page():
            return True
        visit.skipped = True
        if visit.presence is Presence.ABSENT:  # the history's word, or the user's size limits
            visit.book = self.book()
            name = self.job.pathfmt.filename
            visit.presence, visit.found = visit.book.find(name, self.targets())
        return visit.presence is not Presence.STAGED

    def _resolve_skip(self, visit: Visit) -> None:
        book, job = visit.book, self.job
        if book is None or visit.presence is Presence.ABSENT or not visit.found:
            return
        book.claims[visit.found] = visit.url
        if visit.found != job.pathfmt.filename:
            book.guesses[visit.found] = visit
        if visit.presence is Presence.STAGED:
            path = book.staging.folder / visit.found
            book.add(visit.found, StagedPage(path, self.targets()))
        self.remember(visit)

    def remember(self, visit: Visit) -> None:
        """Add what is there to a history that lacks it: a process can die in between."""
        job = self.job
        after = getattr(job, "_archive_write_after", False)  # not in 1.30.0
        if job.archive is not None and (job._archive_write_file or after) and not visit.known:
            job.archive.add(job.pathfmt.kwdict)

    def _resolve_arrival(self, visit: Visit, book: Book) -> None:
        name, path = self.job.pathfmt.filename, self._path()
        book.refetched += max(0, visit.fetches - 1) + bool(visit.again)
        self.run.fetched += bool(visit.fetches)
        if visit.collided and self._same_page(book, visit, path):
            path.unlink()
            book.note_twin(visit.collided)
            return
        pairs = zip(self.writers, book.formats, strict=True)
        targets = frozenset(form.target for writer, form in pairs if writer in visit.recorded)
        if visit.again and visit.again != name:
            book.failed.pop(visit.again, None)
        book.claims[name] = visit.url
        book.add(name, StagedPage(path, targets, visit.comment))
        if visit.comment:
            book.warn(
                f"{name} is damaged at its source ({visit.reason}): published as it is.", name
            )
        elif not visit.whole:
            self.run.decode(book, path, name, visit)

    def _path(self) -> Path:
        """Where the file of the page on its way lies."""
        directory, path = self.job.pathfmt.realdirectory, self.job.pathfmt.realpath
        inside: str = path[len(directory) :]
        return self.run.shelf.folder(directory) / inside

    def _same_page(self, book: Book, visit: Visit, path: Path) -> bool:
        """Whether the bytes are those of the page whose name this one would have had."""
        came = fingerprint(path)
        other = book.staged.get(visit.collided)
        if other is not None and other.path.is_file():
            return fingerprint(other.path) == came
        entries = [form.published.entries.get(visit.collided) for form in book.formats]
        return all(e is not None and (e.crc, e.size) == came for e in entries)

    def fail(self, visit: Visit, reason: str) -> None:
        """Note that the page did not come."""
        folder = self.run.shelf.folder(self.job.pathfmt.realdirectory)
        name = visits.name_of(visit, self.job.pathfmt)
        book = visit.book = visit.book or self._book_or_none()
        self.run.shelf.miss(folder, name)
        if book is not None and self.run.shelf.refused(folder) is None:
            book.refetched += max(0, visit.fetches - 1) + bool(visit.again and visit.fetches)
            book.fail(name, Failed(reason, visit))
            visit.failed = True
