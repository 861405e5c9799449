"""The data that the rooms hand to each other: frozen, and without reading or writing.

Each name is imported when it is first asked for: a check has no use for what a run reports, and to
make a dataclass takes half a millisecond.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cbzsafe.model.check import ArchiveReport, CheckReport, Condition
    from cbzsafe.model.doctor import (
        Clock,
        Decoders,
        Diagnosis,
        DoctorReport,
        Package,
        Process,
        SettingInForce,
        UnreadFile,
        Weight,
    )
    from cbzsafe.model.findings import Code, Finding, Level, Verdict, verdict
    from cbzsafe.model.place import Folder, Keeps, Mount, Role, Trial, Tried
    from cbzsafe.model.problem import Problem, Severity
    from cbzsafe.model.repair import RepairedArchive, RepairOutcome, RepairReport
    from cbzsafe.model.run import BookReport, Outcome, RunReport

__all__ = [
    "ArchiveReport",
    "BookReport",
    "CheckReport",
    "Clock",
    "Code",
    "Condition",
    "Decoders",
    "Diagnosis",
    "DoctorReport",
    "Finding",
    "Folder",
    "Keeps",
    "Level",
    "Mount",
    "Outcome",
    "Package",
    "Problem",
    "Process",
    "RepairOutcome",
    "RepairReport",
    "RepairedArchive",
    "Role",
    "RunReport",
    "SettingInForce",
    "Severity",
    "Trial",
    "Tried",
    "UnreadFile",
    "Verdict",
    "Weight",
    "verdict",
]

_PLACES = {
    **dict.fromkeys(("Code", "Finding", "Level", "Verdict", "verdict"), "findings"),
    **dict.fromkeys(("Problem", "Severity"), "problem"),
    **dict.fromkeys(("BookReport", "Outcome", "RunReport"), "run"),
    **dict.fromkeys(("ArchiveReport", "CheckReport", "Condition"), "check"),
    **dict.fromkeys(("RepairedArchive", "RepairOutcome", "RepairReport"), "repair"),
    **dict.fromkeys(
        (
            "Clock",
            "Decoders",
            "Diagnosis",
            "DoctorReport",
            "Package",
            "Process",
            "SettingInForce",
            "UnreadFile",
            "Weight",
        ),
        "doctor",
    ),
    **dict.fromkeys(("Folder", "Keeps", "Mount", "Role", "Trial", "Tried"), "place"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(name)
    value = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = value
    return value
