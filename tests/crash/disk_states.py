"""The states in which a power cut may leave disks, from the recording of one run.

The model is that of ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014), and
the states are tried as B3's CrashMonkey does (Mohan et al., OSDI 2018). It is what POSIX promises
and no more, which is less than ext4 keeps: bytes last once their file is synced, names once their
folder is, a new folder's own name once the folder above it is; whatever was not synced may be there
or not, in any order. A rename is one step: it is there whole or not at all, and lasts once both
folders are synced. What a lost name leads to cannot be reached.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from disk_words import paths_of, said
from inodes import (
    Change,
    Chmod,
    Create,
    Disk,
    Operation,
    Rename,
    SyncFile,
    SyncFolder,
    Truncate,
    Write,
    content,
)
from laying_out import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""

SUBSETS = 4
"""Random subsets of what was not synced, for each moment."""

Choice = dict[int, Change | None]
"""What becomes of operations, by their places: lost, or cut short. All others are there."""


@dataclass
class _Builder:
    """Builds states of one recording; bytes are put together once for each choice of writes."""

    start: Disk
    operations: Sequence[Operation]
    modes: dict[int, int] = field(default_factory=dict)
    contents: dict[object, bytes] = field(default_factory=dict)
    interned: dict[bytes, int] = field(default_factory=dict)
    seen: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        made = [each for each in self.operations if isinstance(each, Create)]
        self.modes = {**self.start.modes, **{each.inode: each.mode for each in made}}

    def state(self, count: int, choice: Choice, where: str) -> State | None:
        """Build the state after so many operations; None where one like it was built before."""
        disk, contents, modes = Disk(self._copied_names()), {}, {}
        for at, operation in enumerate(self.operations[:count]):
            change = choice.get(at, operation)
            match change:
                case Write() | Truncate():
                    contents.setdefault(change.inode, []).append((at, change))
                case Chmod():
                    modes[change.inode] = change.mode
                case None | SyncFile() | SyncFolder():
                    pass
                case _:
                    disk.name(change)
        return self._new(disk, contents, self.modes | modes, where)

    def _copied_names(self) -> dict[int, dict[str, int]]:
        return {inode: dict(entries) for inode, entries in self.start.names.items()}

    def _new(self, disk: Disk, contents: dict, modes: dict[int, int], where: str) -> State | None:
        paths = dict(disk.walk())
        folders = tuple(path for path, inode in paths.items() if inode in disk.names)
        inodes = {path: inode for path, inode in paths.items() if inode not in disk.names}
        files = {path: self._bytes(inode, contents) for path, inode in inodes.items()}
        there = {path: modes[inode] for path, inode in paths.items()}
        numbers = [(path, self._number(data)) for path, data in files.items()]
        key = frozenset([*numbers, *folders, *there.items()])
        if key in self.seen:
            return None
        self.seen.add(key)
        return State(files, folders, there, inodes, where)

    def _bytes(self, inode: int, contents: dict) -> bytes:
        changes = contents.get(inode, [])
        key = inode, tuple((at, getattr(each, "data", None)) for at, each in changes)
        if key not in self.contents:
            before = self.start.data.get(inode, b"")
            self.contents[key] = content(before, (each for _, each in changes))
        return self.contents[key]

    def _number(self, data: bytes) -> int:
        return self.interned.setdefault(data, len(self.interned))


def states(
    start: Disk,
    operations: Sequence[Operation],
    moments: Iterable[int] | None = None,
    seed: int = 1,
    subsets: int = SUBSETS,
) -> Iterator[State]:
    """Give every state of every moment, each that looks different once.

    Args:
        start: the disks before the run.
        operations: what the run did.
        moments: after how many operations the power is cut; None for each.
        seed: of the random subsets.
        subsets: how many of them each moment has.
    """
    builder, dice = _Builder(start, operations), random.Random(seed)
    paths = paths_of(start, operations)
    for count in range(len(operations) + 1) if moments is None else moments:
        when = f"after {said(operations[count - 1], paths)}" if count else "before anything"
        pending = _pending(operations[:count])
        for what, choice in _choices(operations, pending, paths, dice, subsets):
            state = builder.state(count, choice, f"operation {count}, {when}: {what}")
            if state is not None:
                yield state


def _pending(operations: Sequence[Operation]) -> list[int]:
    """Give the places of all changes that no sync has made last."""
    synced: set[int] = set()
    found = []
    for at in range(len(operations) - 1, -1, -1):
        match operation := operations[at]:
            case SyncFile() | SyncFolder():
                synced.add(operation.inode)
            case _ if not _needs(operation) <= synced:
                found.append(at)
    return found[::-1]


def _needs(change: Change) -> set[int]:
    """Give what has to be synced for a change to last."""
    match change:
        case Write() | Truncate() | Chmod():
            return {change.inode}
        case Rename():
            return {change.folder, change.to_folder}
    return {change.folder}


def _choices(
    operations: Sequence[Operation],
    pending: list[int],
    paths: dict[int, str],
    dice: random.Random,
    subsets: int,
) -> Iterator[tuple[str, Choice]]:
    """Give what may become of the changes that are pending, in words and by place."""
    contents = [at for at in pending if isinstance(operations[at], Write | Truncate | Chmod)]
    names = [at for at in pending if at not in contents]
    yield "all is there", {}
    yield "all that was not synced is lost", dict.fromkeys(pending)
    yield "all names are there, and no bytes", dict.fromkeys(contents)
    yield "all names are there, and zeros", {at: _zeros(operations[at]) for at in contents}
    for at in pending:
        what = said(operations[at], paths)
        yield f"only {what} is lost", {at: None}
        for cut in _cuts(operations[at]):
            yield f"{what} ends after {len(cut.data)} bytes", {at: cut}
    for folder in {min(_needs(operations[at])) for at in names}:
        own = [at for at in names if folder in _needs(operations[at])]
        yield f"only the names in {paths[folder]} are lost", dict.fromkeys(own)
        others = [at for at in pending if at not in own]
        yield f"only the names in {paths[folder]} are there", dict.fromkeys(others)
    for _ in range(subsets if pending else 0):
        lost = dice.sample(pending, dice.randint(1, len(pending)))
        yield f"{len(lost)} of {len(pending)} changes are lost by chance", dict.fromkeys(lost)


def _zeros(change: Operation) -> Change | None:
    if isinstance(change, Write):
        return replace(change, data=bytes(len(change.data)))
    return change if isinstance(change, Truncate) else None


def _cuts(change: Operation) -> Iterator[Write]:
    """Give the beginnings of a write: half of it, and all up to the last edge of a sector."""
    if isinstance(change, Write):
        edge = (change.offset + len(change.data) - 1) // SECTOR * SECTOR - change.offset
        for size in sorted({len(change.data) // 2, edge}):
            if 0 < size < len(change.data):
                yield replace(change, data=change.data[:size])
