"""The way of a chapter: what decides which pages it has and where they go.

That is gallery-dl's configuration, our settings, and what a parent job hands on. A chapter that was
finished another way is visited again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from gallery_dl import config

from cbzsafe.gallerydl.shards import chapter_key

if TYPE_CHECKING:
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


class Ways:
    """The ways of a run's chapters, as digests.

    Args:
        settings: those of the run.
        cbz_asked: whether `--cbz` was given.
    """

    def __init__(self, settings: Settings, cbz_asked: bool) -> None:
        self._settings = settings
        self._cbz_asked = cbz_asked
        self._common = ""
        self._last: tuple[str, bytes] = ("", b"")
        self._parents = False

    def forget(self) -> None:
        """Hear that the configuration may be another one from now on."""
        self._common, self._last = "", ("", b"")

    def of(self, job: Any) -> bytes:
        """Give the way of a job's chapter."""
        if not self._common:
            self._take()
        extractor = job.extractor
        kind = type(extractor)
        place = [kind.__module__, kind.__qualname__, extractor._cfgpath]
        place += [extractor.category, extractor.subcategory]
        key = repr([place, job.inherited(always=self._parents)])
        if key != self._last[0]:
            self._last = key, _digest([self._common, key])
        return self._last[1]

    def _take(self) -> None:
        """Take down what all chapters have in common."""
        ours = dataclasses.asdict(self._settings)
        ours = {name: value for name, value in ours.items() if name not in _ASIDE}
        theirs = {k: v for k, v in config._config.items() if k not in _NOT_THEIRS}
        self._common = _digest([SCHEMA, self._cbz_asked, ours, _kept(theirs)]).hex()
        self._parents = "_parent" in str(theirs)  # as gallery-dl calls their metadata


def chapter_of(extractor: Any) -> str:
    """Give the URL of a chapter, with its fragment only where that tells chapters apart.

    A post of a thread, or a user, may be named by nothing else: `mypage.php#id=123`. It does if the
    extractor's own pattern reads on behind the `#`.
    """
    url, key = str(extractor.url), chapter_key(extractor)
    place = url.find("#")
    match = re.match(type(extractor).pattern, url) if place >= 0 else None
    return url if match is not None and match.end() > place + 1 else key


def _kept(values: Any, *, whole: bool = False) -> Any:
    """Options without those that do not count, and without secrets; `whole` ones as they are."""
    if isinstance(values, dict):
        names = [name for name in values if whole or not _is_aside(str(name))]
        return {str(k): _kept(values[k], whole=whole or str(k).startswith(_WHOLE)) for k in names}
    if isinstance(values, list | tuple):
        return [_kept(one, whole=whole) for one in values]
    return values


def _is_aside(name: str) -> bool:
    return name in _ELSEWHERE or name.endswith(_SECRET)


def _digest(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
