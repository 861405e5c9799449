"""One writer a book: a flock that a killed process cannot leave behind."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.cbz import names
from cbzsafe.cbz.storage import ROOM, is_full
from cbzsafe.errors import BookUnavailable, StorageError

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from cbzsafe.progress import Progress


_TRIES = 20
"""How often a folder is made that another process takes away at the same time."""


class BookLock:
    """The lock of one target archive.

    The lock file lies in the target's folder. It is unlinked while the lock is held, and filelock
    looks after a process that waited on the unlinked file; one that is left over belongs to a
    killed process, whose other leftovers are then to be swept.
    """

    def __init__(self, target: Path, timeout: float, progress: Progress) -> None:
        self.path = target.with_name(names.prefix_for(target) + "lock")
        self._target = target
        self._timeout = timeout
        self._progress = progress
        self._lock: BaseFileLock | None = None
        self._made: list[Path] = []

    @property
    def held(self) -> bool:
        """Whether this process holds the lock."""
        return self._lock is not None

    def left_over(self) -> bool:
        """Whether another process holds the lock, or was killed while it did."""
        return not self.held and os.path.lexists(self.path)

    def acquire(self) -> None:
        """Take the lock, waiting as long as the settings allow and saying so.

        Raises:
            BookUnavailable: another process still held it in the end.
            StorageError: the folder cannot be written, or its file system cannot lock.
        """
        if self.held:
            return
        from filelock import Timeout

        try:
            self._lock = self._taken()
        except Timeout:
            raise BookUnavailable(
                f"Another process is working on {self._target}: run the same command again when "
                f"it is done (waited {self._timeout:g} s, see --lock-timeout)."
            ) from None
        except OSError as error:
            self._remove_made()
            advice = "the folder must be writable and its file system must support flock"
            raise StorageError(
                f"Cannot lock {self._target.parent} ({error.strerror or error}): "
                f"{ROOM if is_full(error) else advice}."
            ) from error

    def _taken(self) -> BaseFileLock:
        """Take the lock, again where the folder went with the lock of another process."""
        from filelock import FileLock

        for tries_left in range(_TRIES, -1, -1):
            lock = FileLock(self.path, fallback_to_soft=False)
            try:
                self._make_folder()
                self._wait(lock)
            except (FileNotFoundError, FileExistsError):  # it came and went meanwhile
                if not tries_left:
                    raise
                continue
            break
        return lock

    def _make_folder(self) -> None:
        folders = [self.path.parent, *self.path.parent.parents]
        self._made = [folder for folder in folders if not folder.exists()]
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def _wait(self, lock: BaseFileLock) -> None:
        from filelock import Timeout

        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._progress.message(
                f"waiting for {self._target}: another process is working on it "
                f"(up to {self._timeout:g} s)"
            )
            lock.acquire(timeout=self._timeout, poll_interval=0.1)

    def release(self) -> None:
        """Let go of the lock and leave no file behind."""
        if self._lock is None:
            return
        with contextlib.suppress(OSError):
            self.path.unlink()
        with contextlib.suppress(OSError):
            self._lock.release()
        self._remove_made()
        self._lock = None

    def _remove_made(self) -> None:
        """Leave no folder of ours behind in which nothing came."""
        with contextlib.suppress(OSError):
            for folder in self._made:
                folder.rmdir()
        self._made = []
