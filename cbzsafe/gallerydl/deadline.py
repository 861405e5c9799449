"""The end of a picture that comes byte by byte: no single read takes too long, all of them do.

requests waits for each read of a socket, and gallery-dl asks for 32 KiB at a time: at a byte a
second nine hours go by between two looks at the clock, and a header that never ends is not even
looked at. So a timer of the system ends the wait.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cbzsafe import images

if TYPE_CHECKING:
    from types import FrameType

    from cbzsafe.gallerydl.transaction import Transaction

_AGAIN = 1.0
"""Seconds until the end is told once more, where something swallowed it."""
_WITH_BODY = frozenset({200, 206})


class TooSlow(Exception):
    """A picture took too long.

    It is no OSError, which urllib3 would take for a broken connection and gallery-dl would answer
    by asking again.
    """


class Deadline:
    """The timer of a downloader's pictures; without effect in any thread but the main one.

    Args:
        transaction: of the job.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def watch(self, downloader: Any) -> None:
        """Let a downloader's every request be over in time, from its first byte to its last."""
        if hasattr(downloader, "session"):
            downloader.session = _Session(downloader.session, self)
        downloader.receive = self._receiving(downloader.receive)
        downloader.download = self._ending(downloader.download)

    def begin(self) -> None:
        """Start the timer for what may be a picture."""
        name = self._transaction.job.pathfmt.filename
        here = threading.current_thread() is threading.main_thread()
        if here and (not name or images.is_page(name)):
            signal.signal(signal.SIGALRM, self._over)
            signal.setitimer(signal.ITIMER_REAL, self._transaction.settings.page_deadline, _AGAIN)

    def end(self) -> None:
        """Stop the timer, unless it is by now that of a signal which has to be raised again."""
        here = threading.current_thread() is threading.main_thread()
        if here and signal.getsignal(signal.SIGALRM) == self._over:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _over(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        seconds = self._transaction.settings.page_deadline
        raise TooSlow(f"the page took over {seconds:g} s (--page-deadline)")

    def _receiving(self, receive: Callable[..., Any]) -> Callable[..., Any]:
        """Stop the timer behind a body, and before that of what turned out to be no picture."""

        def _receive(*args: Any) -> Any:
            if not images.is_page(self._transaction.job.pathfmt.filename or ""):
                self.end()
            try:
                return receive(*args)
            finally:
                self.end()

        return _receive

    def _ending(self, download: Callable[..., Any]) -> Callable[..., Any]:
        """Make an OSError of the end, which gallery-dl takes for a failed page."""

        def _download(*args: Any) -> Any:
            try:
                return download(*args)
            except TooSlow as error:
                raise OSError(str(error)) from error
            finally:
                self.end()

        return _download


class _Session:
    """A session of requests whose answers must come in time."""

    def __init__(self, session: Any, deadline: Deadline) -> None:
        self._session = session
        self._deadline = deadline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def request(self, *args: Any, **options: Any) -> Any:
        """Ask; the timer goes on where a body follows."""
        self._deadline.begin()
        goes_on = False
        try:
            response = self._session.request(*args, **options)
            goes_on = response.status_code in _WITH_BODY
            return response
        finally:
            if not goes_on:
                self._deadline.end()
