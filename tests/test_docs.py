"""The documents that are contracts, compared with what the code does."""

from __future__ import annotations

import json
import re
from numbers import Real
from pathlib import Path

import pytest

from cbzsafe.model import (
    ArchiveReport,
    BookReport,
    CheckReport,
    Clock,
    Code,
    Condition,
    Decoders,
    Diagnosis,
    DoctorReport,
    Finding,
    Folder,
    Keeps,
    Mount,
    Outcome,
    Package,
    Problem,
    Process,
    RepairedArchive,
    RepairOutcome,
    RepairReport,
    Role,
    RunReport,
    SettingInForce,
    Severity,
    Trial,
    Tried,
    UnreadFile,
    Weight,
)
from cbzsafe.ui.archives import (
    check_as_dict,
    check_summary_line,
    checked_line,
    repair_as_dict,
    repair_summary_line,
    repaired_line,
)
from cbzsafe.ui.doctor import as_dict as doctor_as_dict
from cbzsafe.ui.json import run_as_dict

DOCS = Path(__file__).parent.parent / "docs"


def are(kind):
    return lambda value: isinstance(value, list) and all(isinstance(one, kind) for one in value)


TYPES = {
    "string": lambda value: isinstance(value, str),
    "string or null": lambda value: value is None or isinstance(value, str),
    "integer": lambda value: type(value) is int,
    "number": lambda value: isinstance(value, Real) and not isinstance(value, bool),
    "number or null": lambda value: value is None or isinstance(value, Real),
    "boolean": lambda value: isinstance(value, bool),
    "boolean or null": lambda value: value is None or isinstance(value, bool),
    "integer or null": lambda value: value is None or type(value) is int,
    "array of strings": are(str),
    "array of integers": are(int),
    **dict.fromkeys(
        (
            "array of books",
            "array of problems",
            "array of archives",
            "array of findings",
            "array of renamings",
            "array of diagnoses",
            "array of packages",
            "array of files",
            "array of settings",
            "array of folders",
            "array of trials",
        ),
        are(dict),
    ),
    **dict.fromkeys(
        ("run or null", "process or null", "clock or null", "decoders or null", "mount or null"),
        lambda value: value is None or isinstance(value, dict),
    ),
}


def sections(name):
    """Read a document's second-level sections."""
    text = (DOCS / name).read_text("utf-8")
    headings = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(headings[::2], headings[1::2], strict=True))


@pytest.fixture
def findings():
    return sections("findings.md")


def test_every_finding_has_a_section_and_no_section_lacks_its_finding(findings):
    """A code is documented under its own name, in the order of the model."""
    assert list(findings) == [code.value for code in Code]


@pytest.mark.parametrize("code", Code)
def test_a_section_states_the_level_that_its_finding_has(findings, code):
    """What a code makes of its archive is the same in the document and in the model."""
    assert re.findall(r"^Level: (.+)$", findings[code.value], re.MULTILINE) == [code.level.value]


@pytest.mark.parametrize("code", Code)
def test_a_section_says_how_its_finding_comes_about_and_what_is_done(findings, code):
    """Each section answers both questions, each in a paragraph."""
    paragraphs = findings[code.value].strip().split("\n\n")
    assert paragraphs[0].startswith("Level: ")
    assert paragraphs[1].endswith(".")
    assert paragraphs[2].startswith("How it comes about: ")
    assert paragraphs[3].startswith("What is done: ")


PROBLEM = Problem("It is missing.", "1.jpg", Severity.ERROR)
FINDING = Finding(Code.BAD_CRC, "It is broken.", "1.jpg", 0, 9)


def run():
    book = BookReport(
        "a.cbz", Outcome.HELD, missing=("1.jpg",), findings=(FINDING,), problems=(PROBLEM,)
    )
    return RunReport((book,), weaker=("A sentence.",))


def check():
    archive = ArchiveReport("a.cbz", Condition.DAMAGED, findings=(FINDING,))
    return CheckReport((archive,), problems=(PROBLEM,), weaker=("A sentence.",))


def repair():
    archive = RepairedArchive(
        "a.cbz",
        RepairOutcome.PARTLY,
        before=(FINDING,),
        recovered=("2.jpg",),
        lost=(FINDING,),
        gaps=(3,),
        kept=("4.jpg",),
        renamed=(("5", "5.jpg"),),
    )
    return RepairReport((archive,), problems=(PROBLEM,), weaker=("A sentence.",), run=run())


