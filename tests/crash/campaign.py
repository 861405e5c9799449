"""Which trials one worker makes, and what it tells of them."""

from __future__ import annotations

import random
import traceback
from typing import TYPE_CHECKING, Any

from scene_table import opened
from trials import ERRORS, LASTING, NotReached, fail_at, kill_at

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scenes import Scene
    from tracing import Point

KINDS = ("kill", "error", "power")
"""What can be done to a command."""


def work(queue: Any, number: int, args: Namespace, folder: Path) -> None:
    """Make this worker's share of the trials; the last thing that it puts into the queue is None.

    Args:
        queue: takes scene, kind, how many trials, and a sentence where one failed.
        number: of the worker, from 0.
        args: the program's.
        folder: for the worker's files.
    """
    try:
        for name in args.only.split(","):
            home = folder / name
            home.mkdir(parents=True)
            with opened(name, home) as scene:
                _try_all(scene, queue, number, args)
    except BaseException:
        queue.put(("setting up", "failed", 1, traceback.format_exc()))
        raise
    finally:
        queue.put(None)


def _try_all(scene: Scene, queue: Any, number: int, args: Namespace) -> None:
    kinds = args.kinds.split(",")
    mine = [trial for trial in _trials(scene, args) if trial[1].split()[0] in kinds]
    for what, kind, trial in mine[number :: args.jobs]:
        queue.put((scene.name, *outcome(what, kind, trial)))
    if "power" in kinds:
        from test_power_cut import power_cuts

        count, failures = power_cuts(scene, args.share, part=number, parts=args.jobs)
        queue.put((scene.name, "power cuts", count, ""))
        for failure in failures:
            queue.put((scene.name, "power cuts", 0, failure))


def outcome(what: str, kind: str, trial: Callable[[], None]) -> tuple[str, int, str]:
    """Make one trial; gives its kind, how many it was, and what is wrong."""
    try:
        trial()
    except NotReached:
        return "not reached", 1, ""
    except AssertionError as error:
        return kind, 1, f"{what}: {error}"
    except Exception:  # noqa: BLE001 - one trial that breaks down must not end the others
        return kind, 1, f"{what}: {traceback.format_exc()}"
    return kind, 1, ""


def lasting(found: list[Point]) -> list[Point]:
    """Give the first call of each name that may fail for good.

    Where no file can be opened any more not even Python's own modules can; where nothing can be
    written, nothing can be said; and a lock that is not granted is waited for.
    """
    first = {point.call: point for point in reversed(found)}
    return [point for call, point in first.items() if call not in {"openat", "write", "flock"}]


def _trials(scene: Scene, args: Namespace) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """Give each trial of a scene, by a seeded choice, with its name and kind."""
    dice = random.Random(f"{args.seed} {scene.name}")
    for point in scene.points:
        if dice.random() < args.share:
            yield f"{scene.name}, killed at {point}", "kill", lambda p=point: kill_at(scene, p)
        for error in ERRORS:
            if dice.random() < args.share:
                what = f"{scene.name}, {error} at {point}"
                yield what, f"error {error}", lambda p=point, e=error: fail_at(scene, p, e)
    for point in lasting(scene.points):
        for error in LASTING:
            if dice.random() < args.share:
                what = f"{scene.name}, {error} from {point} on"
                trial = lambda p=point, e=error: fail_at(scene, p, e, for_good=True)  # noqa: E731
                yield what, "error for good", trial
