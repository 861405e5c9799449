"""The alert rules, as promtool sees them and against what is really written."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from metric_files import promtool, samples, unmatched, write_all

from cbzsafe.model import BookReport, CheckReport, Code, Finding, Outcome, RunReport
from cbzsafe.ui import metrics

DOCS = Path(__file__).parents[2] / "docs"
RULES = DOCS / "kubernetes/alerts.yaml"
TESTS = DOCS / "kubernetes/alerts_test.yaml"

TORN = Finding(Code.NO_INDEX, "The file has no index at its end.")
MUCH = {"/library": 1 << 40}


def alerts():
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return group["rules"]


def names():
    return [rule["alert"] for rule in alerts()]


def test_promtool_takes_the_rules():
    """The file is one that Prometheus loads."""
    done = promtool("check", "rules", RULES)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert f"{len(names())} rules found" in done.stdout


def test_the_tests_of_the_rules_pass():
    """Each alert says what the tests expect, at the time that they expect."""
    done = promtool("test", "rules", TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("fires", [True, False])
def test_each_alert_is_tested_both_ways(fires):
    """Each alert fires in a test, and each does not in one."""
    tests = yaml.safe_load(TESTS.read_text("utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases if bool(case["exp_alerts"]) is fires} == set(
        names()
    )


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_is_written(rule, tmp_path):
    """Each metric and each value of a label in the expression is there in a real file."""
    written = [sample for path in write_all(tmp_path) for sample in samples(path)]
    assert "cbzsafe_" in rule["expr"]
    assert list(unmatched(rule["expr"], written)) == []


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_to_do(rule):
    """There is a summary in one line, and a description with a command."""
    assert set(rule["annotations"]) == {"summary", "description"}
    assert "\n" not in rule["annotations"]["summary"]
    assert re.search(r"`[^`]+`", rule["annotations"]["description"])
    assert rule["labels"]["severity"] in {"critical", "warning"}


def test_the_page_lists_the_alerts():
    """Each alert is in the table, in the order of the file."""
    page = (DOCS / "metrics.md").read_text("utf-8")
    assert re.findall(r"^\| `(Cbzsafe\w+)` \|", page, re.MULTILINE) == names()


def test_the_page_tells_how_to_make_a_prometheus_rule():
    """What the command pipes to kubectl is a PrometheusRule with the same groups."""
    page = (DOCS / "metrics.md").read_text("utf-8")
    (command,) = re.findall(
        r"^    (\{ printf .+?) \\\n +\| kubectl", page, re.DOTALL | re.MULTILINE
    )
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=DOCS.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    made = yaml.safe_load(done.stdout)
    assert made["kind"] == "PrometheusRule"
    assert made["spec"] == yaml.safe_load(RULES.read_text("utf-8"))


def firing(folder, hour):
    """Give the alerts that fire when Prometheus has read a folder's files for so many hours."""
    series = [
        {"series": sample.name + matchers(sample.labels), "values": f"{sample.value:.0f}x{hour}"}
        for path in sorted(folder.glob("*.prom"))
        for sample in samples(path)
    ]
    expected = {"expr": 'ALERTS{alertstate="firing"}', "eval_time": f"{hour}h"}
    test = {"interval": "1h", "input_series": series, "promql_expr_test": [expected]}
    given = {"rule_files": [str(RULES)], "evaluation_interval": "1h", "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(given), "utf-8")
    done = promtool("test", "rules", folder / "test.yaml")
    # Nothing is expected of the expression, so that promtool names all that it gives.
    found = set(re.findall(r'alertname="(\w+)"', done.stdout + done.stderr))
    assert (done.returncode == 0) is (not found), done.stderr
    return found


def matchers(labels):
    return "{" + ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items()) + "}"


def write(folder, run, check, free=MUCH):
    metrics.write_run(run, folder / "nightly.prom", free)
    metrics.write_check(check, folder / "weekly.prom", free)


def test_where_all_is_well_nothing_fires(tmp_path):
    """A day after a run and a check that found nothing wrong there is no alert."""
    books = (BookReport("a", Outcome.PUBLISHED), BookReport("b", Outcome.UNCHANGED))
    write(tmp_path, RunReport(books, seconds=60), CheckReport(sound=2, pages=40))
    assert firing(tmp_path, 24) == set()


def test_what_the_reports_say_is_alerted_of(tmp_path):
    """Each alert that a report can raise within a day fires on the files as they are written."""
    books = (
        BookReport("a", Outcome.HELD, whole=False),
        BookReport("b", Outcome.FAILED, whole=False),
        BookReport("c", Outcome.UPDATED, findings=(TORN,)),
    )
    check = CheckReport(damaged=1, left=5, status=143, seconds=60, interrupted="SIGTERM")
    write(tmp_path, RunReport(books, status=129, seconds=60), check, {"/library": 1 << 30})
    assert firing(tmp_path, 24) == {
        "CbzsafeDiskFailed",
        "CbzsafeBooksHeld",
        "CbzsafeBooksFailed",
        "CbzsafeBooksDamaged",
        "CbzsafeArchivesDamaged",
        "CbzsafeCheckInterrupted",
        "CbzsafeSpaceLow",
    }


def test_what_takes_longer_is_alerted_of_later(tmp_path):
    """Runs that never succeed fire after two days, and a success that grows old does."""
    write(tmp_path, RunReport(status=1, seconds=60), CheckReport(seconds=60, sound=1, left=99))
    metrics.write_run(RunReport(seconds=60), tmp_path / "other.prom", MUCH)
    assert firing(tmp_path, 47) == set()
    assert firing(tmp_path, 49) == {
        "CbzsafeNeverSucceeded",
        "CbzsafeNoSuccess",
        "CbzsafeCheckFallsBehind",
    }
