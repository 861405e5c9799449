"""The doctor's report, for people and for programs.

In a log the lines are a contract as far as their beginnings go: a line begins with its weight, and
what is to be done is said under it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cbzsafe.model import Diagnosis, DoctorReport, Weight
from cbzsafe.ui import fields, sheet
from cbzsafe.ui.notes import Note
from cbzsafe.ui.sheet import Row, Sheet
from cbzsafe.ui.words import counted, duration, valid, visible

if TYPE_CHECKING:
    from typing import TextIO

    from cbzsafe.model import Clock, Decoders, Folder, Mount, Process, Tried

SCHEMA = "cbzsafe.doctor/1"
"""Changes its number when a field goes away or changes its meaning, not when one is added."""

_STYLES = {Weight.OK: "sound", Weight.INFO: "note"}
"""What decides on the colour, where the weight's own word is none of the table's."""

_WIDTH = max(len(weight.value) for weight in Weight)


def show(report: DoctorReport, *, quiet: bool, verbose: bool, stream: TextIO | None = None) -> None:
    """Tell what the doctor found out, as `cbzsafe.ui.sheet.show` does, a table a section.

    Args:
        report: what it found out.
        quiet: say only what is wrong, and no last line.
        verbose: say what is as it should be, too.
        stream: where to; None for standard output as it is now.
    """
    stream = sys.stdout if stream is None else stream
    for part in laid_out(report, quiet=quiet, verbose=verbose):
        sheet.show(part, stream, wanted=True)


def laid_out(report: DoctorReport, *, quiet: bool, verbose: bool) -> list[Sheet]:
    """Lay a report out, a sheet a section, and one for the last line."""
    shown = [said for said in report.diagnoses if _is_shown(said, quiet=quiet, verbose=verbose)]
    sections = dict.fromkeys(said.section for said in shown)
    sheets = [
        Sheet(
            [" " * _WIDTH, name], [_row(said) for said in shown if said.section == name], "", [], ""
        )
        for name in sections
    ]
    return sheets if quiet else [*sheets, Sheet([], [], "", [], closing(report))]


def _is_shown(said: Diagnosis, *, quiet: bool, verbose: bool) -> bool:
    if said.weight in {Weight.ERROR, Weight.WARNING}:
        return True
    return not quiet and (verbose or said.weight is Weight.INFO)


def _row(said: Diagnosis) -> Row:
    head = f"{said.weight.value:<{_WIDTH}}"
    text = visible(f"{said.subject}: {said.text}")
    notes = [Note("note", visible(said.advice))] if said.advice else []
    kind = _STYLES.get(said.weight, said.weight.value)
    return Row(f"{head}  {text}", [head, text], kind, notes)


def closing(report: DoctorReport) -> str:
    """Render the last line, such as `1 error, 2 warnings; 43 things looked at in 0.3 s; …`."""
    errors, warnings = _count(report, Weight.ERROR), _count(report, Weight.WARNING)
    parts = [f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"]
    parts.append(f"{len(report.diagnoses)} things looked at in {duration(report.seconds)}")
    return sheet.closing(parts, report.interrupted, report.status)


def _count(report: DoctorReport, weight: Weight) -> int:
    return sum(said.weight is weight for said in report.diagnoses)


def as_dict(report: DoctorReport) -> dict[str, Any]:
    """Turn a report into what `json.dumps` takes, with strings that are valid Unicode.

    Args:
        report: what the doctor found out.

    Returns:
        The fields of `docs/report.md`, in its order.
    """
    return {
        "schema": SCHEMA,
        "status": report.status,
        "started": report.started,
        "seconds": report.seconds,
        "interrupted": report.interrupted,
        "errors": _count(report, Weight.ERROR),
        "warnings": _count(report, Weight.WARNING),
        "diagnoses": [_diagnosis(said) for said in report.diagnoses],
        "packages": [
            {"name": one.name, "version": one.version or None, "optional": one.optional}
            for one in report.packages
        ],
        "files": fields.strings(report.files),
        "unread": [
            {**fields.path("path", one.path), "reason": valid(one.reason), "ends_run": one.ends_run}
            for one in report.unread
        ],
        "settings": [
            {"name": one.name, "value": valid(one.value), "source": valid(one.source)}
            for one in report.settings
        ],
        "folders": [_folder(folder) for folder in report.folders],
        "process": None if report.process is None else _process(report.process),
        "clock": None if report.clock is None else _clock(report.clock),
        "decoders": None if report.decoders is None else _decoders(report.decoders),
    }


def _diagnosis(said: Diagnosis) -> dict[str, Any]:
    return {
        "weight": said.weight.value,
        "section": said.section,
        "subject": valid(said.subject),
        "text": valid(said.text),
        "advice": valid(said.advice),
    }


def _folder(folder: Folder) -> dict[str, Any]:
    return {
        **fields.path("path", folder.path),
        "role": folder.role.value,
        "answers": folder.answers,
        "exists": folder.exists,
        "problem": valid(folder.problem),
        "keeps": folder.keeps.value,
        "mount": None if folder.mount is None else _mount(folder.mount),
        "read_only": folder.read_only,
        "free": folder.free,
        "free_files": folder.free_files,
        "trials": [_tried(tried) for tried in folder.trials],
    }


def _mount(mount: Mount) -> dict[str, Any]:
    return {
        "point": valid(mount.point),
        "root": valid(mount.root),
        "type": valid(mount.type),
        "source": valid(mount.source),
        "options": fields.strings(mount.options),
        "super_options": fields.strings(mount.super_options),
        "device": mount.device,
    }


def _tried(tried: Tried) -> dict[str, Any]:
    return {
        "trial": tried.trial.value,
        "works": tried.works,
        "error": tried.error,
        "detail": valid(tried.detail),
        "value": tried.value,
    }


def _process(found: Process) -> dict[str, Any]:
    return {
        "pid": found.pid,
        "first": valid(found.first),
        "user": found.user,
        "group": found.group,
        "groups": list(found.groups),
        "umask": f"{found.umask:04o}",
        "blocked": list(found.blocked),
        "memory_limit": found.memory_limit,
        "address_limit": found.address_limit,
        "termination_log": valid(found.termination_log),
        "termination_writable": found.termination_writable,
        "completion_index": valid(found.completion_index),
        "terminal": found.terminal,
        "read_only_root": found.read_only_root,
        "temporary": valid(found.temporary),
        "container": found.container,
        "pod": found.pod,
    }


def _clock(found: Clock) -> dict[str, Any]:
    return {
        "now": found.now,
        "newest": found.newest,
        "zone": valid(found.zone),
        "zones": found.zones,
    }


def _decoders(found: Decoders) -> dict[str, Any]:
    return {
        "pictures": list(found.pictures),
        "strict": found.strict,
        "crc": found.crc,
        "weaker": fields.strings(found.weaker),
    }
