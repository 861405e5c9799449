"""What is wrong or odd with an archive, and what that adds up to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    UNREADABLE = "unreadable"


class Code(StrEnum):
    """The stable codes of findings; `docs/findings.md` has a section for each."""

    NO_INDEX = "no-index"
    BAD_INDEX = "bad-index"
    HEADER_MISMATCH = "header-mismatch"
    OVERLAP = "overlap"
    BAD_CRC = "bad-crc"
    BAD_DATA = "bad-data"
    ORPHANED_PAGES = "orphaned-pages"
    DUPLICATE_NAME = "duplicate-name"
    EMPTY_PAGE = "empty-page"
    NOT_AN_IMAGE = "not-an-image"
    TRUNCATED_IMAGE = "truncated-image"
    UNDECODABLE_IMAGE = "undecodable-image"
    EMPTY_BOOK = "empty-book"
    NOT_A_ZIP = "not-a-zip"
    ENCRYPTED = "encrypted"
    UNSUPPORTED_COMPRESSION = "unsupported-compression"
    UNSAFE_NAME = "unsafe-name"
    DEAD_BYTES = "dead-bytes"
    NUMBERING_GAP = "numbering-gap"
    WRONG_EXTENSION = "wrong-extension"
    INVALID_TIME = "invalid-time"
    ODD_ORDER = "odd-order"
    DAMAGED_AT_SOURCE = "damaged-at-source"
    KEPT_DAMAGED = "kept-damaged"
    BIT_ROT = "bit-rot"

    @property
    def level(self) -> Level:
        """What the code makes of its archive."""
        if self in _UNREADABLE:
            return Level.UNREADABLE
        return Level.WARNING if self in _WARNINGS else Level.ERROR


_UNREADABLE = frozenset({Code.NOT_A_ZIP, Code.ENCRYPTED, Code.UNSUPPORTED_COMPRESSION})
_WARNINGS = frozenset(
    {
        Code.DEAD_BYTES,
        Code.NUMBERING_GAP,
        Code.WRONG_EXTENSION,
        Code.INVALID_TIME,
        Code.ODD_ORDER,
        Code.DAMAGED_AT_SOURCE,
        Code.KEPT_DAMAGED,
    }
)


class Verdict(StrEnum):
    """What an archive's findings add up to."""

    SOUND = "sound"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd with an archive.

    Attributes:
        code: what it is; its `level` says what it does to the verdict.
        detail: one plain sentence.
        page: the page's name, where the finding concerns one.
        start: first byte in the file that it concerns, if known.
        end: the byte behind the last, if known.
    """

    code: Code
    detail: str
    page: str | None = None
    start: int | None = None
    end: int | None = None

    @property
    def level(self) -> Level:
        """The code's level."""
        return self.code.level


def verdict(findings: tuple[Finding, ...]) -> Verdict:
    """Add up findings: any unreadable one wins, then any error."""
    levels = {finding.level for finding in findings}
    if Level.UNREADABLE in levels:
        return Verdict.UNREADABLE
    return Verdict.DAMAGED if Level.ERROR in levels else Verdict.SOUND
