"""Programs as the first process of a PID namespace, as in a container; needs root."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import programs

PROGRAM = Path(sys.executable).with_name("cbzsafe")
"""The installed entry point."""

ALONE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
"""What comes before a command that is to be the first process of a PID namespace."""


class First:
    """A program that is the first process of its namespace.

    Attributes:
        pid: its number outside.
    """

    def __init__(self, unshare):
        self._unshare = unshare
        children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
        assert programs.until(lambda: bool(children.read_text("utf-8")))
        self.pid = int(children.read_text("utf-8"))

    def inner_pid(self):
        """Give its number inside, as the kernel tells it."""
        return int(self._status("NSpid").split()[-1])

    def catches(self, number):
        """Tell whether it has a handler for a signal; without one the kernel drops it."""
        return bool(int(self._status("SigCgt"), 16) >> (number - 1) & 1)

    def children(self):
        """Count the processes that it has started and that are still there."""
        return len(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("utf-8").split())

    def send(self, number):
        """Send a signal from outside."""
        os.kill(self.pid, number)

    def wait(self, timeout=programs.TIMEOUT):
        """Wait for its end; gives the exit status, or the signal's number below zero."""
        return self._unshare.wait(timeout)

    def errors(self):
        """Give what it wrote to standard error, once it has ended."""
        return self._unshare.stderr.read()

    def _status(self, field):
        lines = Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
        return next(line.partition(":")[2] for line in lines if line.startswith(f"{field}:"))


@contextmanager
def first(args, cwd, *, env=None):
    """Run the installed entry point as a first process; it is killed behind the block."""
    command = [*ALONE, PROGRAM, *map(str, args)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        command, cwd=cwd, env=programs.environment(cwd, env), text=True, **pipes
    ) as unshare:
        try:
            yield First(unshare)
        finally:
            with suppress(ProcessLookupError):
                unshare.send_signal(signal.SIGKILL)


def completed(args, cwd, *, env=None):
    """Run the installed entry point as a first process to its end."""
    return subprocess.run(
        [*ALONE, PROGRAM, *map(str, args)],
        cwd=cwd,
        env=programs.environment(cwd, env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=programs.TIMEOUT,
        check=False,
    )
