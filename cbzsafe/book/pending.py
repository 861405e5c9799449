"""What waits for a book's publish to enter the history."""

from __future__ import annotations

from typing import Protocol

from cbzsafe.errors import CbzsafeError


class History(Protocol):
    """Where keys are committed once their pages are published."""

    def commit(self, keys: list[str]) -> None:
        """Write the keys; they are durable when it returns."""

    def forget(self, keys: list[str]) -> None:
        """Hear that these keys will not be committed."""


class Pending:
    """Keys of pages, each with the history that it is for."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, History, str]] = []

    def add(self, name: str, history: History, key: str) -> None:
        """Keep the key of a page until its book is published."""
        self._waiting.append((name, history, key))

    def rename(self, old: str, new: str) -> None:
        """Follow a page that got another name."""
        self._waiting = [(new if n == old else n, h, k) for n, h, k in self._waiting]

    def commit(self, names: set[str] | None = None) -> list[CbzsafeError]:
        """Write the keys of all pages or of the named ones; give what went wrong."""
        ready: dict[int, tuple[History, list[str]]] = {}
        for _, history, key in self._take(names):
            ready.setdefault(id(history), (history, []))[1].append(key)
        problems: list[CbzsafeError] = []
        for history, keys in ready.values():
            try:
                history.commit(keys)
            except CbzsafeError as error:
                problems.append(error)
        return problems

    def forget(self, names: set[str] | None = None) -> None:
        """Drop the keys of all pages or of the named ones."""
        for _, history, key in self._take(names):
            history.forget([key])

    def _take(self, names: set[str] | None) -> list[tuple[str, History, str]]:
        everything = self._waiting
        self._waiting = [e for e in everything if names is not None and e[0] not in names]
        return [e for e in everything if names is None or e[0] in names]
