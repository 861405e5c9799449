"""A sample of the trials that `make crash` makes at every system call."""

from __future__ import annotations

import random

import pytest
from campaign import lasting
from sampling import grid
from scene_table import SCENES
from trials import ERRORS, LASTING, NotReached, fail_at, kill_at

KILLS = 3
"""Kills of each scene in an everyday run: one in each third of its calls."""

TRIES = 5
"""Calls that are tried until one is made: threads come in another order each time."""


def try_one(points, seed, trial):
    """Try one of these calls, chosen by a seed."""
    for point in random.Random(seed).sample(points, min(TRIES, len(points))):
        try:
            trial(point)
        except NotReached:
            continue
        return
    pytest.fail("none of the calls was made")


@pytest.mark.parametrize("part", range(KILLS))
@pytest.mark.parametrize("name", SCENES)
def test_a_kill_at_a_system_call_loses_nothing(scenes, name, part):
    """Every book is whole at once, and the next run ends as if undisturbed."""
    scene = scenes(name)
    begin, end = (len(scene.points) * at // KILLS for at in (part, part + 1))
    try_one(scene.points[begin:end], f"{name} {part}", lambda point: kill_at(scene, point))


@pytest.mark.parametrize(("name", "error"), grid(SCENES, ERRORS))
def test_a_failing_system_call_loses_nothing(scenes, name, error):
    """It is said, with the exit status, no book is harmed, and the next run goes on."""
    scene = scenes(name)
    try_one(scene.points, f"{name} {error}", lambda point: fail_at(scene, point, error))


@pytest.mark.parametrize(("name", "error"), grid(SCENES, LASTING))
def test_a_disk_that_fails_from_some_call_on_loses_nothing(scenes, name, error):
    """It is said, with the exit status, no book is harmed, and the next run goes on."""
    scene = scenes(name)

    def trial(point):
        fail_at(scene, point, error, for_good=True)

    try_one(lasting(scene.points), f"{name} {error}", trial)
