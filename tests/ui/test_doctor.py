"""The doctor's report, for people and for programs."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest

from cbzsafe.model import (
    Diagnosis,
    DoctorReport,
    Folder,
    Package,
    Role,
    SettingInForce,
    UnreadFile,
    Weight,
)
from cbzsafe.ui import doctor, fields

ADVICE = "Mount a volume there."


@pytest.fixture
def diagnosed():
    """A report with one diagnosis of each weight, in two sections."""
    return DoctorReport(
        (
            Diagnosis(Weight.INFO, "versions", "installed", "cbzsafe 0.1.0."),
            Diagnosis(Weight.OK, "versions", "gallery-dl", "It was tried."),
            Diagnosis(Weight.ERROR, "folders", "/library", "Books go with the pod.", ADVICE),
            Diagnosis(Weight.WARNING, "folders", "/library", "Little is free.", "Make room."),
        ),
        status=1,
        seconds=0.31,
    )


def shown(report, *, quiet=False, verbose=False):
    stream = io.StringIO()
    doctor.show(report, quiet=quiet, verbose=verbose, stream=stream)
    return stream.getvalue().splitlines()


ERROR = ["error    /library: Books go with the pod.", f"  note: {ADVICE}"]
WARNING = ["warning  /library: Little is free.", "  note: Make room."]
INFO = ["info     installed: cbzsafe 0.1.0."]
OK = ["ok       gallery-dl: It was tried."]
CLOSING = ["1 error, 1 warning; 4 things looked at in 0.3 s; exit status 1"]


def test_a_log_gets_a_line_for_each_diagnosis(diagnosed):
    """What is as it should be is only counted, and what to do is said under its line."""
    assert shown(diagnosed) == [*INFO, *ERROR, *WARNING, *CLOSING]


def test_verbose_says_what_is_as_it_should_be_too(diagnosed):
    """Everything that was looked at has a line, section by section."""
    assert shown(diagnosed, verbose=True) == [*INFO, *OK, *ERROR, *WARNING, *CLOSING]


def test_quiet_says_only_what_is_wrong(diagnosed):
    """Errors and warnings stay, and the last line goes."""
    assert shown(diagnosed, quiet=True, verbose=True) == [*ERROR, *WARNING]


def test_a_signal_is_told_in_the_last_line(diagnosed):
    """A report that was cut short says so."""
    report = replace(diagnosed, interrupted="SIGTERM", status=143)
    assert shown(report)[-1].endswith("; interrupted by SIGTERM; exit status 143")


def test_a_terminal_gets_a_table_a_section(diagnosed, open_terminal):
    """Sections have their headings, and the weights their colours."""
    with open_terminal(80) as terminal:
        doctor.show(diagnosed, quiet=False, verbose=True, stream=terminal.stream)
    rows = [row.rstrip() for row in terminal.text.splitlines()]
    assert rows[0].split() == ["versions"]
    assert rows[3].split() == ["folders"]
    assert rows[4:6] == ERROR
    for weight in Weight:
        assert re.search(rf"\x1b\[[0-9;]+m{weight.value}", terminal.output)


def test_names_are_neither_obeyed_nor_read_as_markup(hostile, open_terminal):
    """Brackets stay as they are, and orders to the terminal are shown."""
    said = Diagnosis(Weight.ERROR, "folders", f"/{hostile}", hostile, hostile)
    report = DoctorReport((said,))
    assert all(line.isprintable() for line in shown(report))
    with open_terminal(100) as terminal:
        doctor.show(report, quiet=False, verbose=False, stream=terminal.stream)
    assert re.sub(r"\s+", "", terminal.text).count("caf\\xe9\\x1b[31m[bold]\\n\\u202e") == 3


def test_the_json_has_every_part(diagnosed, hostile):
    """What was not looked at is null, names that are not UTF-8 are escaped, and counts are made."""
    report = replace(
        diagnosed,
        packages=(Package("rich", "15.0"), Package("isal", "", optional=True)),
        files=(f"/{hostile}",),
        unread=(UnreadFile(f"/{hostile}", "No.", ends_run=True),),
        settings=(SettingInForce("pack", "always", "default"),),
        folders=(Folder(f"/{hostile}", Role.LIBRARY, exists=False),),
    )
    data = json.loads(fields.document(doctor.as_dict(report)))
    assert (data["schema"], data["status"]) == ("cbzsafe.doctor/1", 1)
    assert (data["errors"], data["warnings"]) == (1, 1)
    assert [one["version"] for one in data["packages"]] == ["15.0", None]
    assert (data["process"], data["clock"], data["decoders"]) == (None, None, None)
    assert data["folders"][0]["path"] == data["unread"][0]["path"] == data["files"][0]
    assert data["folders"][0]["path_base64"]
    assert data["folders"][0]["mount"] is None
