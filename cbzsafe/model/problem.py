"""What a user should know and is no finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a problem makes its book less than whole."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a user should know of a book or of a run.

    Attributes:
        text: one plain sentence; where there is something to do, it says what.
        page: the page's name, where it concerns one.
        severity: a warning leaves the book whole and the exit status alone.
    """

    text: str
    page: str | None = None
    severity: Severity = Severity.ERROR
