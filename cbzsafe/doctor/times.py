"""Whether a file system keeps the times that it is given, and what its clock says."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from cbzsafe.model import Trial, Tried

if TYPE_CHECKING:
    from pathlib import Path

_MOMENT = 1_000_000_001_123_456_789
"""In nanoseconds since the epoch, a time that every coarser clock would change."""

_NEAR = 2.0
"""Seconds: FAT keeps times in steps of two."""


def kept(place: Path) -> Tried:
    """Set a file's time, and see what comes back."""
    path = place / "timed"
    path.touch()
    os.utime(path, ns=(_MOMENT, _MOMENT))
    back = path.stat().st_mtime_ns
    if abs(back - _MOMENT) > _NEAR * 1e9:
        return Tried(Trial.TIMES, works=False, detail="a time that was set did not come back")
    return Tried(Trial.TIMES, works=True, value=_step(back))


def _step(back: int) -> float:
    """Tell the steps in seconds in which a time was kept that came back like this."""
    steps = (1, 100, 1_000, 1_000_000, 1_000_000_000)
    kept = [step for step in steps if abs(back - _MOMENT) < step and back % step == 0]
    return (max(kept) if kept else _NEAR * 1e9) / 1e9


def agrees(place: Path) -> Tried:
    """Compare the time of a file that is written now with ours."""
    path = place / "now"
    before = time.time()
    path.write_bytes(b"now")
    after = time.time()
    written = path.stat().st_mtime
    ahead = written - after if written > after else min(0.0, written - before)
    return Tried(Trial.CLOCK, works=abs(ahead) <= _NEAR, value=round(ahead, 3))
