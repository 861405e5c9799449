"""`--notify` in real runs: who is told, of what, and that it never fails the run."""

from __future__ import annotations

import base64
import json
import signal
import time

import programs
import pytest
from library_servers import LIBRARY, Listener, hang, status
from notified_program import KEY
from repairs import broken, whole
from site_faults import status as refusing


def test_komga_is_asked_once_to_scan_its_library(site, program, komga):
    """Two new books make one request, with the key in its header."""
    for number in (1, 2):
        site.add_chapter(number, pages=1)
    done = program.run(
        "--notify", komga.address, site.series_url(), CBZSAFE_NOTIFY_TOKEN=f"{KEY}\n"
    )
    assert (done.returncode, program.warnings()) == (0, [])
    (heard,) = komga.heard
    assert (heard.method, heard.path) == ("POST", f"/api/v1/libraries/{LIBRARY}/scan")
    assert (heard.headers["X-API-Key"], heard.body) == (KEY, b"")


def test_nothing_is_told_where_nothing_is_new(site, program, komga):
    """An unchanged book and a held one are no news."""
    url = site.add_chapter(1, pages=1).url
    held = site.add_chapter(2, pages=2)
    held.pages[1].faults.append(refusing(404, None))
    assert program.run(url).returncode == 0
    told = {"CBZSAFE_NOTIFY": komga.address, "CBZSAFE_NOTIFY_TOKEN": KEY}
    assert program.run(url, held.url, **told).returncode & 1
    assert komga.heard == []


def test_kavita_is_told_of_each_folder_once_as_it_sees_it(site, program, workdir, kavita):
    """Books of one folder make one request, and the paths are those of Kavita's own mount."""
    site.add_chapter(1, pages=1, slug="a", manga="A, 100% & more")
    for number in (2, 3):
        site.add_chapter(number, pages=1, slug="b", manga="B")
    done = program.run(
        *("--publish-to", "lib", "--notify", kavita.address, "--notify-path", "lib=/manga/"),
        *(site.series_url("a"), site.series_url("b")),
        CBZSAFE_NOTIFY_TOKEN=KEY,
    )
    assert (done.returncode, program.warnings()) == (0, [])
    assert kavita.folders() == ["/manga/local/A, 100% & more", "/manga/local/B"]


def test_a_folder_that_kavita_cannot_see_is_told_to_the_user(site, program, workdir, kavita):
    """A book outside the mapped folder is named in a warning, and Kavita is not asked."""
    done = program.run(
        *("--notify", kavita.address, "--notify-path", "/elsewhere=/manga"),
        site.add_chapter(pages=1).url,
        CBZSAFE_NOTIFY_TOKEN=KEY,
    )
    assert (done.returncode, kavita.heard) == (0, [])
    (warning,) = program.warnings()
    assert f"does not see {workdir}/" in warning
    assert "--notify-path" in warning


def test_a_webhook_gets_the_report(site, program, workdir, listener):
    """Any other address gets what `--report` writes, and the key as a bearer's."""
    done = program.run(
        *("--notify", f"{listener.root}/hooks/7?x=y#z", site.add_chapter(pages=2).url),
        CBZSAFE_NOTIFY_TOKEN=KEY,
    )
    assert done.returncode == 0
    (heard,) = listener.heard
    assert (heard.method, heard.path) == ("POST", "/hooks/7?x=y")
    assert heard.headers["Authorization"] == f"Bearer {KEY}"
    assert heard.data == json.loads((workdir / "report.json").read_text("utf-8"))
    assert heard.data["books"][0]["outcome"] == "published"


def test_each_server_gets_its_own_key_and_no_other(site, program, komga, listener):
    """Several addresses have as many keys, a dash for none."""
    done = program.run(
        *("--notify", f"{listener.root} {komga.address}", site.add_chapter(pages=1).url),
        CBZSAFE_NOTIFY_TOKEN=f"- {KEY}",
    )
    assert (done.returncode, program.warnings()) == (0, [])
    assert komga.heard[0].headers["X-API-Key"] == KEY
    assert "Authorization" not in listener.heard[0].headers
    assert KEY.encode() not in listener.heard[0].body


