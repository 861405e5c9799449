"""The end of a job's ready-made archives: fetched again, published as far as they go, or held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cbzsafe.book import ready_report
from cbzsafe.book.trouble import sentence
from cbzsafe.errors import StorageError
from cbzsafe.gallerydl import again, ready_again
from cbzsafe.gallerydl.bits import DISK, NOT_DOWNLOADED, NOT_WHOLE
from cbzsafe.model import Outcome
from cbzsafe.settings import Incomplete

if TYPE_CHECKING:
    from cbzsafe.book.readymade import ReadyMade
    from cbzsafe.gallerydl.visit import Visit
    from cbzsafe.interrupt import Interrupted


def settle(job: Any) -> None:
    """Fetch once more what did not come, and report what still did not."""
    if not job.status & DISK:
        for _ in range(job.safe_run.settings.repair_rounds):
            _fetch_again(job)
        ready_again.ask_site(job)
    for visit in list(job.transaction.unmade.values()):
        _settle(job, visit)


def _fetch_again(job: Any) -> None:
    """Fetch what may come this time; whatever ends it early leaves the rest failed."""
    todo = [v for v in job.transaction.unmade.values() if not (v.broken or v.ready.at_source)]
    try:
        for visit in todo:
            again.fetch(job, visit.ready.path.name, visit)
    except Exception as error:  # noqa: BLE001 - a user's `actions` may raise anything
        job.extractor.log.debug("the repair round ended early (%r)", error)


def _settle(job: Any, visit: Visit) -> None:
    """Report one; whatever goes wrong becomes its report, never an exception."""
    made = visit.ready
    if made is None:
        return
    broken, reason = visit.broken, visit.reason
    error = _secure(job, made)
    with job.safe_run.stop.uninterrupted():
        error = error or _publish_rest(made)
        if error is not None:
            broken, reason = True, sentence(error)
            job.status |= DISK if isinstance(error, StorageError | OSError) else 0
        job.status |= 0 if made.at_source else NOT_DOWNLOADED
        _tell(job, made, reason, broken=broken)
        made.release()
        del job.transaction.unmade[made.target]


def _secure(job: Any, made: ReadyMade) -> Exception | None:
    """Take the lock where the rest is to be published; a signal may still end the waiting."""
    wanted = job.safe_run.settings.incomplete is Incomplete.PUBLISH
    try:
        if wanted and made.at_source:
            made.secure()
    except Exception as error:  # noqa: BLE001 - see `_settle`
        return error
    return None


def _publish_rest(made: ReadyMade) -> Exception | None:
    """Publish what can be proved of an archive that the site has damaged, if that is wanted."""
    try:
        if made.lock.held and not made.stands:
            made.publish_rest()
    except Exception as error:  # noqa: BLE001 - see `_settle`
        return error
    return None


def _tell(job: Any, made: ReadyMade, reason: str, *, broken: bool) -> None:
    from cbzsafe.book.staging import remove_if_empty

    if broken:
        report = ready_report.missed(made, Outcome.FAILED, reason)
    elif made.outcome is not None or (made.stands and not made.is_there):
        report = ready_report.rest(made, reason)
    elif made.is_there:
        made.warn(f"It could not be fetched again ({reason}); the published archive stays.")
        report = ready_report.settled(made, Outcome.UNCHANGED)
    else:
        report = ready_report.missed(made, Outcome.HELD, reason)
    job.status |= 0 if report.whole else NOT_WHOLE
    job.transaction.tell(report)
    remove_if_empty(made.path.parent, job.transaction.base)


def hold(job: Any, stop: Interrupted) -> None:
    """Report what did not come before a signal; the next run goes on from there."""
    for visit in job.transaction.unmade.values():
        made = visit.ready
        if made is not None:
            report = ready_report.missed(made, Outcome.HELD, f"the run was stopped ({stop.cause})")
            job.transaction.tell(report)
    job.transaction.unmade.clear()
