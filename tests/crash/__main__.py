"""Stop a command at every system call that changes files: `make crash`.

    python tests/crash [--only download,check] [--share 0.1] [--kinds kill,power] [--write FILE]

Each trial lays out a small library, runs the real command on it until it is killed, or until a call
fails, or until the power is cut, and then runs it again; see `trials.py` and `test_power_cut.py`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import Process, Queue
from pathlib import Path
from typing import TYPE_CHECKING, Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "run"), str(TESTS.parent)]

import machine_facts  # noqa: E402 - found by the line above
import sections  # noqa: E402 - likewise
from campaign import KINDS, work  # noqa: E402 - likewise
from scene_table import SCENES  # noqa: E402 - likewise

if TYPE_CHECKING:
    from collections.abc import Sequence

REPORTED_EVERY = 30.0
"""Seconds between two lines on the progress."""


@dataclass
class Result:
    """What the trials came to.

    Attributes:
        counts: trials by scene and kind.
        failures: a sentence for each broken promise.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def take(self, scene: str, kind: str, times: int, failure: str) -> None:
        """Note so many trials of a kind, and what went wrong in the last of them."""
        self.counts[scene, kind] += times
        if failure:
            self.failures.append(failure)
            print(f"BROKEN: {failure}", flush=True)  # noqa: T201 - the program's output


def main(argv: Sequence[str] | None = None) -> int:
    """Run the trials, print what they came to, and give 1 where a promise was broken."""
    args = _parser().parse_args(argv)
    began, result = time.monotonic(), Result()
    with tempfile.TemporaryDirectory(prefix="cbzsafe-crash-") as folder:
        _run(args, Path(folder), result)
    text = _table(result, args, time.monotonic() - began)
    print(text)  # noqa: T201 - the program's output
    if args.write:
        sections.put(args.write, args.kinds, text)
    return int(bool(result.failures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/crash", description=__doc__)
    parser.add_argument("--only", default=",".join(SCENES), help="scenes, with commas between")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of: " + ", ".join(KINDS))
    parser.add_argument("--share", type=float, default=1.0, help="of all trials, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="trials at a time")
    parser.add_argument("--write", type=Path, help="a document with marks for these kinds")
    return parser


def _run(args: argparse.Namespace, folder: Path, result: Result) -> None:
    queue: Queue[Any] = Queue()
    workers = [
        Process(target=work, args=(queue, number, args, folder / f"{number}"), daemon=True)
        for number in range(args.jobs)
    ]
    for worker in workers:
        worker.start()
    going, told = args.jobs, time.monotonic()
    while going:
        item = queue.get()
        if item is None:
            going -= 1
        else:
            result.take(*item)
        if time.monotonic() - told > REPORTED_EVERY:
            told = time.monotonic()
            print(f"{result.counts.total()} trials ...", flush=True)  # noqa: T201 - likewise


def _table(result: Result, args: argparse.Namespace, seconds: float) -> str:
    """The figures as Markdown."""
    names = args.only.split(",")
    columns = sorted({kind for _, kind in result.counts})
    lines = [f"| scene | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns)]
    for name in names:
        cells = [f"{result.counts[name, kind]:,}" for kind in columns]
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    totals = [f"{sum(result.counts[n, kind] for n in names):,}" for kind in columns]
    lines.append(f"| together | {' | '.join(totals)} |")
    lines += [
        "",
        f"Promises broken: {len(result.failures)}. Seed {args.seed}, share {args.share:g}",
    ]
    lines[-1] += f", {seconds / 60:.1f} minutes, {machine_facts.line()}."
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
