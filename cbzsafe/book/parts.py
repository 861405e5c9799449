"""What a book is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from cbzsafe.book.published import Published
from cbzsafe.cbz.entry import Method


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


@dataclass(frozen=True, slots=True)
class Failed:
    """A page that did not come.

    Attributes:
        reason: why, in words.
        retry: what the caller needs to fetch it again; opaque here.
    """

    reason: str
    retry: Any = None
