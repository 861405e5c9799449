"""What is already published of a book: read once, when the book is opened."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.book.staging import stem
from cbzsafe.cbz.names import is_metadata
from cbzsafe.errors import BookUnavailable, UnreadableArchive
from cbzsafe.model import Finding, Level, Verdict

if TYPE_CHECKING:
    from cbzsafe.cbz.entry import Entry
    from cbzsafe.cbz.scan import Scan
    from cbzsafe.progress import Progress


@dataclass(frozen=True, slots=True)
class Published:
    """The pages of a published archive that need not be downloaded again.

    Attributes:
        path: the archive.
        exists: whether there is one.
        entries: its pages by name; where it is damaged, those that were salvaged.
        damaged: whether it has to be written anew, which is also the evidence that makes the
            history doubtful.
        lost: pages that a damaged archive names and whose bytes cannot be proved.
        findings: what is wrong or odd with it.
        comment: the archive's comment, which is kept.
        size: bytes of the file.
        stamp: its size and modification time in nanoseconds as it was read.
        stems: the names of pages by their stem.
    """

    path: Path
    exists: bool = False
    entries: dict[str, Entry] = field(default_factory=dict)
    damaged: bool = False
    lost: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()
    comment: bytes = b""
    size: int = 0
    stamp: tuple[int, int] | None = None
    stems: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the pages by stem, since each page that is asked for is looked up by it."""
        for name in self.entries:
            self.stems.setdefault(stem(name), []).append(name)

    def has(self, name: str) -> bool:
        """Whether the page is there and is not known to be damaged."""
        entry = self.entries.get(name)
        return entry is not None and not entry.is_doubtful

    @property
    def page_count(self) -> int:
        """How many pages it has, leaving out metadata files."""
        return sum(not is_metadata(name) for name in self.entries)


def read(target: Path, progress: Progress, *, whole: bool = False) -> Published:
    """Take the state of the archive at `target`.

    Its structure and the ends of its pages are looked at, not every byte: a nightly run over a
    thousand books must not read them all. A damaged one is salvaged, which does read it whole.

    Args:
        target: the archive.
        progress: hears of the bytes that are read.
        whole: read every byte, and take only what can be proved.

    Raises:
        BookUnavailable: something stands there that is no archive, or none that can be proved.
    """
    try:
        status = os.lstat(target)
    except FileNotFoundError:
        return Published(target)
    except OSError as error:
        raise BookUnavailable(f"{target} cannot be looked at: {error.strerror}.") from error
    if not stat.S_ISLNK(status.st_mode) and not stat.S_ISREG(status.st_mode):
        raise BookUnavailable(
            f"{target} is not a regular file: move it away, then run the same command again."
        )
    from cbzsafe.cbz.scan import Depth, scan

    try:
        found = scan(target, Depth.ENDS, progress)
    except FileNotFoundError:
        raise BookUnavailable(
            f"{target} is a symbolic link to nothing: remove it, then run the same command again."
        ) from None
    except UnreadableArchive as error:
        raise BookUnavailable(_unreadable(target, str(error))) from error
    return _judge(target, found, progress, whole=whole)


def _judge(target: Path, found: Scan, progress: Progress, *, whole: bool) -> Published:
    if found.verdict is Verdict.UNREADABLE:
        reasons = [f.detail for f in found.findings if f.level is Level.UNREADABLE]
        raise BookUnavailable(_unreadable(target, reasons[0]))
    damaged = whole or found.verdict is not Verdict.SOUND
    pages = found.entries
    lost: tuple[Finding, ...] = ()
    if damaged:
        from cbzsafe.cbz.salvage import salvage

        saved = salvage(target, progress)
        pages, lost = saved.pages, saved.lost
    return Published(
        target,
        exists=True,
        entries={entry.name: entry for entry in pages},
        damaged=damaged,
        lost=lost,
        findings=(*found.findings, *(one for one in lost if one not in found.findings)),
        comment=found.comment,
        size=found.size,
        stamp=found.identity[2:],
    )


def _unreadable(target: Path, why: str) -> str:
    return (
        f"{target} cannot be read as a comic archive ({why.rstrip('.')}): move it away, then run "
        "the same command again."
    )
