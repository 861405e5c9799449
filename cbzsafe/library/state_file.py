"""A SQLite file of ours: is it ours, is it whole, and what its errors mean."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe.errors import CbzsafeError, StorageError, UsageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

_REASONS = {
    "locked": "another process has held it for {patience:g} s; run the same command again when "
    "that one is done",
    "is full": "the disk is full",
    "readonly": "it is read-only, or its folder or file system is",
    "unable to open": "its folder is not there, or cannot be written to",
    "disk I/O": "the disk failed, or is full",
}
"""What SQLite says, and what it means; its error numbers come with Python 3.11 only."""

_GARBLED = ("no such", "Could not decode", "table ")
"""How SQLite begins when it blames the statement, which is right, for what is in the file."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is for.

    Attributes:
        noun: what it is called in messages, such as `state file`.
        application: marks it as ours (`PRAGMA application_id`).
        format: `PRAGMA user_version`: raised when an older cbzsafe would misread what is in it.
        tables: the statements that make its tables where they are not there.
        other: what a user does where something else has its name.
        anew: what a new file leads to, the end of a sentence.
    """

    noun: str
    application: int
    format: int
    tables: tuple[str, ...]
    other: str
    anew: str


class StateFile:
    """An open file.

    Args:
        path: the file; made where it is not there.
        patience: seconds for which another process that writes to it is waited for.
        kind: what it is for.
        reading: only read: a file that is not there is an error, and the disk may be read-only.
            What a killed process left of a transaction is rolled back all the same.

    Attributes:
        db: SQLite's connection.
        is_blank: whether nothing was ever written, as where a process was killed over a new file.

    Raises:
        UsageError: it is something else, damaged, or of a newer cbzsafe.
        StorageError: it cannot be written to, or another process does not let go of it.
    """

    def __init__(self, path: Path, patience: float, kind: Kind, *, reading: bool = False) -> None:
        import sqlite3

        self.path = path
        self._patience = patience
        self._kind = kind
        _refuse_special(path, kind)
        with self.explained():  # made absolute, for SQLite takes `:memory:` for no file
            where = os.path.abspath(path)
            where = _there(where) if reading else where
            self.db = sqlite3.connect(where, timeout=patience, isolation_level=None, uri=reading)
        self.is_blank = False
        try:
            if reading:
                with self.explained():
                    self._look()
            else:
                self._claim()
        except BaseException:
            self.db.close()
            raise

    def _claim(self) -> None:
        """Make a new file ours; the write shows at once that what is found can be recorded."""
        with self.transaction():
            self._look()
            for table in self._kind.tables:
                self.db.execute(table)
            self.db.execute(f"PRAGMA application_id = {self._kind.application}")
            self.db.execute(f"PRAGMA user_version = {self._kind.format}")

    def _look(self) -> None:
        self.is_blank = not (self._number("schema_version") or self._number("application_id"))
        if not self.is_blank:
            self._verify()

    def _verify(self) -> None:
        kind = self._kind
        if self._number("application_id") != kind.application:
            raise UsageError(f"{self.path} is no {kind.noun} of cbzsafe: {kind.other}.")
        if self._number("user_version") > kind.format:
            text = f"{self.path} was made by a newer cbzsafe: upgrade, or {kind.other}."
            raise UsageError(text)
        result = str(self.db.execute("PRAGMA quick_check(1)").fetchone()[0])
        if result != "ok":  # 0.1 s for 300,000 archives
            raise self._damaged(result.splitlines()[-1])  # the line before is a heading

    def _number(self, pragma: str) -> int:
        return int(self.db.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing, whatever kills the process, and a power cut too.

        Raises:
            UsageError: the file is damaged.
            StorageError: it cannot be written to.
        """
        with self.explained():
            try:
                self.db.execute("BEGIN IMMEDIATE")
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn an error of SQLite into a sentence that says what to do.

        Raises:
            UsageError: the file is damaged, or is none of SQLite's.
            StorageError: it cannot be read or written to.
        """
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            raise self._meaning(error) from error

    def _meaning(self, error: sqlite3.Error) -> CbzsafeError:
        import sqlite3

        text = str(error)
        if not isinstance(error, sqlite3.OperationalError) or text.startswith(_GARBLED):
            return self._damaged(text)
        reason = next((why for clue, why in _REASONS.items() if clue in text), text)
        reason = reason.format(patience=self._patience)
        return StorageError(f"The {self._kind.noun} {self.path} cannot be written to: {reason}.")

    def _damaged(self, text: str) -> UsageError:
        kind = self._kind
        return UsageError(
            f"{self.path} is no {kind.noun} of cbzsafe, or a damaged one ({text}): {kind.other}, "
            "or move it away and run the same command again, which makes a new one and "
            f"{kind.anew}."
        )


def _there(path: str) -> str:
    """An address under which SQLite makes no file (sqlite.org/uri.html)."""
    from urllib.parse import quote

    return f"file:{quote(os.fsencode(path))}?mode=rw"


def _refuse_special(path: Path, kind: Kind) -> None:
    """Let nothing be opened that is no file, such as /dev/null, which would forget all at once."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is no file, and no {kind.noun} can be there: {kind.other}.")
