"""Which page requests are explained, by faults of the site and by kills.

A process asks for one page after the other, and has a page at its final name before it asks for
anything else; for a page that is not there it first takes the book's lock. So one that was sent
whole is safe if its process sent another request, was not killed, or left the page in staging or
in the book when it was. Whatever process asks for it again does so without a reason.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from soak.faulty_site import Served


class Ledger(NamedTuple):
    """What became of the requests.

    Attributes:
        pages: requests of pages.
        documents: requests of chapters' documents.
        first: pages that were asked for at least once.
        faults: requests that failed, by kind.
        faulty_pages: of these, requests of pages.
        broken_off: page requests that were not sent whole, for their process was killed.
        given_up: those that were not sent whole though it lived: it had no patience left.
        excused: page requests that a kill explains, since the page was on its way then.
        unexplained: the paths of page requests that nothing explains.
        strangers: requests of none of our processes.
    """

    pages: int
    documents: int
    first: int
    faults: Counter[str]
    faulty_pages: int
    broken_off: int
    given_up: int
    excused: int
    unexplained: list[str]
    strangers: int

    @property
    def lost_by_kills(self) -> int:
        """Page requests in vain because of a kill: their bytes were not kept."""
        return self.broken_off + self.excused


def judge(account: Sequence[Served], killed: Mapping[int, set[str]]) -> Ledger:
    """Judge every request.

    Args:
        account: the requests in the order of arrival.
        killed: for each process that was killed, by its number, the paths of the pages that were
            found whole on the disk after that.
    """
    pages = [one for one in account if one.page]
    cut = [one for one in pages if not one.whole and not one.fault]
    given_up = sum(one.worker not in killed for one in cut)
    excused, unexplained = _fetched_again(account, killed)
    return Ledger(
        pages=len(pages),
        documents=len(account) - len(pages),
        first=len({one.path for one in pages}),
        faults=Counter(one.fault for one in account if one.fault),
        faulty_pages=sum(bool(one.fault) for one in pages),
        broken_off=len(cut) - given_up,
        given_up=given_up,
        excused=excused,
        unexplained=unexplained,
        strangers=sum(one.worker < 0 for one in account),
    )


def _fetched_again(
    account: Sequence[Served], killed: Mapping[int, set[str]]
) -> tuple[int, list[str]]:
    """Count the requests of a page that a kill explains, and list those that nothing does."""
    last = {one.worker: at for at, one in enumerate(account)}
    safe: set[str] = set()
    cut_off: set[str] = set()
    excused, unexplained = 0, []
    for at, one in enumerate(account):
        if not one.page:
            continue
        if one.path in safe:
            unexplained.append(one.path)
        elif one.path in cut_off:
            excused += 1
            cut_off.remove(one.path)
        if one.whole:
            on_its_way = last[one.worker] == at and one.path not in killed.get(
                one.worker, {one.path}
            )
            (cut_off if on_its_way else safe).add(one.path)
    return excused, unexplained


def chapters_passed(account: Iterable[Served]) -> Counter[int]:
    """Count the chapters that each process asked for, by its number."""
    asked = {(one.worker, one.path) for one in account if not one.page}
    return Counter(worker for worker, _ in asked)
