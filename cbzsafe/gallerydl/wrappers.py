"""Functions of gallery-dl's own, wrapped in ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from cbzsafe.gallerydl import seam
from cbzsafe.gallerydl import visit as visits

if TYPE_CHECKING:
    from cbzsafe.gallerydl.transaction import Transaction


def copying(items: Callable[[], Iterator[Any]]) -> Callable[[], Iterator[Any]]:
    """Give each message a dict of its own: a thread goes on filling the one that it reuses."""

    def _items() -> Iterator[Any]:
        for message in items():
            *first, last = message
            yield (*first, last.copy() if isinstance(last, dict) else last)

    return _items


def safely(build_filename: Callable[..., str]) -> Callable[..., str]:
    """A `build_filename` whose names can stand in an archive.

    A backslash is a plain character on this disk and a folder on another.
    """
    return lambda *args: visits.safe(build_filename(*args))


def dropping(transaction: Transaction, part_enable: Callable[..., Any]) -> Callable[..., Any]:
    """A `part_enable` that drops what an earlier process left of a page.

    gallery-dl would resume it by `Range` without `If-Range`, which can splice two versions.
    """
    pathfmt = transaction.job.pathfmt

    def _part_enable(*args: Any) -> Any:
        done = part_enable(*args)
        if pathfmt.temppath not in {"", pathfmt.realpath} and transaction.is_page():
            seam.remove_file(pathfmt.temppath)
        return done

    return _part_enable
