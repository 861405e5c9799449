"""Which chapters need not be visited: what was published whole before and is still there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gallery_dl import config, util

from cbzsafe.errors import CbzsafeError
from cbzsafe.gallerydl.ways import Ways, chapter_of
from cbzsafe.library.finished import FinishedChapters

if TYPE_CHECKING:
    from collections.abc import Callable

    from cbzsafe.library.finished import Stamp
    from cbzsafe.settings import Settings

_PARTS = ("file-range", "image-range", "post-range", "actions")
"""Options under which a chapter may end before all of its pages were handled."""


class Finished:
    """What a run knows of finished chapters, and what it adds to that.

    Args:
        settings: those of the run.
        cbz_asked: whether `--cbz` was given.
        warn: hears of a record that cannot be used.
        off: whether every chapter is to be visited, and none recorded.
    """

    def __init__(
        self, settings: Settings, cbz_asked: bool, warn: Callable[[str], None], *, off: bool
    ) -> None:
        self._settings = settings
        self._warn = warn
        self._records: dict[Path, FinishedChapters] = {}
        self._broken: set[Path] = set()
        self._skipped: set[str] = set()
        self._ways = Ways(settings, cbz_asked)
        self.active = (settings.skip_finished or settings.recheck) and not off

    @property
    def count(self) -> int:
        """How many chapters were passed over as finished so far."""
        return len(self._skipped)

    def home(self, extractor: Any) -> Path | None:
        """The folder beside whose books the record lies; None where nothing is to be recorded."""
        if not self.active:
            return None
        if self._settings.publish_to is not None:
            return Path(os.path.abspath(self._settings.publish_to))
        base = extractor.config("base-directory")
        base = base.get("") if isinstance(base, dict) else base
        base = "./gallery-dl/" if base is None else base  # as gallery_dl/path.py has it
        return Path(os.path.abspath(util.expand_path(base))) if isinstance(base, str) else None

    def begin(self) -> None:
        """Hear that a job begins that has none above it: a list may give each URL its options."""
        self._ways.forget()

    def knows(self, job: Any) -> bool:
        """Whether a job's chapter need not be visited; counts it if so.

        Under what it is known is kept in the job: its visit may change the extractor.
        """
        record = self._record(job.home)
        key, way = job.known_as = chapter_of(job.extractor), self._ways.of(job)
        if record is None or self._settings.recheck or not _may_be_passed_over(job):
            return False
        known = bool(self._try(job.home, lambda: record.has(key, way)))
        if known:
            self._skipped.add(key)
            job.extractor.log.debug("Finished before: not visited")
        return known

    def _record(self, home: Path) -> FinishedChapters | None:
        """The record of a library, None where it turned out to be of no use."""
        if home in self._broken:
            return None
        if home not in self._records:
            self._records[home] = FinishedChapters(home)
        return self._records[home]

    def _try(self, home: Path, work: Callable[[], Any]) -> Any:
        """Do without the record of a library where something is wrong with it."""
        try:
            return work()
        except CbzsafeError as error:
            self._broken.add(home)
            self._warn(f"Which chapters are finished is not known: {error}")
            return None

    def published(self, job: Any, path: Path, before: Stamp | None, after: Stamp) -> None:
        """Take down what a book became in this run.

        Args:
            job: which settled it.
            path: the book.
            before: what it was; None where nothing says that it still has what it had.
            after: what it is.
        """
        record = self._record(job.home)
        if record is not None:
            record.changed(path, before, after)

    def finish(self, job: Any, books: list[Path]) -> None:
        """Record a job's chapter as finished."""
        record = self._record(job.home)
        if record is not None:
            chapter, way = job.known_as
            record.record(chapter, way, books)
            self._try(job.home, record.tick)

    def reopen(self, job: Any) -> None:
        """Forget that a job's chapter is finished: it was visited, and is not whole."""
        record = self._record(job.home)
        if record is not None:
            self._try(job.home, lambda: record.forget(job.known_as[0]))

    def close(self) -> None:
        """Write what is not written yet."""
        for home, record in self._records.items():
            if home not in self._broken:
                self._try(home, record.write)
            record.close()


def ends_early(extractor: Any) -> bool:
    """Whether the user wants parts of chapters only."""
    if "flag" in str(config.get((), "signals-actions")):  # a signal may pass over a page
        return True
    return any(extractor.config(name) for name in _PARTS)


def _may_be_passed_over(job: Any) -> bool:
    """Whether the run goes on behind a chapter that is passed over as it would behind a visit.

    `skip: false` fetches all again. Where a number of skipped pages ends more than their own
    chapter, they have to be counted.
    """
    skip = job.extractor.config("skip", True)
    if not isinstance(skip, str):
        return bool(skip)
    kind, _, rest = skip.partition(":")
    if kind == "abort":
        return not (rest.partition(":")[2] or job.counts_for_parent())
    return kind not in {"terminate", "exit"}
