"""Deciding a book's outcome: published, updated, unchanged, held or failed.

The order is the promise: write, sync, read back and rename the archive; then write the history;
only then take pages out of staging. A process that dies between two of these steps leaves a state
from which the next run goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.book.about import describe
from cbzsafe.book.book import Book
from cbzsafe.book.parts import Failed, Format, StagedPage
from cbzsafe.book.published import Published
from cbzsafe.book.reports import held, missing, published_names, settled
from cbzsafe.book.staging import Identity, fingerprint, identity, pictures, problem, stem
from cbzsafe.cbz.backup import keep
from cbzsafe.cbz.crc import crc32
from cbzsafe.cbz.names import is_metadata, position
from cbzsafe.cbz.pack import ArchivedPage, FilePage, MadePage
from cbzsafe.cbz.publish import publish
from cbzsafe.model import BookReport, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cbzsafe.cbz.pack import Source


@dataclass(slots=True)
class _Work:
    """What settling one archive has found out so far."""

    form: Format
    add: dict[str, FilePage | MadePage]
    same: dict[str, Identity] = field(default_factory=dict)
    existed: bool = False
    new: int = 0
    repaired: int = 0


def settle(book: Book, *, publish_incomplete: bool) -> BookReport | None:
    """Publish a book, or say why not; its staging folder and its history follow suit.

    Args:
        book: all that was named of it has been fetched, or noted as failed. Where pages
            are staged it is secured, since the wait for a lock should be interruptible.
        publish_incomplete: publish what there is, even if it is not whole.

    Returns:
        the report, or None where there is neither a page nor an archive.

    Raises:
        CbzsafeError: nothing was published; `cbzsafe.book.reports.failure` makes a report of it.
        OSError: likewise.
    """
    _resolve_vanished(book)
    short = bool(missing(book) or book.hold_reasons)
    works = [_prepare(book, form) for form in book.formats]
    if not any(_needs_writing(work) for work in works):
        return _unchanged(book, works, short=short)
    if short and not publish_incomplete:
        return hold(book)
    if not book.secured:
        book.secure()
        works = [_prepare(book, form) for form in book.formats]
    for work in works:
        if _needs_writing(work):
            _write(work, book)
    book.commit()
    _clean(book, works)
    existed = any(work.existed for work in works)
    outcome = Outcome.UPDATED if existed else Outcome.PUBLISHED
    return settled(book, outcome, works[0].new, works[0].repaired)


def hold(book: Book) -> BookReport | None:
    """Leave the pages in staging and the published archive as it is.

    What is already published may enter the history, unless the archive that has it is damaged;
    what is staged may not. Half a page is no use to the next run, and takes room where there may be
    none.
    """
    book.commit(set() if book.damaged else published_names(book))
    _drop_parts(book, book.failed)
    return held(book)


def _drop_parts(book: Book, names: Iterable[str]) -> None:
    if book.secured:  # else they are another process's
        for name in names:
            book.staging.drop_part(name)


def _resolve_vanished(book: Book) -> None:
    """Take pages in the form in which they now lie in staging, after a user's `exec`."""
    for name, page in list(book.staged.items()):
        if page.path.is_file():
            continue
        del book.staged[name]
        other = _converted(book, page.path, name)
        if other is not None:
            path = page.path.with_name(Path(other).name)
            book.staged[other] = StagedPage(path, page.targets)
            book.pending.rename(name, other)
        elif name not in published_names(book):
            reason = "its file vanished from the staging folder after the download"
            book.fail(name, Failed(reason))


def _converted(book: Book, path: Path, name: str) -> str | None:
    for other in pictures(path.parent):
        if stem(other) != stem(path.name) or other in book.claims:
            continue
        if problem(path.with_name(other), other, whole=True) is None:
            return str(Path(name).with_name(other))
    return None


