"""strace around one command: which calls change files, and what happens at one of them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import programs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHANGING = (
    *("openat", "write", "pwrite64", "copy_file_range", "ftruncate", "fallocate"),
    *("rename", "renameat2", "link", "linkat", "symlink", "unlink", "unlinkat", "mkdir", "rmdir"),
    *("fsync", "fdatasync", "fchmod", "chmod", "fchown", "utimensat", "flock"),
)
"""The calls that change files, or what others know of them, as Python and SQLite make them."""

_LINE = re.compile(r"^(\d+) +([a-z0-9_]+)\((.*)$")
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
_FAILED = re.compile(r"\) += -1 ")


@dataclass(frozen=True)
class Point:
    """One call of a command.

    Attributes:
        call: its name.
        number: of the calls of that name in its thread, from 1, as strace's `when` counts them.
        text: its arguments, without the folder of the trial.
    """

    call: str
    number: int
    text: str

    def __str__(self) -> str:
        """The call as a person would name it."""
        return f"{self.call} {self.number}: {self.text}"


@dataclass(frozen=True)
class Traced:
    """How a traced command ended.

    Attributes:
        status: its exit status; negative for a signal.
        errors: its standard error.
        output: its standard output.
        log: what strace wrote.
    """

    status: int
    errors: str
    output: str
    log: str


def traced(command: Sequence[str], cwd: Path, options: Iterable[str]) -> Traced:
    """Run a command under strace.

    Args:
        command: the program with its arguments.
        cwd: where it works; its home is beside it, see `programs.home`.
        options: of strace, on top of `-f`.
    """
    log = programs.home(cwd) / "trace"
    done = subprocess.run(
        ["strace", "-f", "-q", "-y", "-o", str(log), *options, *command],
        cwd=cwd,
        env=programs.environment(cwd),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=programs.TIMEOUT,
        check=False,
    )
    return Traced(done.returncode, done.stderr, done.stdout, log.read_text(errors="replace"))


def points(log: str, roots: Iterable[Path]) -> list[Point]:
    """Give the calls of a trace that changed something below some folders, in order.

    Relative names are taken for such: commands work in the first of the folders.
    """
    counts: dict[tuple[str, str], int] = {}
    found = []
    for line in log.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        thread, call, rest = match.groups()
        counts[thread, call] = number = counts.get((thread, call), 0) + 1
        if call in CHANGING and not _FAILED.search(rest) and _concerns(call, rest, roots):
            found.append(Point(call, number, _short(rest, roots)))
    return found


def _concerns(call: str, rest: str, roots: Iterable[Path]) -> bool:
    if call == "openat" and not _WRITES.search(rest):
        return False
    return rest.startswith('"./') or any(f"{root}/" in rest or f"{root}>" in rest for root in roots)


def _short(rest: str, roots: Iterable[Path]) -> str:
    for root in roots:
        rest = rest.replace(str(root.parent), "")
    return re.sub(r'""\.\.\.', "...", rest)[:160]


def killing(point: Point) -> list[str]:
    """Options that send SIGKILL as the call is entered, so that it is not carried out."""
    inject = f"inject={point.call}:signal=SIGKILL:when={point.number}"
    return ["-s", "0", "-e", f"trace={point.call}", "-e", inject]


def failing(point: Point, error: str, *, for_good: bool = False) -> list[str]:
    """Options that let the call fail once, or from then on, in place of being carried out."""
    times = f"{point.number}{'+' * for_good}"
    inject = f"inject={point.call}:error={error}:when={times}"
    # Only these calls stop the process: a third of the time. Signals are not injected that way.
    return ["--seccomp-bpf", "-s", "0", "-e", f"trace={point.call}", "-e", inject]


def counting() -> list[str]:
    """Options that write down all calls that change files."""
    return ["-s", "0", "-e", f"trace={','.join(CHANGING)}"]
