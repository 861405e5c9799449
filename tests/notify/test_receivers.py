"""Addresses, folders, commands and keys as users write them."""

from __future__ import annotations

import re

import pytest

from cbzsafe.cli import receivers
from cbzsafe.errors import UsageError
from cbzsafe.notify.messages import FOLDERS, News, folders, outside
from cbzsafe.receivers import TOKEN, Kind, PathMap

SCAN = "/api/v1/libraries/0B7/scan"


@pytest.mark.parametrize(
    ("written", "kind", "url", "shown"),
    [
        ("komga+https://k/libraries/0B7", Kind.KOMGA, f"https://k{SCAN}", None),
        ("komga+http://k:25600/libraries/0B7", Kind.KOMGA, f"http://k:25600{SCAN}", None),
        (
            "komga+https://k/base/libraries/0B7/series",
            Kind.KOMGA,
            f"https://k/base{SCAN}",
            "komga+https://k/base/libraries/0B7",
        ),
        ("kavita+https://k", Kind.KAVITA, "https://k/api/Library/scan-folder", None),
        (
            "kavita+http://[::1]:50",
            Kind.KAVITA,
            "http://[::1]:50/api/Library/scan-folder",
            None,
        ),
        (
            "kavita+https://k/base/",
            Kind.KAVITA,
            "https://k/base/api/Library/scan-folder",
            "kavita+https://k/base",
        ),
        ("https://h/a/b?c=d#e", Kind.WEBHOOK, "https://h/a/b?c=d", "https://h/..."),
        ("https://h?c=d", Kind.WEBHOOK, "https://h?c=d", "https://h/..."),
        ("https://h:1/", Kind.WEBHOOK, "https://h:1/", "https://h:1"),
        ("HTTPS://h?c", Kind.WEBHOOK, "https://h?c", "https://h/..."),
    ],
)
def test_an_address_leads_to_its_request(written, kind, url, shown):
    """Each kind has the URL of its own API, and shows no more than may be seen."""
    found = receivers.addresses(written)
    (address,) = found
    assert (address.kind, address.url) == (kind, url)
    assert str(found) == (shown or written)
    assert url == written or url not in repr(found)


def test_several_addresses_are_separated_by_space_or_are_a_list():
    """A variable and a configuration file say the same."""
    text = "https://a kavita+https://b\nhttps://c"
    assert receivers.addresses(text) == receivers.addresses(text.split())
    assert str(receivers.addresses(text)) == "https://a kavita+https://b https://c"


@pytest.mark.parametrize(
    "raw",
    [
        *("", " ", [], None, 1, {}, [1], ["https://a", ""], "secret", "secret.example/"),
        *("ftp://secret/", "komga+ftp://secret/", "nextcloud+https://secret/", "https://"),
        *("https://:80/secret", "https://h:secret/", "https://h:99999/secret", "https://[secret/"),
        *("https://me:secret@h/", "https://secret@h/", "kavita+https://secret@h/"),
        *("komga+https://h/", "komga+https://h/secret", "komga+https://h/libraries/"),
        *("komga+https://h/libraries/all/secret", "komga+https://h/libraries/a?secret"),
        *("kavita+https://h/?key=secret", "kavita+https://h/#secret", "https://h\u2100.secret/"),
    ],
)
def test_a_wrong_address_is_refused_without_being_repeated(raw):
    """What is wrong may be that it holds a password."""
    with pytest.raises(ValueError, match=r"address") as caught:
        receivers.addresses(raw)
    assert "secret" not in str(caught.value)


def test_a_pair_of_folders_is_ours_and_theirs(tmp_path, monkeypatch):
    """Ours is made absolute, theirs is left as it is but for a slash at its end."""
    monkeypatch.chdir(tmp_path)
    assert receivers.path_map("/lib/=/manga/") == PathMap("/lib", "/manga")
    assert receivers.path_map("lib=C:\\Manga") == PathMap(f"{tmp_path}/lib", "C:\\Manga")
    assert str(receivers.path_map("/a=/b=c")) == "/a=/b=c"
    for raw in ("", "/a", "/a=", "=/b", None, 1, ["/a=/b"]):
        with pytest.raises(ValueError, match="is no pair of folders"):
            receivers.path_map(raw)


