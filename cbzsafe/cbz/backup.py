"""Keeping an original, under a name that no reader takes for a book."""

from __future__ import annotations

import os
import re
import shutil
import stat
from contextlib import suppress
from filecmp import cmp
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.cbz.files import ArchiveFile, Identity, identity_of
from cbzsafe.cbz.publish import make_folder, sweep, sync
from cbzsafe.cbz.sink import Sink
from cbzsafe.cbz.storage import guarded, insist_on_room
from cbzsafe.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cbzsafe.progress import Progress

SUFFIX = ".damaged-original"
"""Kavita looks for `.cbz` anywhere in a name, so the name of a backup must not hold it."""

_STEM_MAX = 200


def keep(path: Path, folder: Path | None = None, progress: Progress | None = None) -> Path:
    """Keep an archive under a second name, unless it is kept already.

    The second name is a link to the same file; in another file system, or in one without links, it
    is a copy that was synced before it got its name.

    Args:
        path: the archive.
        folder: where to keep it; None for beside it, with a dot before the name.
        progress: told of the bytes that are copied.

    Returns:
        The second name.

    Raises:
        StorageError: the disk is full or failed; nothing is left behind.
    """
    place = path.parent if folder is None else folder
    with guarded(place, path.stat().st_size):
        make_folder(place)
        sweep(_nickname(path, place))
        for backup in _candidates(path, place, hidden=folder is None):
            if _is_kept(path, backup) or _kept(path, backup, progress or Silent()):
                sync(place)
                return backup
    raise AssertionError("unreachable")


def _is_kept(path: Path, backup: Path) -> bool:
    """Whether a backup is of this very archive: a repair may have been killed behind making it."""
    try:
        there, old = backup.lstat(), path.stat()
    except FileNotFoundError:
        return False
    if os.path.samestat(there, old):
        return True
    same = (there.st_size, there.st_mtime_ns) == (old.st_size, old.st_mtime_ns)
    return same and stat.S_ISREG(there.st_mode) and cmp(path, backup, shallow=False)


def _kept(path: Path, backup: Path, progress: Progress) -> bool:
    """Make a backup, unless something has its name."""
    if os.path.lexists(backup):
        return False
    try:
        os.link(path, backup)
    except FileExistsError:
        return False
    except OSError:
        return _copied(path, backup, progress)
    return True


def _candidates(path: Path, place: Path, *, hidden: bool) -> Iterator[Path]:
    stem = os.fsencode(path.stem)[:_STEM_MAX].decode("utf-8", "ignore")
    stem = re.sub(r"\.(?=cbz)", "_", stem, flags=re.IGNORECASE)
    dot = "." if hidden else ""
    return (place / f"{dot}{stem}.{number}{SUFFIX}" for number in count(1))


def _nickname(path: Path, place: Path) -> Path:
    """Give what the temporaries of a copy are named after.

    It is the whole path: books of one title may be kept in one folder at the same time.
    """
    return place / os.path.abspath(path).replace(os.sep, " ")


def _copied(path: Path, backup: Path, progress: Progress) -> bool:
    """Copy the archive, and give the copy its name, unless something has got that meanwhile."""
    with ArchiveFile(path) as file:
        insist_on_room(backup.parent, file.size)
        with Sink(_nickname(path, backup.parent)) as sink:
            sink.copy(file, 0, file.size, progress)
            with suppress(OSError):
                shutil.copystat(path, sink.path)
            sink.sync()
        try:
            file.verify_unchanged()
            return _named(sink.path, backup)
        finally:
            sink.path.unlink(missing_ok=True)


def _named(copy: Path, backup: Path) -> bool:
    """Name a copy without replacing anything, where the file system has links."""
    try:
        os.link(copy, backup)
    except FileExistsError:
        return False
    except OSError:
        copy.replace(backup)
    return True


def forget(backup: Path, path: Path, original: Identity) -> None:
    """Remove a backup of which nothing came, unless it has become the only copy.

    Args:
        backup: as `keep` gave it.
        path: the archive's name.
        original: what the file there was.
    """
    with suppress(OSError):
        if backup.samefile(path) or identity_of(path.lstat()) == original:
            backup.unlink()
