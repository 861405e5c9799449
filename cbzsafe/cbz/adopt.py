"""An archive that somebody else made gets its final name: synced and renamed, as ours are.

In the same file system the very file is renamed. For another one it is copied beside the target,
and the copy is read back before it gets the name.
"""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.publish import put_in_place, seal, standing
from cbzsafe.cbz.scan import Depth, Scan, scan
from cbzsafe.cbz.sink import Sink
from cbzsafe.cbz.storage import guarded, insist_on_room
from cbzsafe.errors import ArchiveChanged, PackFailed, StorageError
from cbzsafe.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

    from cbzsafe.progress import Progress


def adopt(found: Scan, target: Path, progress: Progress | None = None) -> None:
    """Give a file its final name in one rename; what it replaces stays as it was until then.

    Args:
        found: of the file, which was read whole.
        target: the final name; folders that are missing are made.
        progress: told of the bytes that are copied and read back.

    Raises:
        ArchiveChanged: the file is not the one any more that was read.
        BookUnavailable: something that is no regular file stands at the target.
        PackFailed: the copy does not read back as the file did.
        StorageError: the disk is full or failed.
    """
    old = standing(target)
    with guarded(target.parent, 0):
        target.parent.mkdir(parents=True, exist_ok=True)
    with ArchiveFile(found.path) as file:
        if file.identity[:3] != found.identity[:3]:  # its time may have been set since
            raise ArchiveChanged(f"{found.path} changed after it was read.")
        with guarded(found.path.parent, 0):
            seal(found.path, old)
        try:
            put_in_place(found.path, target)
        except StorageError as error:
            if not _is_elsewhere(error):
                raise
            _copy(file, found, target, old, progress or Silent())


def _is_elsewhere(error: StorageError) -> bool:
    """Whether a rename failed because it led into another file system."""
    return getattr(error.__cause__, "errno", None) == errno.EXDEV


def _copy(
    file: ArchiveFile,
    found: Scan,
    target: Path,
    old: os.stat_result | None,
    progress: Progress,
) -> None:
    insist_on_room(target.parent, file.size)
    with guarded(target.parent, file.size), Sink(target) as sink:
        sink.copy(file, 0, file.size, progress)
        status = os.fstat(file.fileno())
        os.utime(sink.path, ns=(status.st_atime_ns, status.st_mtime_ns))
        seal(sink.path, old)
        _compare(scan(sink.path, Depth.PAGES, progress), found)
        put_in_place(sink.path, target)
    with guarded(found.path.parent, 0):
        found.path.unlink()


def _compare(copied: Scan, found: Scan) -> None:
    if replace(copied, path=found.path, identity=found.identity) != found:
        raise PackFailed(f"{found.path.name} did not read back as it was copied.")
