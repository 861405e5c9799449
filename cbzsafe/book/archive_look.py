"""What makes an archive that a site serves ready-made damaged, and what is only its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe.book.trouble import OUT_OF_MEMORY
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import Depth, Scan, scan
from cbzsafe.errors import BookUnavailable, UnreadableArchive
from cbzsafe.model import Code, Finding, Level

if TYPE_CHECKING:
    from pathlib import Path

    from cbzsafe.progress import Progress

INCOMPLETE = "incomplete-source"
"""The mark in the first entry's comment of an archive that was published without all its pages."""

_CLOSED = frozenset({Code.ENCRYPTED, Code.UNSUPPORTED_COMPRESSION})
"""Pages that nobody but the reader can open: their places are checked, not their bytes."""
_LEFT_ALONE = _CLOSED | {Code.UNSAFE_NAME}
"""What is an error of other archives, and no reason not to take this one as it is served."""
_MADE_SO = frozenset(
    {
        Code.EMPTY_BOOK,
        Code.EMPTY_PAGE,
        Code.NOT_AN_IMAGE,
        Code.TRUNCATED_IMAGE,
        Code.UNDECODABLE_IMAGE,
    }
)
"""What a page was before it was packed, since its CRC is right: no fetch makes it better."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of an archive.

    Attributes:
        scan: of the file.
        faults: what makes it damaged; none where it can be published as it is.
    """

    scan: Scan
    faults: tuple[Finding, ...]

    @property
    def is_proved(self) -> bool:
        """Whether all pages can be read, so that their CRCs prove every byte of them."""
        return not any(finding.code in _CLOSED for finding in self.scan.findings)

    @property
    def has_unsafe_names(self) -> bool:
        """Whether unpacking it could write outside its folder, or fail."""
        return any(finding.code is Code.UNSAFE_NAME for finding in self.scan.findings)

    @property
    def was_made_so(self) -> bool:
        """Whether it is damaged, but came as the site has it."""
        return bool(self.faults) and all(finding.code in _MADE_SO for finding in self.faults)

    @property
    def is_incomplete(self) -> bool:
        """Whether it was published without all its pages."""
        return any(INCOMPLETE in entry.comment.split() for entry in self.scan.entries)

    @property
    def why(self) -> str:
        """The first fault, as the end of a sentence."""
        first = self.faults[0]
        where = f"{first.page}: " if first.page else ""
        return f"{where}{first.detail}".rstrip(".")


def look(path: Path, depth: Depth, progress: Progress) -> Look:
    """Look at an archive.

    Args:
        path: the file.
        depth: how closely.
        progress: told of the bytes that are read.

    Raises:
        FileNotFoundError: there is no such file.
        BookUnavailable: it is no regular file, may not be opened, or memory ran out over it.
        ArchiveChanged: it changed meanwhile.
        StorageError: the disk failed.
    """
    try:
        found = scan(path, depth, progress)
    except UnreadableArchive as error:
        raise BookUnavailable(f"{error} Move it away, then run the same command again.") from error
    except MemoryError as error:
        raise BookUnavailable(f"{OUT_OF_MEMORY.capitalize()}.") from error
    errors = (finding for finding in found.findings if finding.level is not Level.WARNING)
    return Look(found, tuple(error for error in errors if error.code not in _LEFT_ALONE))


def lacks(old: Path, new: Scan) -> bool:
    """Whether an archive has pages, or names some, that another one does not have.

    One that is gone has none.

    Raises:
        ArchiveChanged: it changed meanwhile.
        StorageError: the disk failed.
    """
    try:
        saved = salvage(old, decode=False)
    except UnreadableArchive:
        return True
    except FileNotFoundError:
        return False
    there = {(entry.crc, entry.size) for entry in new.entries}
    names = {entry.name for entry in new.entries}
    proved = (*saved.pages, *saved.unsafe, *saved.superseded)
    unproved = {finding.page for finding in saved.lost} - {entry.name for entry in proved}
    gone = any(entry.size and (entry.crc, entry.size) not in there for entry in proved)
    return gone or not unproved <= names