def test_a_key_with_a_colon_is_a_user_and_a_password(site, program, komga):
    """Older Komgas take HTTP basic authentication alone."""
    url = site.add_chapter(pages=1).url
    komga.faults = [status(202)]
    done = program.run("--notify", komga.address, url, CBZSAFE_NOTIFY_TOKEN=f"me:{KEY} a")
    assert done.returncode == 0
    expected = base64.b64encode(f"me:{KEY} a".encode()).decode()
    assert komga.heard[0].headers["Authorization"] == f"Basic {expected}"


@pytest.mark.parametrize(
    ("variables", "said", "count"),
    [
        ({"CBZSAFE_NOTIFY_TOKEN": "wrong-key"}, "CBZSAFE_NOTIFY_TOKEN (401).", 1),
        ({}, "CBZSAFE_NOTIFY_TOKEN is to hold the key of an administrator.", 0),
    ],
)
def test_a_refusal_is_a_warning_and_not_the_runs(site, program, komga, variables, said, count):
    """The books are published, the status is 0, and one sentence says what is wrong."""
    done = program.run("--notify", komga.address, site.add_chapter(pages=1).url, **variables)
    assert done.returncode == 0
    (warning,) = program.warnings()
    assert warning.startswith(f"Komga at {komga.root} was not told of new books: ")
    assert warning.endswith(said)
    assert f"warning: {warning}" in done.stderr
    assert len(komga.heard) == count


def test_a_server_that_stumbles_is_asked_again(site, program, komga):
    """A 500 is followed by a second try, which says nothing where it is taken."""
    komga.faults = [status(500)]
    url = site.add_chapter(pages=1).url
    done = program.run("--notify", komga.address, url, CBZSAFE_NOTIFY_TOKEN=KEY)
    assert (done.returncode, program.warnings(), len(komga.heard)) == (0, [], 2)


def test_no_redirect_takes_the_key_along(site, program, komga):
    """Another host that the server points to hears nothing; the sentence names it."""
    with Listener() as other:
        komga.faults = [status(307, Location=f"{other.root}/steal?secret")]
        url = site.add_chapter(pages=1).url
        done = program.run("--notify", komga.address, url, CBZSAFE_NOTIFY_TOKEN=KEY)
        assert (done.returncode, other.heard, len(komga.heard)) == (0, [], 1)
        (warning,) = program.warnings()
    assert f"it redirects to {other.root} (307)" in warning
    assert "secret" not in warning


def test_a_signal_ends_the_waiting_for_a_server(site, program, komga):
    """SIGTERM while a server hangs leaves it two seconds; report and status stay the run's."""
    komga.faults = [hang]
    url = site.add_chapter(pages=1).url
    process = program.start(
        "--report", "report.json", "--notify", komga.address, url, CBZSAFE_NOTIFY_TOKEN=KEY
    )
    assert programs.until(lambda: komga.heard)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert program.end(process).returncode == 0
    assert time.monotonic() - began < 6
    assert program.warnings()[0].endswith("it does not answer in time.")


def test_after_a_signal_what_was_published_is_told_by_one_try(site, program, komga):
    """A run that SIGTERM ended tells of its finished books, and does not try twice."""
    for number in (1, 2):
        site.add_chapter(number, pages=2)
    komga.faults = [status(503)]
    gate = site.hold(3, middle=True)
    args = ("--report", "report.json", "--notify", komga.address, site.series_url())
    process = program.start(*args, CBZSAFE_NOTIFY_TOKEN=KEY)
    gate.wait()
    process.send_signal(signal.SIGTERM)
    done = program.end(process)
    gate.open()
    assert (done.returncode, len(komga.heard)) == (143, 1)
    assert "it answered 503" in program.warnings()[0]


