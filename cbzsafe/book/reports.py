"""What is told of a book once it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cbzsafe.book.trouble import sentence
from cbzsafe.cbz.names import natural_key
from cbzsafe.model import BookReport, Outcome, Problem, Severity

if TYPE_CHECKING:
    from cbzsafe.book.book import Book


def _report(
    book: Book,
    outcome: Outcome,
    *,
    whole: bool,
    problems: tuple[Problem, ...] = (),
    new: int = 0,
    repaired: int = 0,
    staged: int = 0,
) -> BookReport:
    """What every report of a book says."""
    first, gone = book.formats[0].published, missing(book)
    return BookReport(
        path=str(book.target),
        outcome=outcome,
        staging=str(book.staging.folder),
        url=book.url,
        pages=first.page_count,
        new=new,
        repaired=repaired,
        refetched=book.refetched,
        missing=tuple(sorted(gone, key=natural_key)),
        staged=staged,
        size=first.size,
        whole=whole,
        findings=book.findings,
        problems=(*problems, *_problems(book, gone)),
    )


def settled(book: Book, outcome: Outcome, new: int = 0, repaired: int = 0) -> BookReport:
    """Report a book that is published, as whole as it may be."""
    errors = any(problem.severity is Severity.ERROR for problem in book.problems)
    whole = not (missing(book) or book.hold_reasons or errors)
    return _report(book, outcome, whole=whole, new=new, repaired=repaired)


def held(book: Book) -> BookReport | None:
    """Report a book whose pages stay in staging; None where there is nothing to tell of."""
    staged = sum(page.path.exists() for page in book.staged.values())
    exists = any(form.published.exists for form in book.formats)
    if not (staged or exists or missing(book)):
        return None
    idle = exists and not staged and not book.damaged
    outcome = Outcome.UNCHANGED if idle else Outcome.HELD
    return _report(book, outcome, whole=False, staged=staged)


def failure(book: Book, error: Exception) -> BookReport:
    """Report a book that could not be published although nothing of it was missing."""
    staged = sum(page.path.exists() for page in book.staged.values())
    problems = (Problem(sentence(error)),)
    return _report(book, Outcome.FAILED, whole=False, problems=problems, staged=staged)


def published_names(book: Book) -> set[str]:
    """Pages that every archive of the book has already."""
    first, *others = (set(form.published.entries) for form in book.formats)
    return first.intersection(*others)


def missing(book: Book) -> dict[str, str]:
    """Pages that failed and of which no published copy stays, with the reason."""
    there = published_names(book)
    return {name: failed.reason for name, failed in book.failed.items() if name not in there}


def _problems(book: Book, missing: dict[str, str]) -> tuple[Problem, ...]:
    """What a user should know, the gravest first."""
    held = [Problem(f"Not whole: {reason}.") for reason in book.hold_reasons]
    gone = [
        Problem(f"{name} is missing: {reason.rstrip('.')}.", name)
        for name, reason in sorted(missing.items(), key=lambda item: natural_key(item[0]))
    ]
    kept = [
        Problem(
            f"{name} could not be fetched again ({failed.reason}); the published page stays.",
            name,
            severity=Severity.WARNING,
        )
        for name, failed in book.failed.items()
        if name not in missing
    ]
    return (*held, *gone, *kept, *book.problems)
