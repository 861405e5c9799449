"""The rows of a state file: what they hold, and what two looks at one archive add up to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from cbzsafe.cbz.pages import Depth
from cbzsafe.library.state_file import Kind
from cbzsafe.model import ArchiveReport, Code, Condition, Finding, Level, verdict

if TYPE_CHECKING:
    from cbzsafe.library.find import Found

_DEEP = {
    **dict.fromkeys((Code.BAD_CRC, Code.BAD_DATA, Code.WRONG_EXTENSION), Depth.PAGES),
    **dict.fromkeys((Code.EMPTY_PAGE, Code.NOT_AN_IMAGE), Depth.PAGES),
    **dict.fromkeys((Code.TRUNCATED_IMAGE, Code.UNDECODABLE_IMAGE), Depth.DECODE),
    Code.DAMAGED_AT_SOURCE: Depth.DECODE,
    Code.BIT_ROT: Depth.PAGES,  # of a page; that of the index names none
}
"""The depth from which on a look is sure to see what there is of a code; the others by any."""

_WORST = ("sound", "damaged", "unreadable")


class Row(NamedTuple):
    """What is recorded of one archive; the columns of the table behind its key, the path.

    Attributes:
        size: bytes of the file.
        mtime_ns: its modification time, as `identity` gives it.
        inode: likewise.
        depth: how closely was looked for the report.
        checked: seconds since the epoch when that was.
        version: of the cbzsafe that looked.
        condition: the report's, as the six that follow.
        pages: likewise.
        problem: likewise.
        findings: as JSON, with surrogates escaped.
        at_structure: when it was last looked at so closely or more so; 0.0 for never.
        at_ends: likewise.
        at_pages: likewise.
        at_decode: likewise.
    """

    size: int
    mtime_ns: int
    inode: int
    depth: int
    checked: float
    version: str
    condition: str
    pages: int
    problem: str
    findings: str
    at_structure: float
    at_ends: float
    at_pages: float
    at_decode: float

    @property
    def identity(self) -> tuple[int, int, int]:
        """What tells that the file is still the same."""
        return self[:3]

    @property
    def seen(self) -> Depth:
        """How closely was looked, in the words of this version; a ValueError as for `report`."""
        return Depth(self.depth)

    def report(self, path: str) -> ArchiveReport:
        """Make the report again.

        Raises:
            ValueError: the row is garbled, or uses words that this version does not know.
        """
        return ArchiveReport(
            path,
            Condition(self.condition),
            self.pages,
            self.size,
            _unpacked(self.findings),
            self.problem,
            self.checked,
            known=True,
        )

    def over(self, before: Row) -> Row:
        """Add up this look and an earlier one, as it is to be recorded.

        Of a file that did not change, a shallower look leaves the deeper one's report in place,
        unless it finds damage that was not there, or could not read the file. Then its own report
        is recorded, at its own depth, so that `--changed` looks closely again; what only a deeper
        look can see is kept with it. When the file was looked at is taken down for each depth.
        """
        if self.identity != before.identity:
            return self
        try:
            mine, theirs = _unpacked(self.findings), before.report("").findings
            shallower = self.depth < before.seen
        except ValueError:
            return self
        row = self._with_times_of(before)
        if shallower and not self.problem and not _harm(mine) - _harm(theirs):
            return row._replace(**{name: getattr(before, name) for name in _REPORT})
        if shallower or before.depth == Depth.STRUCTURE:  # it may have kept what a deeper one saw
            return _with(row, mine + _beyond(theirs, self.depth, _harm(mine)))
        return row

    def _with_times_of(self, before: Row) -> Row:
        return self._replace(**{name: getattr(self, name) or getattr(before, name) for name in _AT})


_AT = ("at_structure", "at_ends", "at_pages", "at_decode")
"""A column for each depth, in their order."""

_REPORT = ("depth", "checked", "version", "condition", "pages", "problem", "findings")

TABLE = f"""CREATE TABLE IF NOT EXISTS archives (
    path BLOB PRIMARY KEY NOT NULL, {", ".join(Row._fields)}
) WITHOUT ROWID"""
"""The paths as bytes, for a path need not be UTF-8."""

STATE = Kind(
    "state file",
    application=0x63627A73,  # `cbzs` in ASCII
    format=1,
    tables=(TABLE,),
    other="name another file",
    anew="takes all archives as not checked yet",
)
"""The file that a check records in."""

GET = f"SELECT {', '.join(Row._fields)} FROM archives WHERE path = ?"  # noqa: S608 - our own names

PUT = f"INSERT OR REPLACE INTO archives VALUES (?{', ?' * len(Row._fields)})"  # noqa: S608 - likewise

HARMED = f"SELECT path, {', '.join(Row._fields)} FROM archives WHERE condition <> 'sound'"  # noqa: S608 - likewise

IDENTITIES = "SELECT path, size, mtime_ns, inode FROM archives"

DROP = "DELETE FROM archives WHERE path = ?"

TIMES = {
    depth: f"SELECT path, {column}, size, mtime_ns, inode FROM archives"  # noqa: S608 - likewise
    for depth, column in zip(Depth, _AT, strict=True)
}


def identity(found: Found) -> tuple[int, int, int]:
    """Give size, time and inode as they are recorded."""
    return (found.size, _signed(found.mtime_ns), _signed(found.inode))


def _signed(number: int) -> int:
    """Fold into 64 bits with a sign, which is what SQLite holds; some inodes need all 64."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


def made(found: Found, report: ArchiveReport, depth: Depth, version: str) -> Row:
    """Make the row of one look.

    What could not be read counts as tried at its depth, but as looked at not at all.
    """
    times = [report.checked if level <= depth else 0.0 for level in Depth]
    return Row(
        *identity(found),
        depth=int(Depth.STRUCTURE if report.problem else depth),
        checked=report.checked,
        version=version,
        condition=report.condition.value,
        pages=report.pages,
        problem=report.problem,
        findings=_packed(report.findings),
        at_structure=times[Depth.STRUCTURE],
        at_ends=times[Depth.ENDS],
        at_pages=times[Depth.PAGES],
        at_decode=times[Depth.DECODE],
    )


def _with(row: Row, findings: tuple[Finding, ...]) -> Row:
    """Give a look findings of another one, and the worse condition of both."""
    worst = max(row.condition, verdict(findings).value, key=_WORST.index)
    return row._replace(condition=worst, findings=_packed(findings))


def _packed(findings: tuple[Finding, ...]) -> str:
    return json.dumps([(f.code.value, f.detail, f.page, f.start, f.end) for f in findings])


def _unpacked(text: str) -> tuple[Finding, ...]:
    if text == "[]":  # nearly all
        return ()
    try:
        lists: Any = json.loads(text)
        return tuple(Finding(Code(code), *rest) for code, *rest in lists)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _harm(findings: tuple[Finding, ...]) -> set[tuple[Code, str | None]]:
    return {(f.code, f.page) for f in findings if f.level is not Level.WARNING}


def _beyond(
    findings: tuple[Finding, ...], depth: int, known: set[tuple[Code, str | None]]
) -> tuple[Finding, ...]:
    """Take the findings that a look of that depth cannot be expected to make, and did not."""
    deep = (f for f in findings if _DEEP.get(f.code, Depth.STRUCTURE) > depth)
    return tuple(f for f in deep if f.page is not None and (f.code, f.page) not in known)
