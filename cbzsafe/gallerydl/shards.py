"""Which chapters are a shard's: those of a run's URLs are divided by a hash of their own URL.

A chapter is the pages of one job: what one extractor names. Every shard asks the site for the lists
of chapters, and only one for the chapter itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from types import FunctionType
from typing import Any

from gallery_dl.job import DownloadJob

from cbzsafe.gallerydl import seam
from cbzsafe.sharing import part_of

_INNER = ("__wrapped__", "__func__", "fget", "func")
"""Where decorators keep the function that they stand for."""


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
        return part_of(chapter_key(extractor), self._count) == self._number

    def leave(self, extractor: Any) -> None:
        """Note a chapter of another shard."""
        self._left.add(chapter_key(extractor))


def chapter_key(extractor: Any) -> str:
    """Give the URL of a chapter without what does not tell chapters apart.

    It may be listed once with a slash at its end or a fragment, once without.
    """
    return str(extractor.url).partition("#")[0].rstrip("/")


def is_leaf(extractor: Any) -> bool:
    """Whether an extractor names pages only, so that it need not be asked for others' chapters.

    Its code is looked at: what names other URLs mentions `Message.Queue`. Under the option `follow`
    any extractor may lead to others.
    """
    if extractor.config("follow"):
        return False
    kind: type = type(extractor)
    return _names_pages_only(kind)


@cache
def _names_pages_only(kind: type) -> bool:
    """Whether `items` is Python's, and mentions no other URLs: ten milliseconds, once a class."""
    return bool([*_functions(getattr(kind, "items", None))]) and "Queue" not in _reached(kind)


def _reached(kind: type) -> set[str]:
    """Collect the names that `items` mentions, and those that what they stand for mentions."""
    seen: set[str] = set()
    done: set[FunctionType] = set()
    waiting = [*_functions(getattr(kind, "items", None))]
    while waiting:
        function = waiting.pop()
        done.add(function)
        names = set(seam.mentioned(function.__code__))
        above = bool(names & {"super", *(base.__name__ for base in kind.__mro__)})
        found = [one for name in names for one in _meant(kind, name, function, above=above)]
        waiting += {one for each in found for one in _functions(each)} - done - {*waiting}
        seen |= names
    return seen


def _meant(kind: type, name: str, function: FunctionType, *, above: bool) -> list[Any]:
    """What a function can mean by a name: a method, a parent class's, a function beside it."""
    owners = [vars(base) for base in kind.__mro__ if name in vars(base)]
    owners = owners if above else owners[:1]
    return [owner[name] for owner in (*owners, function.__globals__) if name in owner]


def _functions(thing: Any, depth: int = 4) -> Iterator[FunctionType]:
    """The functions of Python that are behind a method, with those that decorators keep.

    Args:
        thing: a function, a property or whatever else a class may have.
        depth: how many decorators are looked through; functions can keep each other.
    """
    kept = [getattr(thing, name, None) for name in _INNER] if not isinstance(thing, type) else []
    if isinstance(thing, FunctionType):
        yield thing
        with suppress(ValueError):  # an empty cell
            kept += [cell.cell_contents for cell in thing.__closure__ or ()]
    for inner in kept if depth else ():
        yield from _functions(inner, depth - 1)


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
