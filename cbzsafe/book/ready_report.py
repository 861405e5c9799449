"""What is told of an archive that a site serves ready-made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cbzsafe.model import BookReport, Outcome, Problem

if TYPE_CHECKING:
    from cbzsafe.book.archive_look import Look
    from cbzsafe.book.readymade import ReadyMade


def settled(made: ReadyMade, outcome: Outcome) -> BookReport:
    """Report an archive that stands at its final name, whole."""
    there = made.old if outcome is Outcome.UNCHANGED else made.new
    return _report(made, outcome, there, tuple(made.problems), whole=True)


def rest(made: ReadyMade, reason: str) -> BookReport:
    """Report an archive that stands at its final name without all its pages."""
    outcome = made.outcome or Outcome.UNCHANGED
    there = made.old if made.outcome is None else made.new
    text = f"Not whole, since the site has it damaged ({reason}): {_where(made)}."
    return _report(made, outcome, there, (Problem(text), *made.problems), whole=False)


def missed(made: ReadyMade, outcome: Outcome, reason: str) -> BookReport:
    """Report an archive that did not come, or did not come whole.

    Args:
        made: the archive.
        outcome: `held` or `failed`.
        reason: why, as a sentence or its end.
    """
    text = f"{_reason(made, reason)}: {_where(made)}." if outcome is Outcome.HELD else reason
    return _report(made, outcome, made.old, (Problem(text), *made.problems), whole=False)


def _reason(made: ReadyMade, reason: str) -> str:
    plain = reason.rstrip(".")
    return f"The site has it damaged ({plain})" if made.at_source else f"It did not come ({plain})"


def _where(made: ReadyMade) -> str:
    if made.kept.exists():
        return f"what came is kept as {made.kept.name}, and the next run asks for it again"
    return "run the same command again to go on"


def _report(
    made: ReadyMade,
    outcome: Outcome,
    there: Look | None,
    problems: tuple[Problem, ...],
    *,
    whole: bool,
) -> BookReport:
    pages = there.scan.page_count if there is not None else 0
    is_new = made.outcome in {Outcome.PUBLISHED, Outcome.UPDATED}
    blamed = made.new if made.new is not None and made.new.faults else made.old
    return BookReport(
        path=str(made.target),
        outcome=outcome,
        staging=str(made.path.parent),
        url=made.url,
        pages=pages,
        new=pages if is_new else 0,
        refetched=made.refetched,
        size=there.scan.size if there is not None else 0,
        whole=whole,
        findings=blamed.scan.findings if blamed is not None else (),
        problems=problems,
    )
