"""Running contenders by turns."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import programs
from bench.data import NOT_INSTALLED, Result, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.data import Contender, Setting

LAUNCHER = Path(__file__).with_name("launch.py")
SLOW = 10.0
"""Seconds of a first run after which a contender is run less often."""
LIMIT = 1800.0
"""Seconds after which a run is given up."""


def nothing(contender: Contender, folder: Path) -> None:
    """Prepare nothing."""
    del contender, folder


def pleased(contender: Contender, folder: Path) -> str:
    """Be content with the exit status."""
    del contender, folder
    return ""


def race(
    contenders: Sequence[Contender],
    setting: Setting,
    prepare: Callable[[Contender, Path], None] = nothing,
    verify: Callable[[Contender, Path], str] = pleased,
) -> list[Result]:
    """Run contenders by turns, A B A B, as often as the setting says.

    Args:
        contenders: each is run in the setting's folder.
        setting: where and how often.
        prepare: is called before each run, outside its time.
        verify: is called after each run, and says what is wrong with what came out.
    """
    results = {contender.name: Result(contender) for contender in contenders}
    for turn in range(setting.runs):
        for name, result in results.items():
            if is_due(result, turn, setting.runs):
                results[name] = _once(result, setting, prepare, verify)
    for result in results.values():
        setting.say(f"    {result.contender.name}: {summary(result)}")
    return list(results.values())


def is_due(result: Result, turn: int, runs: int) -> bool:
    """Tell whether a contender takes part in a turn: slow ones in half of them, rounded up."""
    if result.trouble:
        return False
    slow = bool(result.runs) and result.runs[0].seconds > SLOW
    return turn < ((runs + 1) // 2 if slow else runs)


def summary(result: Result) -> str:
    """Say what came out of a contender's runs."""
    if result.seconds is None or result.peak is None:
        return result.trouble
    times = " ".join(f"{run.seconds:.3f}" for run in result.runs)
    return f"{result.seconds:.3f} s ({times}), {result.peak:.0f} MB"


def _once(
    result: Result,
    setting: Setting,
    prepare: Callable[[Contender, Path], None],
    verify: Callable[[Contender, Path], str],
) -> Result:
    """Run a contender once more."""
    contender = result.contender
    if not is_installed(contender):
        return replace(result, trouble=NOT_INSTALLED)
    prepare(contender, setting.folder)
    os.sync()
    run = launch(contender, setting.folder)
    trouble = complaint(contender, run) or verify(contender, setting.folder)
    return replace(result, runs=(*result.runs, run), trouble=trouble)


def is_installed(contender: Contender) -> bool:
    """Tell whether the contender's program is there."""
    return shutil.which(contender.needs or contender.argv[0]) is not None


def complaint(contender: Contender, run: Run) -> str:
    """Say what is wrong with a run's exit status, if anything."""
    if run.status == contender.status:
        return ""
    return f"exit status {run.status}: {run.errors}".rstrip(": ")


def launch(contender: Contender, folder: Path) -> Run:
    """Run a contender in a folder, and give its time and memory."""
    errors = programs.home(folder) / "errors.txt"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCHER), str(errors), *contender.argv],
        cwd=folder,
        env=programs.environment(folder),
        input=contender.stdin,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    lines = errors.read_text("utf-8", "replace").strip().splitlines()
    return Run(**json.loads(done.stdout), errors=lines[-1] if lines else "")
