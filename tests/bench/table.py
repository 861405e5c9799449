"""Figures as text: a plain table as they come, and a page for the documentation."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bench.data import NOT_INSTALLED
from bench.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bench.data import Figure, Line, Outcome, Result

HEAD = ("what", "against", "target", "ratio", "ours", "theirs", "reached")
WIDTHS = (52, 27, 12, 7, 11, 12, 7)
NONE = "-"
_SIGNIFICANT = 10


def cells(line: Line) -> tuple[str, ...]:
    """Give a line's cells, in the order of `HEAD`."""
    return (
        line.what,
        line.against or NONE,
        _goal(line),
        _ratio(line),
        value(line.ours, line.unit),
        value(line.theirs, line.unit),
        reached(line),
    )


def _goal(line: Line) -> str:
    if line.goal is None:
        return NONE
    return str(line.goal) if line.against else f"{line.goal} {line.unit}"


def _ratio(line: Line) -> str:
    return NONE if line.ratio is None or not line.against else number(line.ratio)


def number(some: float) -> str:
    """Show a number with two digits behind the point, or one from ten on."""
    return f"{some:.2f}" if some < _SIGNIFICANT else f"{some:.1f}"


def value(some: float | None, unit: str) -> str:
    """Show a median with its unit."""
    if some is None:
        return NONE
    digits = {"s": 3, "MB": 1}.get(unit, 0)
    return f"{some:.{digits}f} {unit}"


def reached(line: Line) -> str:
    """Say whether a goal is reached, or why that cannot be said."""
    if line.trouble:
        return NOT_INSTALLED if line.trouble.endswith(NOT_INSTALLED) else "failed"
    return {True: "yes", False: "no", None: NONE}[line.is_reached]


def plain(row: Sequence[str]) -> str:
    """Lay a row out for a terminal."""
    padded = (cell.ljust(width) for cell, width in zip(row, WIDTHS, strict=True))
    return "  ".join(padded).rstrip()


def markdown_row(row: Iterable[str]) -> str:
    """Lay a row out for Markdown."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def markdown_table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """Make a Markdown table."""
    rule = f"| {' | '.join('---' for _ in head)} |"
    return "\n".join([markdown_row(head), rule, *map(markdown_row, rows)])


def page(
    done: Sequence[tuple[Figure, Outcome]],
    machine: Iterable[tuple[str, str]],
    date: str,
    command: str,
    reasons: Mapping[tuple[str, str], str] = REASONS,
) -> str:
    """Make the page of the documentation.

    Args:
        done: figures with what came out.
        machine: name and value of all that the figures depend on.
        date: when it was measured.
        command: how it was measured.
        reasons: why goals were missed, as in `reasons`.
    """
    rows = [cells(line) for _, outcome in done for line in outcome.lines]
    parts = [
        f"# Benchmarks\n\nMeasured on {date}, and this page written, by",
        f"    {command}",
        _METHOD,
        markdown_table(("measured on", ""), machine),
        "## Figures",
        _LEGEND,
        markdown_table(HEAD, rows),
        *(section(figure, outcome, reasons) for figure, outcome in done),
    ]
    return "\n\n".join(parts) + "\n"


def section(
    figure: Figure, outcome: Outcome, reasons: Mapping[tuple[str, str], str] = REASONS
) -> str:
    """Make a figure's section: what is run, how long each took, and why a goal was missed."""
    head = ("command", "median", "processor time", "peak memory", "runs")
    parts = [f"## {figure.title}", wrapped(figure.text)]
    if outcome.results:
        parts.append(markdown_table(head, map(_result, outcome.results)))
    parts += map(wrapped, missed(outcome.lines, reasons))
    parts.append(f"Alone: `make bench ARGS='--only {figure.name}'`")
    return "\n\n".join(parts)


def _result(result: Result) -> tuple[str, ...]:
    """Show a contender: its command, and what its runs gave."""
    command = f"`{result.contender.shown}`"
    if result.seconds is None or result.peak is None:
        return command, result.trouble, NONE, NONE, NONE
    return (
        command,
        value(result.seconds, "s"),
        value(result.processor, "s"),
        value(result.peak, "MB"),
        " ".join(f"{run.seconds:.3f}" for run in result.runs),
    )


def missed(lines: Iterable[Line], reasons: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Give what went wrong, and the reason for each goal that was missed and has one."""
    for line in lines:
        reason = line.trouble
        if line.is_reached is False:
            reason = reason or reasons.get((line.what, line.against), "")
        if reason:
            rival = f", {line.against}" if line.against else ""
            yield f"**{line.what}{rival}:** {reason}"


def wrapped(text: str) -> str:
    """Break a paragraph into lines, and no command."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


_METHOD = """\
All commands of a figure are run in one go and by turns, with the files in the cache. Times are
wall-clock time from the start of the process to its end, medians of several runs; a command that
takes more than ten seconds is run half as often. Memory is the peak of the largest process; about
10 MB is what is measured for a program that takes less. The exit status of each run is verified,
and what came out as its section says."""

_LEGEND = """\
With a target of ≤ the ratio is ours divided by theirs; with ≥, and without a target, it is theirs
divided by ours: how many times faster ours is."""
