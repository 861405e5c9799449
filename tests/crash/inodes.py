"""A file system as numbered files and folders, and what can be done to it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOP = 0
"""The folder above the roots: it is on no disk, and its names are never lost."""


@dataclass(frozen=True)
class Create:
    """A new file or folder, with its first name; `folder` is the number of what it is in."""

    inode: int
    folder: int
    name: str
    mode: int
    is_folder: bool = False


@dataclass(frozen=True)
class Link:
    """One more name for a file."""

    inode: int
    folder: int
    name: str


@dataclass(frozen=True)
class Unlink:
    """A name less, of a file or of an empty folder."""

    inode: int
    folder: int
    name: str


@dataclass(frozen=True)
class Rename:
    """A name moved to another, which may be in another folder and may have been taken."""

    inode: int
    folder: int
    name: str
    to_folder: int
    to_name: str


@dataclass(frozen=True)
class Write:
    """Bytes that are put at a place in a file."""

    inode: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    """A file made so many bytes long."""

    inode: int
    size: int


@dataclass(frozen=True)
class Chmod:
    """Another mode for a file or folder."""

    inode: int
    mode: int


@dataclass(frozen=True)
class SyncFile:
    """`fsync` or `fdatasync` of a file: its bytes last from here on."""

    inode: int


@dataclass(frozen=True)
class SyncFolder:
    """`fsync` of a folder: the names in it last from here on."""

    inode: int


Naming = Create | Link | Unlink | Rename
Content = Write | Truncate | Chmod
Change = Naming | Content
Operation = Change | SyncFile | SyncFolder


def content(before: bytes, changes: Iterable[Content]) -> bytes:
    """Give a file's bytes after some changes; bytes that were never written are zeros."""
    data = bytearray(before)
    for change in changes:
        match change:
            case Write():
                end = change.offset + len(change.data)
                data.extend(bytes(max(0, end - len(data))))
                data[change.offset : end] = change.data
            case Truncate():
                data[change.size :] = bytes(max(0, change.size - len(data)))
    return bytes(data)


@dataclass
class Disk:
    """What is on the disks.

    Attributes:
        names: what each folder has, by name.
        data: the bytes of each file.
        modes: of each file and folder.
    """

    names: dict[int, dict[str, int]] = field(default_factory=lambda: {TOP: {}})
    data: dict[int, bytes] = field(default_factory=dict)
    modes: dict[int, int] = field(default_factory=dict)

    @classmethod
    def read(cls, roots: Iterable[Path]) -> Disk:
        """Take folders for disks, each under its own last name."""
        disk, numbers = cls(), {}
        for root in roots:
            disk._read(root, TOP, numbers)
        return disk

    def _read(self, path: Path, folder: int, numbers: dict[tuple[int, int], int]) -> None:
        status = path.lstat()
        inode = numbers.setdefault((status.st_dev, status.st_ino), len(numbers) + 1)
        is_folder = stat.S_ISDIR(status.st_mode)
        self.change(Create(inode, folder, path.name, stat.S_IMODE(status.st_mode), is_folder))
        if is_folder:
            for name in sorted(os.listdir(path)):
                self._read(path / name, inode, numbers)
        else:
            self.data[inode] = path.read_bytes()

    def copy(self) -> Disk:
        """Give a second one, which can be changed by itself."""
        names = {inode: dict(entries) for inode, entries in self.names.items()}
        return Disk(names, dict(self.data), dict(self.modes))

    def change(self, operation: Operation) -> None:
        """Do what an operation does."""
        match operation:
            case Write() | Truncate():
                self.data[operation.inode] = content(self.data[operation.inode], [operation])
            case Chmod():
                self.modes[operation.inode] = operation.mode
            case SyncFile() | SyncFolder():
                pass
            case _:
                self.name(operation)

    def name(self, operation: Naming) -> None:
        """Do what an operation does to names.

        An operation before it may be missing: a name that is not there cannot go, and whatever is
        renamed has its new name.
        """
        entries = self.names.setdefault(operation.folder, {})
        match operation:
            case Create() | Link():
                entries[operation.name] = operation.inode
                self._begin(operation)
            case Unlink() | Rename():
                if entries.get(operation.name) == operation.inode:
                    del entries[operation.name]
        if isinstance(operation, Rename):
            self.names.setdefault(operation.to_folder, {})[operation.to_name] = operation.inode

    def _begin(self, operation: Create | Link) -> None:
        if isinstance(operation, Create):
            self.modes.setdefault(operation.inode, operation.mode)
            if operation.is_folder:
                self.names.setdefault(operation.inode, {})
            else:
                self.data.setdefault(operation.inode, b"")

    def walk(self, folder: int = TOP, above: str = "") -> Iterator[tuple[str, int]]:
        """Give every path that can be reached, with its number, a folder before what is in it."""
        for name, inode in self.names[folder].items():
            path = f"{above}{name}"
            yield path, inode
            if inode in self.names:
                yield from self.walk(inode, f"{path}/")

    def find(self, path: str) -> int | None:
        """Give what has a path, if anything has."""
        inode: int | None = TOP
        for name in path.split("/"):
            inode = self.names.get(inode, {}).get(name) if inode is not None else None
        return inode