@pytest.mark.parametrize("address", ["ftp://host/", "komga+https://h/", f"https://me:{KEY}@h/"])
def test_a_wrong_address_is_a_usage_error_before_anything(site, program, address):
    """Nothing is downloaded, and the sentence does not repeat what may be secret."""
    url = site.add_chapter(pages=1).url
    config = site.config(cbzsafe={"notify": [address]})
    done = program.run(url, config=config)
    assert (done.returncode, site.log) == (2, [])
    assert "cbzsafe.notify in " in done.stderr


def test_wrong_keys_are_a_usage_error_before_anything(site, program, komga):
    """Their number is that of the addresses; the sentence does not repeat them."""
    url, addresses = site.add_chapter(pages=1).url, " ".join([komga.address] * 3)
    done = program.run("--notify", addresses, url, CBZSAFE_NOTIFY_TOKEN=f"{KEY} {KEY}")
    assert (done.returncode, site.log) == (2, [])
    assert "CBZSAFE_NOTIFY_TOKEN has 2 keys for 3 addresses" in done.stderr


@pytest.mark.parametrize("option", ["--print-traffic", "--verbose"])
def test_gallery_dls_own_traces_do_not_show_the_key(site, program, listener, option):
    """Neither the headers on standard output nor the log of requests has what is sent to us."""
    url = f"{listener.root}/secret-path"
    args = (option, "--notify", url, site.add_chapter(pages=1).url)
    done = program.run(*args, CBZSAFE_NOTIFY_TOKEN=KEY)
    assert (done.returncode, len(listener.heard)) == (0, 1)
    assert "/read/" in done.stdout + done.stderr  # gallery-dl's own requests are shown
    assert "secret-path" not in program.said


@pytest.mark.parametrize("command", ["explain", "doctor"])
def test_a_webhooks_path_is_not_shown(program, command):
    """`explain` and `doctor` show where it goes, and not its secret."""
    args = ("--json", "--", "--notify") if command == "doctor" else ("--notify",)
    given = f"https://hooks.example.org:8443/T00/{KEY}"
    done = program.command(command, *args, given, "URL", CBZSAFE_NOTIFY_TOKEN=KEY)
    assert "https://hooks.example.org:8443/..." in done.stdout
    assert "CBZSAFE_NOTIFY_TOKEN" not in done.stdout


@pytest.mark.parametrize(
    ("keys", "weight", "said"),
    [
        ("", "warning", "https://k takes nothing without a key, and none is set."),
        (KEY, None, ""),
        (f"{KEY} {KEY}", "error", "CBZSAFE_NOTIFY_TOKEN has 2 keys for 3 addresses"),
    ],
)
def test_the_doctor_looks_for_the_keys(program, keys, weight, said):
    """A key that is not there is a warning, and keys that would end a run are an error."""
    address = "komga+https://k/libraries/0B7" + " https://h" * 2 * (weight == "error")
    args = ("doctor", "--json", "--", "--notify", address, "URL")
    done = program.command(*args, CBZSAFE_NOTIFY_TOKEN=keys)
    found = [
        (one["weight"], one["text"])
        for one in json.loads(done.stdout)["diagnoses"]
        if one["weight"] in {"warning", "error"} and "key" in one["text"]
    ]
    assert [kind for kind, _ in found] == [weight] * bool(weight)
    assert all(text.startswith(said) for _, text in found)


def test_a_repair_tells_of_what_it_wrote(program, workdir, kavita, komga):
    """`repair --notify` tells of the archives that were written anew, and of no other."""
    for folder, data in (("good", whole()), ("bad", broken())):
        (workdir / "lib" / folder).mkdir(parents=True)
        (workdir / "lib" / folder / "1.cbz").write_bytes(data)
    args = ("repair", "lib", "--notify", kavita.address, "--notify-path", "lib=/manga")
    assert program.command(*args, "--dry-run", CBZSAFE_NOTIFY_TOKEN=KEY).returncode == 1
    assert kavita.heard == []
    assert program.command(*args, CBZSAFE_NOTIFY_TOKEN=KEY).returncode == 1
    assert kavita.folders() == ["/manga/bad"]
