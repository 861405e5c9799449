"""What a run tells of the book that pages are coming for, to those who watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cbzsafe.book.book import Book
    from cbzsafe.gallerydl.transaction import Transaction


def page(transaction: Transaction, book: Book | None) -> None:
    """Tell how far a book is, before a page of it and behind it.

    gallery-dl's extractors of chapters and galleries say in `count` how many pages there are.
    Others mean the files of one post, of which a book may have many: what is more than `count`
    makes the number unknown.

    Args:
        transaction: of the job whose page it is.
        book: the page's, None for a file that belongs to none.
    """
    if book is None:
        return
    done = len(book.claims) - sum(name in book.claims for name in book.failed)
    count = transaction.job.pathfmt.kwdict.get("count")
    total = count if isinstance(count, int) and count >= done else 0
    transaction.run.watcher.page(book.target, done, total, book.refetched)
