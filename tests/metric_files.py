"""Files of metrics: made, read back, and given to promtool."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from cbzsafe.model import CheckReport, RepairReport, RunReport
from cbzsafe.ui import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client import Metric
    from prometheus_client.samples import Sample

FREE = {"/library": 5_000_000_000, "/scratch": 7}

_SELECTOR = re.compile(r"(cbzsafe_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~|!=|=)"([^"]*)"')


def write_all(folder: Path) -> list[Path]:
    """Write every metric that there is: a run's file, a check's and a repair's."""
    paths = [folder / f"{command}.prom" for command in ("run", "check", "repair")]
    metrics.write_run(RunReport(), paths[0], FREE)
    metrics.write_check(CheckReport(), paths[1], FREE)
    metrics.write_repair(RepairReport(run=RunReport()), paths[2], FREE)
    return paths


def families(path: Path) -> dict[str, Metric]:
    """Read a file's metrics by name."""
    text = path.read_bytes().decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def samples(path: Path) -> list[Sample]:
    """Read a file's lines."""
    return [sample for family in families(path).values() for sample in family.samples]


def values(path: Path, name: str) -> float | dict[str, float]:
    """Read one metric: its value, or its values by the label of its own."""
    found = {}
    for sample in families(path)[name].samples:
        own = {key: one for key, one in sample.labels.items() if key not in {"command", "task"}}
        found[own.get("code") or next(iter(own.values()), None)] = sample.value
    return found.get(None, found)


def unmatched(expression: str, written: list[Sample]) -> Iterator[str]:
    """Name the selectors of an expression that match nothing of what is written."""
    for name, matchers in _SELECTOR.findall(expression):
        wanted = _MATCHER.findall(matchers)
        known = [sample.labels for sample in written if sample.name == name]
        if not any(all(_holds(labels, *one) for one in wanted) for labels in known):
            yield f"{name}{{{matchers}}}"


def _holds(labels: dict[str, str], label: str, operator: str, value: str) -> bool:
    if operator == "=~":
        return re.fullmatch(value, labels.get(label, "")) is not None
    return (labels.get(label, "") == value) is (operator == "=")


def promtool(*args: object, text: str | bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Run promtool, of Debian's package `prometheus`, and give what it says."""
    return subprocess.run(
        ["promtool", *map(str, args)],
        input=text.decode() if isinstance(text, bytes) else text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
