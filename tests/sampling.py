"""A table of cases, of which the everyday run takes a sample and `make test-long` the rest."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence


def chosen(cases: Sequence[Any], needs: Callable[[Any], Mapping[Hashable, int]]) -> list[int]:
    """Choose few cases in which everything occurs as often as it must, the same ones each time.

    What all of them together have less often than it must occur is taken wherever it is.

    Args:
        cases: of which to choose.
        needs: what a case has, and how often each of that must occur.

    Returns:
        The places of the chosen cases.
    """
    places = random.Random(len(cases)).sample(range(len(cases)), len(cases))
    left = Counter({need: times for case in cases for need, times in needs(case).items()})
    taken = []
    while places and (left := +left):
        best = max(places, key=lambda place: sum(need in left for need in needs(cases[place])))
        if not left.keys() & needs(cases[best]).keys():
            break
        left.subtract(needs(cases[best]).keys())
        places.remove(best)
        taken.append(best)
    return sorted(taken)


def sampled(cases: Sequence[Any], needs: Callable[[Any], Mapping[Hashable, int]]) -> list[Any]:
    """Give all cases for `parametrize`, marked as long but for those that `chosen` gives."""
    taken = set(chosen(cases, needs))
    return [case if at in taken else _long(case) for at, case in enumerate(cases)]


def _long(case: Any) -> Any:
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.long)


def grid(*columns: Iterable[Any]) -> list[Any]:
    """Give each row of some columns' values, of which a sample has each value at least once."""
    return sampled(list(itertools.product(*columns)), lambda row: dict.fromkeys(enumerate(row), 1))
