"""A book while it is open: what is published, what is staged, what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe import images
from cbzsafe.book.lock import BookLock
from cbzsafe.book.parts import Failed, Format, Presence, StagedPage, Undecided, faults
from cbzsafe.book.pending import Pending
from cbzsafe.book.published import read
from cbzsafe.book.staging import Identity, Staging, fingerprint, identity, stem
from cbzsafe.cbz.entry import NAMED_TWICE
from cbzsafe.errors import StorageError
from cbzsafe.model import Finding, Problem, Severity

if TYPE_CHECKING:
    from cbzsafe.book.about import About
    from cbzsafe.progress import Progress


class Book:
    """One book that is being visited.

    Args:
        folder: the staging folder, absolute.
        base: the base directory, absolute, which is never removed.
        formats: the archives that it is written as, usually one.
        url: what is being downloaded.
        claims: names of pages in this folder and their URLs, as the run has met them so far.
        lock_timeout: seconds to wait for each lock.
        progress: hears of waiting.

    Raises:
        BookUnavailable: see `cbzsafe.book.published.read`.
    """

    def __init__(
        self,
        folder: Path,
        base: Path,
        formats: list[Format],
        url: str,
        claims: dict[str, str],
        lock_timeout: float,
        progress: Progress,
    ) -> None:
        self.staging = Staging(folder)
        self.base = base
        self.formats = formats
        self.url = url
        self.progress = progress
        self.claims: dict[str, str] = claims
        self.about: About | None = None
        self.guesses: dict[str, Any] = {}
        self.staged: dict[str, StagedPage] = {}
        self.failed: dict[str, Failed] = {}
        self.leftovers: dict[str, Identity] = {}
        self.pending = Pending()
        self.hold_reasons: list[str] = []
        self.problems: list[Problem] = []
        self.refetched, self.disk_failed = 0, False
        self.findings: tuple[Finding, ...] = ()
        self._locks = [BookLock(form.target, lock_timeout, progress) for form in formats]
        try:
            self.open()
        except BaseException:
            self.release()
            raise

    @property
    def target(self) -> Path:
        """The final name of the first archive."""
        return self.formats[0].target

    @property
    def damaged(self) -> bool:
        """Whether a published archive has to be written anew: evidence against the history."""
        return any(form.published.damaged for form in self.formats)

    @property
    def may_have_hole(self) -> bool:
        """Whether pages may be wanting that come behind known ones in the site's order.

        That is so after a run that was cut short: its pages lie in staging, not all named yet.
        """
        there = [form.published.entries for form in self.formats]
        waiting = (name for name in self.staging.early() if name not in self.claims)
        return self.damaged or any(any(name not in names for names in there) for name in waiting)

    def open(self) -> None:
        """Take the state; sweep first where a killed process left its lock file.

        Reading needs no lock, since a final name is replaced in one rename. Not taking it leaves
        the folder of an unchanged book untouched, on which readers' scans depend.
        """
        if any(lock.left_over() for lock in self._locks):
            self.secure()
        else:
            self._read()

    @property
    def secured(self) -> bool:
        """Whether this process is the book's only writer."""
        return all(lock.held for lock in self._locks)

    def secure(self) -> None:
        """Become the only writer, and see what has changed until then.

        Raises:
            BookUnavailable: another process keeps the lock.
            StorageError: the folder cannot be written or locked.
        """
        if self.secured:
            return
        from cbzsafe.cbz.publish import sweep

        for lock, form in zip(self._locks, self.formats, strict=True):
            lock.acquire()
            sweep(form.target)
        self._read()

    def _read(self) -> None:
        self.staging.look()
        for form in self.formats:
            form.published = read(form.target, self.progress)
        self.findings = faults(self.formats)

    def examine(self) -> list[str]:
        """Read the published archives whole; give the pages that turn out to be damaged."""
        gone: set[str] = set()
        for form in self.formats:
            before = set(form.published.entries)
            form.published = read(form.target, self.progress, whole=True)
            gone |= before - set(form.published.entries)
        self.findings = faults(self.formats)
        return sorted(gone)

    def release(self) -> None:
        """Let other processes have the book, and the history go what was not committed."""
        self.pending.forget()
        for lock in self._locks:
            lock.release()

    def find(self, name: str, targets: frozenset[Path]) -> tuple[Presence, str]:
        """Tell where a page already is, and under which name.

        Args:
            name: as the site names it now.
            targets: the archives that it belongs into.
        """
        wanted = [form for form in self.formats if form.target in targets]
        for candidate in self._candidates(name, wanted):
            if all(form.published.has(candidate) for form in wanted):
                return self._beside(candidate, wanted), candidate
        for candidate in [name, *self.staging.siblings(name)]:
            if not self._claimed(candidate, name) and self.staging.sound(candidate):
                return Presence.STAGED, candidate
        return Presence.ABSENT, name

    def _candidates(self, name: str, wanted: list[Format]) -> list[str]:
        """The name itself, then unclaimed pictures of the same stem: types change on arrival."""
        others: list[str] = []
        if images.is_page(name) or "." not in name or name.endswith("."):
            others = [
                other
                for form in wanted
                for other in form.published.stems.get(stem(name), [])
                if other != name and images.is_page(other)
            ]
        return [c for c in [name, *others] if not self._claimed(c, name)]

    def _claimed(self, candidate: str, name: str) -> bool:
        return candidate != name and candidate in self.claims

    def _beside(self, name: str, wanted: list[Format]) -> Presence:
        """A published page of which a copy lies in staging too: the newer whole one counts."""
        path = self.staging.folder / name
        copy = identity(path)
        if copy is None or any(form.keep_files for form in wanted):
            return Presence.PUBLISHED
        sound = self.staging.sound(name)
        print_ = fingerprint(path) if sound else None
        entries = [form.published.entries[name] for form in wanted]
        if all((entry.crc, entry.size) == print_ for entry in entries) or self.staging.torn(name):
            self.leftovers[name] = copy
        elif sound:
            return Presence.STAGED
        return Presence.PUBLISHED

    def source_damaged(self, name: str) -> tuple[int, int] | None:
        """CRC and size of the page as it was published with a warning before, if it was."""
        for form in self.formats:
            entry = form.published.entries.get(name)
            if entry is not None and not form.published.has(name):
                return entry.crc, entry.size
        return None

    def belongs_to_another(self, name: str, url: str) -> bool:
        """Whether a page with another URL has the name, be it that the page did not come."""
        failed = self.failed.get(name)
        address = failed.address if failed is not None else None
        return (address or self.claims.get(name, url)) != url

    def has_twin(self, name: str) -> bool:
        """Whether the published page is known to stand for two pages of its name."""
        entries = [form.published.entries.get(name) for form in self.formats]
        return all(entry is not None and NAMED_TWICE in entry.comment for entry in entries)

    def note_twin(self, name: str) -> None:
        """Note in a staged page's comment that it stands for two pages of its name."""
        page = self.staged.get(name)
        if page is not None and NAMED_TWICE not in page.comment:
            self.staged[name] = replace(page, comment=f"{page.comment} {NAMED_TWICE}".strip())

    def add(self, name: str, page: StagedPage) -> None:
        """Take a page into the book."""
        self.staged[name] = page
        self.failed.pop(name, None)

    def fail(self, name: str, failed: Failed) -> None:
        """Note that a page did not come; a published copy of it stays.

        Where that is not known, the page stays and the book is held.
        """
        if isinstance(failed.reason, Undecided):
            self.hold(failed.reason)
            return
        self.staged.pop(name, None)
        self.failed[name] = failed
        self.pending.forget({name})

    def hold(self, reason: str) -> None:
        """Note why the book may be short of pages, or must not be published now."""
        if reason not in self.hold_reasons:
            self.hold_reasons.append(reason)

    def warn(self, text: str, page: str | None = None) -> None:
        """Note something that leaves the book whole."""
        problem = Problem(text, page, Severity.WARNING)
        if problem not in self.problems:
            self.problems.append(problem)

    def commit(self, names: set[str] | None = None) -> None:
        """Write what is pending for the history, of all pages or of the named ones."""
        failed = self.pending.commit(names)
        self.problems += [Problem(str(error)) for error in failed]
        self.disk_failed |= any(isinstance(error, StorageError) for error in failed)
