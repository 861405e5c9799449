"""What is wrong or odd with an archive, as lines beneath its row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cbzsafe.model import Code, Finding, Level
from cbzsafe.ui.notes import Note, limited
from cbzsafe.ui.words import counted, listed, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

MANY = 3
"""So many pages with one code are still told one by one."""

_NAMED = 2
"""So many pages are named where they are told together."""

_ORDER = tuple(Level[name] for name in ("UNREADABLE", "ERROR", "WARNING"))


def notes(findings: Iterable[Finding], *, verbose: bool) -> list[Note]:
    """Render findings, what weighs most first.

    Args:
        findings: of one archive.
        verbose: tell each, with its place in the file; else the pages of one code are told
            together where they are many, and no more than some ten lines are made of it all.
    """
    ordered = sorted(findings, key=lambda finding: _ORDER.index(finding.level))
    if verbose:
        return [_one(finding, place=True) for finding in ordered]
    told: list[tuple[Note, int]] = []
    for group in _groups(ordered):
        alone = len(group) <= MANY
        told += [(_one(each), 1) for each in group] if alone else [(_together(group), len(group))]
    return limited(told, verbose=verbose)


def _groups(findings: list[Finding]) -> list[list[Finding]]:
    """Put together what concerns pages and has one code; what concerns no page stays alone."""
    groups: dict[tuple[Code, int], list[Finding]] = {}
    for number, finding in enumerate(findings):
        key = (finding.code, number if finding.page is None else -1)
        groups.setdefault(key, []).append(finding)
    return list(groups.values())


def _one(finding: Finding, *, place: bool = False) -> Note:
    subject = ", ".join(filter(None, [finding.page, _place(finding) if place else ""]))
    parts = filter(None, [finding.code.value, subject, finding.detail])
    return Note(_kind(finding), visible(": ".join(parts)))


def _together(group: list[Finding]) -> Note:
    names = list(dict.fromkeys(finding.page or "" for finding in group))
    text = f"{group[0].code.value}: {counted(len(names), 'page')}: {listed(names, _NAMED)}"
    details = {finding.detail for finding in group}
    return Note(_kind(group[0]), f"{text}: {visible(details.pop())}" if len(details) == 1 else text)


def _kind(finding: Finding) -> str:
    return "warning" if finding.level is Level.WARNING else "error"


def _place(finding: Finding) -> str:
    """Say which bytes a finding concerns, counted from 0, the last one included."""
    start, end = finding.start, finding.end
    if start is None:
        return ""
    if end is None or end <= start + 1:
        return f"byte {start:,}"
    return f"bytes {start:,} to {end - 1:,}"


def codes(findings: Iterable[Finding]) -> str:
    """Name what was found in short, such as `no-index, bad-crc (3)`."""
    counts = Counter(finding.code.value for finding in findings)
    return ", ".join(f"{code} ({count})" if count > 1 else code for code, count in counts.items())
