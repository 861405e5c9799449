"""Many archives looked at, on all processors, as they come."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cbzsafe.cbz.processors import available as processors
from cbzsafe.cbz.scan import Depth
from cbzsafe.library.examine import Examined, examine
from cbzsafe.library.follow import Capped
from cbzsafe.library.pool import Pool
from cbzsafe.library.worker import Died
from cbzsafe.model import ArchiveReport, Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cbzsafe.library.find import Found
    from cbzsafe.progress import Progress

DEPTHS = {"quick": Depth.STRUCTURE, "normal": Depth.PAGES, "decode": Depth.DECODE}
"""The levels of a check by the names that users know them by."""


def survey(
    archives: list[Found],
    depth: Depth,
    progress: Progress,
    until: float = float("inf"),
    tick: Callable[[], None] | None = None,
) -> Iterator[tuple[Found, ArchiveReport]]:
    """Give each archive, as it was when it was read, with what is said of it.

    Args:
        archives: taken in this order; the reports come as they are ready.
        depth: how closely to look.
        progress: told of the bytes that are read, all archives together.
        until: when to stop, by `time.monotonic`; what is being read then is given up, unless none
            is done yet: else archives that take longer than the time would never be done.
        tick: called several times a second, whether or not a report comes.
    """
    done = 0

    def is_over() -> bool:
        if tick is not None:
            tick()
        return bool(done) and time.monotonic() >= until

    workers = _workers(len(archives), depth, until)
    work = partial(_work, depth=depth, threads=max(1, processors() // max(1, workers)))
    progress.start("", sum(found.size for found in archives))
    with Pool(work, progress, workers) as pool:
        for found, result in pool.each(iter(archives), is_over):
            done += 1
            yield _survived(found, result)
    progress.finish()


def _workers(count: int, depth: Depth, until: float) -> int:
    """Choose a process a processor, and none for one archive that needs none of its own.

    What may have to be stopped half-way, or run a decoder that may crash, needs one.
    """
    needs_none = until == float("inf") and depth < Depth.DECODE
    return 0 if count == 1 and needs_none else min(processors(), count)


def _work(found: Found, progress: Progress, *, depth: Depth, threads: int) -> Examined:
    share = Capped(progress, found.size)
    examined = examine(found.path, depth, share, threads)
    share.close()
    return examined


def _survived(found: Found, result: Examined | Died) -> tuple[Found, ArchiveReport]:
    if isinstance(result, Died):
        return found, _crashed(found, result)
    if result.identity is None:
        return found, result.report
    # It may have been written between the listing of its folder and its turn.
    _, inode, size, mtime_ns = result.identity
    return replace(found, inode=inode, size=size, mtime_ns=mtime_ns), result.report


def _crashed(found: Found, died: Died) -> ArchiveReport:
    text = f"The process that read it ended with {died.how}: a picture in it crashes a decoder."
    if died.error:
        text = f"The program failed over it: {died.error}."
    elif died.how == "SIGKILL":
        text = "The process that read it was killed: it may have run out of memory."
    path = os.fspath(found.path)
    return ArchiveReport(path, Condition.UNREADABLE, 0, found.size, (), text, time.time())
