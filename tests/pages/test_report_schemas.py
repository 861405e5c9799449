"""What the program writes, held against the schemas, with no other field let through."""

from __future__ import annotations

import json

import jsonschema
import programs
import pytest
import site_faults
from generated import DOCS

SCHEMAS = sorted(path.stem for path in (DOCS / "schemas").glob("*.json"))


def schema(name):
    return json.loads((DOCS / "schemas" / f"{name}.json").read_text("utf-8"))


def closed(part):
    """Let no field through that a schema does not know."""
    if isinstance(part, list):
        return [closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: closed(value) for key, value in part.items()}
    if made.get("type") == "object" and isinstance(made.get("properties"), dict):
        made["additionalProperties"] = False
    return made


def faults(name, data):
    validator = jsonschema.Draft202012Validator(closed(schema(name)))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


@pytest.fixture
def library(site, run, workdir):
    """A sound book, a held one, and a torn one, with the report and the log of their run."""
    first, second = (site.add_chapter(number, 3) for number in (1, 2))
    second.pages[1].faults.append(site_faults.status(404, None))
    done = run("--report", "run.json", "--log-format", "json", site.series_url())
    torn = workdir / "gallery-dl" / first.book.with_name("torn.cbz")
    whole = (workdir / "gallery-dl" / first.book).read_bytes()
    torn.write_bytes(whole[: len(whole) // 2])
    return done, workdir


@pytest.fixture
def call(workdir):
    """Call a command of ours for its standard output."""
    return lambda *args: programs.run_cbzsafe(args, workdir).stdout


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name):
    """Each is valid by the draft that it names."""
    assert schema(name)["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_the_report_and_the_log_of_a_run_are_as_their_schemas_say(library):
    """A book that is whole, one that is held, and each line on standard error fit."""
    done, workdir = library
    report = json.loads((workdir / "run.json").read_text("utf-8"))
    assert [book["outcome"] for book in report["books"]] == ["published", "held"]
    assert faults("run-1", report) == []
    assert len(lines(done.stderr)) > 3
    assert [fault for line in lines(done.stderr) for fault in faults("log-line", line)] == []


def test_the_report_of_a_check_is_as_its_schema_says(library, call):
    """The one object fits, and so does each line, the summary's too."""
    checked = call("check", "--json", "gallery-dl")
    assert faults("check-1", json.loads(checked)) == []
    found = lines(call("check", "--jsonl", "gallery-dl"))
    assert [one["type"] for one in found] == ["archive", "archive", "summary"]
    assert [fault for line in found for fault in faults("check-line-1", line)] == []


def test_the_report_of_a_repair_is_as_its_schema_says(library, call):
    """The lines of a dry run and the one object of a repair fit."""
    found = lines(call("repair", "--dry-run", "--jsonl", "gallery-dl"))
    assert [fault for line in found for fault in faults("repair-line-1", line)] == []
    repaired = json.loads(call("repair", "--json", "gallery-dl"))
    assert [one["outcome"] for one in repaired["archives"]] == ["sound", "partly"]
    assert faults("repair-1", repaired) == []


def test_the_report_of_the_doctor_is_as_its_schema_says(call):
    """With all that it looks at, the one object fits."""
    told = json.loads(call("doctor", "--json", "."))
    assert told["folders"]
    assert faults("doctor-1", told) == []


def test_a_field_that_is_not_documented_is_seen(library):
    """One that is too many, and one that lacks, are faults, however deep."""
    report = json.loads((library[1] / "run.json").read_text("utf-8"))
    del report["fetched"]
    report["books"][0]["colour"] = "red"
    assert len(faults("run-1", report)) == 2
