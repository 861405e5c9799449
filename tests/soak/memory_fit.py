"""Whether memory grows with the chapters that a process goes through."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WARM = 20
"""Chapters after which everything is imported."""

GROWTH = 4_000_000
"""Bytes by which the last third of a run may be above the first, whatever its length."""

A_CHAPTER = 2000
"""Bytes more that the report of a chapter may take, as in `tests/run/test_memory.py`."""


def thirds(samples: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Give the medians of the first and the last third.

    Args:
        samples: chapters and bytes, by chapters; those before `WARM` do not count.

    Returns:
        Zeros, where there are too few.
    """
    held = [size for chapters, size in samples if chapters >= WARM]
    third = len(held) // 3
    if not third:
        return 0.0, 0.0
    return statistics.median(held[:third]), statistics.median(held[-third:])


def grows(samples: Sequence[tuple[int, int]]) -> bool:
    """Whether a run's last third is above its first by more than its chapters explain."""
    first, last = thirds(samples)
    chapters = max((chapters for chapters, _ in samples), default=0)
    return last - first > GROWTH + A_CHAPTER * chapters * 2 / 3
