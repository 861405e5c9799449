"""Who is told of published books: addresses of libraries, and a command of the user's.

Whatever is shown of them is `str()` of them: a webhook's path may be a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

TOKEN = "CBZSAFE_NOTIFY_TOKEN"  # noqa: S105 - the variable's name
"""The variable with the addresses' keys; there is no such option, for `ps` shows options."""


class Kind(StrEnum):
    """What listens at an address."""

    KOMGA = "komga"
    KAVITA = "kavita"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is told.

    Attributes:
        kind: see `Kind`.
        url: what the requests go to.
        home: the server's own address, for sentences.
        shown: the address as it may be shown.
    """

    kind: Kind
    url: str = field(repr=False)
    home: str
    shown: str

    def __str__(self) -> str:
        """Give what may be shown."""
        return self.shown


class Addresses(tuple[Address, ...]):
    """Several addresses, in the order in which they were written."""

    __slots__ = ()

    def __str__(self) -> str:
        """Give what may be shown, as it is written."""
        return " ".join(map(str, self))


class PathMap(NamedTuple):
    """Where a server sees our folders.

    Attributes:
        own: a folder of ours, absolute.
        theirs: the same folder as the server sees it.
    """

    own: str
    theirs: str

    def __str__(self) -> str:
        """Give it as it is written."""
        return f"{self.own}={self.theirs}"


class Command(tuple[str, ...]):
    """The words of a command, its name first."""

    __slots__ = ()

    def __str__(self) -> str:
        """Give it as it is written."""
        from shlex import join

        return join(self)
