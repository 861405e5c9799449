"""Archives that a site serves ready-made: not packed, but checked and published as they are.

A file is one whose extension says `cbz` or `zip`, as it is named, as the response tells it, or as
its first bytes show, and which no writer of the job packs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.book import ready_report
from cbzsafe.errors import BookUnavailable, CbzsafeError
from cbzsafe.gallerydl import ready_hooks
from cbzsafe.gallerydl.transaction import Transaction
from cbzsafe.model import Outcome, Problem
from cbzsafe.settings import History

if TYPE_CHECKING:
    from cbzsafe.book.readymade import ReadyMade
    from cbzsafe.gallerydl.history import DeferredHistory
    from cbzsafe.gallerydl.postprocessor import Writer
    from cbzsafe.gallerydl.session import Run
    from cbzsafe.gallerydl.visit import Visit
    from cbzsafe.model import BookReport

TYPES = frozenset({"cbz", "zip"})
"""Extensions of what is looked at here; other archives are left to gallery-dl."""

_ERROR_PAGES = frozenset({"html", "htm"})
_NO_PAGE = (
    "the site serves an archive and no pages: download it without `repair`, and put it in the "
    "book's place"
)
_NAMED_ALIKE = (
    "A post-processor has named the archive {}, as another book of this run is named: give each a "
    "name of its own."
)


class ReadyTransaction(Transaction):
    """The transaction of one job, its ready-made archives included.

    Attributes:
        unmade: the visits of those that did not come, by their final names.
    """

    def __init__(self, job: Any, run: Run, parent: Transaction | None) -> None:
        Transaction.__init__(self, job, run, parent)
        self.unmade: dict[Path, Visit] = {}

    def is_page(self) -> bool:
        """Whether the file on its way belongs into an archive of ours."""
        ready = self.visit is not None and self.visit.ready is not None
        return not ready and Transaction.is_page(self)

    def record(self, writer: Writer) -> None:
        """Leave out what is no page, though `enumerate` has hidden its extension."""
        if self.visit is not None and self.visit.ready is None:
            Transaction.record(self, writer)

    def ready(self) -> ReadyMade | None:
        """The archive on its way, if it is a ready-made one."""
        visit = self.visit
        if visit is None:
            return None
        if visit.ready is None and self._is_ready():
            made = self._named()
            if not self.run.shelf.has_book(made.target):
                visit.ready = made
                made.open()
        return visit.ready

    def _is_ready(self) -> bool:
        return self.job.pathfmt.extension.lower() in TYPES and not Transaction.is_page(self)

    def _named(self) -> ReadyMade:
        """The archive of the name that gallery-dl gives it now."""
        pathfmt, shelf = self.job.pathfmt, self.run.shelf
        folder = shelf.folder(pathfmt.realdirectory)
        path = folder / (pathfmt.filename or pathfmt.build_filename(pathfmt.kwdict))
        return shelf.ready_made(path, self._base_of(folder), str(self.job.extractor.url))

    def exists(self, before: Callable[[], Any]) -> bool:
        """Answer gallery-dl's question whether a file that is no page need not be downloaded.

        Args:
            before: gallery-dl's own answer.

        Raises: BookUnavailable, where pages of one book are wanted: this is a book of its own.
        """
        visit = self.visit
        if visit is None or not self._keeps_ready(visit):
            return bool(before())
        if self.run.single:
            raise BookUnavailable(_NO_PAGE)
        made = self._free_name(visit)
        if self.fresh or visit.again or not made.is_there:
            made.secure()
        if made.is_there and not self.fresh:
            return True
        self.run.watcher.page(made.target, 0, 0, made.refetched)
        ready_hooks.hidden(self)
        return False

    def _keeps_ready(self, visit: Visit) -> bool:
        """Whether the file is a ready-made archive, still so after its first bytes were seen."""
        extension = self.job.pathfmt.extension.lower()
        if visit.ready is not None and extension not in TYPES | _ERROR_PAGES:
            visit.ready.release()
            visit.ready = None
        return visit.ready is not None or self._is_ready()

    def _free_name(self, visit: Visit) -> ReadyMade:
        """Give a second archive of one name gallery-dl's `enumerate` name."""
        pathfmt, made, number = self.job.pathfmt, visit.ready, 0
        now = self._named()
        if made is not None:
            same = made.lock.held and made.target == now.target
            if same and self.run.shelf.ready.get(made.target) == visit.url:
                return made
            made.release()
        extension, made = pathfmt.extension, now
        while self._is_taken(made.target, visit.url):
            number += 1
            pathfmt.prefix = f"{number}."
            pathfmt.kwdict["extension"] = pathfmt.prefix + extension
            pathfmt.build_path()
            made = self._named()
        visit.ready = made
        made.open()
        return made

    def _is_taken(self, target: Path, url: str) -> bool:
        """Whether the name is another's in this run; if not, it is this one's from now on."""
        shelf = self.run.shelf
        return shelf.has_book(target) or shelf.ready.setdefault(target, url) != url

    def renamed(self, visit: Visit, made: ReadyMade) -> ReadyMade:
        """Follow a post-processor that has given the archive another name behind the download.

        Raises: as `ReadyMade.secure` does; BookUnavailable: it is another book's name, too.
        """
        now = self._named()
        if now.target == made.target:
            return made
        if made.old is None:
            self.run.shelf.ready.pop(made.target, None)  # nothing gets that name
        shelf, taken = self.run.shelf, self._is_taken(now.target, visit.url)
        if not shelf.has_book(now.target):
            now.secure()
        if taken and not (now.stands and now.is_same(Path(self.job.pathfmt.temppath))):
            now.release()
            raise BookUnavailable(_NAMED_ALIKE.format(now.target.name))
        now.new = made.new
        made.release()
        visit.ready = now
        return now

    def believes(self, known: Any) -> Any:
        """Judge the history's answer: a damaged archive is evidence against it."""
        made, visit = self.ready(), self.visit
        if made is None or visit is None or not known:
            return Transaction.believes(self, known)
        visit.known = True
        doubtful = made.old is not None and not made.is_there
        if doubtful or visit.again or self.settings.history is History.VERIFY:
            return None
        return known

    def defer(self, history: DeferredHistory, key: str) -> bool:
        """Write the key of an archive that is published at once, and see that it is there."""
        made = self.visit.ready if self.visit is not None else None
        if made is None:
            return Transaction.defer(self, history, key)
        if made.outcome is not None or made.is_there:
            history.commit([key])
        return True

    def skipping(self) -> bool:
        """Hear that gallery-dl skips the file; tell whether that counts for `skip: abort:N`."""
        if self.ready() is None or self.visit is None:
            return Transaction.skipping(self)
        self.visit.skipped = True
        return True

    def resolve(self) -> None:
        """Report what became of the archive, now that gallery-dl is done with it."""
        visit = self.visit
        if visit is None or visit.ready is None:
            Transaction.resolve(self)
        elif visit.ready.outcome is not None:
            self._done(visit.ready)
        elif visit.skipped and visit.ready.old is not None and not visit.ready.is_there:
            self.fail(visit, "it was passed over for its size, and what is there is not whole")
        elif visit.skipped:
            if visit.skipped and visit.ready.is_there:
                self.remember(visit)
            self._done(visit.ready)
        else:
            why = visit.reason or self.run.last_words() or "the download failed"
            self.fail(visit, why)

    def _done(self, made: ReadyMade) -> None:
        from cbzsafe.book.staging import remove_if_empty

        self.unmade.pop(made.target, None)
        outcome = made.outcome or Outcome.UNCHANGED
        if made.old is not None or outcome is not Outcome.UNCHANGED:
            self.tell(ready_report.settled(made, outcome))
        made.release()
        if made.target.parent != made.path.parent:
            remove_if_empty(made.path.parent, self.base)

    def tell(self, report: BookReport) -> None:
        """Report one, unless it is one more time unchanged."""
        shelf = self.run.shelf
        if report.outcome is Outcome.UNCHANGED and report.whole and report.path in shelf.told:
            return
        shelf.take_down(report)
        self.run.on_settled(report)

    def fail(self, visit: Visit, reason: str) -> None:
        """Note that the archive did not come, or what went wrong behind its publish."""
        made = visit.ready
        if made is None:
            Transaction.fail(self, visit, reason)
            return
        error = sys.exc_info()[1]
        if made.outcome is not None or (visit.skipped and made.is_there):
            if isinstance(error, CbzsafeError):
                made.problems.append(Problem(reason))
            self._done(made)
            return
        visit.reason, visit.failed = reason, True
        visit.broken = isinstance(error, CbzsafeError)
        made.refetched += max(0, visit.fetches - 1) + bool(visit.again)
        self.unmade[made.target] = visit
        made.release()
