"""The atomic publish: write, sync, read back, rename, sync the folder and the way to it.

Nothing else in the project puts an archive at its final name.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.cbz import names
from cbzsafe.cbz.aside import Aside
from cbzsafe.cbz.files import Identity, identity_of
from cbzsafe.cbz.pack import Method, Packed, pack, room_for
from cbzsafe.cbz.scan import Depth, Scan, scan
from cbzsafe.cbz.storage import guarded, insist_on_room
from cbzsafe.errors import ArchiveChanged, BookUnavailable, PackFailed, StorageError
from cbzsafe.model import Level, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cbzsafe.cbz.pack import Source
    from cbzsafe.progress import Progress


_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""What `fsync` of a folder says on file systems that do not offer it."""
_lasting: set[tuple[Path, int, int]] = set()
"""Path, device and inode of each folder whose name survives a power cut."""


@dataclass(frozen=True, slots=True)
class Published:
    """An archive that stands at its final name.

    Attributes:
        scan: what was found as it was read back.
        packed: what went in.
    """

    scan: Scan
    packed: Packed


def publish(
    target: Path,
    sources: Sequence[Source],
    *,
    method: Method | None = Method.STORED,
    comment: bytes = b"",
    progress: Progress | None = None,
    expect: Identity | None = None,
) -> Published:
    """Put an archive of these pages in the place of `target`, in one rename.

    Whatever goes wrong before, the old file stays as it was and no temporary is left. There must be
    room for all of the new archive, since the old one is there until the rename.

    Args:
        target: the final name; folders that are missing are made.
        sources: the pages, in the order that they are to have.
        method: how they are compressed; see `pack`.
        comment: the archive's comment.
        progress: told of the bytes that are written and read back.
        expect: what the file at `target` must still be when it is replaced; None for anything.

    Raises:
        ArchiveChanged: it is not.
        BookUnavailable: something that is no regular file stands there.
        PackFailed: a page cannot be packed, or the archive does not read back sound.
        StorageError: there is less room than is needed, before anything is written; or the disk is
            full or failed.
    """
    old = standing(target)
    insist_on_room(target.parent, room_for(sources, method, comment))
    with guarded(target.parent, 0):
        target.parent.mkdir(parents=True, exist_ok=True)
    packed = pack(target, sources, method=method, comment=comment, progress=progress)
    try:
        found = _synced_and_read_back(packed, old, progress)
        put_in_place(packed.path, target, expect)
    except BaseException:
        with suppress(OSError):
            packed.path.unlink()
        raise
    return Published(replace(found, path=target), replace(packed, path=target))


def put_in_place(path: Path, target: Path, expect: Identity | None = None) -> None:
    """Rename what was synced and read back to its final name, and sync that.

    Raises:
        ArchiveChanged: what stands there is not what was expected.
        StorageError: the disk failed.
    """
    _insist(target, expect)
    with guarded(target.parent, 0):
        path.replace(target)
        sync(target.parent)
        sync_way(target.parent)


def standing(target: Path) -> os.stat_result | None:
    """Look at what stands at the final name: nothing, or a regular file.

    Raises:
        BookUnavailable: it is something else.
        StorageError: it cannot be looked at.
    """
    try:
        status = target.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"{target} cannot be looked at: {error.strerror}.") from error
    if stat.S_ISREG(status.st_mode):
        return status
    kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "no regular file"
    raise BookUnavailable(f"{target} is {kind}: move it away, then run the same command again.")


def _insist(target: Path, expect: Identity | None) -> None:
    """Refuse to replace a file that is not the one whose pages went in."""
    if expect is None:
        return
    try:
        same = identity_of(target.lstat()) == expect
    except OSError:
        same = False
    if not same:
        raise ArchiveChanged(f"{target} changed meanwhile: run the same command again.")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, and make the way to it survive a power cut.

    Raises:
        OSError: the disk failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sync_way(folder)


def sync_way(folder: Path) -> None:
    """Make a folder's own name survive a power cut, and those of the folders above it.

    A lock or gallery-dl may have made any of them, so being there says nothing. Each folder costs
    one sync in a process, of the folder above it, up to where its file system begins. What may not
    be opened is passed over.

    Args:
        folder: one that stays: what is removed and made again may be taken for the old one.

    Raises:
        OSError: the disk failed. File systems that cannot sync a folder are let pass.
    """
    _sync_way(Path(os.path.realpath(folder)))


def _sync_way(folder: Path) -> None:
    status, above = folder.stat(), folder.parent
    key = folder, status.st_dev, status.st_ino
    if key in _lasting:
        return
    if above != folder and above.stat().st_dev == status.st_dev:
        _sync_way(above)
        with suppress(PermissionError):
            sync(above)
    _lasting.add(key)


def sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut.

    Raises:
        OSError: the disk failed. File systems that cannot sync a folder are let pass.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(fd)


def _synced_and_read_back(
    packed: Packed, old: os.stat_result | None, progress: Progress | None
) -> Scan:
    """Do both at once: the processor reads while the disk writes."""
    reading = Aside(lambda: _read_back(packed, progress))
    try:
        with guarded(packed.path.parent, 0):
            seal(packed.path, old)
    except BaseException:
        with suppress(BaseException):
            reading.wait()
        raise
    return reading.wait()


def seal(path: Path, old: os.stat_result | None) -> None:
    """Give a temporary the owner and mode of what it replaces, and sync it, or raise OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        if old is not None:
            # Another's file stays readable by mode, even where it cannot be given back to him.
            with suppress(PermissionError):
                os.fchown(fd, old.st_uid, old.st_gid)
            os.fchmod(fd, stat.S_IMODE(old.st_mode))
        os.fsync(fd)
    finally:
        os.close(fd)


def _read_back(packed: Packed, progress: Progress | None) -> Scan:
    """Read what was written, and refuse it unless it is sound and holds what went in."""
    found = scan(packed.path, Depth.PAGES, progress)
    if found.verdict is not Verdict.SOUND:
        worst = next(f for f in found.findings if f.level is not Level.WARNING)
        where = f"{worst.page}: " if worst.page else ""
        raise PackFailed(f"{where}the archive did not read back sound: {worst.detail}")
    if found.entries != packed.entries:
        raise PackFailed("The archive did not read back as it was written.")
    return found


def sweep(target: Path) -> int:
    """Remove what dead processes left of this target; call it under the book's lock.

    Returns:
        How many files were removed.
    """
    prefix, count = names.prefix_for(target), 0
    with suppress(OSError):
        for name in os.listdir(target.parent):  # of thousands, where a folder has all books
            if not (name.startswith(prefix) and name.endswith(names.TEMPORARY_SUFFIX)):
                continue
            path = target.parent / name
            if stat.S_ISREG(path.lstat().st_mode):
                path.unlink()
                count += 1
    return count
