"""Load: thousands of chapters, faults and kills, until all is done: `make soak`.

    python tests/soak [--minutes 10] [--seed 7] [--series 40] [--chapters 50] [--write FILE]

The exit status is 1 if a page was lost, wrong, or asked for without a reason.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import machine_facts
import sections
from soak import figures, memory_fit
from soak.part import Plan, Result, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAID_EVERY = 5.0
"""Seconds between two lines on the progress."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run both parts, print what came out, and give the exit status."""
    args = _parser().parse_args(argv)
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10_000)
    _say(f"seed {seed}")
    results = [_part(plan) for plan in plans(args, seed)]
    for result in results:
        _say(figures.table(result))
        for broken in result.broken:
            _say(f"BROKEN: {broken}")
    if args.write:
        sections.put(args.write, "soak", _section(results, args, seed))
    return int(any(result.broken for result in results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python tests/soak", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=float, default=10.0, help="for both parts together")
    parser.add_argument("--seed", type=int, help="repeats pages and faults; by default a new one")
    parser.add_argument("--series", type=int, default=40)
    parser.add_argument("--chapters", type=int, default=50, help="of each series")
    parser.add_argument("--rate", type=float, default=0.05, help="the share of failing requests")
    parser.add_argument("--every", type=float, default=2.0, help="seconds of a process's life")
    parser.add_argument("--write", type=Path, help="a document with a mark for the figures")
    return parser


def plans(args: argparse.Namespace, seed: int) -> Iterator[Plan]:
    """Divide the time in halves."""
    seconds = args.minutes * 60 / 2
    size = (args.series, args.chapters, args.rate)
    yield Plan("one process", 1, args.every, seconds, *size, seed)
    yield Plan("four processes", 4, args.every, seconds, *size, seed + 1)


def _part(plan: Plan) -> Result:
    _say(plan.title)
    with tempfile.TemporaryDirectory(prefix="cbzsafe-soak-") as folder:
        result = run(plan, Path(folder), Seldom())
    if memory_fit.grows(result.samples):
        result.broken.append("the memory of the last run grew")
    return result


class Seldom:
    """Says a line every few seconds, and drops those between."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, text: str) -> None:
        """Say a line, if it is time."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + SAID_EVERY
            _say(text)


def _section(results: list[Result], args: argparse.Namespace, seed: int) -> str:
    given = {**vars(args), "seed": seed}
    usual = vars(_parser().parse_args([]))
    said = " ".join(f"--{name} {value}" for name, value in given.items() if value != usual[name])
    command = f"make soak ARGS='{said}'"
    return figures.section(results, machine_facts.line(), time.strftime("%Y-%m-%d"), command)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
