"""Which chapters are a shard's: those of a run's URLs are divided by a hash of their own URL.

A chapter is the pages of one job: what one extractor names. Every shard asks the site for the lists
of chapters, and only one for the chapter itself.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

from gallery_dl.job import DownloadJob

from cbzsafe.gallerydl import seam
from cbzsafe.sharing import part_of


class Shard:
    """One share of a run's chapters.

    Args:
        share: its number, from 1, and how many there are; None where there is but one.
    """

    def __init__(self, share: tuple[int, int] | None) -> None:
        self._number, self._count = share or (1, 1)
        self._left: set[str] = set()

    @property
    def elsewhere(self) -> int:
        """How many chapters were left to other shards so far."""
        return len(self._left)

    def owns(self, extractor: Any) -> bool:
        """Whether the pages that an extractor names are this shard's."""
        if self._count == 1:
            return True
        return part_of(_key(str(extractor.url)), self._count) == self._number

    def leave(self, extractor: Any) -> None:
        """Note a chapter of another shard."""
        self._left.add(_key(str(extractor.url)))


def _key(url: str) -> str:
    """A URL without what does not tell chapters apart: it may be listed once so, once so."""
    return url.partition("#")[0].rstrip("/")


def is_leaf(extractor: Any) -> bool:
    """Whether an extractor names pages only, so that it need not be asked for others' chapters.

    Its code is looked at: what names other URLs mentions `Message.Queue`. Under the option `follow`
    any extractor may lead to others.
    """
    if extractor.config("follow"):
        return False
    items = getattr(type(extractor), "items", None)
    seen: set[str] = set()
    return _code(items) is not None and "Queue" not in _reached(type(extractor), items, seen)


def _reached(kind: type, function: Any, seen: set[str]) -> set[str]:
    """Collect the names that a method mentions, and those that it calls by them."""
    code = _code(function)
    for name in seam.mentioned(code) if code is not None else ():
        if name not in seen:
            seen.add(name)
            _reached(kind, getattr(kind, name, None), seen)
    return seen


def _code(function: Any) -> CodeType | None:
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    return code if isinstance(code, CodeType) else None


class ShardedJob(DownloadJob):  # type: ignore[misc]
    """A DownloadJob that leaves other shards' chapters alone.

    Lists of chapters are every shard's; where an extractor names pages and other URLs, those are
    followed and its pages passed over.
    """

    safe_run: Any = None

    def __init__(self, url: Any, parent: Any = None) -> None:
        DownloadJob.__init__(self, url, parent)
        self.ours = self.safe_run.shard.owns(self.extractor)

    def run(self) -> Any:
        """Ask the site for nothing where there can be nothing of ours."""
        if self.ours or not is_leaf(self.extractor):
            return DownloadJob.run(self)
        self.safe_run.shard.leave(self.extractor)
        return 0

    def initialize(self, kwdict: Any = None) -> None:
        """Let post-processors rest where the pages are another shard's."""
        DownloadJob.initialize(self, kwdict)
        if not self.ours:
            self.hooks: Any = ()

    def handle_url(self, url: str, kwdict: Any) -> None:
        """Handle one page, if it is ours."""
        if self.ours:
            DownloadJob.handle_url(self, url, kwdict)
        else:
            self.safe_run.shard.leave(self.extractor)