def test_a_command_is_split_into_words_as_a_shell_does(tmp_path, monkeypatch):
    """Quotes hold, `~` leads home, and a list is taken as it is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x").write_text("#!/bin/sh\n")
    (tmp_path / "x").chmod(0o755)
    assert receivers.command("sh -c 'a  b' {}") == ("sh", "-c", "a  b", "{}")
    assert receivers.command(["sh", "a b"]) == ("sh", "a b")
    found = receivers.command("~/x ~/y")
    assert found == (f"{tmp_path}/x", "~/y")
    assert str(receivers.command("sh 'a b'")) == "sh 'a b'"
    for raw in ("", " ", [], None, 1, [1], ["sh", 1], "sh '", "none-such", str(tmp_path), "sh \0"):
        with pytest.raises(ValueError, match=r"is no command|quotation"):
            receivers.command(raw)


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        (None, 2, [None, None]),
        (" \n", 1, [None]),
        ("key\n", 1, ["key"]),
        ("me:two words", 1, ["me:two words"]),
        ("one - two", 3, ["one", None, "two"]),
        ("one\n-\ttwo\r\n", 3, ["one", None, "two"]),
        ("-", 1, [None]),
        ("key", 0, []),
    ],
)
def test_keys_belong_to_addresses_in_their_order(text, count, expected):
    """One address has all of the variable, several have a word each."""
    told = receivers.addresses(["https://h"] * count) if count else ()
    assert receivers.tokens(told, {} if text is None else {TOKEN: text}) == expected


@pytest.mark.parametrize(("text", "count"), [("one", 2), ("a b c", 2), ("\u00fc", 1), ("a\nb", 1)])
def test_keys_that_fit_nothing_are_refused_without_being_repeated(text, count):
    """Too many, too few, and what no header takes are usage errors."""
    with pytest.raises(UsageError, match=TOKEN) as caught:
        receivers.tokens(receivers.addresses(["https://h"] * count), {TOKEN: text})
    assert not re.search(rf"(?<!\w){text}(?!\w)", str(caught.value).partition(":")[0])


def news(*paths, own="/lib", theirs="/manga"):
    return News(paths, dict, PathMap(own, theirs) if own else None)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (news("/lib/A/1.cbz", "/lib/A/2.cbz", "/lib/B/1.cbz"), ["/manga/A", "/manga/B"]),
        (news("/lib/1.cbz"), ["/manga"]),
        (news("/library/A/1.cbz"), []),
        (news("/lib/A/1.cbz", own="/"), ["/manga/lib/A"]),
        (news("/lib/A/1.cbz", theirs=""), ["/A"]),
        (news("/lib/1.cbz", theirs=""), ["/"]),
        (news("/lib/A/1.cbz", theirs="C:\\M"), ["C:\\M/A"]),
        (news("/lib/A/1.cbz", own=""), ["/lib/A"]),
        (news("/lib/A/Wait.../1.cbz"), ["/manga/A"]),
        (news("/lib/A/\udcff/b/1.cbz"), ["/manga/A"]),
        (news("/lib/../x..y/1.cbz", own=""), ["/"]),
    ],
)
def test_a_kavita_is_told_of_folders_that_it_takes(told, expected):
    """They are its own, and have neither two dots in a row nor bytes that are no text."""
    assert folders(told) == expected


def test_many_folders_are_told_as_the_one_that_has_them_all():
    """The number of requests is bounded."""
    few = [f"/lib/A/{number}/1.cbz" for number in range(FOLDERS)]
    assert len(folders(news(*few))) == FOLDERS
    assert folders(news(*few, "/lib/A/more/1.cbz")) == ["/manga/A"]


def test_what_a_kavita_cannot_see_is_known():
    """Archives outside the mapped folder are listed; without a mapping there is none."""
    assert outside(news("/x/2.cbz", "/lib/1.cbz", "/x/1.cbz")) == ["/x/1.cbz", "/x/2.cbz"]
    assert outside(news("/x/2.cbz", own="")) == []
