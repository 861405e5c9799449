"""A command stopped, or failed, at one of its system calls."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from tracing import failing, killing, traced

if TYPE_CHECKING:
    from scenes import Scene, Trial
    from tracing import Point, Traced

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EACCES", "EINTR")
"""A full disk, a failing one, a quota, a lack of rights, and a signal that came meanwhile."""

LASTING = ("ENOSPC", "EIO", "EACCES")
"""Errors that stay, once they have come: from the first call of a name on, all of them fail."""

DISK = 128
"""The bit of the exit status that says that the disk failed."""

REMOVING = ("unlink", "unlinkat", "rmdir", "flock")
"""Calls whose failure leaves something behind until the next run."""


class NotReached(Exception):
    """The call was not made this time: threads come in another order each time."""


def kill_at(scene: Scene, point: Point) -> None:
    """Send SIGKILL at a call: whole books at once, and all as undisturbed after the next run.

    Raises:
        NotReached: it was not made.
        AssertionError: a promise is broken.
    """
    with scene.trial() as trial:
        done = traced(scene.command(trial), trial.work, killing(point))
        if "killed by SIGKILL" not in done.log:
            raise NotReached(str(point))
        scene.look(trial)
        scene.go_on(trial)


def fail_at(scene: Scene, point: Point, error: str, *, for_good: bool = False) -> None:
    """Let a call fail: said in a sentence, with the exit status, and nothing is lost.

    Args:
        scene: whose command.
        point: the call.
        error: the error's name.
        for_good: whether all later calls of that name fail too.

    Raises:
        NotReached: it was not made.
        AssertionError: a promise is broken.
    """
    with scene.trial() as trial:
        options = failing(point, error, for_good=for_good)
        done = traced(scene.command(trial), trial.work, options)
        if "(INJECTED)" not in done.log:
            raise NotReached(str(point))
        scene.look(trial)
        _told(scene, trial, point, error, done)
        scene.go_on(trial)


def _told(scene: Scene, trial: Trial, point: Point, error: str, done: Traced) -> None:
    """The command said what failed, or nothing is amiss."""
    assert "Traceback" not in done.errors, done.errors
    assert done.status >= 0, f"ended by signal {-done.status}"
    result = trial.result()
    if done.status in {scene.status, scene.first}:
        amiss = {name for name in scene.new if result.get(name) != scene.goal[name]}
        assert not amiss, f"{sorted(amiss)} not whole, yet the exit status is {done.status}"
        left = result.keys() - scene.goal.keys()
        assert not left or point.call in REMOVING, f"left behind: {sorted(left)}"
        return
    said = done.errors + done.output
    assert error == "EINTR" or any(word in said for word in _words(error)), said
    assert said.strip(), f"exit status {done.status} without a word"
    assert done.status & DISK, f"exit status {done.status}: {done.errors}"


def _words(error: str) -> tuple[str, ...]:
    """How messages name an error: ours, the C library's, and SQLite's."""
    ours = {
        "ENOSPC": ("the disk is full", "full"),
        "EIO": ("the disk failed", "disk I/O error"),
        "EDQUOT": ("quota",),
        "EACCES": ("permission is denied",),
    }
    sqlite = ("disk I/O error", "unable to open database file", "readonly database")
    unsure = (
        "disk failed, or is full",
        "its folder is not there, or cannot be written to",
        "it is read-only, or its folder or file system is",
    )
    return (*ours[error], os.strerror(getattr(errno, error)), *sqlite, *unsure)
