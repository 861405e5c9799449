"""Which chapters need not be visited: those that were published whole before and are still there.

What decides which pages a chapter has and where they go is its way: gallery-dl's configuration, our
settings, and what a parent job hands on. A chapter that would go another way is visited again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gallery_dl import config, util

from cbzsafe.errors import CbzsafeError
from cbzsafe.gallerydl.shards import chapter_key
from cbzsafe.library.finished import FinishedChapters

if TYPE_CHECKING:
    from collections.abc import Callable

    from cbzsafe.library.finished import Stamp
    from cbzsafe.settings import Settings

SCHEMA = 1
"""Raised when what is recorded as finished would not be that any more."""

_ASIDE = frozenset(
    {
        *("report", "metrics", "termination_log", "log_format", "shard", "lock_timeout"),
        *("page_retries", "repair_rounds", "page_deadline", "page_limit", "history", "incomplete"),
        *("publish_to", "skip_finished", "recheck", "notify", "notify_path", "on_publish"),
    }
)
"""Settings that decide neither which pages a whole book has nor where it is in its library."""

_NOT_THEIRS = frozenset({"output", "cache", "cbzsafe", "subconfigs", "warnings", "netrc"})
"""Sections at the root of gallery-dl's configuration that concern no chapter's pages."""

_ELSEWHERE = frozenset(
    {
        *("base-directory", "part-directory", "part", "skip", "skip-filter", "mtime"),
        *("chapter-range", "chapter-filter", "chapter-unique"),
        *("child-range", "child-filter", "child-unique"),
        *("retries", "retry-codes", "timeout", "rate", "verify", "proxy", "proxy-env", "headers"),
        *("source-address", "user-agent", "browser", "referer", "tls12", "ciphers", "progress"),
        *("sleep", "sleep-skip", "sleep-request", "sleep-extractor", "sleep-429"),
        *("username", "password", "cookies", "cookies-update", "cookies-select", "netrc"),
        *("api-key", "api-secret", "client-id", "client-secret", "session", "sid", "csrf"),
    }
)
"""Options at any depth that decide how pages come, for whom, or which chapters are visited."""

_SECRET = ("token", "-secret", "_secret", "-hash")
"""What the names of others end in that hold secrets."""

_WHOLE = ("directory", "filename", "keywords", "postprocessor")
"""What the names of options begin with in which a user's own names stand."""

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
        self._cbz_asked = cbz_asked
        self._warn = warn
        self._records: dict[Path, FinishedChapters] = {}
        self._broken: set[Path] = set()
        self._skipped: set[str] = set()
        self._common = ""
        self._ways: dict[str, bytes] = {}
        self._parents = False
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

    def knows(self, job: Any) -> bool:
        """Whether a job's chapter need not be visited; counts it if so."""
        record = self._record(job.home)
        if record is None or self._settings.recheck or not _may_be_passed_over(job):
            return False
        key, way = chapter_key(job.extractor), self._way(job)
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

    def _way(self, job: Any) -> bytes:
        """A digest of what decides which pages a job's chapter has and where they go."""
        if not self._common:
            ours = dataclasses.asdict(self._settings)
            ours = {name: value for name, value in ours.items() if name not in _ASIDE}
            theirs = {k: v for k, v in config._config.items() if k not in _NOT_THEIRS}
            self._common = _digest([SCHEMA, self._cbz_asked, ours, _kept(theirs)]).hex()
            self._parents = "_parent" in str(theirs)  # as gallery-dl calls their metadata
        extractor = job.extractor
        place = [extractor._cfgpath, extractor.category, extractor.subcategory]
        key = repr([place, job.inherited(always=self._parents)])
        if key not in self._ways:
            self._ways = {key: _digest([self._common, key])}
        return self._ways[key]

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
            record.record(chapter_key(job.extractor), self._way(job), books)
            self._try(job.home, record.tick)

    def close(self) -> None:
        """Write what is not written yet."""
        for home, record in self._records.items():
            if home not in self._broken:
                self._try(home, record.write)


def ends_early(extractor: Any) -> bool:
    """Whether the user wants parts of chapters only."""
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


def _kept(values: Any) -> Any:
    """Options without those that do not count, and without secrets."""
    if isinstance(values, dict):
        names = [name for name in values if not _is_aside(str(name))]
        return {k: values[k] if str(k).startswith(_WHOLE) else _kept(values[k]) for k in names}
    return [_kept(one) for one in values] if isinstance(values, list | tuple) else values


def _is_aside(name: str) -> bool:
    return name in _ELSEWHERE or name.endswith(_SECRET)


def _digest(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, default=str, skipkeys=True)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