def _prepare(book: Book, form: Format) -> _Work:
    """Tell apart what is to be added to one archive and what it holds byte for byte.

    What comes with pages, `files` and a description, makes no archive by itself.
    """
    work = _Work(form, {})
    for name, page in book.staged.items():
        if form.target in page.targets and page.path.is_file():
            _sort_in(work, FilePage(name, page.path, page.comment))
    if not (work.add or form.published.entries):
        return work
    for path in form.extras:
        if path.is_file():
            _sort_in(work, FilePage(path.name, path))
    _describe(book, work)
    return work


def _describe(book: Book, work: _Work) -> None:
    """Add the ComicInfo.xml, unless the archive has the very same."""
    files = {name: page for name, page in work.add.items() if isinstance(page, FilePage)}
    page = describe(book, work.form, files)
    entry = work.form.published.entries.get(page.name) if page is not None else None
    if page is None or (entry is not None and entry.crc == crc32(page.data)):
        return
    work.add[page.name] = page


def _sort_in(work: _Work, page: FilePage) -> None:
    entry = work.form.published.entries.get(page.name)
    before = identity(page.path)
    if (
        entry is not None
        and before is not None
        and before[2] == entry.size
        and entry.comment == page.comment
        and fingerprint(page.path) == (entry.crc, entry.size)
    ):
        work.same[page.name] = before
    else:
        work.add[page.name] = page


def will_write(book: Book) -> bool:
    """Whether settling the book would write, as far as that is known without its lock."""
    return any(_needs_writing(_prepare(book, form)) for form in book.formats)


def _needs_writing(work: _Work) -> bool:
    published = work.form.published
    return bool(work.add) or (published.damaged and bool(published.entries))


def _write(work: _Work, book: Book) -> None:
    """Publish one archive, and take what it now holds for the state."""
    form, before = work.form, work.form.published
    sources: dict[str, Source] = {
        name: ArchivedPage(name, before.path, entry, entry.comment)
        for name, entry in before.entries.items()
    }
    sources.update(work.add)
    _keep_original(book, before, sources.keys())
    done = publish(
        form.target,
        sorted(sources.values(), key=lambda source: position(source.name)),
        method=form.method,
        comment=before.comment,
        progress=book.progress,
    )
    work.same.update(done.packed.taken)
    work.existed = before.exists
    work.new = sum(name not in before.entries and not is_metadata(name) for name in work.add)
    work.repaired = len(before.entries) if before.damaged else 0
    entries = {entry.name: entry for entry in done.scan.entries}
    form.published = Published(
        form.target, exists=True, entries=entries, comment=before.comment, size=done.scan.size
    )


def _keep_original(book: Book, before: Published, names: object) -> None:
    """Keep a damaged archive that names a page which the new one does not have."""
    lost = sorted({f.page for f in before.lost if f.page and f.page not in names})  # type: ignore[operator]
    if not lost:
        return
    backup = keep(before.path)
    book.warn(
        f"{len(lost)} pages of the damaged archive could not be saved and are not on the site any "
        f"more ({', '.join(lost[:5])}): the original is kept as {backup.name}."
    )


def _clean(book: Book, works: list[_Work]) -> None:
    """Take out of staging what every archive that wants it now holds byte for byte."""
    for name, page in book.staged.items():
        wanted = [work for work in works if work.form.target in page.targets]
        if any(work.form.keep_files or name not in work.same for work in wanted):
            continue
        book.staging.drop(name, wanted[0].same[name])
    for name, copy in book.leftovers.items():
        book.staging.drop(name, copy)
    for work in works:
        for path in work.form.extras:
            if not work.form.keep_files and identity(path) == work.same.get(path.name, ()):
                path.unlink(missing_ok=True)
    _drop_parts(book, book.claims)
    book.staging.close(book.base)


def _unchanged(book: Book, works: list[_Work], *, short: bool) -> BookReport | None:
    if any(form.published.damaged for form in book.formats):
        book.hold("the damaged archive has no page that can be proved, and none came in its place")
        return hold(book)
    if short or not any(form.published.exists for form in book.formats):
        return hold(book)
    book.commit()
    _clean(book, works)
    return settled(book, Outcome.UNCHANGED)
