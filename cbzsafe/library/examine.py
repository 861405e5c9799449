"""Looking at one archive, whatever happens to it meanwhile."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe.errors import ArchiveChanged, StorageError, UnreadableArchive
from cbzsafe.images.lack import is_lack
from cbzsafe.model import ArchiveReport, Condition, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from cbzsafe.cbz.files import Identity
    from cbzsafe.cbz.scan import Depth, Scan
    from cbzsafe.progress import Progress

TRIES = 3
"""How often an archive is read that changes while it is being read."""


_TICK = 0.02
"""Seconds within which two writes may leave the same time: a kernel's clock for it ticks 100 times
a second or more."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of looking at one archive.

    Attributes:
        report: what is said of it.
        identity: of the file that was read; None where none was read to its end.
    """

    report: ArchiveReport
    identity: Identity | None = None


_CONDITIONS = {
    Verdict.SOUND: Condition.SOUND,
    Verdict.DAMAGED: Condition.DAMAGED,
    Verdict.UNREADABLE: Condition.UNREADABLE,
}


def examine(path: Path, depth: Depth, progress: Progress, threads: int = 0) -> Examined:
    """Scan an archive, and make a report of whatever comes of it.

    An archive that changes meanwhile is read again: what is half written is not called damaged.

    Args:
        path: the archive.
        depth: how closely to look.
        progress: told of the bytes that are read.
        threads: how many decode; 0 for one a processor.
    """
    started = time.time()
    for _ in range(TRIES):
        try:
            found = _settled(path, depth, progress, threads)
            return Examined(_report(found, started), found.identity)
        except FileNotFoundError:
            problem = "It was there when the folder was listed, and is not any more."
            return _unread(path, Condition.VANISHED, problem, started)
        except ArchiveChanged as error:
            problem = f"{error} It was read {TRIES} times: try again when nothing writes to it."
        except (UnreadableArchive, StorageError) as error:
            return _unread(path, Condition.UNREADABLE, str(error), started)
        except Exception as error:
            if not is_lack(error):
                raise
            return _unread(path, Condition.UNREADABLE, "Memory ran out as it was read.", started)
    return _unread(path, Condition.CHANGING, problem, started)


def _settled(path: Path, depth: Depth, progress: Progress, threads: int) -> Scan:
    """Scan an archive; damage is believed only of a file that nobody wrote to just before.

    Raises:
        ArchiveChanged: it changed, or may have changed without its time showing it.
    """
    from cbzsafe.cbz.scan import scan

    opened = time.time()
    found = scan(path, depth, progress, threads)
    if found.verdict is not Verdict.SOUND and abs(opened - found.identity[3] / 1e9) < _TICK:
        time.sleep(_TICK)
        raise ArchiveChanged(f"{path} is being written to.")
    return found


def _report(found: Scan, started: float) -> ArchiveReport:
    return ArchiveReport(
        os.fspath(found.path),
        _CONDITIONS[found.verdict],
        found.page_count,
        found.size,
        found.findings,
        checked=started,
    )


def _unread(path: Path, condition: Condition, problem: str, started: float) -> Examined:
    try:
        size = path.lstat().st_size
    except OSError:
        size = 0
    return Examined(ArchiveReport(os.fspath(path), condition, 0, size, (), problem, started))
