"""The data that the rooms hand to each other: frozen, and without reading or writing."""

from cbzsafe.model.archives import (
    ArchiveReport,
    CheckReport,
    Condition,
    RepairedArchive,
    RepairOutcome,
    RepairReport,
)
from cbzsafe.model.findings import Code, Finding, Level, Verdict, verdict
from cbzsafe.model.run import BookReport, Outcome, Problem, RunReport, Severity

__all__ = [
    "ArchiveReport",
    "BookReport",
    "CheckReport",
    "Code",
    "Condition",
    "Finding",
    "Level",
    "Outcome",
    "Problem",
    "RepairOutcome",
    "RepairReport",
    "RepairedArchive",
    "RunReport",
    "Severity",
    "Verdict",
    "verdict",
]
