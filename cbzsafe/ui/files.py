"""Files for programs, written so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from pathlib import Path

from cbzsafe.errors import StorageError
from cbzsafe.ui.words import visible

_KERNEL = ("dev", "proc")
"""Top-level folders whose names lead to what is open already."""

_MEMORY = ("dev", "shm")
"""Below them a plain file system in memory."""

PATIENCE = 5.0
"""Seconds within which somebody has to read a named pipe."""


def write(path: str | os.PathLike[str], text: str, what: str) -> None:
    """Write a file so that its name holds the old content or the whole new one.

    Args:
        path: the file to make or to replace; a pipe or a device is written to as it is.
        text: what is to be in it.
        what: what it is, as in `report`, for the sentence when it fails.

    Raises:
        StorageError: it could not be written; what was there before is still there.
    """
    try:
        target = Path(path)
        if is_special(target):
            _append(target, text.encode())
        else:
            _replace(Path(os.path.realpath(target)), text.encode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageError(
            f"The {what} cannot be written to {visible(os.fspath(path))}: {reason}."
        ) from error


def is_special(path: Path) -> bool:
    """Tell what must not be replaced: /dev/stdout may be a plain file that others write to.

    Args:
        path: a file, which need not be there.

    Raises:
        OSError: whatever the system says of the path, but that there is no such file.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    ordinary = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    parts = path.absolute().parts
    return not ordinary or (parts[1] in _KERNEL and parts[1:3] != _MEMORY)


def _append(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = _with_reader(path, flags) if path.is_fifo() else os.open(path, flags)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "ab") as file:
        file.write(data)


def _with_reader(path: Path, flags: int) -> int:
    """Open a pipe; one that is never read would keep the process, and what is written after it."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return os.open(path, flags)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > end:
                raise OSError(errno.ENXIO, "nobody reads the pipe") from None
        time.sleep(0.02)


def _replace(target: Path, data: bytes) -> None:
    temporary = target.parent / f".cbzsafe-{secrets.token_hex(4)}.part"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # some network file systems have no sync of folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
