"""How the engine tells that it is at work, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


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
