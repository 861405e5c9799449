"""Programs that are run with their time and their memory measured."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import programs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MIB = 1 << 20

_MEASURED = """
import atexit, re, resource, runpy, sys
from pathlib import Path

def tell():
    own = int(re.search("VmHWM:\\\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    Path(told).write_text(str(1024 * max(own, children)))

told = sys.argv.pop(1)
sys.argv[0] = "cbzsafe"
atexit.register(tell)
runpy.run_module("cbzsafe", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Measured:
    """How a program ended, and what it took.

    Attributes:
        returncode: its exit status.
        stdout: its output.
        stderr: its messages.
        seconds: from its start to its end.
        peak: bytes of memory that it, or a process of its own, had at most.
    """

    returncode: int
    stdout: str
    stderr: str
    seconds: float
    peak: int


def measured(
    args: Iterable[object],
    cwd: Path,
    config: Mapping[str, Any] | None = None,
    timeout: float = 60.0,
) -> Measured:
    """Run cbzsafe to its end; arguments as for `programs.run_cbzsafe`."""
    told = programs.home(cwd) / "peak.txt"
    command = programs._command("cbzsafe", args, cwd, config, None)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(told), *command[3:]],
        cwd=cwd,
        env=programs.environment(cwd),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    seconds = time.monotonic() - start
    return Measured(done.returncode, done.stdout, done.stderr, seconds, int(told.read_text()))
