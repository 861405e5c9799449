"""What gallery-dl logs, as objects: where standard error takes them, and what each is about.

`sys.stderr` has a `journal` then, a `logging.Handler` that is among the root's already.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.book.naming import target_for

if TYPE_CHECKING:
    from cbzsafe.gallerydl.transaction import Transaction

_PROGRESS = (("downloader",), ("downloader", "http"), ("downloader", "ytdl"))
"""Where a configuration may turn the progress of downloads on, which overwrites one line."""


@contextmanager
def heard_by(handler: logging.Handler) -> Iterator[None]:
    """Within the block, let a handler hear whatever gallery-dl logs, from its first line on.

    It comes behind gallery-dl's own, which `configure_logging` expects to be the root's first.
    """
    from gallery_dl import output

    began = output.initialize_logging

    def begin(loglevel: int) -> Any:
        log = began(loglevel)
        logging.getLogger().addHandler(handler)
        return log

    output.initialize_logging = begin
    try:
        yield
    finally:
        output.initialize_logging = began
        logging.getLogger().removeHandler(handler)


@contextmanager
def as_objects() -> Iterator[None]:
    """Within the block, let gallery-dl's `main()` leave standard error to the journal."""
    journal = getattr(sys.stderr, "journal", None)
    if journal is None:
        yield
        return
    from gallery_dl import output

    began, configured = output.initialize_logging, output.configure_logging
    output.initialize_logging = _without_its_own(began, journal)
    output.configure_logging = _without_progress(configured)
    before, journal.context = journal.context, about
    try:
        yield
    finally:
        output.initialize_logging, output.configure_logging = began, configured
        journal.context = before


def _without_its_own(began: Callable[[int], Any], journal: Any) -> Callable[[int], Any]:
    """Drop the handler that gallery-dl adds for standard error; the journal takes its level.

    gallery-dl's `configure_logging` then finds the journal as the root's first handler, and gives
    it the level of `output.log`.
    """

    def begin(loglevel: int) -> Any:
        root = logging.getLogger()
        known = list(root.handlers)
        log = began(loglevel)
        for handler in [each for each in root.handlers if each not in known]:
            if type(handler) is logging.StreamHandler:
                root.removeHandler(handler)
        journal.setLevel(loglevel)
        return log

    return begin


def _without_progress(configured: Callable[[int], None]) -> Callable[[int], None]:
    def configure(loglevel: int) -> None:
        from gallery_dl import config

        configured(loglevel)
        for path in _PROGRESS:
            config.set(path, "progress", None)

    return configure


def about(record: logging.LogRecord) -> Mapping[str, object]:
    """Tell what a record is about, as far as that is known without opening a book.

    Args:
        record: one of gallery-dl's; those of a job have it with them
            (`Job.__init__`, gallery_dl/job.py).

    Returns:
        any of `url`, `book` and `page`.
    """
    job, extractor = getattr(record, "job", None), getattr(record, "extractor", None)
    found: dict[str, object] = {}
    if extractor is not None:
        found["url"] = str(extractor.url)
    transaction = getattr(job, "transaction", None)
    # Under `async` an extractor's thread runs ahead of the page that is on its way.
    if transaction is not None and record.thread == threading.main_thread().ident:
        found |= _place(transaction)
    return found


def _place(transaction: Transaction) -> dict[str, object]:
    pathfmt, visit = transaction.job.pathfmt, transaction.visit
    if not pathfmt or not pathfmt.realdirectory or not transaction.writers:
        return {}
    folder = os.path.abspath(pathfmt.realdirectory)
    base, publish_to = str(transaction._base_of(Path(folder))), transaction.settings.publish_to
    target = target_for(folder, transaction.writers[0].extension, base, publish_to)
    page = visit and (visit.again or pathfmt.filename)
    return {"book": str(target), "page": page}
