import base64
import io
import json
import os
import subprocess
import sys
from dataclasses import fields, replace

import pytest

from cbzsafe.errors import StorageError
from cbzsafe.model import CheckReport, RepairReport
from cbzsafe.ui import archives
from cbzsafe.ui.json import run_as_dict


def names(data):
    """Give the fields that stand for one of the model."""
    added = {"schema", "type", "level"}
    return {name for name in data if name not in added and not name.endswith("_base64")}


def of(instance):
    return {field.name for field in fields(instance)}


def test_a_check_is_all_its_fields_under_a_schema(check_report):
    """Nothing of the model is left out, and enums are their values."""
    data = archives.check_as_dict(check_report)
    first = data["archives"][0]
    assert data["schema"] == "cbzsafe.check/1"
    assert names(data) == of(check_report)
    assert names(first) == of(check_report.archives[0])
    assert (data["sound"], data["status"], first["condition"]) == (56, 2, "damaged")
    assert first["findings"][0] == {
        "code": "bad-crc",
        "level": "error",
        "page": "001.jpg",
        "detail": "The page's bytes are not those that were packed.",
        "start": 1000,
        "end": 1700,
    }


def test_a_repair_is_all_its_fields_under_a_schema(repair_report, repaired):
    """Nothing of the model is left out, and a renaming is two names."""
    data = archives.repair_as_dict(repair_report)
    first = data["archives"][0]
    assert data["schema"] == "cbzsafe.repair/1"
    assert names(data) == of(repair_report)
    assert names(first) == of(repaired)
    assert (first["outcome"], first["gaps"]) == ("partly", [7, 8, 9, 12])
    assert first["renamed"] == [{"old": "../1.jpg", "new": "1.jpg"}]
    assert [lost["page"] for lost in first["lost"]] == ["001.jpg", "002.jpg"]


def test_a_repair_that_downloaded_has_the_report_of_its_run(repair_report, report):
    """What came from the site is told as a run tells it."""
    whole = archives.repair_as_dict(replace(repair_report, run=report))
    assert whole["run"] == run_as_dict(report)
    assert archives.repair_as_dict(repair_report)["run"] is None


def test_lines_are_the_archives_and_then_the_rest(check_report, repair_report):
    """Each line says what it is, and together they are what the one object is."""
    for report, whole, line, summary in (
        (
            check_report,
            archives.check_as_dict,
            archives.checked_line,
            archives.check_summary_line,
        ),
        (
            repair_report,
            archives.repair_as_dict,
            archives.repaired_line,
            archives.repair_summary_line,
        ),
    ):
        expected = whole(report)
        schema = expected["schema"]
        for archive, data in zip(report.archives, expected.pop("archives"), strict=True):
            written = json.loads(line(archive))
            assert written == {"schema": schema, "type": "archive", **data}
        assert json.loads(summary(report)) == {"type": "summary", **expected}


def test_a_line_is_one_line(check_report, hostile):
    """Whatever a name holds, a line ends where its object ends."""
    archive = replace(check_report.archives[0], path=hostile, problem=hostile)
    line = archives.checked_line(archive)
    assert (line.count("\n"), line[-2:]) == (1, "}\n")
    assert json.loads(line)["path"] == "caf\\xe9 \x1b[31m[bold]\n\u202e:smile: 進撃"


def test_names_that_are_not_utf8_survive(check_report, repaired, hostile):
    """The text is valid Unicode, and the bytes of the paths are beside it."""
    bad = replace(check_report.archives[0].findings[0], page=hostile, detail=hostile)
    checked = replace(check_report.archives[0], path=hostile, findings=(bad,), problem=hostile)
    mended = replace(
        repaired,
        path=hostile,
        backup=hostile,
        before=(bad,),
        lost=(bad,),
        recovered=(hostile,),
        kept=(hostile,),
        renamed=((hostile, hostile),),
        problem=hostile,
    )
    check = archives.check_document(CheckReport((checked,)))
    repair = archives.repair_document(RepairReport((mended,), weaker=(hostile,)))
    encoded = json.loads(check.encode())["archives"][0]["path_base64"]
    assert base64.b64decode(encoded) == os.fsencode(hostile)
    assert json.loads(repair.encode())["archives"][0]["backup_base64"] == encoded


def test_a_document_is_indented_unicode(check_report):
    """It is what `json.dumps` gives, with letters as they are."""
    report = replace(check_report, weaker=("進",))
    text, data = archives.check_document(report), archives.check_as_dict(report)
    assert text == json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    assert "進" in text


def test_it_is_written_to_standard_output_as_it_is_now(capsys):
    """Without a stream of its own it leaves standard error alone."""
    archives.write("{}\n")
    assert capsys.readouterr() == ("{}\n", "")


def test_json_is_utf8_whatever_the_stream_is():
    """What was written before in the stream's own encoding stays before it."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, "latin-1") as stream:
        stream.write("é")
        archives.write('"進"\n', stream)
        assert raw.getvalue() == b"\xe9" + '"進"\n'.encode()
    text = io.StringIO()
    archives.write('"進"\n', text)
    assert text.getvalue() == '"進"\n'


def test_a_closed_pipe_is_told():
    """A check that goes on for hours learns that nobody reads it any more."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        with pytest.raises(BrokenPipeError):
            archives.write("{}\n", stream)
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def test_half_a_report_is_an_error(monkeypatch):
    """A full disk, a closed stream and no stream at all are one sentence each."""
    with open("/dev/full", "w", encoding="utf-8") as stream:  # noqa: PTH123 - no path of ours
        with pytest.raises(StorageError, match=r"^The report cannot be written: No space left"):
            archives.write("{}\n", stream)
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    with pytest.raises(StorageError, match=r"^The report cannot be written: .*closed"):
        archives.write("{}\n", stream)
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(StorageError, match=r"standard output is closed\.$"):
        archives.write("{}\n")


def test_json_is_made_without_importing_rich():
    """Programs do not wait for tables."""
    code = (
        "import sys; from cbzsafe.model import *; from cbzsafe.ui import archives\n"
        "archives.write(archives.check_summary_line(CheckReport()))\n"
        "assert 'rich' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["type"] == "summary"
