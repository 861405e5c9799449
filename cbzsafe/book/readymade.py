"""An archive that a site serves ready-made, on its way to its final name.

It is fetched under a hidden name, looked at whole, and published by a rename. One that stays
damaged is kept under another hidden name. Nothing of gallery-dl is known here.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.book.archive_look import INCOMPLETE, Look, lacks, look
from cbzsafe.book.lock import BookLock
from cbzsafe.book.ready_files import is_worthless, kept_name
from cbzsafe.book.staging import fingerprint
from cbzsafe.cbz import backup, repair
from cbzsafe.cbz.adopt import adopt
from cbzsafe.cbz.files import identity_of
from cbzsafe.cbz.publish import publish, seal, standing, sweep
from cbzsafe.cbz.scan import Depth
from cbzsafe.cbz.storage import guarded
from cbzsafe.errors import BookUnavailable
from cbzsafe.model import Outcome, Problem, Severity

if TYPE_CHECKING:
    from cbzsafe.progress import Progress


class ReadyMade:
    """One such archive; what comes behind `secure` is to be called under its lock.

    Args:
        target: its final name, absolute.
        path: where gallery-dl would put it, absolute: beside that it is fetched.
        url: what is being downloaded.
        lock_timeout: seconds to wait for another process.
        progress: hears of waiting and of the bytes that are read.

    Attributes:
        old: what stands at the final name, None where nothing does.
        new: what came, None where nothing did.
        at_source: whether the site itself has it damaged, so that fetching again is of no use.
        resumed: whether its first bytes came in an earlier process.
        outcome: what became of it, None as long as that is not known.
        problems: what a user should know of it.
    """

    def __init__(
        self, target: Path, path: Path, url: str, lock_timeout: float, progress: Progress
    ) -> None:
        self.target, self.path, self.url = target, path, url
        self.lock = BookLock(target, lock_timeout, progress)
        digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]
        self.part = path.with_name(f".cbsafe-fetch-{digest}.part")
        self.kept = path.with_name(kept_name(target.name))
        self.old: Look | None = None
        self.new: Look | None = None
        self.at_source = self.resumed = False
        self.outcome: Outcome | None = None
        self.problems: list[Problem] = []
        self.refetched = 0
        self._progress = progress
        self._seen: set[tuple[int, int]] = set()

    @property
    def is_there(self) -> bool:
        """Whether a whole one stands at the final name."""
        return self.stands and self.old is not None and not self.old.is_incomplete

    @property
    def stands(self) -> bool:
        """Whether what stands at the final name need not be written anew."""
        return self.old is not None and not self.old.faults

    def open(self) -> None:
        """Take the state; sweep where an earlier process left its lock, or what was published.

        Raises: as `secure` and `look_there` do.
        """
        self.look_there()
        if self.lock.left_over() or (self.is_there and self.part.exists()):
            self.secure()

    def look_there(self) -> None:
        """See what stands at the final name: its structure and the ends of its pages.

        Raises: as `archive_look.look` does, but for a file that is not there.
        """
        try:
            self.old = look(self.target, Depth.ENDS, self._progress)
        except FileNotFoundError:
            self.old = None

    def secure(self) -> None:
        """Become the only writer, and see what is there now.

        Raises:
            BookUnavailable: another process keeps the lock, or something that cannot be replaced
                stands at the final name.
            StorageError: the folder cannot be written or locked.
        """
        if not self.lock.held:
            self.lock.acquire()
            sweep(self.target)
        self.look_there()
        if self.is_there:
            self._tidy(self.old)
        else:
            standing(self.target)
        self.resumed = self.part.exists()

    def _tidy(self, whole: Look | None) -> None:
        """Drop what a whole archive makes needless."""
        self.part.unlink(missing_ok=True)
        if whole is None or not self.kept.exists():
            return
        if lacks(self.kept, whole.scan):
            backup.keep(self.kept, self.kept.parent, self._progress)
        self.kept.unlink()

    def arrived(self, path: Path) -> bool:
        """Look at what came, as `look` does; False where it is not there or was put aside."""
        resumed, self.resumed = self.resumed, False
        self.new = self._seen_at(path)
        if self.new is None:
            return False
        with guarded(path.parent, 0):
            if resumed and (self.new.faults or not self.new.is_proved):
                path.unlink()  # it may have been put together of two versions
                return False
            if self.new.faults:
                self._put_aside(path, self.new)
        return not self.new.faults

    def _seen_at(self, path: Path) -> Look | None:
        try:
            return look(path, Depth.PAGES, self._progress)
        except FileNotFoundError:
            return None

    def _put_aside(self, path: Path, new: Look) -> None:
        """Keep what came damaged, unless it is no archive at all or less than what is kept."""
        if self.kept.exists():
            self._seen.add(fingerprint(self.kept))
        came = fingerprint(path)
        self.at_source = came in self._seen or new.was_made_so
        self._seen.add(came)
        if is_worthless(path) or (self.kept.exists() and came[1] < self.kept.stat().st_size):
            path.unlink()
        else:
            seal(path, None)
            path.replace(self.kept)

    def insist(self, path: Path) -> None:
        """See that the file is the one that came, or whole, else raise BookUnavailable."""
        with suppress(OSError):
            if self.new is not None and identity_of(path.stat()) == self.new.scan.identity:
                return
        self.new = self._seen_at(path)
        if self.new is None or self.new.faults:
            raise BookUnavailable(
                "The archive came whole, and a post-processor has moved or damaged it before it "
                "was published: let that one run behind the download (`event`: `after`)."
            )

    def publish(self, *, anew: bool) -> None:
        """Put what came at its final name.

        Args:
            anew: the user asked to replace what is there.

        Raises: as `cbzsafe.cbz.adopt.adopt` does.
        """
        new = self.new
        if new is None or new.faults:
            raise AssertionError(f"{self.target} is not known to be whole")
        if self.stands and self.is_same(new.scan.path):
            self.outcome = Outcome.UNCHANGED
        else:
            if not anew:
                self._keep_original(new)
            adopt(new.scan, self.target, self._progress)
            self.outcome = Outcome.PUBLISHED if self.old is None else Outcome.UPDATED
        with guarded(self.path.parent, 0):
            self._drop(new.scan.path)
            self._tidy(new)
        self._note_left_alone(new)

    def _drop(self, came: Path) -> None:
        with suppress(FileNotFoundError):  # it was renamed
            if not came.samefile(self.target):
                came.unlink()

    def keep_old(self) -> None:
        """Hear that what came is the same as what stands there, and is dropped."""
        self.outcome = Outcome.UNCHANGED if self.is_there else None

    def is_same(self, path: Path) -> bool:
        """Whether a file has the bytes of what stands at the final name."""
        with guarded(self.target.parent, 0):
            return fingerprint(self.target) == fingerprint(path)

    def _keep_original(self, new: Look) -> None:
        if self.old is None or not lacks(self.target, new.scan):
            return
        kept = backup.keep(self.target, None, self._progress)
        self.warn(f"What stood there has pages that the new archive lacks: it is {kept.name} now.")

    def _note_left_alone(self, new: Look) -> None:
        if not new.is_proved:
            self.warn("Its pages could not be read here: only their places were checked.")
        if new.has_unsafe_names:
            self.warn("Names in it cannot be unpacked safely: see `cbzsafe repair --tidy`.")

    def publish_rest(self) -> bool:
        """Publish what can be proved of an archive that stays damaged; False where nothing can.

        Raises: as `cbzsafe.cbz.repair.carry_out` does.
        """
        if not self.kept.exists():
            return False
        saved = repair.plan(self.kept, repair.Wish(), self._progress).rescue
        if saved is None:
            return False
        first, *others = saved.sources
        first = replace(first, comment=f"{first.comment} {INCOMPLETE}".strip())
        if self.old is not None:
            backup.keep(self.target, None, self._progress)
        done = publish(
            self.target,
            [first, *others],
            method=None,
            comment=saved.comment,
            progress=self._progress,
        )
        self.outcome = Outcome.PUBLISHED if self.old is None else Outcome.UPDATED
        self.new = Look(done.scan, ())
        return True

    def warn(self, text: str) -> None:
        """Note something that leaves the archive whole."""
        self.problems.append(Problem(text, severity=Severity.WARNING))

    def release(self) -> None:
        """Let other processes have it."""
        self.lock.release()
