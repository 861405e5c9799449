"""The metrics of a run, a check or a repair, in the text format of Prometheus.

They are for the textfile collector of node_exporter; `docs/metrics.md` tells of each. Names of
books are no labels: a label must not take ever new values.
"""

from __future__ import annotations

from collections import Counter
from importlib import metadata
from typing import TYPE_CHECKING

from cbzsafe.errors import UsageError
from cbzsafe.model import Code, Condition, Outcome, RepairOutcome, Verdict, verdict
from cbzsafe.ui import files
from cbzsafe.ui import metrics_help as names
from cbzsafe.ui.words import valid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from prometheus_client import Metric

    from cbzsafe.model import CheckReport, Finding, RepairReport, RunReport

    Report = RunReport | CheckReport | RepairReport
    Row = tuple[str, float, dict[str, str]]

_LARGEST = 1 << 20
"""Bytes of a file that can be one of ours; one has about 7,000."""


def require() -> None:
    """Make sure that metrics can be written, before hours are spent on what they tell of.

    Raises:
        UsageError: prometheus_client is not installed.
    """
    try:
        import prometheus_client  # noqa: F401 - asked for its presence
    except ImportError as error:
        raise UsageError(
            "--metrics needs prometheus_client: pip install 'cbzsafe[container]'."
        ) from error


def write_run(report: RunReport, path: Path, free: Mapping[str, int]) -> None:
    """Write the metrics of a run, so that the file's name holds the old ones or the whole new ones.

    Args:
        report: what became of the run.
        path: the file, as `cbzsafe.ui.files.write` takes it; its name is the label `task`.
        free: free bytes by folder.

    Raises:
        StorageError: it could not be written; what was there before is still there.
    """
    _write("run", [*_common("run", report, path, free), *_of_run(report)], path)


def write_check(report: CheckReport, path: Path, free: Mapping[str, int]) -> None:
    """Write the metrics of a check, as `write_run` does those of a run."""
    _write("check", [*_common("check", report, path, free), *_of_check(report)], path)


def write_repair(report: RepairReport, path: Path, free: Mapping[str, int]) -> None:
    """Write the metrics of a repair, as `write_run` does; of its download, too, if it had one."""
    _write("repair", [*_common("repair", report, path, free), *_of_repair(report)], path)


def _common(command: str, report: Report, path: Path, free: Mapping[str, int]) -> Iterator[Row]:
    """Tell what all commands have in common."""
    ended = report.started + report.seconds
    yield names.BUILD, 1, {"version": _version("cbzsafe"), "gallery_dl": _version("gallery-dl")}
    yield names.ENDED, ended, {}
    yield names.SUCCEEDED, ended if report.status == 0 else _last_success(path, command, ended), {}
    yield names.DURATION, report.seconds, {}
    yield names.STATUS, report.status, {}
    yield names.INTERRUPTED, report.interrupted is not None, {}
    for folder, count in free.items():
        yield names.FREE, count, {"folder": valid(folder)}


def _version(distribution: str) -> str:
    """Give an installed version; a checkout that is run as it lies has none."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"


def _of_run(report: RunReport) -> Iterator[Row]:
    yield from _found(one for book in report.books for one in book.findings)
    yield from _downloaded(report)


def _downloaded(report: RunReport) -> Iterator[Row]:
    """Tell what came from sites, and what became of it."""
    books = report.books
    outcomes = Counter(book.outcome for book in books)
    for outcome in Outcome:
        yield names.BOOKS, outcomes[outcome], {"outcome": outcome.value}
    yield names.NOT_WHOLE, sum(not book.whole for book in books), {}
    damaged = sum(verdict(book.findings) is not Verdict.SOUND for book in books)
    yield names.BOOKS_DAMAGED, damaged, {}
    yield names.FETCHED, report.fetched, {}
    yield names.FETCHED_AGAIN, sum(book.refetched for book in books), {}
    yield names.NEW, sum(book.new for book in books), {}
    yield names.MISSING, sum(len(book.missing) for book in books), {}
    yield names.STAGED, sum(book.staged for book in books), {}
    yield names.TAKEN_OVER, sum(book.repaired for book in books), {}
    yield names.RECEIVED, report.received, {}
    yield names.ELSEWHERE, report.elsewhere, {}
    yield names.FINISHED, report.finished, {}


def _of_check(report: CheckReport) -> Iterator[Row]:
    yield from _found(one for archive in report.archives for one in archive.findings)
    for condition in Condition:
        count: int = getattr(report, condition.value)
        yield names.ARCHIVES, count, {"condition": condition.value}
    yield names.UNCHANGED, report.unchanged, {}
    yield names.LEFT, report.left, {}
    yield names.PAGES_READ, report.pages, {}
    yield names.READ, report.size, {}


def _of_repair(report: RepairReport) -> Iterator[Row]:
    mended = [one for one in report.archives if one.outcome is not RepairOutcome.SOUND]
    yield from _found(finding for archive in mended for finding in archive.before)
    for outcome in RepairOutcome:
        count: int = getattr(report, outcome.value)
        yield names.REPAIRS, count, {"outcome": outcome.value}
    yield names.SKIPPED, report.skipped, {}
    yield names.DRY_RUN, report.dry_run, {}
    yield names.RECOVERED, sum(len(archive.recovered) for archive in report.archives), {}
    yield names.LOST, sum(len(archive.lost) for archive in report.archives), {}
    if report.run is not None:
        yield from _downloaded(report.run)


def _found(findings: Iterable[Finding]) -> Iterator[Row]:
    """Count findings by code; all codes are there, so that an alert sees each come and go."""
    counts = Counter(finding.code for finding in findings)
    for code in Code:
        yield names.FINDINGS, counts[code], {"code": code.value, "level": code.level.value}


def _write(command: str, rows: list[Row], path: Path) -> None:
    """Write the rows, each with the labels that tell two files in one folder apart."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Collected(Collector):
        """What was collected already: a Gauge would obey PROMETHEUS_MULTIPROC_DIR."""

        def collect(self) -> Iterable[Metric]:
            return _families(rows, {"command": command, "task": valid(path.stem)})

    # A registry of its own has neither the metrics of this process nor those of its Python.
    registry = CollectorRegistry()
    registry.register(Collected())
    files.write(path, generate_latest(registry).decode(), "metrics file")


def _families(rows: list[Row], constant: dict[str, str]) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    for name, text in names.HELP.items():
        samples = [(value, constant | labels) for metric, value, labels in rows if metric == name]
        if samples:
            family = GaugeMetricFamily(name, text, labels=tuple(samples[0][1]))
            for value, labels in samples:
                family.add_metric(tuple(labels.values()), value)
            yield family


def _last_success(path: Path, command: str, now: float) -> float:
    """Read when a command last succeeded from the file that is about to be replaced.

    Args:
        path: the file; anything that is not one of ours counts as none.
        command: whose success.
        now: seconds since the epoch; a success that is yet to come is not believed, for it would
            keep an alert silent until then.

    Returns:
        Seconds since the epoch, 0 for none.
    """
    from prometheus_client.parser import text_string_to_metric_families

    try:
        found = [
            sample.value
            for family in text_string_to_metric_families(_old(path))
            for sample in family.samples
            if sample.name == names.SUCCEEDED and sample.labels.get("command") == command
        ]
    except Exception:  # noqa: BLE001 - what is no metrics file fails in the parser in many ways
        return 0.0
    return max((value for value in found if 0 < value <= now), default=0.0)


def _old(path: Path) -> str:
    """Read the file that is there; a pipe or a device would not end."""
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return ""
    return path.read_bytes().decode()
