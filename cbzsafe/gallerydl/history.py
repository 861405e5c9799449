"""gallery-dl's download archive, written only after a page's book is published.

Everywhere else in cbzsafe it is called the history, so that 'archive' can mean a file.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cbzsafe.errors import HistoryUnavailable, StorageError

if TYPE_CHECKING:
    from cbzsafe.gallerydl.transaction import Transaction


def _is_the_disk(error: Exception) -> bool:
    """Whether SQLite says that the disk is full, broken or not to be written to.

    It cannot tell why its journal cannot be made (SQLITE_CANTOPEN): for lack of room, or of rights.
    Extended codes have the primary one in their low byte (sqlite.org/rescode.html).
    """
    import sqlite3

    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    full, broken = sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR
    return code in {full, broken, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class DeferredHistory:
    """Stands in for the object that gallery_dl/archive.py made for a job.

    A key is taken when `add` is called, since some extractors reuse one dict for all pages. It
    goes to the page's book, which commits it after the publish, or straight on where the file
    belongs to no book. `archive-mode: memory` is committed the same way: gallery-dl itself would
    drop it when anything failed.

    It has no `__len__` and is always true: gallery-dl 1.30 asks `if archive`.
    """

    def __init__(self, transaction: Transaction, inner: Any) -> None:
        self._transaction = transaction
        self._inner = inner
        self._pending: Counter[str] = Counter()
        self._closing = False

    def check(self, kwdict: dict[str, Any]) -> Any:
        """Tell whether the page is known and believed to be there, or was taken in this run."""
        known = self._transaction.believes(self._inner.check(kwdict))
        return known or self.key(kwdict) in self._pending

    def add(self, kwdict: dict[str, Any]) -> None:
        """Take a page's key."""
        key = self.key(kwdict)
        if not self._transaction.defer(self, key):
            self._inner.add(kwdict)

    def wait(self, key: str) -> None:
        """Note that a book holds one more key."""
        self._pending[key] += 1

    def key(self, kwdict: dict[str, Any]) -> str:
        """The key of a page, as gallery_dl/archive.py computes it."""
        cached = kwdict.get(getattr(self._inner, "_cache_key", "_archive_key"))
        return str(cached or self._inner.keygen(kwdict))

    def commit(self, keys: list[str]) -> None:
        """Write the keys in one transaction, and see that they are there.

        Raises:
            StorageError: they could not be written, and the disk is to blame.
            HistoryUnavailable: they could not be written.
        """
        try:
            self._write(keys)
        except Exception as error:
            kind = StorageError if _is_the_disk(error) else HistoryUnavailable
            raise kind(
                f"The download archive could not be written ({error}): the book is published, and "
                "its pages will be found there by the next run."
            ) from error
        finally:
            self.forget(keys)

    def _write(self, keys: list[str]) -> None:
        inner = self._inner
        sqlite = hasattr(inner, "_sqlite3")  # PostgreSQL's class has `_psycopg`
        if sqlite:
            inner.cursor.execute("BEGIN IMMEDIATE")
        try:
            inner.cursor.executemany(inner._stmt_insert, [(key,) for key in keys])
            inner.connection.commit()
        except BaseException:
            inner.connection.rollback()
            raise
        inner.cursor.execute(inner._stmt_select, (keys[-1],))
        if inner.cursor.fetchone() is None:
            raise HistoryUnavailable("an entry is not there after it was written")

    def forget(self, keys: list[str]) -> None:
        """Note that keys wait no longer, and close if that was asked for meanwhile."""
        self._pending = self._pending - Counter(keys)
        if self._closing and not self._pending:
            self._inner.close()

    def finalize(self) -> None:
        """Write what belongs to no book, in `memory` mode."""
        self._inner.finalize()

    def close(self) -> None:
        """Close, once no book needs it; a job that starts again goes on with it."""
        if self._transaction.restarting:
            return
        self._closing = True
        self.forget([])