def doctor():
    mount = Mount("/", "/", "ext4", "/dev/vda", ("rw",), ("rw",), "254:0")
    tried = Tried(Trial.CLOCK, works=True, value=0.5)
    return DoctorReport(
        (Diagnosis(Weight.INFO, "folders", "/", "A sentence."),),
        (Package("rich", "15.0"),),
        ("a.json",),
        (UnreadFile("b.json", "Broken.", ends_run=False),),
        (SettingInForce("pack", "always", "default"),),
        (Folder("/", Role.LIBRARY, exists=True, mount=mount, trials=(tried,)),),
        Process(
            *(7, "sh", 0, 0, (1,), 0o022, ("SIGTERM",), 1 << 30, None, "/dev/termination-log"),
            *(True, "3", False, False, "/tmp", True, True),  # noqa: S108 - only named
        ),
        Clock(1.5, 1.0, "UTC", zones=True),
        Decoders(("jpeg",), strict=True, crc="isal", weaker=("A sentence.",)),
    )


def line(text):
    return {name: json.loads(text)[name] for name in ("schema", "type")}


def fields(section):
    """Read the table of a section of the report's document."""
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "data"),
    [
        ("The run", run_as_dict(run())),
        ("A book", run_as_dict(run())["books"][0]),
        ("A problem", run_as_dict(run())["books"][0]["problems"][0]),
        ("The check", check_as_dict(check())),
        ("A checked archive", check_as_dict(check())["archives"][0]),
        ("A finding", check_as_dict(check())["archives"][0]["findings"][0]),
        ("The repair", repair_as_dict(repair())),
        ("A repaired archive", repair_as_dict(repair())["archives"][0]),
        ("A renaming", repair_as_dict(repair())["archives"][0]["renamed"][0]),
        ("A line", line(checked_line(check().archives[0]))),
        ("The doctor", doctor_as_dict(doctor())),
        ("A diagnosis", doctor_as_dict(doctor())["diagnoses"][0]),
        ("A package", doctor_as_dict(doctor())["packages"][0]),
        ("An unread file", doctor_as_dict(doctor())["unread"][0]),
        ("A setting", doctor_as_dict(doctor())["settings"][0]),
        ("A folder", doctor_as_dict(doctor())["folders"][0]),
        ("A mount", doctor_as_dict(doctor())["folders"][0]["mount"]),
        ("A trial", doctor_as_dict(doctor())["folders"][0]["trials"][0]),
        ("The process", doctor_as_dict(doctor())["process"]),
        ("The clock", doctor_as_dict(doctor())["clock"]),
        ("The decoders", doctor_as_dict(doctor())["decoders"]),
    ],
)
def test_the_reports_have_the_documented_fields(heading, data):
    """Each field is documented with its type, in the order of the output, and no other is."""
    documented = fields(sections("report.md")[heading])
    assert list(documented) == list(data)
    assert [name for name, kind in documented.items() if not TYPES[kind](data[name])] == []


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (checked_line(check().archives[0]), check_as_dict(check())["archives"][0]),
        (check_summary_line(check()), check_as_dict(check())),
        (repaired_line(repair().archives[0]), repair_as_dict(repair())["archives"][0]),
        (repair_summary_line(repair()), repair_as_dict(repair())),
    ],
)
def test_a_line_has_its_own_fields_before_the_documented_ones(text, rest):
    """What is documented of the one object holds of the lines."""
    own = list(fields(sections("report.md")["A line"]))
    assert list(json.loads(text)) == own + [
        name for name in rest if name not in {"schema", "archives"}
    ]


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("A book", Outcome),
        ("A checked archive", Condition),
        ("A repaired archive", RepairOutcome),
        ("A diagnosis", Weight),
        ("A folder", Keeps),
        ("A trial", Trial),
    ],
)
def test_the_document_explains_every_word_that_a_program_compares_with(heading, words):
    """Each value of an enum is written as it appears, in the order of the model."""
    section = sections("report.md")[heading]
    assert re.findall(r"^- `([\w-]+)`: ", section, re.MULTILINE) == [word.value for word in words]


@pytest.mark.parametrize(
    "schema",
    [
        data["schema"]
        for data in (
            run_as_dict(run()),
            check_as_dict(check()),
            repair_as_dict(repair()),
            doctor_as_dict(doctor()),
        )
    ],
)
def test_the_document_names_every_schema(schema):
    """The overview and the table of the report's own fields name it."""
    assert (DOCS / "report.md").read_text("utf-8").count(f"`{schema}`") == 2
