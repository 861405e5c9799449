"""What a failed call to the disk means, in one plain sentence."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cbzsafe.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EIO: "the disk failed",
}
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def guarded(folder: Path, need: int) -> Iterator[None]:
    """Turn an error of the disk into a sentence.

    Args:
        folder: where is written.
        need: bytes that are wanted there.

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
    wanted = f"; {need} bytes are needed" if number in _FULL else ""
    return f"{folder} cannot be written to: {reason}{wanted}."
