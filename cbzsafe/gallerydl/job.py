"""gallery-dl's download job, made into a transaction: thin overrides that ask `Transaction`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

from gallery_dl import exception
from gallery_dl.job import DownloadJob

from cbzsafe.errors import CbzsafeError
from cbzsafe.gallerydl import arrival, bits, ending, presence, ready_hooks, seam, wrappers
from cbzsafe.gallerydl import visit as visits
from cbzsafe.gallerydl.chapter import ChapterJob
from cbzsafe.gallerydl.deadline import Deadline
from cbzsafe.gallerydl.history import DeferredHistory
from cbzsafe.gallerydl.postprocessor import ZipPP
from cbzsafe.gallerydl.readymade import ReadyTransaction
from cbzsafe.gallerydl.shelf import absolute
from cbzsafe.interrupt import Interrupted


class SafeJob(ChapterJob):
    """A DownloadJob whose pages become visible in whole books only.

    Child jobs are made by `self.__class__`, so they are of this class too. The attribute
    `safe_run` is set on the subclass that `cbzsafe.gallerydl.session` makes for each run.
    """

    hooks: Any  # as gallery-dl sets it, like those below
    archive: Any
    status: int

    def __init__(self, url: Any, parent: Any = None) -> None:
        self.safe_run.job_starts()
        ChapterJob.__init__(self, url, parent)
        above = getattr(parent, "transaction", None)
        self.transaction = ReadyTransaction(self, self.safe_run, above)
        self._skip_pending: Any = None
        self._ended_here = False
        self._last: visits.Visit | None = None
        if hasattr(self.extractor, "_async_items"):
            self.extractor._async_items = wrappers.copying(self.extractor._async_items)
        self.extractor.items = self._watched(self.extractor.items)

    def _watched(self, items: Callable[[], Iterator[Any]]) -> Callable[[], Iterator[Any]]:
        """Hear of the extractor's end, and whether it broke off."""

        def _items() -> Iterator[Any]:
            try:
                for message in items():
                    self.safe_run.stop.check()
                    yield message
            except BaseException as error:
                self._note(error)
                raise
            self._end_of_book()
            self.chapter.ended = True

        return _items

    def dispatch(self, *messages: Any) -> Any:
        """Hear of everything that ends the job before all pages were named.

        It takes what it gets: gallery-dl 1.30 hands over one message, later ones the iterator.
        """
        try:
            return DownloadJob.dispatch(self, *messages)
        except BaseException as error:
            self._note(error)
            raise

    def _note(self, error: BaseException) -> None:
        """Hear what ends the job, unless it is our own doing."""
        if not self._ended_here and not isinstance(error, Interrupted | GeneratorExit):
            ending.note(self, error, self._last)

    def initialize(self, kwdict: Any = None) -> None:
        """Let gallery-dl build everything, then see that our post-processor is in."""
        transaction, config = self.transaction, self.extractor.config
        transaction.packs = bool(config("download", True) and config("postprocess", True))
        ChapterJob.initialize(self, kwdict)
        if not (transaction.packs and self.ours):
            return
        if transaction.writer_error or not seam.zip_is(ZipPP):
            raise exception.AbortExtraction(
                transaction.writer_error or "the safe 'zip' did not get into this job"
            )
        self._inject()
        if transaction.writers:
            self._take_over()
            if kwdict is not None:
                self.pathfmt.set_directory(kwdict)

    def _inject(self) -> None:
        options = self.transaction.wanted()
        if options is None:
            return
        if not self.hooks:
            self.hooks = seam.new_hooks()
        self.register_hooks(self.transaction.inject(options), options)

    def _take_over(self) -> None:
        """Put our answers where gallery-dl asks whether a page is there."""
        transaction, pathfmt = self.transaction, self.pathfmt
        above = transaction.parent
        inherited = above is not None and above.writers and self.extractor._parentdir
        transaction.base = above.base if inherited and above else absolute(pathfmt.basedirectory)
        transaction.fresh = not self.extractor.config("skip", True)
        transaction.exists_before = ready_hooks.asking(transaction, pathfmt.exists)
        pathfmt.exists = lambda *_: presence.exists(transaction)
        pathfmt.build_filename = wrappers.safely(pathfmt.build_filename)
        formats = self.extractor.config("directory")
        wrappers.keep_inside(pathfmt, formats, self.extractor.directory_fmt)
        pathfmt.finalize = ready_hooks.publishing(transaction, pathfmt.finalize)
        pathfmt.part_enable = wrappers.dropping(transaction, pathfmt.part_enable)
        if self.archive is not None:
            self.archive = DeferredHistory(transaction, self.archive)
        elif path := self.extractor.config("archive"):
            self.safe_run.warn(
                f"The download archive {path} could not be opened: nothing enters it."
            )

    def handle_directory(self, kwdict: Any) -> None:
        """Settle what is left behind; a pending `skip: abort` takes effect here."""
        if self._last is not None:  # `-D` gives all of them one folder: pages came in between
            self._refuse_others()
        if self._skip_pending is not None and ending.looks_whole(self):
            self._end_of_book()
        before = self.pathfmt and self.pathfmt.realdirectory
        self.transaction.heard.directory(kwdict, str(self.extractor.url))
        DownloadJob.handle_directory(self, kwdict)
        if self.transaction.writers and before and before != self.pathfmt.realdirectory:
            ending.settle_surplus(self)

    def handle_queue(self, url: str, kwdict: Any) -> None:
        """Handle one of several books, where there may be several."""
        self._refuse_others()
        self.transaction.heard.queue(kwdict)
        ChapterJob.handle_queue(self, url, kwdict)

    def _refuse_others(self) -> None:
        if self.safe_run.single:
            raise exception.AbortExtraction(
                "the URL leads to others: give that of the one chapter that the book is"
            )

    def handle_url(self, url: str, kwdict: Any) -> None:
        """Handle one page, and give it its place in a book."""
        if self.transaction.writers:
            self.visit(visits.begin(url, kwdict, self.transaction), kwdict)
        else:
            self.chapter.more = True
            ChapterJob.handle_url(self, url, kwdict)

    def visit(self, visit: visits.Visit, kwdict: Any) -> None:
        """Let gallery-dl handle the page of `visit`."""
        transaction = self.transaction
        transaction.visit = visit
        status = self.status
        self.safe_run.forget_words()
        try:
            DownloadJob.handle_url(self, visit.url, kwdict)
            transaction.resolve()
        except CbzsafeError as error:
            transaction.fail(visit, str(error))
            status = self.status = self.status | bits.NOT_WHOLE | error.exit_code & bits.DISK
        except BaseException as error:
            self._cut_short(visit, error)
            raise
        finally:
            transaction.visit, self._last = None, visit
            self.page_ends(visit)
        if visit.failed:
            self.status = status | self.status & bits.DISK  # it may come in a repair round

    def _cut_short(self, visit: visits.Visit, error: BaseException) -> None:
        """A page on which the job ended: neither there nor failed yet."""
        if visit.skipped or visit.recorded:
            self.transaction.resolve()
        elif visit.ready is not None or self.transaction.is_page():
            self.transaction.fail(visit, f"the job ended before it came ({_words(error)})")
        if visit.book is not None and isinstance(error, ending.ENDS):
            visit.book.hold(f"the job was ended in its midst ({_words(error)})")
        if isinstance(error, BrokenPipeError) and self.safe_run.stdout_closed():
            self.safe_run.stop.reason = Interrupted("closed pipe", 1)
            raise self.safe_run.stop.reason from error

    def download(self, url: str) -> bool:
        """Download from one URL, and look at what came."""
        plain = functools.partial(DownloadJob.download, self)
        visit = self.transaction.visit
        if visit is None:
            return bool(plain(url))
        return arrival.fetch(self.transaction, visit, url, plain)

    def get_downloader(self, scheme: str) -> Any:
        """Make a downloader that writes `.part` files and hears signals."""
        known = scheme in self.downloaders
        downloader = DownloadJob.get_downloader(self, scheme)
        if not known and self.transaction.writers and hasattr(downloader, "receive"):
            downloader.part = True
            downloader.partdir = None  # pages of two books may have one name
            downloader.receive = arrival.guarded(self.transaction, downloader.receive)
            Deadline(self.transaction).watch(downloader)
            download = wrappers.failing_alone(downloader.download)
            downloader.download = arrival.noting_the_disk(self, download)
        return downloader

    def handle_skip(self) -> None:
        """Skip a page; `skip: abort` and its like wait for the end of the book."""
        if self.transaction.visit is None:
            DownloadJob.handle_skip(self)
            return
        counts = self.transaction.skipping()
        reaction = getattr(self, "_skipexc", None)
        self._skipexc = None
        try:
            DownloadJob.handle_skip(self)
        finally:
            self._skipexc = reaction
        if reaction is not None and counts:
            self._count_skip(reaction)

    def _count_skip(self, reaction: Any) -> None:
        if self._skipftr is None or self._skipftr(self.pathfmt.kwdict):
            self._skipcnt += 1
            if self._skipcnt >= self._skipmax:
                self._skip_pending = reaction

    def _end_of_book(self) -> None:
        pending, self._skip_pending = self._skip_pending, None
        if pending is not None:
            self._ended_here = True
            raise pending

    def handle_finalize(self) -> None:
        """Publish, then let gallery-dl run the hooks, which see the published files."""
        error = sys.exc_info()[1]
        self.transaction.restarting = isinstance(error, exception.RestartExtraction)
        if ending.finish(self, error):
            DownloadJob.handle_finalize(self)
        elif self.archive is not None:
            self.archive.close()


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
