"""One server told: tries, waits, and what is said of each kind of failure."""

from __future__ import annotations

import os
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from library_servers import Listener, close, hang, reset, status, trickle

from cbzsafe.cli.receivers import addresses
from cbzsafe.interrupt import Interrupted, Stop
from cbzsafe.notify import send, tell
from cbzsafe.notify.messages import News

CERTIFICATE = Path(__file__).with_name("loopback.pem")
"""A key and a certificate for 127.0.0.1 that it signs itself; `make_loopback.sh` made it."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(send, "TIMEOUT", 0.2)
    monkeypatch.setattr(send, "WAITS", (0.01, 0.02))
    monkeypatch.setattr(send, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(tell, "PATIENCE", 2.0)
    monkeypatch.setattr(tell, "AFTER_A_SIGNAL", 0.3)


def said(address, stop=None, key=None, paths=("a.cbz",)):
    """Tell one address, and give the warnings."""
    told = [(one, key) for one in addresses(address)]
    problems = tell.tell(told, News(paths, lambda: {"a": 1}), stop or Stop())
    assert {problem.severity for problem in problems} <= {"warning"}
    return [problem.text for problem in problems]


def why(address, **options):
    """Give the reason in the one warning."""
    (text,) = said(address, **options)
    before, _, reason = text.partition(" was not told of new books: ")
    assert before.startswith("The webhook at http")
    return reason


@pytest.mark.parametrize("fault", [status(code) for code in (408, 425, 429, 500, 502, 503)])
def test_what_may_pass_is_tried_three_times(listener, fault):
    """A status of the server's own trouble is followed by two more tries."""
    listener.faults = [fault, fault]
    assert said(listener.root) == []
    assert len(listener.heard) == 3
    listener.faults = [fault] * 9
    assert why(listener.root).startswith("it answered ")
    assert len(listener.heard) == 6


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 410, 422, 301, 304])
def test_what_does_not_pass_is_tried_once(listener, code):
    """Another try would be answered likewise."""
    listener.faults = [status(code)]
    assert f"{code}" in why(listener.root)
    assert len(listener.heard) == 1


@pytest.mark.parametrize(
    ("form", "code", "reason"),
    [
        ("komga+{}/libraries/0B7", 401, "it does not take what is in CBZSAFE_NOTIFY_TOKEN (401)."),
        ("komga+{}/libraries/0B7", 403, "it refused the key (403): "),
        ("komga+{}/libraries/0B7", 404, "it has no such library (404): "),
        ("kavita+{}", 400, "it refused the request (400): "),
        ("kavita+{}", 401, "it does not take what is in CBZSAFE_NOTIFY_TOKEN (401)."),
        ("kavita+{}/base", 404, "it has no such place (404): "),
    ],
)
def test_a_refusal_says_what_is_to_be_changed(listener, form, code, reason):
    """Each server has its own words for a wrong key and a wrong address."""
    listener.faults = [status(code)] * 2
    (text,) = said(form.format(listener.root), key="key")
    name = form.partition("+")[0].capitalize()
    base = "/base" if "base" in form else ""
    assert text.startswith(f"{name} at {listener.root}{base} was not told of new books: {reason}")
    assert len(listener.heard) == 1


def test_a_kavita_that_refuses_one_folder_is_not_asked_for_the_next(listener):
    """What keeps it from taking one keeps it from all."""
    listener.faults = [status(401)]
    paths = ("/a/1.cbz", "/b/1.cbz", "/c/1.cbz")
    assert len(said(f"kavita+{listener.root}", key="key", paths=paths)) == 1
    assert len(listener.heard) == 1


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_every_success_is_one(listener, code):
    """Whatever of the two hundreds it is, the server was told."""
    listener.faults = [status(code)]
    assert said(listener.root) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (hang, "it does not answer within 0.2 s."),
        (reset, "it cannot be reached (Connection reset by peer)."),
        (close, "it cannot be reached (the connection broke off)."),
    ],
    ids=["hangs", "resets", "closes"],
)
def test_a_broken_connection_is_tried_three_times(listener, fault, reason):
    """A server that hangs or hangs up is told the third time, or named with the reason."""
    listener.faults = [fault, fault]
    assert said(listener.root) == []
    listener.faults = [fault] * 3
    assert why(listener.root) == reason
    assert len(listener.heard) == 6


