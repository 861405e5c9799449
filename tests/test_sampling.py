"""What is left out of an everyday run is chosen by rule."""

from __future__ import annotations

from collections import Counter

import pytest
from sampling import chosen, grid, sampled


def letters(word):
    return dict.fromkeys(word, 2)


def test_a_sample_has_everything_as_often_as_it_must():
    """Each need of any case is met in the sample, where the cases can meet it."""
    words = ["ab", "bc", "ca", "abc", "d", "a", "b", "c"]
    got = Counter("".join(words[at] for at in chosen(words, letters)))
    assert {letter: min(2, count) for letter, count in got.items()} == {
        **dict.fromkeys("abc", 2),
        "d": 1,
    }
    assert len(chosen(words, letters)) < len(words)


def test_a_sample_is_always_the_same():
    """Two calls over the same cases choose the same ones."""
    cases = [str(number) for number in range(1000)]
    assert chosen(cases, letters) == chosen(list(cases), letters)


def test_what_is_left_out_is_long():
    """All cases are there in their order, those beyond the sample with the mark."""
    cases = sampled(["a", "a", "a"], letters)
    assert sorted(case if isinstance(case, str) else case.values[0] for case in cases) == [*"aaa"]
    marked = [case for case in cases if not isinstance(case, str)]
    assert [[mark.name for mark in case.marks] for case in marked] == [["long"]]


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (1, 5), (2, 2)])
def test_a_grid_has_each_value_in_as_few_rows_as_can_be(rows, columns):
    """The sample of a grid has as many rows as its longest column, and every value."""
    short = [row for row in grid(range(rows), range(columns)) if type(row) is tuple]
    assert {first for first, _ in short} == set(range(rows))
    assert {second for _, second in short} == set(range(columns))
    assert len(short) == max(rows, columns)
