"""Fresh addresses for ready-made archives whose own have expired: the site is asked anew."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cbzsafe.gallerydl import again

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cbzsafe.gallerydl.visit import Visit

_Place = tuple[tuple[str, ...], str]
"""Folders below the base directory, and a name."""


def ask_site(job: Any) -> None:
    """Run the extractor again for archives that seem to have expired, and fetch those.

    An archive is the one of the same folder and name; where two have those, neither is taken for
    the other.
    """
    waiting = [v for v in job.transaction.unmade.values() if again.is_gone(v.reason) and v.ready]
    if not (waiting and job.safe_run.settings.repair_rounds):
        return
    try:
        _ask(job, waiting)
    except Exception as error:  # noqa: BLE001 - the first answer stands where the site gives none
        job.extractor.log.debug("no fresh URLs: %s", error)


def _ask(job: Any, waiting: list[Visit]) -> None:
    places = Counter(_place(job, visit.kwdict) for visit in waiting)
    wanted = {_place(job, v.kwdict): v for v in waiting if places[_place(job, v.kwdict)] == 1}
    for url, kwdict in again.named_again(job):
        visit = wanted.get(_place(job, kwdict))
        if visit is not None and url != visit.url and url not in job.safe_run.shelf.ready.values():
            _fetch(job, visit, url, kwdict)


def _fetch(job: Any, visit: Visit, url: str, kwdict: dict[str, Any]) -> None:
    made = visit.ready
    if made is not None:
        job.safe_run.shelf.ready[made.target] = url  # the name is still this archive's
        visit.url, visit.kwdict = url, kwdict.copy()
        again.fetch(job, made.path.name, visit)


def _place(job: Any, kwdict: Mapping[str, Any]) -> _Place:
    """Where an archive goes, from its metadata alone."""
    pathfmt, extension = job.pathfmt, kwdict.get("extension") or ""
    data = {**kwdict, "extension": pathfmt.extension_map(extension, extension)}
    return tuple(pathfmt.build_directory(data)), pathfmt.build_filename(data)
