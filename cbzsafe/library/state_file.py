"""The SQLite file of a state: is it ours, is it whole, and what its errors mean."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cbzsafe.errors import CbzsafeError, StorageError, UsageError
from cbzsafe.library.state_rows import TABLE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION = 0x63627A73
"""Marks a file as ours (`PRAGMA application_id`): `cbzs` in ASCII."""

FORMAT = 1
"""`PRAGMA user_version`: raised when an older cbzsafe would misread what is in the file."""

_REASONS = {
    "locked": "another process has held it for {patience:g} s; run the same command again when "
    "that one is done",
    "is full": "the disk is full",
    "readonly": "it is read-only, or its folder or file system is",
    "unable to open": "its folder is not there, or cannot be written to",
    "disk I/O": "the disk failed, or is full",
}
"""What SQLite says, and what it means; its error numbers come with Python 3.11 only."""

_GARBLED = ("no such", "Could not decode", "table archives has")
"""How SQLite begins when it blames the statement, which is right, for what is in the file."""


class StateFile:
    """An open state file.

    Args:
        path: the file; made where it is not there.
        patience: seconds for which another process that writes to it is waited for.

    Raises:
        UsageError: it is something else, damaged, or of a newer cbzsafe.
        StorageError: it cannot be written to, or another process does not let go of it.
    """

    def __init__(self, path: Path, patience: float) -> None:
        import sqlite3

        self.path = path
        self._patience = patience
        _refuse_special(path)
        with self.explained():  # made absolute, for SQLite takes `:memory:` for no file
            where = os.path.abspath(path)
            self.db = sqlite3.connect(where, timeout=patience, isolation_level=None)
        try:
            self._claim()
        except BaseException:
            self.db.close()
            raise

    def _claim(self) -> None:
        """Make a new file ours; the write shows at once that what is found can be recorded."""
        with self.transaction():
            if self._number("schema_version") or self._number("application_id"):
                self._verify()
            self.db.execute(TABLE)
            self.db.execute(f"PRAGMA application_id = {APPLICATION}")
            self.db.execute(f"PRAGMA user_version = {FORMAT}")

    def _verify(self) -> None:
        if self._number("application_id") != APPLICATION:
            raise UsageError(f"{self.path} is no state file of cbzsafe: name another file.")
        if self._number("user_version") > FORMAT:
            text = f"{self.path} was made by a newer cbzsafe: upgrade, or name another file."
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
        return StorageError(f"The state file {self.path} cannot be written to: {reason}.")

    def _damaged(self, text: str) -> UsageError:
        return UsageError(
            f"{self.path} is no state file of cbzsafe, or a damaged one ({text}): name another "
            "file, or move it away and run the same command again, which makes a new one and "
            "takes all archives as not checked yet."
        )


def _refuse_special(path: Path) -> None:
    """Let nothing be opened that is no file, such as /dev/null, which would forget all at once."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is no file: name one that is to hold the state.")
