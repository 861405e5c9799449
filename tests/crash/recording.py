"""One run of a command as the list of what it did to some folders, read from strace.

Numbers are given to files and folders as they first appear, so that they stay the same through
renames and links. Times and owners are left out. Nothing here writes files through `mmap`: if
anything did, the replay of a recording would not give what the run left.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import strace_calls
from call_meanings import MEANINGS, Follower
from inodes import Disk, Operation
from tracing import traced

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Recording:
    """What a run did.

    Attributes:
        start: the disks before it.
        operations: what it did to them, in order.
        end: the disks after it, as they were read again.
        status: its exit status.
        errors: its standard error.
    """

    start: Disk
    operations: list[Operation]
    end: Disk
    status: int
    errors: str


def record(command: Sequence[str], cwd: Path, roots: Iterable[Path]) -> Recording:
    """Run a command, and write down what it does below some folders.

    Args:
        command: the program with its arguments.
        cwd: where it works; its home is beside it, see `programs.home`.
        roots: the folders, each a disk of its own; their last names must differ.
    """
    roots = [Path(os.path.realpath(root)) for root in roots]
    start = Disk.read(roots)
    options = [*strace_calls.OPTIONS, "-e", f"trace={','.join(MEANINGS)}"]
    done = traced(command, cwd, options)
    operations = operations_of(done.log, cwd, roots, start)
    return Recording(start, operations, Disk.read(roots), done.status, done.errors)


def operations_of(log: str, cwd: Path, roots: Iterable[Path], start: Disk) -> list[Operation]:
    """Read the operations from what strace wrote; `record` tells what the rest is."""
    names = {os.path.realpath(root): root.name for root in roots}
    follower = Follower(start.copy(), os.path.realpath(cwd), names)
    for call in strace_calls.calls(log.splitlines()):
        follower.read(call)
    return follower.operations
