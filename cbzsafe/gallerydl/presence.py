"""Is this page already there? And is its name still free?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cbzsafe.book.parts import Failed, Presence
from cbzsafe.gallerydl import telling

if TYPE_CHECKING:
    from cbzsafe.book.book import Book
    from cbzsafe.gallerydl.transaction import Transaction
    from cbzsafe.gallerydl.visit import Visit


def exists(transaction: Transaction) -> bool:
    """Answer gallery-dl's question whether the page need not be downloaded."""
    visit, pathfmt = transaction.visit, transaction.job.pathfmt
    if visit is None or not transaction.is_page():
        return bool(transaction.exists_before())
    if visit.again:
        pathfmt.directory, pathfmt.realdirectory = visit.directory, visit.realdirectory
        pathfmt.prefix = visit.prefix
        pathfmt.kwdict["extension"] = visit.prefix + pathfmt.extension
        pathfmt.build_path()
    book = visit.book = transaction.book()
    telling.page(transaction, book)
    if not visit.again and _taken(transaction, book, visit):
        return _enumerate(transaction, book, visit)
    if pathfmt.filename in book.staged and not visit.again:
        visit.presence = Presence.STAGED  # named twice with one URL
        return True
    return _find(transaction, book, visit, pathfmt.filename)


def _taken(transaction: Transaction, book: Book, visit: Visit) -> bool:
    """Whether another page of this run has the name; a guess by stem gives it up."""
    name = transaction.job.pathfmt.filename
    if not book.belongs_to_another(name, visit.url):
        return False
    guess = book.guesses.pop(name, None)
    if guess is None:
        return True
    del book.claims[name]
    book.pending.forget({name})
    guess.misled = True
    book.fail(guess.asked, Failed("another page of that name was taken for it", guess))
    return False


def _find(transaction: Transaction, book: Book, visit: Visit, name: str) -> bool:
    anew = transaction.fresh or bool(visit.again)
    presence, found = book.find(name, transaction.targets())
    if (presence is Presence.ABSENT or anew) and not book.secured:
        transaction.secure(book)  # another process may have brought the page meanwhile
        presence, found = book.find(name, transaction.targets())
    if presence is Presence.ABSENT or anew:
        return False
    visit.presence, visit.found, visit.asked = presence, found, name
    return True


def known_by_stem(transaction: Transaction) -> bool:
    """Ask the same before the request, where only the response would tell the extension."""
    if transaction.job.metadata_http or not transaction.is_page():
        return False
    visit, pathfmt = transaction.visit, transaction.job.pathfmt
    if visit is None or visit.again or transaction.fresh:
        return False
    stem = pathfmt.build_filename({**pathfmt.kwdict, "extension": ""})
    book = visit.book = transaction.book()
    if stem in book.claims:
        return False
    return _find(transaction, book, visit, stem)


def _enumerate(transaction: Transaction, book: Book, visit: Visit) -> bool:
    """Give a second page of one name gallery-dl's `enumerate` name."""
    pathfmt = transaction.job.pathfmt
    if book.has_twin(pathfmt.filename) and not transaction.fresh:
        visit.presence = Presence.PUBLISHED
        return True
    visit.collided = visit.collided or pathfmt.filename
    extension, number = pathfmt.extension, 0
    while book.belongs_to_another(pathfmt.filename, visit.url):
        number += 1
        pathfmt.prefix = f"{number}."
        pathfmt.kwdict["extension"] = pathfmt.prefix + extension
        pathfmt.build_path()
    visit.prefix = pathfmt.prefix
    return _find(transaction, book, visit, pathfmt.filename)
