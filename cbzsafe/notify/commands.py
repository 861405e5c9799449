"""The user's command for each published book: no shell, and an end in any case."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from cbzsafe.model import Problem, Severity
from cbzsafe.receivers import TOKEN

if TYPE_CHECKING:
    from cbzsafe.interrupt import Stop
    from cbzsafe.receivers import Command

PATIENCE = 300.0
"""Seconds after which a command is ended; the download waits for it meanwhile."""

AFTER_A_SIGNAL = 5.0
"""Seconds that a command has once a signal came to us."""

GRACE = 1.0
"""Seconds between SIGTERM and SIGKILL to a command that is ended."""

PLACE = "{}"
"""Stands for the archive's path in the command's words."""

_STEP = 0.05
"""Seconds between two looks for a signal."""


class Commands:
    """Runs a command for one book after another.

    Args:
        command: its words.
        stop: tells of a signal; it raises nothing while a command runs.
    """

    def __init__(self, command: Command, stop: Stop) -> None:
        self._command = command
        self._stop = stop
        self._failed: dict[str, list[str]] = {}
        self._groups: list[int] = []
        self._end = float("inf")

    def run(self, path: str, outcome: str, url: str) -> None:
        """Run it for one book; what goes wrong is kept for `problems`.

        Args:
            path: the archive.
            outcome: what became of it, such as `published`.
            url: what it was downloaded from, empty where that is not known.
        """
        path = os.path.abspath(path)
        try:
            why = self._run(path, {"PATH": path, "OUTCOME": outcome, "URL": url})
        except Exception as error:  # noqa: BLE001 - it must not end the run
            why = f"cannot be started ({getattr(error, 'strerror', None) or error})"
        if why:
            self._failed.setdefault(why, []).append(path)
        self._reap()

    def problems(self) -> list[Problem]:
        """Give what went wrong, as warnings, one for each way."""
        return [
            Problem(self._sentence(why, paths), severity=Severity.WARNING)
            for why, paths in self._failed.items()
        ]

    def _sentence(self, why: str, paths: list[str]) -> str:
        more = f" and {len(paths) - 1} more" if paths[1:] else ""
        return f"--on-publish: {self._command[0]} {why} for {paths[0]}{more}: run it by hand."

    def _run(self, path: str, told: dict[str, str]) -> str | None:
        if self._left(PATIENCE) <= 0:
            return "was not started, since the run was stopped,"
        # Not as a context, which would wait for its end for good.
        process = subprocess.Popen(
            _words(self._command, path),
            stdin=subprocess.DEVNULL,
            stdout=_standard_error(),
            env=_environment(told),
            start_new_session=True,  # so that what it starts can be ended with it
        )
        self._groups.append(process.pid)
        return _status(process.returncode) if self._ends(process) else self._ended(process)

    def _left(self, seconds: float) -> float:
        """Give the seconds that are left of so many; a signal leaves few for all commands."""
        now = time.monotonic()
        if self._stop.reason is not None:
            self._end = min(self._end, now + AFTER_A_SIGNAL)
        return min(seconds, self._end - now)

    def _ends(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait for the end, as long as there is time."""
        began = time.monotonic()
        while self._left(began + PATIENCE - time.monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STEP)
                return True
        return False

    def _ended(self, process: subprocess.Popen[bytes]) -> str:
        """End it, and all that it has started; one that is another user's goes on."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
        if self._stop.reason is not None:
            return "was ended, since the run was stopped,"
        return f"was ended after {PATIENCE:g} s"

    def _reap(self) -> None:
        """As the first process of a container, be rid of what commands have left behind."""
        for group in list(self._groups):
            try:
                while os.waitpid(-group, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                self._groups.remove(group)


def _words(command: Command, path: str) -> list[str]:
    name, *words = command
    if any(PLACE in word for word in words):
        return [name, *(word.replace(PLACE, path) for word in words)]
    return [name, *words, path]


def _environment(told: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != TOKEN}
    return kept | {f"CBZSAFE_{name}": value for name, value in told.items()}


def _standard_error() -> int:
    """What stands for its standard output: ours is gallery-dl's, byte for byte."""
    try:
        os.fstat(2)
    except OSError:
        return subprocess.DEVNULL
    return 2


def _status(status: int) -> str | None:
    if status < 0:
        return f"was ended by {_signal(-status)}"
    return f"ended with status {status}" if status else None


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
