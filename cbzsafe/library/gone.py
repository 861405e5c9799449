"""Which recorded archives are no more, and which are only out of sight."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cbzsafe.library.state_rows import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cbzsafe.library.find import Found


Row = tuple[bytes, int, int, int]
"""A path, and what `state_rows.identity` gives of the file."""


def gone(recorded: Iterable[Row], archives: Iterable[Found]) -> list[bytes]:
    """Name the recorded archives that somebody removed.

    What is not there may lie on a volume that is not mounted, whose folder is then empty or of
    other files. So a folder is believed only where a recorded archive is still in it, the same
    file, and by a name that it lists no more. The inode alone is no proof: volumes that were filled
    alike number their files alike.

    Args:
        recorded: all rows that earlier runs have left.
        archives: what this run found.

    Returns:
        The paths, as they are recorded.
    """
    there = {os.fsencode(found.path): hash(identity(found)) for found in archives}
    missing: dict[bytes, list[bytes]] = {}
    believed = set()
    for path, *then in recorded:
        folder = path.rpartition(b"/")[0]
        if path not in there:
            missing.setdefault(folder, []).append(path)
        elif there[path] == hash(tuple(then)):
            believed.add(folder)
    return [path for folder in believed & missing.keys() for path in _gone(folder, missing[folder])]


def _gone(folder: bytes, paths: list[bytes]) -> Iterator[bytes]:
    """Ask for what the folder does not list: a name alone may have been overlooked."""
    try:
        listed = set(os.listdir(folder))
    except OSError:
        return
    for path in paths:
        if path.rpartition(b"/")[2] in listed:
            continue
        try:
            os.lstat(path)
        except FileNotFoundError:
            yield path
        except OSError:
            continue
