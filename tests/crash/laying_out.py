"""What is found on disks when the power is back, as real folders."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TIME = 1_700_000_000
"""When all files were changed, in seconds since 1970: times are not recorded."""


@dataclass(frozen=True)
class State:
    """What is found when the power is back.

    Attributes:
        files: their bytes, by path; the first part of a path is the name of its root.
        folders: their paths.
        modes: of files and folders, by path.
        inodes: equal for paths that are names of one file.
        where: which state it is, in words.
    """

    files: dict[str, bytes]
    folders: tuple[str, ...]
    modes: dict[str, int]
    inodes: dict[str, int]
    where: str


def lay_out(state: State, roots: Iterable[Path]) -> None:
    """Make folders have what a state has, and nothing else; their last names are its roots'."""
    for root in roots:
        _clear(state, root)
        first: dict[int, Path] = {}
        for name in state.modes:
            if name.partition("/")[0] == root.name:
                _put(state, name, root.parent / name, first)


def _clear(state: State, root: Path) -> None:
    """Remove all files, and the folders that are not in the state."""
    for path in sorted(root.rglob("*"), reverse=True):
        if not path.is_dir():
            path.unlink()
        elif path.relative_to(root.parent).as_posix() not in state.folders:
            path.rmdir()


def _put(state: State, name: str, path: Path, first: dict[int, Path]) -> None:
    if name not in state.files:
        path.mkdir(exist_ok=True)
    elif state.inodes[name] in first:
        os.link(first[state.inodes[name]], path)
        return
    else:
        path.write_bytes(state.files[name])
        first[state.inodes[name]] = path
        os.utime(path, (TIME, TIME))
    path.chmod(state.modes[name])
