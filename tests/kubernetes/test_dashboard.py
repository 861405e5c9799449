"""The dashboard for Grafana, against what is really written."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from metric_files import promtool, samples, unmatched, write_all

from cbzsafe.ui.metrics_help import HELP

DASHBOARD = Path(__file__).parents[2] / "docs/kubernetes/dashboard.json"

SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@pytest.fixture
def dashboard():
    return json.loads(DASHBOARD.read_text("utf-8"))


@pytest.fixture
def panels(dashboard):
    return dashboard["panels"]


@pytest.fixture
def expressions(panels):
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_promtool_takes_each_expression(expressions, tmp_path):
    """Each is a rule that Prometheus loads."""
    rules = [{"record": f"panel:{n}", "expr": one} for n, one in enumerate(expressions)]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")
    done = promtool("check", "rules", path)
    assert done.returncode == 0, done.stderr
    assert f"{len(expressions)} rules found" in done.stdout


def test_each_expression_asks_for_what_is_written(expressions, tmp_path):
    """Each metric and each value of a label is there in a real file, for every task."""
    written = [sample for path in write_all(tmp_path) for sample in samples(path)]
    missing = [
        selector
        for expression in expressions
        for selector in unmatched(expression.replace("$task", ".*"), written)
    ]
    assert missing == []


def test_each_metric_is_shown(expressions):
    """No metric is written for nobody."""
    assert set(re.findall(r"cbzsafe_\w+", " ".join(expressions))) == set(HELP)


def test_each_expression_is_of_the_chosen_tasks(expressions):
    """Whatever is shown follows the choice at the top."""
    for expression in expressions:
        assert expression.count("cbzsafe_") == expression.count('task=~"$task"')


def test_labels_of_legends_are_left_by_the_expression(panels):
    """Each label that a legend names is one that the expression groups by."""
    for target in (target for panel in panels for target in panel["targets"]):
        named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        kept = re.search(r"\bby \(([^)]+)\)", target["expr"])[1]
        assert named <= set(kept.split(", ")), target["expr"]


def test_every_query_goes_to_the_chosen_data_source(dashboard, panels):
    """No data source of one Grafana is named, so that the file can be imported into any."""
    task = next(one for one in dashboard["templating"]["list"] if one["name"] == "task")
    asking = [*panels, *(target for panel in panels for target in panel["targets"]), task]
    assert [one["datasource"] for one in asking] == [SOURCE] * len(asking)
    variables = {one["name"]: one["type"] for one in dashboard["templating"]["list"]}
    assert variables == {"datasource": "datasource", "task": "query"}
    assert dashboard["id"] is None


def test_the_tasks_are_read_from_a_metric_of_every_file(dashboard, tmp_path):
    """The choice at the top has the run's file, the check's and the repair's."""
    task = next(one for one in dashboard["templating"]["list"] if one["name"] == "task")
    name, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", task["definition"]).groups()
    assert task["query"]["query"] == task["definition"]
    for path in write_all(tmp_path):
        assert [one.labels[label] for one in samples(path) if one.name == name] == [path.stem]


def area(panel):
    place = panel["gridPos"]
    columns = range(place["x"], place["x"] + place["w"])
    lines = range(place["y"], place["y"] + place["h"])
    return {(column, line) for column in columns for line in lines}


def test_panels_lie_side_by_side(panels):
    """No two panels share a place, and none is wider than the 24 columns of the page."""
    overlapping = [
        (one["title"], other["title"])
        for one, other in combinations(panels, 2)
        if area(one) & area(other)
    ]
    assert overlapping == []
    assert max(column for panel in panels for column, _ in area(panel)) == 23


def test_panels_can_be_told_apart(panels):
    """Each has an id, a title and a description of its own, and its queries have letters."""
    for key in ("id", "title", "description"):
        assert len({panel[key] for panel in panels if panel[key]}) == len(panels)
    for panel in panels:
        letters = [target["refId"] for target in panel["targets"]]
        assert letters == sorted(set(letters))
