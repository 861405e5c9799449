"""Reading a file by position, with flat memory, and without trusting that it holds still.

Nothing is mapped into memory: a file that shrinks under a mapping kills the process.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from typing import TYPE_CHECKING, Self

from cbzsafe.errors import ArchiveChanged, StorageError, UnreadableArchive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 20
"""Bytes that are read at once; measured: smaller costs calls, larger leaves the cache."""

_SMALL = 1 << 18
"""Bytes up to which a file is read whole at its first read."""

Identity = tuple[int, int, int, int]
"""Device, inode, size and mtime in nanoseconds: what tells that a file is still the same."""

_local = threading.local()


def identity_of(status: os.stat_result) -> Identity:
    """Take the identity out of a status."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _borrow() -> bytearray:
    """Give this thread's spare buffer, or a new one while that is lent."""
    buffer: bytearray | None = getattr(_local, "spare", None)
    _local.spare = None
    return bytearray(BLOCK) if buffer is None else buffer


class ArchiveFile:
    """A regular file that is open for reading.

    Args:
        path: the file; a symbolic link is followed.

    Attributes:
        path: as given.
        identity: what it was when it was opened.
        size: bytes.

    Raises:
        FileNotFoundError: there is none.
        UnreadableArchive: it is no regular file, or may not be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = _open(path)
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._fd)
            raise UnreadableArchive(f"{path} is {_kind(status.st_mode)}, not a file.")
        self.identity = identity_of(status)
        self.size = status.st_size
        self._data: bytes | None = None

    def __enter__(self) -> Self:
        """Nothing more to do: the file is open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        os.close(self._fd)

    def fileno(self) -> int:
        """Give the descriptor, for calls that copy between two."""
        return self._fd

    def read(self, offset: int, count: int) -> bytes:
        """Read bytes; fewer where the file ends.

        Raises:
            StorageError: the disk failed.
        """
        if offset >= self.size:  # and perhaps more than the kernel can count
            return b""
        if self.size <= _SMALL and offset >= 0:
            return self._small()[offset : offset + count]
        return self._read(offset, count)

    def _small(self) -> bytes:
        """Read a small file whole, once: its many short reads cost more than its bytes."""
        if self._data is None:
            self._data = self._read(0, self.size)
        return self._data

    def _read(self, offset: int, count: int) -> bytes:
        try:
            data = os.pread(self._fd, count, offset)
            while len(data) < count and (more := self._more(offset + len(data), count - len(data))):
                data += more
        except OSError as error:
            raise StorageError(f"{self.path} cannot be read: {error.strerror}.") from error
        return data

    def _more(self, offset: int, count: int) -> bytes:
        return os.pread(self._fd, count, offset) if offset < self.size else b""

    def read_all(self, offset: int, count: int) -> bytes:
        """Read bytes that must be there.

        Raises:
            ArchiveChanged: the file ends before they do.
            StorageError: the disk failed.
        """
        data = self.read(offset, count)
        if len(data) < count:
            raise ArchiveChanged(f"{self.path} became shorter while it was being read.")
        return data

    def chunks(self, offset: int, count: int) -> Iterator[memoryview]:
        """Read a range block by block.

        Each view is valid only until the next one is asked for.

        Raises:
            ArchiveChanged: the file ends before the range does.
            StorageError: the disk failed.
        """
        buffer = _borrow()
        try:
            view = memoryview(buffer)
            end = offset + count
            while offset < end:
                got = self._fill(view[: min(BLOCK, end - offset)], offset)
                yield view[:got]
                offset += got
        finally:
            _local.spare = buffer

    def _fill(self, view: memoryview, offset: int) -> int:
        try:
            got = os.preadv(self._fd, [view], offset)
        except OSError as error:
            raise StorageError(f"{self.path} cannot be read: {error.strerror}.") from error
        if not got:
            raise ArchiveChanged(f"{self.path} became shorter while it was being read.")
        return got

    def verify_unchanged(self) -> None:
        """Make sure that the name still stands for the file as it was opened.

        Raises:
            ArchiveChanged: it does not.
        """
        try:
            same = identity_of(self.path.stat()) == identity_of(os.fstat(self._fd)) == self.identity
        except OSError:
            same = False
        if not same:
            raise ArchiveChanged(f"{self.path} changed while it was being read.")


class Window:
    """Serves small reads that go forward in a file out of larger ones.

    Args:
        file: where to read.
        block: bytes that are read at once.
    """

    def __init__(self, file: ArchiveFile, block: int = 1 << 16) -> None:
        self._file = file
        self._block = block
        self._start = 0
        self._data = b""

    def read(self, offset: int, count: int) -> bytes:
        """Read bytes; fewer where the file ends."""
        skip = offset - self._start
        if skip < 0 or skip + count > len(self._data):
            self._data = self._file.read(offset, max(count, self._block))
            self._start, skip = offset, 0
        return self._data[skip : skip + count]


def find_all(file: ArchiveFile, needle: bytes, start: int, end: int) -> Iterator[int]:
    """Find every place of `needle` that lies whole in a range.

    Blocks grow as nothing is found: a near place costs little, a far one few calls.

    Args:
        file: where to search.
        needle: the bytes.
        start: the first position.
        end: the byte behind the last.
    """
    overlap = len(needle) - 1
    block = 1 << 12
    while start + overlap < end:
        data = file.read(start, min(block, end - start))
        place = data.find(needle)
        while place >= 0:
            yield start + place
            place = data.find(needle, place + 1)
        if len(data) <= overlap:
            return
        start += len(data) - overlap
        block = min(2 * block, BLOCK)


def _open(path: Path) -> int:
    """Open for reading; never waits, as a pipe without a writer would make it."""
    try:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.EIO:
            raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
        raise UnreadableArchive(f"{path} cannot be opened: {error.strerror}.") from error


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
