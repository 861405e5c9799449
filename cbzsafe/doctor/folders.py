"""Which folders are looked at, what each is for, and what is found out about it."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from cbzsafe.doctor import mounts, trials
from cbzsafe.model import Folder, Mount, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cbzsafe.interrupt import Stop

    Real = Callable[[Path], str]


def _realpath(path: Path) -> str:
    return os.path.realpath(path)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A folder that is to be looked at.

    Attributes:
        path: absolute.
        role: what it is for.
        named: whether the user named it, so that it has to be there.
    """

    path: Path
    role: Role
    named: bool = False


def wanted(
    named: Sequence[Path], bases: Sequence[Path], publish_to: Path | None, real: Real = _realpath
) -> tuple[Wanted, ...]:
    """Choose the folders, each once.

    Args:
        named: those that the user named; none for those of the configuration.
        bases: the base directories of the configuration.
        publish_to: the setting; where there is one, pages only wait in the base directories.
        real: gives the place of a path, by which two are one folder.
    """
    staging = Role.LIBRARY if publish_to is None else Role.STAGING
    chosen = [Wanted(Path(os.path.abspath(base)), staging) for base in bases]
    if publish_to is not None:
        chosen.append(Wanted(Path(os.path.abspath(publish_to)), Role.LIBRARY))
    temporary = temporary_folder()
    if temporary is not None:
        chosen.append(Wanted(temporary, Role.TEMPORARY))
    if named:
        chosen = [_named(Path(os.path.abspath(path)), chosen, real) for path in named]
    # The last is the library, where one folder is both.
    by_place = {real(one.path): one for one in _temporary_first(chosen)}
    return tuple(one for one in chosen if one in by_place.values())


def _named(path: Path, chosen: Sequence[Wanted], real: Real) -> Wanted:
    """Give a folder that the user named its role: that of the same one, or of one inside or above.

    A volume is named as a whole, and the configuration has a folder on it.
    """
    place = real(path)
    same = [one.role for one in chosen if real(one.path) == place]
    near = [one.role for one in chosen if _is_near(real(one.path), place)]
    roles = same or [role for role in near if role is not Role.TEMPORARY]
    role = Role.LIBRARY if Role.LIBRARY in roles or not roles else roles[0]
    return Wanted(path, role, named=True)


def _is_near(one: str, other: str) -> bool:
    return PurePath(one).is_relative_to(other) or PurePath(other).is_relative_to(one)


def _temporary_first(chosen: Iterable[Wanted]) -> list[Wanted]:
    order = (Role.TEMPORARY, Role.STAGING, Role.LIBRARY)
    return sorted(chosen, key=lambda one: order.index(one.role))


def temporary_folder() -> Path | None:
    """Give the folder for temporary files, None where none can be written to."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        return None


def look(folder: Wanted, stop: Stop, listed: Iterable[Mount] | None) -> Folder:
    """Find out about a folder.

    Args:
        folder: which one.
        stop: a signal's flag; see `trials.run`.
        listed: the mounts, as `mounts.read` gives them.
    """
    problem = _problem(folder.path)
    exists = not problem
    nearest = folder.path if exists else _nearest(folder.path)
    mount = None if listed is None else mounts.of(nearest, tuple(listed))
    status = os.statvfs(nearest)
    tried = trials.WRITING if folder.role is Role.TEMPORARY else trials.ALL
    return Folder(
        os.fspath(folder.path),
        folder.role,
        exists,
        problem,
        mounts.keeps(mount),
        mount,
        read_only=bool(status.f_flag & os.ST_RDONLY),
        free=status.f_bavail * status.f_frsize if status.f_blocks else None,
        free_files=status.f_favail if status.f_files else None,
        trials=trials.run(folder.path, stop, tried) if exists else (),
    )


def _problem(folder: Path) -> str:
    """Say why a folder cannot be used, such as one whose file system has gone."""
    try:
        mode = folder.stat().st_mode
    except OSError as error:
        return error.strerror or type(error).__name__
    return "" if stat.S_ISDIR(mode) else os.strerror(errno.ENOTDIR)


def _nearest(path: Path) -> Path:
    """Find the folder in which the missing ones would be made."""
    for folder in path.parents:
        with suppress(OSError):
            if folder.is_dir():
                return folder
    return Path("/")


def devices(folders: Iterable[Folder]) -> dict[Role, set[int]]:
    """Collect the devices under the folders that are there, by what they are for."""
    found: dict[Role, set[int]] = {role: set() for role in Role}
    for folder in (one for one in folders if one.answers):
        with suppress(OSError):
            found[folder.role].add(Path(folder.path).stat().st_dev)
    return found
