"""Whether `flock` keeps a second process out, and lets go of what a killed one held."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cbzsafe.model import Trial, Tried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_HOLDER = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
try:
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError as error:
    print(error.errno, flush=True)
else:
    print(0, flush=True)
    sys.stdin.read()
"""
"""Takes the lock, says so, and holds it until its standard input is closed or it is killed."""

_PATIENCE = 10.0
"""Seconds in which the second process has to come up."""

_RELEASE = 2.0
"""Seconds in which a killed process's lock has to be gone: a server may have to be told."""


def excludes(place: Path, flock: Callable[[int, int], object] = fcntl.flock) -> Tried:
    """Try to take a lock that another process holds.

    Args:
        place: the private folder.
        flock: the system's call.

    Raises:
        OSError: the file system does not lock.
    """
    with _held(place / "lock") as (holder, fd):
        if holder is None:
            return Tried(Trial.LOCK, works=None, detail="no second process could be started")
        return Tried(Trial.LOCK, works=not _taken(fd, flock))


def released(place: Path) -> Tried:
    """Try to take the lock of a process that was killed.

    Raises:
        OSError: the file system does not lock.
    """
    with _held(place / "lock-released") as (holder, fd):
        if holder is None:
            return Tried(
                Trial.LOCK_RELEASED, works=None, detail="no second process could be started"
            )
        holder.kill()
        holder.wait()
        end = time.monotonic() + _RELEASE
        while not (free := _taken(fd, fcntl.flock)) and time.monotonic() < end:
            time.sleep(0.05)
        return Tried(Trial.LOCK_RELEASED, works=free)


def _taken(fd: int, flock: Callable[[int, int], object]) -> bool:
    try:
        flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:  # flock(2); EACCES as of fcntl(2)
            return False
        raise
    return True


@contextmanager
def _held(path: Path) -> Iterator[tuple[subprocess.Popen[bytes] | None, int]]:
    """Let a second process hold the lock of a file that is open here as well."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    holder = None
    try:
        holder = _started(path)
        yield holder, fd
    finally:
        os.close(fd)
        _ended(holder)


def _started(path: Path) -> subprocess.Popen[bytes] | None:
    """Start the second process, and wait until it has the lock."""
    command = [sys.executable, "-I", "-S", "-c", _HOLDER, os.fspath(path)]
    try:
        holder = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C on a terminal is for us alone
        )
    except OSError:
        return None
    try:
        number = _answer(holder)
    except BaseException:
        _ended(holder)
        raise
    if number == 0:
        return holder
    _ended(holder)
    if number is not None:
        raise OSError(number, os.strerror(number))
    return None


def _answer(holder: subprocess.Popen[bytes]) -> int | None:
    """Read the number of the second process's error, None where it says nothing."""
    assert holder.stdout is not None  # noqa: S101 - it is a pipe, which the types do not tell
    ready, _, _ = select.select([holder.stdout], [], [], _PATIENCE)
    line = holder.stdout.readline() if ready else b""
    return int(line) if line.strip().isdigit() else None


def _ended(holder: subprocess.Popen[bytes] | None) -> None:
    if holder is None:
        return
    holder.kill()
    holder.wait()
    for pipe in (holder.stdin, holder.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
