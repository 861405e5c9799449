"""Stopping on a signal: at once where that is safe, later where it is not.

SIGTERM and SIGINT raise `Interrupted` in the main thread, wherever it is. Inside
`Stop.uninterrupted` they only set a flag, so that a publish which is under way is finished; so they
do after `Stop.until_stopped`, while a report is made and written. A second signal ends the process
on the spot, which is as safe as a kill.

Python drops an exception that comes up in a finalizer, be it one of a signal's handler. It says so
to `sys.unraisablehook`, and a timer then raises it anew.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGTERM, signal.SIGINT)

_AT_ONCE = 0.01
"""Seconds until a signal that was lost is heard again: a finalizer is over by then."""


class Interrupted(BaseException):
    """The run has to end now.

    It derives from BaseException itself, because gallery-dl turns a KeyboardInterrupt into an
    exit status of 1 and takes a SystemExit for its own `skip: exit`.

    Attributes:
        cause: the signal's name, or `closed pipe`.
        exit_code: 128 and the signal's number, or 1 for a closed pipe.
    """

    def __init__(self, cause: str, exit_code: int) -> None:
        super().__init__(cause)
        self.cause = cause
        self.exit_code = exit_code


class Stop:
    """The flag that a signal sets, and the handlers that set it."""

    def __init__(self) -> None:
        self.reason: Interrupted | None = None
        self._depth = 0
        self._replaced: dict[int, Any] = {}
        self._ignored: Callable[[Any], object] = sys.unraisablehook

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Handle the signals within the block, and put back what was there before.

        Handlers can only be set in the main thread; elsewhere the block runs without them.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._replaced = {n: signal.getsignal(n) for n in (*SIGNALS, signal.SIGALRM)}
        self._ignored = sys.unraisablehook
        try:
            self.arm()
            sys.unraisablehook = self._lost
            yield
        finally:
            sys.unraisablehook = self._ignored
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in self._replaced.items():
                signal.signal(number, handler)

    def arm(self) -> None:
        """Set the handlers, again if something else has replaced them meanwhile."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                signal.signal(number, self._receive)

    def check(self) -> None:
        """Raise `Interrupted` if a signal came and nothing forbids it.

        Asking a message and a chunk makes sure that it is heard where something else swallowed it.
        """
        if self.reason is not None and not self._depth:
            raise self.reason

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """Let the block finish before a signal takes effect."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        self.check()

    def until_stopped(self, work: Callable[[], T], otherwise: T) -> T:
        """Do work to its end, or until a signal comes; after that, signals raise no more.

        The work is over then and is reported on: `reason` has the signal, also one that came behind
        its last step. What comes later changes neither the report nor the exit status.

        Args:
            work: what may be ended.
            otherwise: what is returned where it was.
        """
        try:
            result = work()
            self._depth += 1
        except Interrupted:
            self._depth += 1
            return otherwise
        return result

    def resume(self) -> None:
        """Let signals raise again, since more work follows."""
        self._depth -= 1
        self.check()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.reason is not None:
            os._exit(128 + number)
        self.reason = Interrupted(signal.Signals(number).name, 128 + number)
        self.check()

    def _lost(self, args: Any) -> None:
        """Hear of an exception that Python drops, and raise ours anew in a moment."""
        if args.exc_value is None or args.exc_value is not self.reason:
            self._ignored(args)
            return
        signal.signal(signal.SIGALRM, self._again)
        signal.setitimer(signal.ITIMER_REAL, _AT_ONCE)

    def _again(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.check()
