import re
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
from metric_files import FREE, families, promtool, samples, values, write_all
from repairs import broken, whole

from cbzsafe.interrupt import Stop
from cbzsafe.library import check, repair
from cbzsafe.library.find import Finder
from cbzsafe.model import (
    CheckReport,
    Code,
    Condition,
    Finding,
    Outcome,
    RepairOutcome,
    RepairReport,
    RunReport,
)
from cbzsafe.progress import Silent
from cbzsafe.ui import metrics

PAGE = Path(__file__).parents[2] / "docs/metrics.md"
NOW = 1_700_000_000.0


@pytest.fixture
def path(tmp_path):
    return tmp_path / "nightly.prom"


@pytest.fixture
def library(tmp_path):
    """Give a folder with an archive of each kind: sound, torn, with a bad page, and none."""
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "sound.cbz").write_bytes(whole())
    (folder / "torn.cbz").write_bytes(whole()[:-60])
    (folder / "flipped.cbz").write_bytes(broken())
    (folder / "page.cbz").write_bytes(b"<html>gone")
    return folder


def checked(folder):
    found = list(Finder().find([folder]))
    return check.check(found, [], check.Request(), Silent(), Stop(), lambda _: None)


def repaired(folder):
    found = list(Finder().find([folder]))
    return repair.repair(found, [], repair.Request(), Silent(), Stop(), lambda _: None)


@pytest.fixture
def run_report(report, published):
    torn = Finding(Code.NO_INDEX, "The file has no index at its end.")
    mended = replace(published, outcome=Outcome.UPDATED, repaired=9, new=3, findings=(torn,))
    locked = Finding(Code.ENCRYPTED, "The pages are encrypted.")
    left = replace(published, outcome=Outcome.FAILED, new=0, whole=False, findings=(locked,))
    return replace(
        report,
        books=(*report.books, mended, left),
        fetched=25,
        received=8_000,
        elsewhere=4,
        finished=6,
    )


def test_a_run_is_told_in_numbers(run_report, path):
    """Each metric adds up what the books and the run say."""
    metrics.write_run(run_report, path, FREE)
    assert values(path, "cbzsafe_books") == {
        "published": 1,
        "updated": 1,
        "unchanged": 0,
        "held": 1,
        "failed": 1,
    }
    expected = {
        "cbzsafe_last_run_timestamp_seconds": NOW + 12.5,
        "cbzsafe_last_run_duration_seconds": 12.5,
        "cbzsafe_last_run_exit_status": 5,
        "cbzsafe_last_run_interrupted": 0,
        "cbzsafe_books_not_whole": 2,
        "cbzsafe_books_damaged": 2,
        "cbzsafe_pages_fetched": 25,
        "cbzsafe_pages_fetched_again": 4,
        "cbzsafe_pages_new": 15,
        "cbzsafe_pages_missing": 2,
        "cbzsafe_pages_staged": 10,
        "cbzsafe_pages_taken_over": 9,
        "cbzsafe_received_bytes": 8_000,
        "cbzsafe_chapters_elsewhere": 4,
        "cbzsafe_chapters_finished": 6,
        "cbzsafe_folder_free_bytes": FREE,
    }
    assert {name: values(path, name) for name in expected} == expected


def test_a_real_check_is_told_in_numbers(library, path):
    """Conditions and findings are counted, and what was read is summed."""
    report = replace(checked(library), unchanged=6, left=7)
    metrics.write_check(report, path, {})
    assert values(path, "cbzsafe_archives_unchanged") == 6
    assert values(path, "cbzsafe_archives_left") == 7
    assert values(path, "cbzsafe_archives") == {
        "sound": 1,
        "damaged": 2,
        "unreadable": 1,
        "changing": 0,
        "vanished": 0,
    }
    found = values(path, "cbzsafe_findings")
    assert {code: count for code, count in found.items() if count} == {
        "no-index": 1,
        "bad-crc": 1,
        "not-a-zip": 1,
    }
    assert values(path, "cbzsafe_pages_read") == report.pages > 0
    assert values(path, "cbzsafe_read_bytes") == report.size > 0
    assert values(path, "cbzsafe_last_run_exit_status") == report.status == 2


def test_a_real_repair_is_told_in_numbers(library, path):
    """Outcomes, what was wrong before, and the pages that were found and lost are counted."""
    report = replace(repaired(library), skipped=3)
    metrics.write_repair(report, path, {})
    assert values(path, "cbzsafe_repairs_skipped") == 3
    assert values(path, "cbzsafe_repair_dry_run") == 0
    assert values(path, "cbzsafe_repairs") == {
        "sound": 1,
        "repaired": 1,
        "partly": 1,
        "left": 0,
        "unreadable": 1,
        "failed": 0,
    }
    found = values(path, "cbzsafe_findings")
    assert (found["no-index"], found["bad-crc"], found["not-a-zip"]) == (1, 1, 1)
    assert values(path, "cbzsafe_pages_lost") == 1
    recovered = sum(len(archive.recovered) for archive in report.archives)
    assert values(path, "cbzsafe_pages_recovered") == recovered > 0
    metrics.write_repair(replace(report, dry_run=True), path, {})
    assert values(path, "cbzsafe_repair_dry_run") == 1


