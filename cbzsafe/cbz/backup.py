"""Keeping an original, under a name that no reader takes for a book."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.cbz.files import ArchiveFile, Identity, identity_of
from cbzsafe.cbz.publish import sync
from cbzsafe.cbz.sink import Sink
from cbzsafe.cbz.storage import guarded
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
        place.mkdir(parents=True, exist_ok=True)
        for backup in _candidates(path, place, hidden=folder is None):
            try:
                os.link(path, backup)
            except FileExistsError:
                if not backup.samefile(path):
                    continue
            except OSError:
                if os.path.lexists(backup):
                    continue
                _copy(path, backup, progress or Silent())
            sync(place)
            return backup
    raise AssertionError("unreachable")


def _candidates(path: Path, place: Path, *, hidden: bool) -> Iterator[Path]:
    stem = os.fsencode(path.stem)[:_STEM_MAX].decode("utf-8", "ignore")
    stem = re.sub(r"\.(?=cbz)", "_", stem, flags=re.IGNORECASE)
    dot = "." if hidden else ""
    return (place / f"{dot}{stem}.{number}{SUFFIX}" for number in count(1))


def _copy(path: Path, backup: Path, progress: Progress) -> None:
    with ArchiveFile(path) as file:
        with Sink(backup) as sink:
            sink.copy(file, 0, file.size, progress)
            with suppress(OSError):
                shutil.copystat(path, sink.path)
            sink.sync()
        try:
            file.verify_unchanged()
            sink.path.replace(backup)
        except BaseException:
            sink.path.unlink(missing_ok=True)
            raise


def forget(backup: Path, path: Path, original: Identity) -> None:
    """Remove a backup of which nothing came, if the original still stands at its name.

    Args:
        backup: as `keep` gave it.
        path: the archive's name.
        original: what the file there was.
    """
    with suppress(OSError):
        if identity_of(path.lstat()) == original:
            backup.unlink()
