"""The end of a book's visit: repair rounds, settling, holding."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gallery_dl import exception

from cbzsafe.book.reports import failure
from cbzsafe.book.trouble import OUT_OF_MEMORY, sentence
from cbzsafe.errors import CbzsafeError, PackFailed, StorageError
from cbzsafe.gallerydl import again, ready_ending
from cbzsafe.gallerydl.bits import DISK, NOT_DOWNLOADED, NOT_WHOLE
from cbzsafe.gallerydl.chapter import Settling
from cbzsafe.images import lack
from cbzsafe.interrupt import Interrupted
from cbzsafe.settings import Incomplete

if TYPE_CHECKING:
    from cbzsafe.book.book import Book
    from cbzsafe.gallerydl.visit import Visit
    from cbzsafe.model import BookReport

ENDS = (exception.StopExtraction, exception.TerminateExtraction, SystemExit)
"""What a user's `actions` and post-processors may raise while a page is on its way."""


def broke_off(error: BaseException) -> bool:
    """Whether an extractor's exception means that pages were never named.

    StopExtraction and its like are the user's own `abort()`, ranges and dates.
    """
    control = isinstance(error, exception.ControlException)
    return not control or isinstance(error, exception.AbortExtraction)


def note(job: Any, error: BaseException, last: Visit | None) -> None:
    """Hear of an exception that ends a job: pages may never have been named.

    Args:
        job: of our class.
        error: what ends it.
        last: the page that was handled last; where it failed, it may be what ended the job.
    """
    if broke_off(error) and not isinstance(error, SystemExit):
        hold_open(job, f"the job broke off ({sentence(error).rstrip('.')})")
    elif last is not None and last.failed and last.book is not None:
        last.book.hold("the job was ended after a page had failed")


def hold_open(job: Any, reason: str) -> None:
    """Keep the job's open books from being published."""
    shelf = job.safe_run.shelf
    books = shelf.owned(job.transaction)
    if job.pathfmt is not None:
        shared = shelf.opened(shelf.folder(job.pathfmt.realdirectory))
        books += [shared] if shared is not None and shared not in books else []
    for book in books:
        book.hold(reason)


def looks_whole(job: Any) -> bool:
    """Whether nothing of the open books hints at a hole behind known pages."""
    return not any(book.may_have_hole for book in job.safe_run.shelf.owned(job.transaction))


def settle_surplus(job: Any) -> None:
    """Settle the least recently used books when more than a few are open."""
    for book in job.safe_run.shelf.surplus(job.transaction):
        _fetch_again(job, book)
        _settle(job, book)


def finish(job: Any, error: BaseException | None) -> bool:
    """Settle all books of a job that ends; False where its hooks must not run.

    Args:
        job: of our class.
        error: what ends it, None where it ran to its end.
    """
    if isinstance(error, exception.RestartExtraction):
        _put_back(job)
        return True
    if isinstance(error, Interrupted):
        _hold_all(job, error)
        return False
    try:
        _settle_all(job)
    except Interrupted as stop:
        _hold_all(job, stop)
        raise
    return True


def _settle_all(job: Any) -> None:
    shelf, transaction = job.safe_run.shelf, job.transaction
    ready_ending.settle(job)
    for book in shelf.all_open():
        if job.status & DISK:
            again.collect(job, book)
        else:
            _fetch_again(job, book)
    for book in shelf.owned(transaction):
        _settle(job, book)


def _fetch_again(job: Any, book: Book) -> None:
    """The repair rounds for the job's own pages of a book.

    Whatever ends a round early, as a user's `actions` may, leaves its pages failed.
    """
    try:
        again.collect(job, book)
        again.fetch_misled(job, book)
        for _ in range(job.safe_run.settings.repair_rounds):
            if not again.fetch_failed(job, book):
                return
            again.collect(job, book)
        again.ask_site(job, book)
    except Exception as error:  # noqa: BLE001 - see above
        job.extractor.log.debug("the repair round ended early (%r)", error)
        if lack.is_lack(error):
            book.hold(OUT_OF_MEMORY)
        again.collect(job, book)


def _settle(job: Any, book: Book) -> None:
    """Settle one book; whatever goes wrong becomes its report, never an exception.

    An exception from a child job would end the whole series. Where a page of the published archive
    is to blame, it is asked for again once.
    """
    if not _attempt(job, book, final=False):
        _heal(job, book)
        _attempt(job, book, final=True)


def _attempt(job: Any, book: Book, *, final: bool) -> bool:
    """Publish and put the book away; False where it could not be packed, and that is not final."""
    from cbzsafe.book import settle as settling

    stop, report = job.safe_run.stop, None
    publish_incomplete = job.safe_run.settings.incomplete is Incomplete.PUBLISH
    error = _secure(book)
    with stop.uninterrupted():
        watched = Settling(job, book)
        if error is None:
            try:
                report = settling.settle(book, publish_incomplete=publish_incomplete)
            except Exception as failed:  # noqa: BLE001 - see `_settle`
                error = failed
        if isinstance(error, PackFailed) and not final:
            return False
        if error is not None:
            report = failure(book, error)
            job.status |= DISK if isinstance(error, StorageError | OSError) else 0
        _count(job, book, report)
        watched.done(report)
        job.safe_run.shelf.close(book, report)
        if report is not None:
            job.safe_run.on_settled(report)
    return True


def _heal(job: Any, book: Book) -> None:
    try:
        again.heal(job, book)
    except Exception as error:  # noqa: BLE001 - the next attempt tells what is wrong
        job.extractor.log.debug("the published archive cannot be examined: %r", error)


def _secure(book: Book) -> Exception | None:
    """Take the lock, where a signal may still end the waiting for it."""
    if not book.secured and book.staging.has_part(book.claims):  # they can stay, too
        with suppress(CbzsafeError):
            book.secure()
    try:
        if book.staged or book.damaged or _describes(book):
            book.secure()
    except Exception as error:  # noqa: BLE001 - see `_settle`
        return error
    return None


def _describes(book: Book) -> bool:
    """Whether the ComicInfo.xml alone is to be written; every page is there already."""
    from cbzsafe.book.settle import will_write

    return book.about is not None and will_write(book)


def _count(job: Any, book: Book, report: BookReport | None) -> None:
    """Let gallery-dl's hooks and input files see what our report says."""
    if any(book.source_damaged(name) is None for name in book.failed):
        job.status |= NOT_DOWNLOADED
    if report is not None and not report.whole:
        job.status |= NOT_WHOLE
    if book.disk_failed:
        job.status |= DISK


def _hold_all(job: Any, stop: Interrupted) -> None:
    """Leave everything staged; the next run goes on from there."""
    from cbzsafe.book.settle import hold

    shelf = job.safe_run.shelf
    ready_ending.hold(job, stop)
    for book in shelf.owned(job.transaction):
        book.hold(f"the run was stopped ({stop.cause}); run the same command again to go on")
        shelf.close(book, hold(book))


def _put_back(job: Any) -> None:
    """Before a job starts again: its pages are found in staging then."""
    for book in job.safe_run.shelf.owned(job.transaction):
        job.safe_run.shelf.close(book, None)
