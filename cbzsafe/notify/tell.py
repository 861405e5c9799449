"""All servers told at once, within a time that nothing can stretch."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cbzsafe.model import Problem, Severity
from cbzsafe.notify.messages import messages, outside
from cbzsafe.notify.send import deliver
from cbzsafe.receivers import TOKEN, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cbzsafe.interrupt import Stop
    from cbzsafe.notify.messages import News
    from cbzsafe.receivers import Address

PATIENCE = 60.0
"""Seconds for all of it; a body that comes byte by byte has no end of its own."""

AFTER_A_SIGNAL = 2.0
"""Seconds for all of it once a signal came: a pod has 30 for everything."""

_STEP = 0.05
"""Seconds between two looks for a signal."""

_NAMES = {Kind.KOMGA: "Komga", Kind.KAVITA: "Kavita", Kind.WEBHOOK: "The webhook"}


def tell(receivers: Sequence[tuple[Address, str | None]], news: News, stop: Stop) -> list[Problem]:
    """Tell servers of new books.

    Args:
        receivers: each address with its key.
        news: what is told.
        stop: its signal leaves one try and little time; it raises nothing here.

    Returns:
        what went wrong, as warnings.
    """
    calls = [_Call(address, token, news, stop) for address, token in receivers]
    with _unheard(calls):
        for call in calls:
            call.thread.start()
        _wait(calls, stop)
    return [problem for call in calls for problem in call.problems()]


@contextmanager
def _unheard(calls: list[_Call]) -> Iterator[None]:
    """Keep keys and secret paths out of what gallery-dl's `-v` and `--print-traffic` show."""
    from urllib3.connection import HTTPConnection

    logger = logging.getLogger("urllib3")
    before = logger.level, HTTPConnection.debuglevel
    logger.setLevel(logging.WARNING)
    HTTPConnection.debuglevel = 0
    yield
    if not any(call.thread.is_alive() for call in calls):
        logger.setLevel(before[0])
        HTTPConnection.debuglevel = before[1]


def _wait(calls: list[_Call], stop: Stop) -> None:
    end = time.monotonic() + PATIENCE
    for call in calls:
        while call.thread.is_alive() and time.monotonic() < end:
            if stop.reason is not None:
                end = min(end, time.monotonic() + AFTER_A_SIGNAL)
            call.thread.join(_STEP)
        call.over.set()


class _Call:
    """One server being told, in a thread that is left behind where that takes too long.

    Attributes:
        thread: in which it happens.
        over: set when nobody waits for it any more.
    """

    def __init__(self, address: Address, token: str | None, news: News, stop: Stop) -> None:
        self.thread = threading.Thread(target=self._run, name=f"notify {address}", daemon=True)
        self.over = threading.Event()
        self._address = address
        self._token = token
        self._news = news
        self._stop = stop
        self._failure: str | None = "it does not answer in time"

    def _run(self) -> None:
        self._failure = self._told()

    def _told(self) -> str | None:
        if self._token is None and self._address.kind is not Kind.WEBHOOK:
            return f"{TOKEN} is to hold the key of an administrator"
        try:
            asked = messages(self._address, self._token, self._news)
            return deliver(self._address, asked, self._waits)
        except Exception as error:  # noqa: BLE001 - it must not end the run
            return f"there was an unexpected {type(error).__name__}"

    def _waits(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self._stop.reason is None and time.monotonic() < end:
            if self.over.wait(_STEP):
                return False
        return self._stop.reason is None

    def problems(self) -> list[Problem]:
        """Give what went wrong so far."""
        name, failure = f"{_NAMES[self._address.kind]} at {self._address.home}", self._failure
        said = [f"{name} was not told of new books: {failure}."] if failure else []
        lost = outside(self._news) if self._address.kind is Kind.KAVITA else []
        if lost:
            more = f" and {len(lost) - 1} more" if lost[1:] else ""
            said.append(f"{name} does not see {lost[0]}{more}: --notify-path names no such folder.")
        return [Problem(text, severity=Severity.WARNING) for text in said]
