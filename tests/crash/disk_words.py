"""Operations in words, for whoever reads which state broke a promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inodes import (
    Chmod,
    Create,
    Disk,
    Link,
    Operation,
    Rename,
    SyncFile,
    SyncFolder,
    Truncate,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def paths_of(start: Disk, operations: Iterable[Operation]) -> dict[int, str]:
    """Give each file and folder the last name that it had."""
    paths = {inode: path for path, inode in start.walk()}
    for operation in operations:
        if isinstance(operation, Rename):
            paths[operation.inode] = f"{paths[operation.to_folder]}/{operation.to_name}"
        elif isinstance(operation, Create | Link):
            paths[operation.inode] = f"{paths[operation.folder]}/{operation.name}"
    return paths


def said(operation: Operation, paths: dict[int, str]) -> str:
    """Name an operation as a person would."""
    kind, path = type(operation).__name__, paths[operation.inode]
    name = getattr(operation, "name", path.rpartition("/")[2])
    match operation:
        case Write():
            return f"{kind} of {len(operation.data)} bytes at {operation.offset} of {path}"
        case Rename():
            return f"{kind} of {name} to {operation.to_name}"
        case SyncFile() | SyncFolder() | Truncate() | Chmod():
            return f"{kind} of {path}"
    return f"{kind} of {name} in {paths[operation.folder]}"
