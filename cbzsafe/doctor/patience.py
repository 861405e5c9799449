"""Waiting no longer than a person would for a file system that may never answer."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from cbzsafe.cbz.aside import Aside

if TYPE_CHECKING:
    from collections.abc import Callable

    from cbzsafe.interrupt import Stop

Result = TypeVar("Result")

SECONDS = 60.0
"""A share of another machine that is slow takes a few; one that hangs takes for ever."""

GRACE = 5.0
"""Seconds that are left after a signal to take things away again."""

_STEP = 0.1


def patiently(
    call: Callable[[], Result], stop: Stop, seconds: float = SECONDS, grace: float = GRACE
) -> Result | None:
    """Make a call that may hang, in a thread of its own.

    A signal takes effect when the call is over, or has not ended by itself in time. The kernel lets
    a process end whose threads hang in a call to such a file system.

    Args:
        call: what to do; it asks `stop.reason` where it can end early.
        stop: a signal's flag.
        seconds: how long to wait.
        grace: how long to wait after a signal.

    Returns:
        None where the call did not end in time, and still goes on.

    Raises:
        BaseException: what the call raised.
    """
    done = Event()
    with stop.uninterrupted():
        aside = Aside(lambda: _made(call, done))
        end = time.monotonic() + seconds
        while stop.reason is None and time.monotonic() < end:
            if done.wait(_STEP):
                return aside.wait()
        in_time = done.is_set() or (stop.reason is not None and done.wait(grace))
        return aside.wait() if in_time else None


def _made(call: Callable[[], Result], done: Event) -> Result:
    try:
        return call()
    finally:
        done.set()
