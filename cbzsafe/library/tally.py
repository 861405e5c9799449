"""Adding up what a check says of archives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cbzsafe.model import ArchiveReport, Condition

if TYPE_CHECKING:
    from collections.abc import Callable

_STATUS = {
    Condition.SOUND: 0,
    Condition.VANISHED: 0,
    Condition.DAMAGED: 1,
    Condition.UNREADABLE: 2,
    Condition.CHANGING: 2,
}


@dataclass(slots=True)
class Tally:
    """What has come so far.

    Attributes:
        keep_all: keep the reports of sound archives without findings too.
        tell: called with each report as it comes.
    """

    keep_all: bool
    tell: Callable[[ArchiveReport], None]
    kept: list[ArchiveReport] = field(default_factory=list)
    counts: dict[Condition, int] = field(default_factory=lambda: dict.fromkeys(Condition, 0))
    pages: int = 0
    size: int = 0

    def read(self, report: ArchiveReport) -> None:
        """Add an archive that was read."""
        self.pages += report.pages
        self.size += report.size
        self.known(report)

    def known(self, report: ArchiveReport) -> None:
        """Add an archive that was not read this time."""
        self.counts[report.condition] += 1
        if self.keep_all or report.condition is not Condition.SOUND or report.findings:
            self.kept.append(report)
        self.tell(report)

    @property
    def status(self) -> int:
        """The exit status: the worst of all archives."""
        return max((_STATUS[one] for one, count in self.counts.items() if count), default=0)

    def fields(self) -> dict[str, Any]:
        """Give the fields of `cbzsafe.model.CheckReport` that are sums."""
        return {
            "archives": tuple(sorted(self.kept, key=lambda report: report.path)),
            **{condition.value: count for condition, count in self.counts.items()},
            "pages": self.pages,
            "size": self.size,
        }
