"""What a failed call to the disk means, in one plain sentence, and what room there is."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cbzsafe.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file may not be so large there",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EIO: "the disk failed",
}
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BROKEN = frozenset({errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM})
ROOM = "make room there and run the same command again"
"""What to do where a disk is full: the end of a sentence."""


@contextmanager
def guarded(folder: Path, need: int) -> Iterator[None]:
    """Turn an error of the disk into a sentence.

    Args:
        folder: where is written.
        need: bytes that are wanted there; 0 where that is not told.

    Raises:
        StorageError: instead of any OSError.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(_sentence(folder, need, error)) from error


def _sentence(folder: Path, need: int, error: OSError) -> str:
    number = error.errno or 0
    reason = _REASONS.get(number) or error.strerror or str(error)
    text = f"{folder} cannot be written to: {reason}"
    if not is_full(error):
        return f"{text}."
    wanted = f"; {need} bytes are needed" if need else ""
    return f"{text}{wanted}: {ROOM}."


def is_full(error: OSError) -> bool:
    """Whether an error means that there is no room, and not that something is broken."""
    return error.errno in _FULL


def is_the_disk(error: OSError) -> bool:
    """Whether an error is the disk's: there is no room, it failed, or may not be written to."""
    return is_full(error) or error.errno in _BROKEN


def insist_on_room(folder: Path, need: int) -> None:
    """Refuse to begin what cannot be finished.

    A quota is not seen (EDQUOT): it stays an error of the write, and so does what others write
    meanwhile.

    Args:
        folder: where is going to be written; it may be made only later.
        need: bytes that are wanted there, at the least.

    Raises:
        StorageError: less is free; the sentence has both numbers, in bytes.
    """
    free = free_bytes(folder)
    if free is not None and free < need:
        raise StorageError(f"{folder} needs {exactly(need)}, {exactly(free)} are free: {ROOM}.")


def free_bytes(folder: Path) -> int | None:
    """Give the bytes that a plain user may still write, None where that is not known.

    What is kept back for root (`f_bfree` less `f_bavail`, POSIX `statvfs`) does not count. Some
    file systems in user space have no blocks to count and say 0 of everything.

    Args:
        folder: or what it will be, where it is not there yet.
    """
    place = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
    try:
        status = os.statvfs(place)
    except OSError:
        return None
    return status.f_bavail * status.f_frsize if status.f_blocks else None


def exactly(count: int) -> str:
    """Say a number of bytes to the byte, and readably: `1,048,576 bytes (1.0 MB)`."""
    return f"{count:,} bytes" + (f" ({_rounded(count)})" if count >= _STEP else "")


_STEP = 1000


def _rounded(count: int) -> str:
    """Say a number of bytes in decimal units."""
    amount, unit = count / _STEP, "kB"
    for larger in ("MB", "GB", "TB"):
        if round(amount, 1) < _STEP:
            break
        amount, unit = amount / _STEP, larger
    return f"{amount:.1f} {unit}"
