"""Where a page that is to be packed comes from."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe.cbz.files import BLOCK, Identity, identity_of
from cbzsafe.errors import PackFailed, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cbzsafe.cbz.entry import Entry

_REFUSED = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.ENXIO})
"""What opening a page says where the page is to blame, and not the disk."""


@dataclass(frozen=True, slots=True)
class FilePage:
    """A page that lies in a file.

    Attributes:
        name: what it is called in the archive.
        path: the file; a symbolic link is refused.
        comment: the entry's comment.
    """

    name: str
    path: Path
    comment: str = ""

    @property
    def size(self) -> int:
        """Bytes of the page, 0 where there is no file."""
        try:
            return self.path.lstat().st_size
        except OSError:
            return 0


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page that lies in another archive.

    Attributes:
        name: what it is called in the new archive.
        archive: the other one.
        entry: where in it the page lies.
        comment: the entry's comment in the new archive.
    """

    name: str
    archive: Path
    entry: Entry
    comment: str = ""

    @property
    def size(self) -> int:
        """Bytes of the page."""
        return self.entry.size


@dataclass(frozen=True, slots=True)
class MadePage:
    """A file that is made here, such as ComicInfo.xml.

    Attributes:
        name: what it is called in the archive.
        data: its bytes.
        comment: the entry's comment.
    """

    name: str
    data: bytes
    comment: str = ""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)


Source = FilePage | ArchivedPage | MadePage


@dataclass(slots=True)
class OpenPage:
    """A page's file while it is read.

    Attributes:
        page: as it was asked for.
        identity: of the file, as it was opened.
    """

    page: FilePage
    identity: Identity
    fd: int

    @property
    def size(self) -> int:
        """Bytes of the file as it was opened."""
        return self.identity[2]

    def blocks(self) -> Iterator[memoryview]:
        """Read the file to its end; each view is valid until the next.

        Raises:
            PackFailed: it is not what it was when it was opened.
            StorageError: the disk failed.
        """
        view = memoryview(bytearray(min(BLOCK, self.size + 1)))
        done = 0
        while got := self._read(view, done):
            done += got
            if done > self.size:
                break
            yield view[:got]
        if done != self.size or identity_of(os.fstat(self.fd)) != self.identity:
            text = f"{self.page.path} changed while it was being packed"
            raise PackFailed(f"{self.page.name}: {text}.")

    def _read(self, view: memoryview, offset: int) -> int:
        try:
            return os.preadv(self.fd, [view], offset)
        except OSError as error:
            raise StorageError(f"{self.page.path} cannot be read: {error.strerror}.") from error


@contextmanager
def opened(page: FilePage) -> Iterator[OpenPage]:
    """Open a page's file, and close it.

    Raises:
        PackFailed: there is none, or it is no regular file.
        StorageError: the disk failed.
    """
    fd = _open(page)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise PackFailed(f"{page.name}: {page.path} is no regular file.")
        yield OpenPage(page, identity_of(status), fd)
    finally:
        os.close(fd)


def _open(page: FilePage) -> int:
    try:
        return os.open(page.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        text = f"{page.path} cannot be read: {error.strerror}."
        if error.errno in _REFUSED:
            raise PackFailed(f"{page.name}: {text}") from error
        raise StorageError(text) from error
