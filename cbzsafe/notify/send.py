"""One request, tried again where that may help.

`requests` sends it, which gallery-dl has imported by then: proxies, `REQUESTS_CA_BUNDLE` and
certificates are the same for both. No redirect is followed, for the key would go along.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cbzsafe import __version__
from cbzsafe.notify import answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cbzsafe.notify.messages import Message
    from cbzsafe.receivers import Address

TIMEOUT = 10.0
"""Seconds for a connection, and for an answer."""

WAITS = (1.0, 4.0)
"""Seconds before the second and the third try."""

LONGEST_WAIT = 30.0
"""Seconds that a server may have us wait, by `Retry-After`."""

Wait = Callable[[float], bool]
"""Waits so many seconds, and tells whether there is to be another try."""


class _Failure(NamedTuple):
    """Why a try failed.

    Attributes:
        why: the rest of a sentence.
        passing: whether another try may help.
        pause: seconds that the server asked for, 0 where it did not.
    """

    why: str
    passing: bool
    pause: float = 0.0


def deliver(address: Address, messages: list[Message], wait: Wait) -> str | None:
    """Send messages to one server, up to the first that it does not take.

    Args:
        address: where to.
        messages: what is sent.
        wait: called before another try.

    Returns:
        why one was not taken, the rest of a sentence; None where all were.
    """
    import requests

    with requests.Session() as session:
        session.auth = _unchanged
        session.headers["User-Agent"] = f"cbzsafe/{__version__}"
        return next(filter(None, (_sent(session, address, one, wait) for one in messages)), None)


def _unchanged(request: Any) -> Any:
    """Keep requests from taking a password out of ~/.netrc."""
    return request


def _sent(session: Any, address: Address, message: Message, wait: Wait) -> str | None:
    failure = _try(session, address, message)
    for pause in WAITS:
        if failure is None or not failure.passing or not wait(max(pause, failure.pause)):
            break
        failure = _try(session, address, message)
    return None if failure is None else failure.why


def _try(session: Any, address: Address, message: Message) -> _Failure | None:
    try:
        response = session.post(
            address.url,
            headers=message.headers,
            json=message.body,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,  # the answer's body is of no use, and may be endless
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the run
        return _Failure(answers.of_error(error, TIMEOUT), not answers.is_lasting(error))
    with response:
        status = response.status_code
    if answers.is_good(status):
        return None
    why = answers.of_status(address, status, response.headers)
    return _Failure(why, answers.is_passing(status), _asked_pause(response.headers))


def _asked_pause(headers: Mapping[str, str]) -> float:
    """Read `Retry-After`, seconds or a date (RFC 9110, 10.2.3), within bounds."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT)
    try:
        pause = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(pause, 0.0), LONGEST_WAIT)
