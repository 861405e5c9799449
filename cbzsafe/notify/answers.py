"""What an answer, or the lack of one, means for the user: the rest of a sentence.

What a library says of an error is never quoted as it is: it may hold the address with its secrets.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from cbzsafe.receivers import TOKEN, Address, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

E = TypeVar("E", bound=BaseException)

RETRIED = frozenset({408, 425, 429})
"""What a client may be told and another try may mend: RFC 9110, RFC 8470, RFC 6585."""

_GOOD = range(200, 300)
_ELSEWHERE = range(300, 400)
_FAULTY = range(500, 600)

_REFUSED = {
    (Kind.KAVITA, 400): "it refused the request (400): the key has to be an administrator's",
    (Kind.KOMGA, 403): "it refused the key (403): it has to be an administrator's",
    (Kind.KOMGA, 404): "it has no such library (404): give the address of the library's page",
    (Kind.KAVITA, 404): "it has no such place (404): give the address of Kavita's first page",
}


def is_good(status: int) -> bool:
    """Whether a server has taken what it was told."""
    return status in _GOOD


def is_passing(status: int) -> bool:
    """Whether another try may be answered better."""
    return status in RETRIED or status in _FAULTY


def of_status(address: Address, status: int, headers: Mapping[str, str]) -> str:
    """Say why a server did not take it.

    Args:
        address: whose answer it is.
        status: the HTTP status.
        headers: of the answer.
    """
    if status in _ELSEWHERE:
        return _redirect(address, status, headers.get("Location", ""))
    known = _REFUSED.get((address.kind, status))
    if known:
        return known
    if status in {401, 403}:
        return f"it does not take what is in {TOKEN} ({status})"
    return f"it answered {status}"


def _redirect(address: Address, status: int, location: str) -> str:
    try:
        parts = urlsplit(urljoin(address.url, location))
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if host is None or not location:
        return f"it redirects ({status}), which is not followed: give the address itself"
    leads = f"{parts.scheme}://{host}"
    return f"it redirects to {leads} ({status}), which is not followed: give the address itself"


def of_error(error: BaseException, timeout: float) -> str:
    """Say why a server could not be asked.

    Args:
        error: of `requests`, or any other.
        timeout: seconds within which it had to answer.
    """
    from requests import exceptions

    certificate = _within(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        return (
            f"its certificate is not accepted ({certificate.verify_message}): let "
            "REQUESTS_CA_BUNDLE name a file with that of its authority"
        )
    if isinstance(error, exceptions.SSLError):
        return "it does not speak TLS as it should: http:// may be meant"
    if isinstance(error, exceptions.Timeout):
        return f"it does not answer within {timeout:g} s"
    if is_lasting(error):
        return f"its address or its answer cannot be used ({type(error).__name__})"
    return f"it cannot be reached ({_system_words(error)})"


def is_lasting(error: BaseException) -> bool:
    """Whether another try fails likewise."""
    from requests import exceptions

    passing = isinstance(error, exceptions.ConnectionError | exceptions.Timeout)
    return isinstance(error, exceptions.SSLError) or not passing


def _system_words(error: BaseException) -> str:
    system = [one for one in _inner(error) if isinstance(one, OSError) and one.strerror]
    return str(system[-1].strerror) if system else "the connection broke off"


def _within(error: BaseException, kind: type[E]) -> E | None:
    return next((one for one in _inner(error) if isinstance(one, kind)), None)


def _inner(error: BaseException) -> list[BaseException]:
    """List an error and those that it was made of, as requests and urllib3 wrap them."""
    found = [error]
    for one in found:
        inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        found += [new for new in inner if isinstance(new, BaseException) and new not in found]
    return found
