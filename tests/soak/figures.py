"""What came out, as a table and as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from soak import memory_fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soak.part import Result

MB = 1_000_000


def rows(result: Result) -> list[tuple[str, str]]:
    """Give name and value of each figure of a part."""
    account = result.account
    if account is None:
        return [("seconds", f"{result.seconds:.0f}")]
    plan = result.plan
    return [
        ("processes at once", str(plan.processes)),
        ("chapters done", f"{result.chapters:,} of {plan.series * plan.chapters:,}"),
        ("pages", f"{result.pages:,}"),
        ("requests of documents", f"{account.documents:,}"),
        ("requests of pages", f"{account.pages:,}"),
        ("... of these spoilt by a fault", f"{account.faulty_pages:,}"),
        ("... broken off, or lost after they came, by a kill", f"{account.lost_by_kills:,}"),
        ("... given up by a process that was not killed", f"{account.given_up:,}"),
        ("... that nothing explains", f"{len(account.unexplained):,}"),
        ("faults", f"{account.faults.total():,}"),
        ("kills", f"{result.killed:,}"),
        ("processes that ended by themselves", _statuses(result.statuses or Counter())),
        ("looks at published books meanwhile", f"{result.looks:,}"),
        ("promises broken, pages lost or wrong among them", f"{len(result.broken):,}"),
        ("pages fetched by a last run", f"{result.again:,}"),
        ("memory of the last run, first and last third", _thirds(result)),
        ("peak memory of all other runs, shortest and longest third", _peaks(result)),
        ("most memory", f"{max((peak for _, peak in result.peaks), default=0) / MB:.1f} MB"),
        ("time", f"{result.seconds:.0f} s"),
    ]


def _statuses(statuses: Counter[int]) -> str:
    by_status = ", ".join(f"{count} with {status}" for status, count in sorted(statuses.items()))
    return f"{statuses.total():,} ({by_status})"


def _thirds(result: Result) -> str:
    return _two(memory_fit.thirds(result.samples))


def _peaks(result: Result) -> str:
    return _two(memory_fit.thirds(sorted(result.peaks)))


def _two(bytes_held: tuple[float, float]) -> str:
    first, last = bytes_held
    return f"{first / MB:.1f} MB, {last / MB:.1f} MB"


def table(result: Result) -> str:
    """Lay a part out for a terminal."""
    lines = [f"{name:<60}{value}" for name, value in rows(result)]
    return "\n".join([result.plan.title, *(f"  {line}" for line in lines)])


def section(results: Sequence[Result], machine: str, date: str, command: str) -> str:
    """Lay all parts out side by side for the page of the documentation."""
    titles = [one.plan.title for one in results]
    parts = [
        f"Measured on {date} ({machine}) by",
        f"    {command}",
        _markdown(("", *titles), _beside(results)),
        "Faults by kind:",
        _markdown(("fault", *titles), _kinds(results)),
    ]
    return "\n\n".join(parts) + "\n"


def _beside(results: Sequence[Result]) -> list[tuple[str, ...]]:
    columns = [dict(rows(one)) for one in results]
    return [(name, *(column.get(name, "-") for column in columns)) for name in columns[0]]


def _kinds(results: Sequence[Result]) -> list[tuple[str, ...]]:
    counts = [one.account.faults if one.account else Counter() for one in results]
    names = sorted({kind for count in counts for kind in count})
    return [(name, *(f"{count[name]:,}" for count in counts)) for name in names]


def _markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))
