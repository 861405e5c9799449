"""What a book is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from cbzsafe.book.published import Published
from cbzsafe.cbz.entry import Method
from cbzsafe.model import Finding


class Presence(Enum):
    """Where a page already is."""

    ABSENT = "absent"
    STAGED = "staged"
    PUBLISHED = "published"


@dataclass(slots=True)
class Format:
    """One archive that a book is written as.

    Attributes:
        target: its final name.
        method: how entries are compressed.
        keep_files: whether pages stay in the staging folder.
        extras: files that go in beside the pages (the post-processor's `files`).
        published: what is there of it.
    """

    target: Path
    method: Method = Method.STORED
    keep_files: bool = False
    extras: tuple[Path, ...] = ()
    published: Published = field(init=False)


def faults(formats: Iterable[Format]) -> tuple[Finding, ...]:
    """Collect what is wrong with published archives, for the report of what replaces them."""
    return tuple(one for form in formats for one in form.published.findings)


@dataclass(frozen=True, slots=True)
class StagedPage:
    """A page in staging that is to be published.

    Attributes:
        path: its file.
        targets: the archives that it goes into.
        comment: the comment of its entry.
    """

    path: Path
    targets: frozenset[Path]
    comment: str = ""


class Undecided(str):
    """Why it is not known whether a page is whole: nothing is wrong with it that one knows of."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """A page that did not come.

    Attributes:
        reason: why, in words.
        retry: what the caller needs to fetch it again; opaque here, but for its `url`.
        url: where it is to be had, if there is nothing to fetch it again with.
    """

    reason: str
    retry: Any = None
    url: str = ""

    @property
    def address(self) -> str | None:
        """Where the page is to be had, None where that is not known."""
        return self.url or (None if self.retry is None else str(self.retry.url))

    def without_retry(self) -> Failed:
        """The same, for a book that is put away: what fetches a page again holds on to its job."""
        return Failed(self.reason, url=self.address or "")
