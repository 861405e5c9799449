"""The record of what was checked when: one SQLite file, which several processes may share."""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cbzsafe import __version__
from cbzsafe.cbz.pages import Depth
from cbzsafe.errors import CbzsafeError
from cbzsafe.library import state_rows as rows
from cbzsafe.library.gone import gone
from cbzsafe.library.state_file import StateFile
from cbzsafe.model import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cbzsafe.library.find import Found
    from cbzsafe.model import ArchiveReport

_PATIENCE = 30.0
"""Seconds for which a file that another process writes to is waited for."""

_PAUSE = 1.0
"""Seconds between two transactions: each one waits for the disk."""

_KEPT = frozenset({Condition.SOUND, Condition.DAMAGED, Condition.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Record:
    """What is recorded of an archive that has not changed since.

    Attributes:
        report: as it was made then, with `known` set.
        depth: how closely was looked for this report. A file that could not be read was not looked
            at: it has the lowest depth, so that a closer `--changed` tries it again.
        version: of the cbzsafe that looked.
    """

    report: ArchiveReport
    depth: Depth
    version: str


class State:
    """A state file, for a `with` statement.

    What is recorded waits in memory for a second at most, and is written in one short transaction,
    so that no process keeps another one waiting; `__exit__` writes the rest. A process that is
    killed loses that second if `tick` was called meanwhile, and never harms the file.

    Args:
        path: the file; made where it is not there.
        patience: seconds for which another process that writes to it is waited for.
    """

    def __init__(self, path: Path, patience: float = _PATIENCE) -> None:
        self.path = path
        self._patience = patience
        self._waiting: dict[bytes, rows.Row] = {}
        self._written = float("-inf")
        self._times: dict[Depth, dict[int, float]] = {}
        self._file: StateFile

    def __enter__(self) -> Self:
        """Open the file, and see that it is ours, whole, and can be written to.

        Raises:
            UsageError: it is something else, damaged, or of a newer cbzsafe.
            StorageError: it cannot be written to, or another process does not let go of it.
        """
        self._file = StateFile(self.path, self._patience, rows.STATE)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write what waits, and close.

        Raises:
            StorageError: it could not be written; not where another error is under way already.
        """
        try:
            self._write()
        except CbzsafeError:
            if kind is None:
                raise
        finally:
            self._file.db.close()

    def recall(self, found: Found) -> Record | None:
        """Give what is recorded of an archive, if its size, time and inode are still the same.

        A row that cannot be understood counts as none: the archive is then checked again.

        Raises:
            UsageError: the state file is damaged.
            StorageError: it cannot be read or written to.
        """
        key = os.fsencode(found.path)
        if key in self._waiting:
            self._write()
        with self._file.explained():
            row = self._row(key)
        return _record(found, row) if row else None

    def harmed(self, archives: Mapping[Path, Found]) -> Iterator[Record]:
        """Give what is recorded of those that were not sound and have not changed since.

        All of them come in one pass: to ask for each by itself takes 2.4 s for 100,000.

        Args:
            archives: of which to tell, by path.

        Raises:
            UsageError: the state file is damaged.
            StorageError: it cannot be read or written to.
        """
        self._write()
        with self._selected(rows.HARMED) as selected:
            for key, *row in selected:
                found = archives.get(Path(os.fsdecode(key)))
                record = _record(found, rows.Row(*row)) if found else None
                if record is not None:
                    yield record

    def forget_gone(self, archives: Iterable[Found]) -> None:
        """Drop the rows of archives that were removed, as far as `gone` is sure of it.

        Args:
            archives: what this run found, before anything of it is recorded.

        Raises:
            UsageError: the state file is damaged.
            StorageError: it cannot be written to.
        """
        with self._selected(rows.IDENTITIES) as selected:
            lost = gone(selected, archives)
        if lost:
            with self._file.transaction():
                self._file.db.executemany(rows.DROP, ((key,) for key in lost))

    def last_checked(self, found: Found, depth: Depth = Depth.STRUCTURE) -> float:
        """Tell when an archive was last looked at as closely as that, in seconds since the epoch.

        The times of all archives are read at the first call: measured, for 300,000 of them that
        takes half a second and 35 MB; to ask for each one by itself takes 2.7 s.

        Returns:
            0.0 where it never was, or has changed since.

        Raises:
            UsageError: the state file is damaged.
            StorageError: it cannot be read or written to.
        """
        if depth not in self._times:
            self._write()
            with self._selected(rows.TIMES[depth]) as selected:
                self._times[depth] = {
                    hash((key, *identity)): when for key, when, *identity in selected
                }
        return self._times[depth].get(hash((os.fsencode(found.path), *rows.identity(found))), 0.0)

    def record(self, found: Found, report: ArchiveReport, depth: Depth) -> None:
        """Take down what a check says of an archive; nothing where it was changing or vanished.

        What a deeper look at the unchanged file found stays, as `state_rows.Row.over` has it.

        Args:
            found: what the file was when it was read.
            report: what the check says.
            depth: how closely it looked.

        Raises:
            UsageError: the state file is damaged.
            StorageError: it cannot be written to; what waits is kept for the next try.
        """
        if report.condition not in _KEPT:
            return
        key = os.fsencode(found.path)
        if key in self._waiting:
            self._write()
        self._waiting[key] = rows.made(found, report, depth, __version__)
        self.tick()

    def tick(self) -> None:
        """Write what waits, if the last time is a second ago; to be called now and then.

        Raises:
            UsageError: the state file is damaged.
            StorageError: it cannot be written to.
        """
        if time.monotonic() - self._written >= _PAUSE:
            self._write()

    def _write(self) -> None:
        """Write what waits over what is there by now, for other processes write too."""
        if not self._waiting:
            return
        with self._file.transaction():
            for key, row in self._waiting.items():
                before = self._row(key)
                merged = row.over(before) if before else row
                self._file.db.execute(rows.PUT, (key, *merged))
        self._waiting.clear()
        self._times.clear()
        self._written = time.monotonic()

    @contextmanager
    def _selected(self, statement: str) -> Iterator[Iterator[Any]]:
        """Read rows one by one; what a signal breaks off must not go on to hold the file."""
        with self._file.explained(), closing(self._file.db.execute(statement)) as cursor:
            yield cursor

    def _row(self, key: bytes) -> rows.Row | None:
        got = self._file.db.execute(rows.GET, (key,)).fetchone()
        return rows.Row(*got) if got else None


def _record(found: Found, row: rows.Row) -> Record | None:
    """Read a row, if it is of this file and can be understood."""
    if row.identity != rows.identity(found):
        return None
    try:
        return Record(row.report(os.fspath(found.path)), row.seen, row.version)
    except ValueError:
        return None
