"""What a run remembers of the books that it held, should their folders be visited again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cbzsafe.book.book import Book
    from cbzsafe.book.parts import Failed, StagedPage

RECENT = 64
"""Books of which the pages are remembered: a run may hold thousands."""


class _Held(NamedTuple):
    """What is remembered of one book."""

    reasons: list[str]
    failed: dict[str, Failed]
    staged: dict[str, StagedPage]


class HeldBooks:
    """The books that a run held: of the last ones their pages, of all others that they were."""

    def __init__(self) -> None:
        self._recent: OrderedDict[str, _Held] = OrderedDict()
        self._others: set[str] = set()

    def keep(self, book: Book) -> None:
        """Remember a book that is put away, and nothing that holds on to its job."""
        failed = {name: page.without_retry() for name, page in book.failed.items()}
        held = _Held(book.hold_reasons, failed, book.staged)
        self._recent[str(book.staging.folder)] = held
        if len(self._recent) > RECENT:
            self._others.add(self._recent.popitem(last=False)[0])

    def resume(self, book: Book) -> None:
        """Let a book that was just opened go on from what an earlier one of its folder left."""
        folder = str(book.staging.folder)
        held = self._recent.pop(folder, None)
        if held is not None:
            book.hold_reasons += held.reasons
            book.failed.update(held.failed)
            there = {name: page for name, page in held.staged.items() if page.path.is_file()}
            book.staged.update(there)
        elif folder in self._others:
            book.hold("it was held earlier in this run; run the same command again to go on")
