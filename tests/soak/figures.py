"""What came out, as a table and as a page of the documentation."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from soak import memory_fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soak.part import Plan, Result

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


def page(results: Sequence[Result], machine: str, date: str, command: str) -> str:
    """Make the page of the documentation."""
    parts = [
        "# Load and kills",
        _wrapped(_TEXT),
        _wrapped(_SERVED.format(**_numbers(results[0].plan))),
        _wrapped(_BOUND),
        f"Measured on {date} ({machine}) by",
        f"    {command}",
        _markdown(("", *(one.plan.title for one in results)), _beside(results)),
        "Faults by kind:",
        _markdown(("fault", *(one.plan.title for one in results)), _kinds(results)),
    ]
    return "\n\n".join(parts) + "\n"


def _numbers(plan: Plan) -> dict[str, object]:
    return {"chapters": plan.series * plan.chapters, "series": plan.series, "share": plan.rate}


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


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 100, break_on_hyphens=False)


_TEXT = """
`make soak` downloads from a site on the loopback, of whose requests a share fails, and kills the
processes by SIGKILL at random moments. What was killed, or ended with another status than 0, is
started again until a process ended with status 0. In the first part one process works at a time; in
the second four do, on one library, two of them through the same chapters in the same order, with
`--lock-timeout 1`. Meanwhile published books are
opened and compared page by page, and the history is held against what is published. In the end
every page is compared byte for byte, the history page by page, and no other file may be there. One
more run, without kills and faults, must fetch nothing and end with status 0.
"""

_SERVED = """
The site has {chapters:,} chapters of 3 to 6 small pages in {series} series, which are worked
through one after the other by `-i` with the addresses of a series: so a killed run gets to the end
in few tries. Of all requests, of documents and of pages, the share {share} fails; which ones
follows from the seed.
"""

_BOUND = """
Each process has a `User-Agent` of its own, so the site knows who asked. A page that was sent whole
may be asked for again only if its process was killed before it asked for anything else, and the
page was neither in staging nor in the book after the kill; so a kill explains one page request at
most. What is beyond that, and beyond the faults, is what nothing explains.
"""
