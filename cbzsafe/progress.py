"""How the engine tells that it is at work, without knowing who listens."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


class Progress(Protocol):
    """What the engine calls while it works; nothing in it may raise."""

    def message(self, text: str) -> None:
        """Tell one line, as when something has to be waited for."""

    def start(self, what: str, total: int) -> None:
        """Begin a piece of work of `total` bytes."""

    def advance(self, count: int) -> None:
        """Report that `count` more bytes are done."""

    def finish(self) -> None:
        """End the piece of work."""


class Silent:
    """The twin that says nothing."""

    def message(self, text: str) -> None:
        """Drop `text`."""

    def start(self, what: str, total: int) -> None:
        """Do nothing."""

    def advance(self, count: int) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""


class Watcher(Protocol):
    """What a run tells of its books; nothing in it may raise, and each call is cheap."""

    def page(self, book: Path, done: int, total: int, again: int) -> None:
        """Tell how far the book is that pages are coming for.

        Args:
            book: its final name.
            done: pages that are there.
            total: pages that it is to have, 0 where the site does not say so.
            again: fetches beyond the first, of pages that came broken or failed.
        """

    def received(self, count: int) -> None:
        """Report that `count` more bytes of pages have come."""

    def settled(self, book: Path, outcome: str) -> None:
        """Tell what became of a book: a value of `cbzsafe.model.Outcome`."""

    def aside(self) -> AbstractContextManager[object]:
        """Leave the terminal to a program of the user's within the block."""


class Unwatched:
    """The watcher that looks away."""

    def page(self, book: Path, done: int, total: int, again: int) -> None:
        """Do nothing."""

    def received(self, count: int) -> None:
        """Do nothing."""

    def settled(self, book: Path, outcome: str) -> None:
        """Do nothing."""

    def aside(self) -> AbstractContextManager[object]:
        """Do nothing."""
        return nullcontext()
