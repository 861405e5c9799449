"""Stopping on a signal: at once where that is safe, later where it is not.

SIGTERM and SIGINT raise `Interrupted` in the main thread, wherever it is. Inside
`Stop.uninterrupted` they only set a flag, so that a publish which is under way is finished. A
second signal ends the process on the spot, which is as safe as a kill.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Handle the signals within the block, and put back what was there before.

        Handlers can only be set in the main thread; elsewhere the block runs without them.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._replaced = {number: signal.getsignal(number) for number in SIGNALS}
        try:
            self.arm()
            yield
        finally:
            for number, handler in self._replaced.items():
                signal.signal(number, handler)

    def arm(self) -> None:
        """Set the handlers, again if something else has replaced them meanwhile."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                signal.signal(number, self._receive)

    def check(self) -> None:
        """Raise `Interrupted` if a signal came and nothing forbids it.

        An exception that a signal handler raises is lost where Python cannot propagate it, as in
        a finalizer; asking here, a message and a chunk, makes sure that it is heard.
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

    def _receive(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.reason is not None:
            os._exit(128 + number)
        self.reason = Interrupted(signal.Signals(number).name, 128 + number)
        self.check()
