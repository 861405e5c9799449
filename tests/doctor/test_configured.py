"""What of a configuration is read, what is not, and which folders it names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from disks import PLAIN_USER

from cbzsafe.doctor import configured
from cbzsafe.gallerydl import configuration, parser
from cbzsafe.gallerydl.configuration import Configuration, Source
from cbzsafe.model import SettingInForce, UnreadFile, Weight
from cbzsafe.settings import Settings


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder without any configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path


def unread(*argv):
    understood = parser.understand(argv)
    return configured.unread(understood, configuration.read(understood))


def test_files_that_are_read_or_not_there_are_not_told(home):
    """Of the usual places only those count in which something is."""
    (home / ".gallery-dl.conf").write_text("{}")
    assert unread() == ()


def test_a_broken_file_is_told_with_the_parsers_words(home):
    """gallery-dl goes on without a file of its own that has a comma too many."""
    path = home / ".gallery-dl.conf"
    path.write_text('{"extractor": {},}')
    (one,) = unread()
    assert (one.path, one.ends_run) == (str(path), False)
    assert "line 1 column 1" in one.reason
    assert unread("--config-ignore") == ()


@pytest.mark.parametrize(
    ("option", "name", "text", "reason"),
    [
        ("-c", "a.json", "{", "Expecting property name"),
        ("-c", "none.json", None, "No such file or directory"),
        ("-c", "list.json", "[]", "it holds no object"),
        ("-c", "latin.json", '{"a": "caf\xe9"}'.encode("latin-1"), "it is not in UTF-8"),
        ("--config-yaml", "a.yaml", "a: [", "expected"),
        ("--config-toml", "a.toml", "a = ", "nvalid"),
    ],
)
def test_a_file_that_is_named_ends_the_run(option, name, text, reason, home):
    """A configuration of the command line has to be there, and to be right."""
    path = home / name
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (one,) = unread(option, str(path))
    assert (one.path, one.ends_run) == (str(path), True)
    assert reason in one.reason


def test_a_broken_file_below_another_is_told(home):
    """Files that a configuration names by `subconfigs` are looked at as well."""
    (home / "below.json").write_text("{")
    (home / ".gallery-dl.conf").write_text(json.dumps({"subconfigs": ["~/below.json", "~/none"]}))
    assert [one.path for one in unread()] == [str(home / "below.json")]


def test_a_file_of_another_kind_is_looked_for_where_that_kind_is(home):
    """With --config-type, which 1.30 lacks, the usual place has that kind's extension."""
    place = home / ".config" / "gallery-dl"
    place.mkdir(parents=True)
    (place / "config.yaml").write_text("a: [")
    (place / "config.json").write_text("{")
    typed = parser.knows_option("--config-type")
    words, name = (["--config-type", "yaml"], "config.yaml") if typed else ([], "config.json")
    assert [one.path for one in unread(*words)] == [str(place / name)]


