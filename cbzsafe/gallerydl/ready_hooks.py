"""What gallery-dl's functions are told of a ready-made archive on its way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cbzsafe.book.archive_look import Look
    from cbzsafe.book.readymade import ReadyMade
    from cbzsafe.gallerydl.readymade import ReadyTransaction
    from cbzsafe.gallerydl.transaction import Transaction
    from cbzsafe.gallerydl.visit import Visit


def arrived(visit: Visit, pathfmt: Any) -> bool:
    """Whether the archive that just arrived is whole."""
    made = visit.ready
    if made is None:
        raise AssertionError("no archive is on its way")
    if made.arrived(Path(pathfmt.temppath)):
        visit.fetched = True
        return True
    visit.reason = _lack(made.new)
    return False


def _lack(looked: Look | None) -> str:
    if looked is None:
        return "it came, but is not there"
    return looked.why if looked.faults else "it cannot be proved"


def asking(transaction: ReadyTransaction, before: Callable[[], Any]) -> Callable[[], bool]:
    """An `exists` for files that are no pages."""
    return lambda: transaction.exists(before)


def hidden(transaction: Transaction) -> None:
    """Let gallery-dl fetch an archive under a name that no reader takes for a book.

    What an earlier process left of it is resumed: the CRC of each page tells in the end whether
    both parts are of one file.
    """
    visit, pathfmt = transaction.visit, transaction.job.pathfmt
    if visit is None or visit.ready is None:
        return
    if pathfmt.temppath not in {"", pathfmt.realpath}:
        pathfmt.temppath = str(visit.ready.part)


def forget(transaction: Transaction) -> None:
    """Drop what came of an archive that is too large: it would be refused again."""
    if transaction.visit is not None and transaction.visit.ready is not None:
        transaction.visit.ready.part.unlink(missing_ok=True)


def publishing(transaction: ReadyTransaction, finalize: Callable[[], Any]) -> Callable[[], Any]:
    """A `finalize` that publishes an archive instead of renaming it."""
    pathfmt = transaction.job.pathfmt

    def _finalize() -> Any:
        visit = transaction.visit
        if visit is None or visit.ready is None:
            return finalize()
        if pathfmt.delete:  # the post-processor `compare` has found the same there
            visit.ready.keep_old()
            return finalize()
        made = transaction.renamed(visit, visit.ready)
        made.insist(Path(pathfmt.temppath))
        final, pathfmt.realpath = pathfmt.realpath, pathfmt.temppath
        try:
            finalize()  # it has nothing to rename, and sets the file's time
        finally:
            pathfmt.realpath = final
        with transaction.run.stop.uninterrupted():
            made.publish(anew=transaction.fresh)
            made.refetched += max(0, visit.fetches - 1) + bool(visit.again)
            transaction.run.fetched += 1
        _lead(transaction, made)
        return None

    return _finalize


def _lead(transaction: Transaction, made: ReadyMade) -> None:
    """Let the hooks behind a download find the archive that was published elsewhere.

    gallery-dl prints the path before it calls them, and that is not to change.
    """
    hooks = transaction.job.hooks
    if made.target == made.path or "after" not in hooks:
        return

    def _follow(pathfmt: Any) -> None:
        if transaction.visit is not None and transaction.visit.ready is made:
            pathfmt.path = pathfmt.realpath = str(made.target)
        hooks["after"] = [hook for hook in hooks["after"] if hook is not _follow]

    hooks["after"] = [_follow, *hooks["after"]]
