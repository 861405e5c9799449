"""`python -m cbzsafe`, and the program `cbzsafe`."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from types import FrameType

_IMPORTING = "<frozen importlib._bootstrap>"


def main() -> None:
    """Run the program and end the process with its exit status."""
    _listen()
    _hold_streams()
    from cbzsafe.cli.main import main as run

    status = run()
    _end_with(status)
    sys.exit(status)


def _listen() -> None:
    """Let signals end the process until a command sets handlers of its own.

    Before anything else is imported: the first process of a container gets no signal for which it
    has no handler, and importing takes a quarter of a second. What the parent had ignored stays
    ignored.
    """
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def _hold_streams() -> None:
    """Let no file get the number of a standard stream that is closed.

    Libraries complain to standard error by its number, which could be that of a page by then.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free


def _end(number: int, frame: FrameType | None) -> None:
    # A line that goes to gallery-dl unchanged gets its KeyboardInterrupt. Inside an import that
    # would be a traceback, or come out as another error.
    if number == signal.SIGINT and not _importing(frame):
        raise KeyboardInterrupt
    os._exit(128 + number)


def _end_with(status: int) -> None:
    """Let signals change nothing any more: what was reported is how the process ends.

    Python's shutdown puts the default back, except for signals that are ignored by then.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is _end:
            signal.signal(number, lambda *_: os._exit(status))
            atexit.register(signal.signal, number, signal.SIG_IGN)


def _importing(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_filename != _IMPORTING:
        frame = frame.f_back
    return frame is not None


if __name__ == "__main__":
    main()
