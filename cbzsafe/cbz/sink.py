"""The file that is being packed: written by position, and gone if anything fails."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from cbzsafe.cbz import names
from cbzsafe.cbz.aside import Aside

if TYPE_CHECKING:
    from pathlib import Path

    from cbzsafe.cbz.files import ArchiveFile
    from cbzsafe.progress import Progress

_UNSUPPORTED = frozenset(
    {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EPERM}
)
"""What `copy_file_range` says where the kernel or the file system does not offer it."""
_PIECE = 1 << 26
_AHEAD = 1 << 26
"""Bytes after which the disk is set to work, so that the last sync has less to wait for."""


_flush = getattr(os, "fdatasync", os.fsync)  # macOS has only the latter


class Sink:
    """A new temporary beside a target.

    Args:
        target: what it will become; the temporary stands in the same folder.

    Attributes:
        path: the temporary.
        position: the byte behind the last that was written in order.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, target: Path) -> None:
        self.path = names.temporary(target)
        self.position = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        # The kernel takes the umask off: whoever may read the user's other files may read this.
        self._fd = os.open(self.path, flags, 0o666)
        self._flushed = 0
        self._flush: Aside[None] | None = None

    def __enter__(self) -> Self:
        """Nothing more to do: the file is there."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close the file, and remove it after an exception.

        Raises:
            OSError: the disk failed earlier, and only now it is known.
        """
        try:
            if self._flush is not None:
                self._flush.wait()
        except BaseException:
            kind = kind or OSError
            raise
        finally:
            os.close(self._fd)
            if kind is not None:
                with suppress(OSError):
                    self.path.unlink()

    def append(self, data: bytes | memoryview) -> None:
        """Write at the end."""
        self.write_at(self.position, data)
        self.position += len(data)
        self._write_ahead()

    def write_at(self, position: int, data: bytes | memoryview) -> None:
        """Write at a place, all of it."""
        view = memoryview(data)
        while view:
            done = os.pwrite(self._fd, view, position)
            view, position = view[done:], position + done

    def _write_ahead(self) -> None:
        """Let the disk write what there is while more is copied."""
        if self.position - self._flushed < _AHEAD or (self._flush and self._flush.going_on):
            return
        if self._flush is not None:
            self._flush.wait()  # the kernel reports a failed write once, to whoever syncs first
        self._flushed = self.position
        self._flush = Aside(lambda: _flush(self._fd))

    def sync(self) -> None:
        """Make what was written survive a power cut."""
        os.fsync(self._fd)

    def copy(self, file: ArchiveFile, offset: int, count: int, progress: Progress) -> None:
        """Copy a range of another file to the end, in the kernel if that can be."""
        left = count - self._copy_range(file, offset, count, progress)
        for chunk in file.chunks(offset + count - left, left):
            self.append(chunk)
            progress.advance(len(chunk))

    def _copy_range(self, file: ArchiveFile, offset: int, count: int, progress: Progress) -> int:
        """Copy as much as the kernel does, and say how much that was."""
        done = 0
        try:
            while done < count:
                piece = min(_PIECE, count - done)
                got = os.copy_file_range(
                    file.fileno(), self._fd, piece, offset + done, self.position
                )
                if not got:
                    break
                self.position += got
                done += got
                self._write_ahead()
                progress.advance(got)
        except AttributeError:  # it is Linux's
            return done
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
        return done
