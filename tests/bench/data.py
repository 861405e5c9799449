"""What is measured, what should come out, and what came out: frozen, without reading or writing."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_INSTALLED = "not installed"
MB = 10**6
GB = 10**9


class Better(StrEnum):
    """What a ratio says."""

    SMALLER = "≤"
    """Ours divided by theirs."""
    LARGER = "≥"
    """Theirs divided by ours: how many times faster ours is."""


@dataclass(frozen=True)
class Goal:
    """What a figure should reach.

    Attributes:
        better: which way round the ratio is.
        limit: the ratio, or without a rival the value itself.
    """

    better: Better
    limit: float

    def __str__(self) -> str:
        """Show it as in a table."""
        return f"{self.better.value} {self.limit:g}"

    def is_reached(self, value: float) -> bool:
        """Tell whether a value is on the right side."""
        return value <= self.limit if self.better is Better.SMALLER else value >= self.limit


@dataclass(frozen=True)
class Contender:
    """A command that is timed.

    Attributes:
        name: what it is called in the table.
        argv: the program and its arguments; paths are relative to the folder it is run in.
        needs: the program that must be installed, where that is not `argv[0]`.
        status: the exit status of a run in which all is well.
        stdin: what it reads.
    """

    name: str
    argv: tuple[str, ...]
    needs: str = ""
    status: int = 0
    stdin: str = ""

    @property
    def shown(self) -> str:
        """The command as one types it."""
        if self.argv[:2] == ("sh", "-c"):
            return self.argv[2]
        words = ["python" if word == sys.executable else _short(word) for word in self.argv]
        answer = f"echo {self.stdin.strip()} | " if self.stdin else ""
        return answer + shlex.join(words)


def _short(word: str) -> str:
    """Show a program of this folder without the path of the checkout."""
    here = str(Path(__file__).parent)
    return word.replace(here, "tests/bench") if word.startswith(here) else word


@dataclass(frozen=True)
class Run:
    """One run of a contender.

    Attributes:
        seconds: from its start to its end.
        peak: bytes of the largest of its processes.
        status: its exit status, negative for a signal.
        errors: the end of what it wrote to stderr.
        processor: seconds of processor time of all its processes.
    """

    seconds: float
    peak: int
    status: int
    errors: str = ""
    processor: float = 0.0


@dataclass(frozen=True)
class Result:
    """All runs of a contender.

    Attributes:
        contender: whose they are.
        runs: in order; none where it is not installed or failed.
        trouble: why there is nothing to compare with, such as 'not installed'.
    """

    contender: Contender
    runs: tuple[Run, ...] = ()
    trouble: str = ""

    @property
    def seconds(self) -> float | None:
        """The median time."""
        return None if self.trouble else median(run.seconds for run in self.runs)

    @property
    def processor(self) -> float | None:
        """The median processor time."""
        return None if self.trouble else median(run.processor for run in self.runs)

    @property
    def peak(self) -> float | None:
        """The median of the peak memory, in MB."""
        return None if self.trouble else median(run.peak for run in self.runs) / MB


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        what: what was done.
        against: the rival's name, or empty.
        ours: our median, None where it failed.
        theirs: the rival's median, None where there is none.
        unit: of both, `s`, `MB` or `pages`.
        goal: what should be reached, None where nothing was set.
        trouble: why a value is missing.
    """

    what: str
    against: str
    ours: float | None
    theirs: float | None
    unit: str = "s"
    goal: Goal | None = None
    trouble: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours to theirs, or theirs to ours where the goal is to be faster; None without both."""
        if not self.ours or self.theirs is None:
            return None
        faster = self.goal is None or self.goal.better is Better.LARGER
        return self.theirs / self.ours if faster else self.ours / self.theirs

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal is reached; None where that cannot be said."""
        value = self.ratio if self.against else self.ours
        if self.goal is None or value is None:
            return None
        return self.goal.is_reached(value)


@dataclass(frozen=True)
class Setting:
    """How the measuring is done.

    Attributes:
        folder: an empty folder, which the figure may fill.
        runs: how often each command is run.
        say: shows a line of text.
    """

    folder: Path
    runs: int
    say: Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a figure's measuring gave.

    Attributes:
        lines: of the table.
        results: of the contenders, for the commands and their times.
    """

    lines: tuple[Line, ...]
    results: tuple[Result, ...] = ()


@dataclass(frozen=True)
class Figure:
    """One thing that is measured.

    Attributes:
        name: what `--only` takes.
        title: of its section.
        text: what is run, on what, and how it is verified.
        space: bytes of the disk that it takes.
        measure: measures it.
    """

    name: str
    title: str
    text: str
    space: int
    measure: Callable[[Setting], Outcome] = field(repr=False)


def compare(
    what: str,
    ours: Result,
    theirs: Result,
    goal: Goal | None,
    measure: str = "seconds",
) -> Line:
    """Make the line of two contenders.

    Args:
        what: what was done.
        ours: our result.
        theirs: the rival's.
        goal: what should be reached.
        measure: `seconds` or `peak`.
    """
    trouble = "; ".join(f"{r.contender.name}: {r.trouble}" for r in (ours, theirs) if r.trouble)
    rival = theirs.contender.name
    if measure == "peak":
        return Line(what, rival, ours.peak, theirs.peak, "MB", goal, trouble)
    return Line(what, rival, ours.seconds, theirs.seconds, "s", goal, trouble)
