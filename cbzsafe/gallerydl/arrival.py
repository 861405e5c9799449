"""The arrival of a page: fetch, look at it, fetch again, or say what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe import images
from cbzsafe.book.staging import LAST_NAME, fingerprint, problem, sync_unless_provable
from cbzsafe.cbz import storage
from cbzsafe.cbz.entry import SOURCE_DAMAGED
from cbzsafe.errors import StorageError
from cbzsafe.gallerydl import presence, ready_hooks, seam

if TYPE_CHECKING:
    from cbzsafe.gallerydl.transaction import Transaction
    from cbzsafe.gallerydl.visit import Visit

LAST = "cbzsafe-last:"
"""A fallback URL of our own, behind all others: take the broken bytes that can still be shown."""


class PageRefused(OSError):
    """A body is too large or too slow; gallery-dl takes an OSError for a failed download."""


def fetch(
    transaction: Transaction, visit: Visit, url: str, download: Callable[[str], bool]
) -> bool:
    """Download a page and look at what came, again as often as the settings allow.

    Args:
        transaction: of the job.
        visit: the page's.
        url: the page's, or one of its fallbacks.
        download: gallery-dl's own.

    Returns:
        what gallery-dl's `download` returns: whether the page is there.
    """
    pathfmt = transaction.job.pathfmt
    if url == LAST:
        return _take_last(visit, pathfmt)
    if not visit.extension and presence.known_by_stem(transaction):
        pathfmt.fix_extension()
        pathfmt.temppath = ""
        return True
    for attempt in range(1 + transaction.settings.page_retries):
        if attempt:
            _start_over(visit, pathfmt)
        transaction.run.stop.check()
        visit.fetches += 1
        transaction.run.decoder.warm_up()
        if not download(url):
            return False
        if not pathfmt.temppath:
            return True
        if _passes(visit, pathfmt):
            return True
        if visit.ready is not None and visit.ready.at_source:
            break
    return _give_up(transaction, visit, pathfmt)


def _passes(visit: Visit, pathfmt: Any) -> bool:
    """Whether the page that just arrived is whole, or known to be damaged at its source."""
    if visit.ready is not None:
        return ready_hooks.arrived(visit, pathfmt)
    path = Path(pathfmt.temppath)
    name = pathfmt.filename
    why = problem(path, name, whole=visit.whole, asked=visit.extension)
    if why is None:
        with storage.guarded(path.parent, 0):
            sync_unless_provable(path, name)
        visit.fetched = True
        return True
    came = fingerprint(path)
    visit.reason = why
    visit.steady = visit.steady and visit.bad in {None, came}
    visit.bad = came
    if visit.book is None or came != visit.book.source_damaged(name):
        return False
    visit.comment, visit.fetched = SOURCE_DAMAGED, True
    return True


def _give_up(transaction: Transaction, visit: Visit, pathfmt: Any) -> bool:
    """After all tries: keep what can be shown for the end of the fallbacks, drop the rest.

    Where the same bytes came every time and can be shown, it is the source that is damaged.
    """
    if visit.ready is not None:
        _start_over(visit, pathfmt)
        return False
    # bytes that came once have not shown yet that they are always the same
    viewable = visit.steady and visit.fetches > 1 and _viewable(Path(pathfmt.temppath))
    fallbacks = pathfmt.kwdict.get("_fallback") if transaction.job.fallback else None
    if viewable and fallbacks and not visit.again:
        pathfmt.kwdict["_fallback"] = _and_then_last(fallbacks)
        Path(pathfmt.temppath).replace(_last_path(pathfmt))
    elif viewable:
        visit.comment, visit.fetched = SOURCE_DAMAGED, True
        return True
    visit.bad = None
    _start_over(visit, pathfmt)
    return False


def _and_then_last(fallbacks: Any) -> Iterator[str]:
    yield from fallbacks
    yield LAST


def _last_path(pathfmt: Any) -> Path:
    return Path(pathfmt.realdirectory) / LAST_NAME


def _take_last(visit: Visit, pathfmt: Any) -> bool:
    pathfmt.temppath = pathfmt.realpath + ".part"
    with suppress(FileNotFoundError):
        _last_path(pathfmt).replace(pathfmt.temppath)
        visit.comment = SOURCE_DAMAGED
        visit.fetched = True
        return True
    return False


def _start_over(visit: Visit, pathfmt: Any) -> None:
    """Forget what came, so that nothing of it is resumed."""
    seam.remove_file(pathfmt.temppath)
    if visit.extension and pathfmt.extension != visit.extension:
        pathfmt.set_extension(visit.extension)
        pathfmt.build_path()
    late = visit.transaction is not None and visit.transaction.job.metadata_http
    pathfmt.temppath = "" if late else pathfmt.realpath  # gallery-dl would resume what is there
    pathfmt.part = False


def _viewable(path: Path) -> bool:
    if path.stat().st_size > images.VIEWABLE_LIMIT:
        return False
    return images.viewable(path.read_bytes())


def noting_the_disk(job: Any, download: Callable[..., Any]) -> Callable[..., Any]:
    """Return gallery-dl's `download`, made to note that the disk failed.

    Of all errors `DownloadJob.download` lets only ENOSPC through; the others it takes for the
    site's.
    """

    def _download(url: str, pathfmt: Any) -> Any:
        try:
            return download(url, pathfmt)
        except OSError as error:
            if storage.is_the_disk(error):
                job.status |= StorageError.exit_code
            raise

    return _download


def guarded(transaction: Transaction, receive: Callable[..., Any]) -> Callable[..., Any]:
    """Return gallery-dl's `receive`, made to hear signals and to refuse endless bodies.

    It begins where a body that broke off is taken up again, or behind the first bytes of a new one,
    which gallery-dl has read to look at them.
    """
    reached = 0

    def _receive(fp: Any, content: Iterator[bytes], total: Any, start: Any) -> Any:
        nonlocal reached
        if start and start != reached:
            transaction.run.received += start
        try:
            return receive(fp, _bounded(transaction, content, start or 0), total, start)
        finally:
            reached = fp.tell()

    return _receive


def _bounded(transaction: Transaction, content: Iterator[bytes], start: int) -> Iterator[bytes]:
    settings, began, size = transaction.settings, time.monotonic(), start
    picture = images.is_page(transaction.job.pathfmt.filename or "")
    for chunk in content:
        transaction.run.stop.check()
        size += len(chunk)
        transaction.run.received += len(chunk)
        transaction.run.watcher.received(len(chunk))
        if size > settings.page_limit:
            ready_hooks.forget(transaction)
            raise PageRefused(f"the page is larger than {settings.page_limit} bytes (--page-limit)")
        if picture and time.monotonic() - began > settings.page_deadline:
            raise PageRefused(f"the page took over {settings.page_deadline:g} s (--page-deadline)")
        yield chunk
