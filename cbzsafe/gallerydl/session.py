"""A run: arguments in, a report out; everything that was replaced is put back."""

from __future__ import annotations

import logging
import select
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from gallery_dl import config

from cbzsafe.book.decoding import Decoder
from cbzsafe.gallerydl import logs, seam
from cbzsafe.gallerydl.complaints import Errors, Words
from cbzsafe.gallerydl.describing import Describer
from cbzsafe.gallerydl.finished import Finished
from cbzsafe.gallerydl.job import SafeJob
from cbzsafe.gallerydl.postprocessor import ZipPP
from cbzsafe.gallerydl.shards import Shard
from cbzsafe.gallerydl.shelf import Shelf
from cbzsafe.interrupt import Stop
from cbzsafe.model import Problem, RunReport, Severity
from cbzsafe.progress import Unwatched

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from cbzsafe.book.book import Book
    from cbzsafe.gallerydl.parser import Understood
    from cbzsafe.gallerydl.visit import Visit
    from cbzsafe.model import BookReport
    from cbzsafe.progress import Progress, Watcher
    from cbzsafe.settings import Settings


class Run:
    """The state of one run, which all its jobs share."""

    def __init__(
        self,
        understood: Understood,
        settings: Settings,
        progress: Progress,
        stop: Stop,
        single: bool = False,
        watcher: Watcher | None = None,
    ) -> None:
        self.settings = settings
        self.single = single
        self.cbz_asked = understood.cbz_asked
        self.stop = stop
        self.watcher = watcher or Unwatched()
        self.shelf = Shelf(settings, progress, self.watcher)
        self.decoder = Decoder()
        self.shard = Shard(settings.shard)
        self.finished = Finished(settings, self.cbz_asked, self.warn, off=single)
        self.describer = Describer(settings, self.warn)
        self.fetched = self.received = 0
        self.problems: list[Problem] = []
        self._replaces_root = understood.replaces_root_postprocessors
        self.errors = Errors()
        self._words = Words()
        self._started = False
        self.on_settled: Callable[[BookReport], object] = lambda _: None
        # A book that is put away without being settled takes what waits for it along.
        self._decoding: WeakKeyDictionary[Book, list[tuple[str, Visit, Future[str | None]]]]
        self._decoding = WeakKeyDictionary()

    def job_starts(self) -> None:
        """Before a job is made, when gallery-dl's configuration is complete.

        `signals-ignore` and `signals-actions` have replaced our handlers by then. `--cbz`, now
        stripped, would have replaced post-processors at the configuration's root.
        """
        if self._started:
            return
        self._started = True
        self.stop.arm()
        self._words.attach()
        if self._replaces_root:
            config.unset((), "postprocessors")

    def warn(self, text: str) -> None:
        """Note something of the run that a user should know, once."""
        problem = Problem(text, severity=Severity.WARNING)
        if problem not in self.problems:
            self.problems.append(problem)

    def forget_words(self) -> None:
        """Before a page, so that its reason is its own."""
        self._words.last = ""

    def last_words(self) -> str:
        """What gallery-dl last complained of."""
        return self._words.last

    def stdout_closed(self) -> bool:
        """Whether the program that read our standard output is gone."""
        try:
            poll = select.poll()
            poll.register(sys.stdout.fileno(), 0)
            return any(events & select.POLLERR for _, events in poll.poll(0))
        except (OSError, ValueError, AttributeError):
            return False

    def decode(self, book: Book, path: Path, name: str, visit: Visit) -> None:
        """Decode a page beside the next download."""
        future = self.decoder.submit(path, name)
        waiting = self._decoding.setdefault(book, [])
        waiting[:] = [w for w in waiting if not (w[2].done() and w[2].result() is None)]
        waiting.append((name, visit, future))

    def decoded(self, book: Book) -> list[tuple[str, Visit, str | None]]:
        """Wait for a book's pages to be decoded, and take the results."""
        waiting = self._decoding.get(book, [])
        done = [(name, visit, future.result()) for name, visit, future in waiting]
        self._decoding.pop(book, None)
        return done

    def close(self) -> None:
        """Let go of threads, locks and loggers."""
        self._words.detach()
        self.finished.close()
        self.decoder.close()
        left = self.shelf.all_open()
        if left:
            from cbzsafe.book import settle
        for book in left:
            book.hold("its job ended before it could be settled")
            self.shelf.close(book, settle.hold(book))


def run(
    understood: Understood,
    settings: Settings,
    progress: Progress,
    stop: Stop | None = None,
    on_settled: Callable[[BookReport], object] | None = None,
    single: bool = False,
    watcher: Watcher | None = None,
) -> RunReport:
    """Run gallery-dl's `main()` in this process, with books made our way.

    Args:
        understood: gallery-dl's arguments, as its own parser understands them.
        settings: ours.
        progress: hears of waiting and of long work.
        stop: the caller's, where its handlers are to outlive the run; else the run has its own.
        on_settled: called with a book's report once nothing of the book is left to be done.
        single: refuse URLs that lead to others: all is for one book.
        watcher: hears of books and pages.

    Returns:
        the report. Signals that come after it raise no more (`Stop.until_stopped`).
    """
    started = time.time()
    state = Run(understood, settings, progress, stop or Stop(), single, watcher)
    state.on_settled = on_settled or state.on_settled
    handling = nullcontext() if stop else state.stop.handling()
    with handling:
        argv = list(understood.stripped)
        status = state.stop.until_stopped(lambda: _download(state, argv), 0)
        state.shelf.report_refused()
        return _report(state, status, started)


def _download(state: Run, argv: list[str]) -> int:
    job = type("DownloadJob", (SafeJob,), {"safe_run": state, "__module__": SafeJob.__module__})
    try:
        with seam.installed(job, ZipPP), logs.heard_by(state.errors):
            try:
                return seam.call_main(argv)
            finally:
                with state.stop.uninterrupted():
                    state.close()
    except Exception as error:
        logging.getLogger("cbzsafe").debug("", exc_info=error)
        state.problems.append(Problem(f"gallery-dl ended with {type(error).__name__}: {error}"))
        return 1


def _report(state: Run, status: int, started: float) -> RunReport:
    from cbzsafe import images

    weaker = images.weaker() if state.decoder.used else ()  # it may import for a tenth of a second
    stopped = state.stop.reason
    books = tuple(state.shelf.reports)
    ours = int(any(not book.whole for book in books))
    total = stopped.exit_code if stopped is not None else status | ours
    return RunReport(
        books=books,
        status=total,
        gallery_dl_status=status,
        fetched=state.fetched,
        received=state.received,
        elsewhere=state.shard.elsewhere,
        finished=state.finished.count,
        started=started,
        seconds=time.time() - started,
        interrupted=stopped.cause if stopped is not None else None,
        problems=(*state.problems, *state.errors.problems),
        weaker=weaker,
    )