def test_the_download_of_a_repair_is_told_too(run_report, path):
    """With a run in it, a repair has the metrics of books, under its own command."""
    metrics.write_repair(RepairReport(run=run_report), path, {})
    assert values(path, "cbzsafe_pages_new") == 15
    assert values(path, "cbzsafe_findings")["no-index"] == 0
    lines = [(one.name, *sorted(one.labels.items())) for one in samples(path)]
    assert len(set(lines)) == len(lines)
    assert {dict(labels)["command"] for _, *labels in lines} == {"repair"}


def test_what_is_odd_with_a_sound_archive_is_not_counted_for_a_repair(repaired, path):
    """The count does not depend on whether the report was asked to name sound archives."""
    sound = replace(repaired, outcome=RepairOutcome.SOUND)
    metrics.write_repair(RepairReport((repaired, sound)), path, {})
    assert values(path, "cbzsafe_findings")["bad-crc"] == 2


@pytest.mark.parametrize(
    ("write", "report"),
    [
        (metrics.write_run, RunReport),
        (metrics.write_check, CheckReport),
        (metrics.write_repair, RepairReport),
    ],
)
def test_every_command_tells_of_its_end(write, report, path):
    """Status, signal, time and versions are there, whatever was done."""
    write(report(status=143, started=NOW, seconds=2.5, interrupted="SIGTERM"), path, FREE)
    assert values(path, "cbzsafe_last_run_exit_status") == 143
    assert values(path, "cbzsafe_last_run_interrupted") == 1
    assert values(path, "cbzsafe_last_run_timestamp_seconds") == NOW + 2.5
    assert values(path, "cbzsafe_folder_free_bytes") == FREE
    (build,) = families(path)["cbzsafe_build_info"].samples
    assert build.labels["version"] == metadata.version("cbzsafe")
    assert build.labels["gallery_dl"] == metadata.version("gallery-dl")


@pytest.mark.parametrize(
    ("write", "report", "name", "words"),
    [
        (metrics.write_run, RunReport(), "cbzsafe_books", Outcome),
        (metrics.write_run, RunReport(), "cbzsafe_findings", Code),
        (metrics.write_check, CheckReport(), "cbzsafe_archives", Condition),
        (metrics.write_check, CheckReport(), "cbzsafe_findings", Code),
        (metrics.write_repair, RepairReport(), "cbzsafe_repairs", RepairOutcome),
    ],
)
def test_what_did_not_happen_is_there_as_0(write, report, name, words, path):
    """A report of nothing has every value of the label, so that an alert sees it come."""
    write(report, path, {})
    assert values(path, name) == {word.value: 0 for word in words}


def test_names_of_books_are_no_labels(run_report, strange, path):
    """The file does not grow with the library."""
    metrics.write_run(RunReport((strange,)), path, {})
    one = len(path.read_bytes().splitlines())
    metrics.write_run(replace(run_report, books=run_report.books * 100), path, {})
    assert len(path.read_bytes().splitlines()) == one
    assert b"/srv" not in path.read_bytes()


def test_promtool_has_nothing_to_say(run_report, library, tmp_path):
    """The files of a run, a check and a repair pass its checks of syntax and of names."""
    metrics.write_run(run_report, tmp_path / "run.prom", FREE)
    metrics.write_check(checked(library), tmp_path / "check.prom", FREE)
    report = replace(repaired(library), run=run_report)
    metrics.write_repair(report, tmp_path / "repair.prom", FREE)
    for command in ("run", "check", "repair"):
        done = promtool("check", "metrics", text=(tmp_path / f"{command}.prom").read_bytes())
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def written(folder):
    """Give each metric's name, type, own labels and HELP, with the commands that write it."""
    made = {}
    for path in write_all(folder):
        for family in families(path).values():
            labels = frozenset(family.samples[0].labels) - {"command", "task"}
            row = (family.name, family.type, labels, family.documentation)
            made.setdefault(row, set()).add(path.stem)
    return made


def documented():
    """Read the tables of the page: the same, with the commands that the heading names."""
    commands = {"every command": {"run", "check", "repair"}, "a check": {"check"}}
    commands |= {"a run, and of a repair with `--from`": {"run", "repair"}, "a repair": {"repair"}}
    parts = re.split(r"^#+ (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {
        (name, kind, frozenset(re.findall(r"`(\w+)`", labels)), text): commands[heading[3:]]
        for heading, part in zip(parts[::2], parts[1::2], strict=True)
        for name, kind, labels, text in re.findall(
            r"^\| `(cbzsafe_\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|$", part, re.MULTILINE
        )
    }


def test_the_page_tells_of_each_metric_as_it_is_written(tmp_path):
    """Name, type, labels, meaning and commands are the same, and neither has more."""
    assert documented() == written(tmp_path)