def test_a_file_that_this_user_may_not_read_is_told(home):
    """A mounted secret that is root's alone is passed over by gallery-dl without a word."""
    path = home / ".gallery-dl.conf"
    path.write_text("{}")
    path.chmod(0)
    code = (
        "from cbzsafe.doctor import configured\n"
        "from cbzsafe.gallerydl import configuration, parser\n"
        "line = parser.understand([])\n"
        "print([one.reason for one in configured.unread(line, configuration.read(line))])"
    )
    words = [*PLAIN_USER, sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "['Permission denied']\n"


def test_a_home_that_this_user_may_not_enter_is_warned_of(home):
    """Nobody knows what is in it, so that no file in it is told as broken."""
    (home / ".gallery-dl.conf").write_text("{")
    home.chmod(0)
    code = (
        "import os; from cbzsafe.doctor import configured\n"
        "from cbzsafe.gallerydl import configuration, parser\n"
        "line = parser.understand([])\n"
        "print(configured.unread(line, configuration.read(line)))\n"
        "print([one.subject for one in configured.home(os.environ)])"
    )
    words = [*PLAIN_USER, sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    home.chmod(0o700)
    assert done.stdout == "()\n['HOME']\n"
    assert configured.home({"HOME": str(home)}) == []


def diagnosed(values, *argv, failed=()):
    understood = parser.understand([*argv, "http://a/"])
    read = Configuration(values, (Source("a.json", values), Source("the command line", {})))
    return configured.diagnose(understood, read, Settings(), failed)


def test_files_and_conflicts_are_told():
    """Each conflict comes with its file, and one by which nothing is packed is a warning."""
    files, *rest = diagnosed({"extractor": {"postprocess": False, "skip": "abort:3"}})
    assert files.text == "Read: a.json."
    assert [(one.subject, one.weight) for one in rest] == [
        ("a.json", Weight.WARNING),
        ("a.json", Weight.INFO),
    ]
    assert rest[1].text.startswith('extractor.skip: "abort:3". It takes effect at the end')


def test_a_file_that_is_not_read_is_an_error():
    """What a run does then is said with it."""
    failed = [UnreadFile("/a", "Broken.", ends_run=True), UnreadFile("/b", "Broken", False)]
    _, first, second = diagnosed({}, failed=failed)
    assert (first.weight, second.weight) == (Weight.ERROR, Weight.ERROR)
    assert first.text == "The file cannot be read, and gallery-dl ends at once: Broken."
    assert "goes on without it" in second.text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (None, ["gallery-dl"]),
        ({}, ["gallery-dl"]),
        ({"base-directory": "/a"}, ["/a"]),
        ({"extractor": {"base-directory": "/a", "site": {"base-directory": "/b"}}}, ["/a", "/b"]),
        ({"extractor": {"site": {"base-directory": "/b"}}}, ["gallery-dl", "/b"]),
        ({"base-directory": "/a", "extractor": {"site": {"base-directory": "/b"}}}, ["/a"]),
        ({"extractor": {"base-directory": {"nsfw": "/a", "": "/b"}}}, ["/a", "/b"]),
        ({"extractor": {"base-directory": "$HOME/x"}}, ["HOME/x"]),
        ({"extractor": {"base-directory": ""}}, ["gallery-dl"]),
    ],
)
def test_base_directories_are_found_at_every_level(values, expected, home):
    """gallery-dl asks the root first, then the innermost level, and has a folder of its own."""
    read = None if values is None else Configuration(values)
    expected = [Path(name.replace("HOME", str(home))) for name in expected]
    assert list(configured.base_directories(read)) == expected


def test_settings_that_are_no_defaults_are_told():
    """Each comes with its source, and defaults are passed over."""
    in_force = [
        SettingInForce("history", "verify", "CBZSAFE_HISTORY"),
        SettingInForce("pack", "always", "default"),
    ]
    (one,) = configured.settings(in_force, "")
    assert (one.subject, one.text) == ("history", "It is verify (CBZSAFE_HISTORY).")


def test_settings_that_are_wrong_are_an_error():
    """A run would end at once, and the sentence is the same."""
    (one,) = configured.settings([], "CBZSAFE_PAGE_RETRIES: 'x' is no whole number from 0.")
    assert one.weight is Weight.ERROR


def test_a_variable_that_means_nothing_is_warned_of():
    """A misspelt name is told with the one that was meant, and those of others are left alone."""
    environment = {"CBZSAFE_PAGE_RETRY": "3", "CBZSAFE_PACK": "asked", "HOME": "/", "CBZ": "1"}
    (one,) = configured.variables(environment, {"CBZSAFE_PAGE_RETRIES", "CBZSAFE_PACK"})
    assert (one.weight, one.subject) == (Weight.WARNING, "CBZSAFE_PAGE_RETRY")
    assert one.text == "There is no such variable, did you mean CBZSAFE_PAGE_RETRIES?"


def test_a_variable_of_a_service_is_no_mistake():
    """Kubernetes sets some for every Service, also for one that is called like the program."""
    names = ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_80_TCP_ADDR")
    environment = {f"CBZSAFE_METRICS_{name}": "tcp://10.0.0.1:80" for name in names}
    assert configured.variables(environment, {"CBZSAFE_PACK"}) == []