def test_a_port_that_nobody_listens_at_is_told_with_the_systems_words():
    """What the system says of the address is said, and the address's path is not."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        root = f"http://127.0.0.1:{taken.getsockname()[1]}"
        (text,) = said(f"{root}/secret")
    assert text == (
        f"The webhook at {root} was not told of new books: it cannot be reached "
        "(Connection refused)."
    )


@pytest.mark.parametrize(
    ("after", "least"),
    [
        ("0", 0),
        ("3600", 0.2),
        ("nonsense", 0),
        (lambda: format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), 0.2),
        (lambda: format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0),
    ],
    ids=["now", "later", "nonsense", "date", "past"],
)
def test_retry_after_is_heeded_within_bounds(listener, after, least):
    """Seconds or a date make the wait longer, up to a limit; what is no time is passed over."""
    text = after() if callable(after) else after
    listener.faults = [status(503, Retry_After=text)]
    began = time.monotonic()
    assert said(listener.root) == []
    assert least <= time.monotonic() - began < least + 1


@pytest.mark.parametrize("location", ["/elsewhere", "https://other.example:8443/secret", ""])
def test_a_redirect_is_named_and_not_followed(listener, location):
    """Where it leads is said as far as the host, which is no secret."""
    listener.faults = [status(302, Location=location)]
    reason = why(listener.root)
    assert "(302), which is not followed" in reason
    assert "secret" not in reason
    assert len(listener.heard) == 1
    assert ("https://other.example:8443" in reason) == ("other" in location)


def test_a_redirect_to_no_address_is_no_second_try(listener):
    """What cannot be read is told as that."""
    listener.faults = [status(302, Location="//[")]
    assert why(listener.root).startswith("its address or its answer cannot be used (")
    assert len(listener.heard) == 1


def test_an_answer_without_an_end_is_given_up(listener, monkeypatch):
    """A head that comes byte by byte keeps nobody for longer than all of it may take."""
    monkeypatch.setattr(tell, "PATIENCE", 0.5)
    listener.faults = [trickle]
    began = time.monotonic()
    assert why(listener.root) == "it does not answer in time."
    assert time.monotonic() - began < 2


def test_one_server_that_hangs_keeps_no_other_from_being_told(listener):
    """Each is told by itself."""
    with Listener() as other:
        listener.faults = [hang] * 3
        (text,) = said(f"{listener.root} {other.root}")
        assert listener.root in text
        assert len(other.heard) == 1


def test_after_a_signal_there_is_one_try(listener):
    """What fails then is not waited for."""
    stop = Stop()
    stop.reason = Interrupted("SIGTERM", 143)
    listener.faults = [status(503)] * 3
    assert why(listener.root, stop=stop) == "it answered 503."
    assert len(listener.heard) == 1


def test_a_password_of_netrc_is_not_sent(listener, tmp_path, monkeypatch):
    """What requests would take from there for the host stays there."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    assert said(listener.root) == []
    assert "Authorization" not in listener.heard[0].headers


@pytest.fixture
def secure():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server = Listener()
    server.secure(context)
    with server:
        yield server


def test_a_certificate_that_nobody_knows_is_told_with_what_to_do(secure):
    """The reason of the check comes with the variable that mends it, and nothing is sent."""
    reason = why(secure.root)
    assert reason.startswith("its certificate is not accepted (self-signed certificate): ")
    assert "REQUESTS_CA_BUNDLE" in reason
    assert secure.heard == []


def test_a_certificate_of_the_users_own_authority_is_accepted(secure, monkeypatch):
    """`REQUESTS_CA_BUNDLE` counts, as for gallery-dl."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(CERTIFICATE))
    assert said(secure.root) == []
    assert secure.heard[0].data == {"a": 1}


def test_a_server_without_tls_is_not_taken_for_one_with(listener):
    """An https:// where http:// is spoken is told as that."""
    reason = why(listener.root.replace("http:", "https:"))
    assert reason == "it does not speak TLS as it should: http:// may be meant."
