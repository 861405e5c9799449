"""Fetching again what failed: the repair rounds, and asking the site for fresh URLs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gallery_dl.extractor.message import Message

from cbzsafe.book.parts import Failed
from cbzsafe.book.staging import stem
from cbzsafe.gallerydl import visit as visits

if TYPE_CHECKING:
    from cbzsafe.book.book import Book
    from cbzsafe.gallerydl.visit import Visit

_GONE = re.compile(r"'(401|403|404|410) ")
"""Answers that a URL gives once it has expired, as gallery_dl/downloader/http.py words them."""


def collect(job: Any, book: Book) -> None:
    """Take the decoder's results; a page that did not decode has failed."""
    for name, visit, why in job.safe_run.decoded(book):
        if why is None or name not in book.staged:
            continue
        visit.bad = visits.print_of(book.staged[name].path)
        visit.whole = True
        book.fail(name, Failed(why, visit))


def fetch_misled(job: Any, book: Book) -> None:
    """Fetch pages that were taken for others of their stem: they were never asked for."""
    for name, page in list(book.failed.items()):
        if _ours(job, page) and page.retry.misled:
            fetch(job, name, page.retry)


def fetch_failed(job: Any, book: Book) -> bool:
    """Fetch the job's failed pages of a book once more; False where there are none."""
    todo = [(name, page.retry) for name, page in book.failed.items() if _ours(job, page)]
    for name, visit in todo:
        fetch(job, name, visit)
    return bool(todo)


def _ours(job: Any, page: Failed) -> bool:
    return page.retry is not None and page.retry.transaction is job.transaction


def fetch(job: Any, name: str, old: Visit) -> None:
    """Visit a page again, in the directory in which it was named."""
    pathfmt = job.pathfmt
    before = pathfmt.directory, pathfmt.realdirectory, pathfmt.kwdict
    pathfmt.directory, pathfmt.realdirectory = old.directory, old.realdirectory
    kwdict = old.kwdict.copy()
    visit = visits.begin(old.url, kwdict, job.transaction)
    visit.again, visit.whole, visit.bad = name, old.whole, old.bad
    visit.prefix, visit.collided = old.prefix, old.collided
    try:
        job.visit(visit, kwdict)
    finally:
        pathfmt.directory, pathfmt.realdirectory, pathfmt.kwdict = before


def is_gone(reason: str) -> bool:
    """Whether a page failed as one does whose URL has expired."""
    return _GONE.search(reason) is not None


def ask_site(job: Any, book: Book) -> None:
    """Run the extractor again where URLs seem to have expired, for the pages that failed."""
    stale = {
        name: page.retry
        for name, page in book.failed.items()
        if _ours(job, page) and is_gone(page.reason)
    }
    if stale and job.safe_run.settings.repair_rounds:
        _ask(job, book, stale)


def heal(job: Any, book: Book) -> None:
    """Fetch pages whose published copy turned out to be damaged."""
    gone = book.examine()
    for name in gone:
        book.fail(name, Failed("its bytes in the published archive are damaged"))
        book.claims.pop(name, None)
    if gone:
        _ask(job, book, {name: _lost_visit(job, book) for name in gone})
        collect(job, book)


def _lost_visit(job: Any, book: Book) -> Visit:
    """A visit whose URL is yet to be asked for."""
    visit = visits.begin("", {}, job.transaction)
    visit.directory = visit.realdirectory = f"{book.staging.folder}/"
    return visit


def _ask(job: Any, book: Book, wanted: dict[str, Visit]) -> None:
    """Run the extractor again, and fetch the pages that are wanted."""
    try:
        for url, kwdict in named_again(job):
            own = _meant(job, book, wanted, url, kwdict)
            if own is not None and url != wanted[own].url:
                wanted[own].url, wanted[own].kwdict = url, kwdict.copy()
                fetch(job, own, wanted[own])
    except Exception as error:  # noqa: BLE001 - the first answer stands where the site gives none
        job.extractor.log.debug("no fresh URLs: %s", error)


def _meant(
    job: Any, book: Book, wanted: dict[str, Visit], url: str, kwdict: dict[str, Any]
) -> str | None:
    """Which wanted page a page is that the site names again: by its name, else by its stem."""
    extension = kwdict.get("extension") or ""
    name = job.pathfmt.build_filename({**kwdict, "extension": extension})
    if url in book.claims.values() or (name not in wanted and name in book.claims):
        return None
    if name in wanted:
        return str(name)
    alike = [own for own in wanted if stem(own) == stem(name)]
    return alike[0] if len(alike) == 1 else None


def named_again(job: Any) -> Any:
    """The pages that a second run of the extractor names."""
    old = job.extractor
    fresh = type(old).from_url(old.url)
    fresh._cfgpath, fresh._parentdir, fresh.session = old._cfgpath, old._parentdir, old.session
    fresh.category, fresh.subcategory = old.category, old.subcategory
    for name in ("config", "config_accumulate"):
        if name in vars(old):
            setattr(fresh, name, getattr(fresh, vars(old)[name].__name__))
    for message in fresh:
        job.safe_run.stop.check()
        if message[0] == Message.Url:
            job.update_kwdict(message[2])
            yield message[1], message[2]
