"""Measure cbzsafe side by side with the programs that people use instead: `make bench`.

The corpus is made on the spot, figure by figure, and removed again.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import (
    figures_check,
    figures_download,
    figures_memory,
    figures_nothing_new,
    figures_write,
    machine,
    table,
)
from bench.data import GB, Line, Outcome, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.data import Figure

FIGURES = (
    *figures_download.FIGURES,
    *figures_nothing_new.FIGURES,
    *figures_check.FIGURES,
    *figures_write.FIGURES,
    *figures_memory.FIGURES,
)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench", description=__doc__)
    names = [figure.name for figure in FIGURES]
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names, default=names)
    parser.add_argument("--runs", type=int, default=5, help="of each command; 5 if not given")
    parser.add_argument("--dir", type=Path, help="where the corpus is made; else in $TMPDIR")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page for the docs")
    return parser.parse_args()


def measure(figure: Figure, setting: Setting) -> Outcome:
    """Measure a figure in a folder of its own, which is removed."""
    free = shutil.disk_usage(setting.folder).free
    if free < figure.space:
        need = f"{figure.space / GB:.1f} GB are needed in {setting.folder}"
        text = f"{need}, and {free / GB:.1f} GB are free"
        return Outcome((Line(figure.title, "", None, None, trouble=text),))
    if figure.space > machine.memory():
        setting.say(f"    {figure.space / GB:.1f} GB do not fit into the cache")
    folder = setting.folder / figure.name
    folder.mkdir()
    try:
        return figure.measure(replace(setting, folder=folder))
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(folder.with_name(folder.name + "-home"), ignore_errors=True)


def measured(names: list[str], setting: Setting) -> Iterator[tuple[Figure, Outcome]]:
    """Measure the figures of these names, and show each as it comes."""
    say(table.plain(table.HEAD))
    for figure in FIGURES:
        if figure.name not in names:
            continue
        say(f"{figure.name} ...")
        outcome = measure(figure, setting)
        for line in outcome.lines:
            say(table.plain(table.cells(line)))
        yield figure, outcome


def main() -> None:
    """Measure, show, and write the page if it is asked for; a signal removes what was made."""
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(128 + signal.SIGINT))
    command = shlex.join(["python", "tests/bench", *sys.argv[1:]])
    if args.dir:
        args.dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=args.dir) as name:
        folder = Path(name).resolve()
        facts = list(machine.describe(folder))
        done = list(measured(args.only, Setting(folder, args.runs, say)))
    if args.write:
        today = time.strftime("%Y-%m-%d")
        args.write.write_text(table.page(done, facts, today, command), "utf-8")
