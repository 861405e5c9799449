"""What a folder is needed for, tried in a private folder inside it."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.cbz.storage import is_full
from cbzsafe.doctor import locking, naming, times
from cbzsafe.doctor.patience import SECONDS
from cbzsafe.model import Trial, Tried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cbzsafe.interrupt import Stop

    Try = Callable[[Path], Tried]

PREFIX = ".cbzsafe-doctor-"
"""What the private folder's name begins with."""

_ROUNDS = 50
_SECONDS = 1.0
"""So often, and so long, a file is replaced under the eyes of a reader."""

_SIZE = 1 << 14

_OLD = 2 * SECONDS
"""No doctor stays as long in one folder."""


FULL = frozenset({"ENOSPC", "EDQUOT", "EFBIG"})
"""Errors that tell of no room."""


class _Refusal(Exception):
    """A trial that went wrong without an error of the system."""


def run(folder: Path, stop: Stop, wanted: Mapping[Trial, Try] | None = None) -> tuple[Tried, ...]:
    """Try what a folder can do; nothing is left in it.

    Call it where a signal only sets its flag, as inside `cbzsafe.doctor.patience`: an exception
    that came in the midst of taking the private folder away would leave it there.

    Args:
        folder: one that is there.
        stop: asked between two trials.
        wanted: the trials; None for all.

    Returns:
        The trials that were made; only that of writing where the private folder cannot be, and none
        behind the one for which there was no room.
    """
    try:
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    except OSError as error:
        return (failed(Trial.WRITE, error),)
    try:
        _sweep(folder, place)
        return tuple(_until_full(place, stop, ALL if wanted is None else wanted))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _sweep(folder: Path, own: Path) -> None:
    """Remove what was left a while ago by a doctor that was killed.

    The age is taken by the clock that gave the time, which may be a server's.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        old = own.stat().st_mtime - _OLD
        for entry in entries:
            ours = entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False)
            if ours and entry.stat(follow_symlinks=False).st_mtime < old:
                shutil.rmtree(entry.path, ignore_errors=True)


def _until_full(place: Path, stop: Stop, wanted: Mapping[Trial, Try]) -> Iterator[Tried]:
    """Make the trials one by one; where there is no room they would tell of nothing else."""
    for trial, call in wanted.items():
        if stop.reason is not None:
            return
        tried = attempt(trial, call, place)
        yield tried
        if tried.error in FULL:
            return


def attempt(trial: Trial, call: Try, place: Path) -> Tried:
    """Make one trial, and say how it ended, whatever it raises."""
    try:
        return call(place)
    except OSError as error:
        return failed(trial, error)
    except _Refusal as refusal:
        return Tried(trial, works=False, detail=str(refusal))


def failed(trial: Trial, error: OSError) -> Tried:
    """Make a trial's end out of the system's error; for want of room only writing fails."""
    name = errno.errorcode.get(error.errno or 0, "")
    works = None if is_full(error) and trial is not Trial.WRITE else False
    return Tried(trial, works=works, error=name, detail=error.strerror or str(error))


def write(place: Path) -> Tried:
    """Write a file, and read it back."""
    path, data = place / "written", os.urandom(_SIZE)
    path.write_bytes(data)
    if path.read_bytes() != data:
        raise _Refusal("what was written did not read back")
    return Tried(Trial.WRITE, works=True)


def rename(place: Path, replace: Callable[[Path, Path], object] = os.replace) -> Tried:
    """Replace a file again and again, while a thread looks whether it is always there and whole.

    Args:
        place: the private folder.
        replace: gives a file the name of another.
    """
    path, fresh = place / "name", place / "fresh"
    path.write_bytes(bytes(_SIZE))
    seen: list[str] = []
    done = threading.Event()
    reader = threading.Thread(target=_watch, args=(path, done, seen), daemon=True)
    reader.start()
    try:
        _replace_often(path, fresh, replace, seen)
    finally:
        done.set()
        reader.join()
    if seen:
        raise _Refusal(seen[0])
    return Tried(Trial.RENAME, works=True)


def _replace_often(
    path: Path, fresh: Path, replace: Callable[[Path, Path], object], seen: list[str]
) -> None:
    end = time.monotonic() + _SECONDS
    for number in range(1, _ROUNDS + 1):
        data = bytes([number]) * _SIZE
        fresh.write_bytes(data)
        replace(fresh, path)
        if fresh.exists() or path.read_bytes() != data:
            seen.append("the new file did not take the place of the old one")
        if seen or time.monotonic() > end:
            return


def _watch(path: Path, done: threading.Event, seen: list[str]) -> None:
    while not done.is_set() and not seen:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            seen.append("for a moment there was no file of that name")
        except OSError:  # such as ESTALE: the file that was open is gone, which is not the name
            continue
        else:
            if len(data) != _SIZE or len(set(data)) != 1:
                seen.append("for a moment the file was not whole")


def sync_file(place: Path) -> Tried:
    """Sync a file."""
    with (place / "synced").open("wb") as file:
        file.write(bytes(_SIZE))
        file.flush()
        os.fsync(file.fileno())
    return Tried(Trial.SYNC_FILE, works=True)


def sync_folder(place: Path) -> Tried:
    """Sync a folder."""
    fd = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    return Tried(Trial.SYNC_FOLDER, works=True)


def link(place: Path) -> Tried:
    """Give a file a second name."""
    path, second = place / "first", place / "second"
    path.write_bytes(b"linked")
    os.link(path, second)
    if second.read_bytes() != b"linked" or not second.samefile(path):
        raise _Refusal("the second name is not of the same file")
    return Tried(Trial.LINK, works=True)


def unlinked(place: Path) -> Tried:
    """Read a file that has no name any more."""
    path = place / "unlinked"
    with path.open("wb+") as file:
        file.write(b"still here")
        file.flush()
        path.unlink()
        file.seek(0)
        if file.read() != b"still here" or path.exists():
            raise _Refusal("the file was not there any more, or its name still was")
    return Tried(Trial.UNLINKED, works=True)


ALL: dict[Trial, Try] = {
    Trial.WRITE: write,
    Trial.RENAME: rename,
    Trial.SYNC_FILE: sync_file,
    Trial.SYNC_FOLDER: sync_folder,
    Trial.LOCK: locking.excludes,
    Trial.LOCK_RELEASED: locking.released,
    Trial.LINK: link,
    Trial.UNLINKED: unlinked,
    Trial.LONG_NAMES: naming.long_names,
    Trial.CASE: naming.case,
    Trial.ODD_NAMES: naming.odd_names,
    Trial.UNICODE_NAMES: naming.unicode_names,
    Trial.TIMES: times.kept,
    Trial.CLOCK: times.agrees,
}
"""Every trial of a library, in the order in which they are made."""

WRITING: dict[Trial, Try] = {Trial.WRITE: write}
"""What is needed of a temporary folder."""
