"""Where settings come from: option, environment, configuration, default."""

from __future__ import annotations

from pathlib import Path

import pytest

from cbzsafe import invocation
from cbzsafe.cli import sources
from cbzsafe.cli.main import main
from cbzsafe.cli.options import SETTINGS
from cbzsafe.errors import UsageError
from cbzsafe.gallerydl.configuration import Configuration, Source
from cbzsafe.receivers import Address, Addresses, Command, Kind, PathMap
from cbzsafe.settings import History, Incomplete, LogFormat, Pack, Settings

HOOK = ("https://a/b", "https://a", "https://a/...")

RIGHT = {
    "pack": ("asked", Pack.ASKED),
    "incomplete": ("publish", Incomplete.PUBLISH),
    "page-retries": ("7", 7),
    "repair-rounds": ("0", 0),
    "publish-to": ("/tmp/books", Path("/tmp/books")),  # noqa: S108 - never written to
    "zip-filter": ("extension == 'jpg'", "extension == 'jpg'"),
    "skip-finished": ("yes", True),
    "recheck": ("1", True),
    "report": ("run.json", Path("run.json")),
    "history": ("verify", History.VERIFY),
    "lock-timeout": ("0", 0.0),
    "page-deadline": ("30.5", 30.5),
    "page-limit": ("500M", 500 << 20),
    "shard": ("2/3", (2, 3)),
    "log-format": ("json", LogFormat.JSON),
    "metrics": ("run.prom", Path("run.prom")),
    "termination-log": ("why", Path("why")),
    "notify": ("https://a/b", Addresses([Address(Kind.WEBHOOK, *HOOK)])),
    "notify-path": ("/a=/b", PathMap("/a", "/b")),
    "on-publish": ("true x", Command(["true", "x"])),
    "comicinfo": ("true", True),
    "comicinfo-formats": ('{"Series": "{manga}"}', (("Series", "{manga}"),)),
}

WRONG = {
    "pack": "sometimes",
    "incomplete": "drop",
    "page-retries": "-1",
    "repair-rounds": "many",
    "publish-to": "/dev/null",
    "zip-filter": "extension ==",
    "skip-finished": "perhaps",
    "recheck": "2",
    "report": "/",
    "history": "doubt",
    "lock-timeout": "-1",
    "page-deadline": "0",
    "page-limit": "0",
    "shard": "4/3",
    "log-format": "xml",
    "metrics": "/",
    "termination-log": "/",
    "notify": "ftp://a/",
    "notify-path": "/a",
    "on-publish": "/no/such/command",
    "comicinfo": "perhaps",
    "comicinfo-formats": '{"Serie": ""}',
}

WHERE = {
    "notify": "https://c/d",
    "notify-path": "/c=/d",
    "on-publish": "true y",
    "comicinfo": "no",
    "comicinfo-formats": "{}",
    "skip-finished": "no",
    "recheck": "no",
    "shard": "1/2",
}
"""Other right values, of settings whose default is none and that are no paths."""

names = pytest.mark.parametrize("name", sorted(RIGHT))


def section(name="a.json", **values):
    """A configuration whose one file has `values` in our section."""
    held = {"cbzsafe": {key.replace("_", "-"): value for key, value in values.items()}}
    return Configuration(held, (Source(name, held),))


def in_force(name, resolved):
    """The one setting's value and source; the settings themselves must agree."""
    (one,) = [one for one in resolved.in_force if one.name == name]
    assert getattr(resolved.settings, name.replace("-", "_")) == one.value
    return one.value, one.source


def test_every_setting_is_tried_here():
    """The tables above leave no setting out."""
    assert sorted(RIGHT) == sorted(WRONG) == sorted(invocation.names())
    assert len(SETTINGS) == len(RIGHT)


def test_without_anything_all_is_default():
    """No option, variable or key gives the defaults of the settings."""
    resolved = sources.resolve({}, {})
    assert resolved.settings == Settings()
    assert {one.source for one in resolved.in_force} == {"default"}


@names
def test_an_option_sets_it(name):
    """Each setting can be given as an option."""
    text, value = RIGHT[name]
    resolved = sources.resolve({name.replace("-", "_"): text}, {})
    assert in_force(name, resolved) == (value, invocation.option(name))


@names
def test_a_variable_sets_it(name):
    """Each setting can be given in the environment."""
    text, value = RIGHT[name]
    variable = invocation.variable(name)
    assert in_force(name, sources.resolve({}, {variable: text})) == (value, variable)


@names
def test_a_configuration_key_sets_it(name):
    """Each setting can be given in gallery-dl's configuration, and its file is told."""
    text, value = RIGHT[name]
    resolved = sources.resolve({}, {}, section(**{name: text}))
    assert in_force(name, resolved) == (value, f"cbzsafe.{name} in a.json")


@names
def test_the_option_wins_then_the_variable_then_the_key(name):
    """The nearer a value is to the command line, the more it counts."""
    text, value = RIGHT[name]
    field, variable = name.replace("-", "_"), invocation.variable(name)
    other = str(getattr(Settings(), field) or WHERE.get(name, "elsewhere"))
    other = getattr(getattr(Settings(), field), "value", other)
    everywhere = sources.resolve({field: text}, {variable: other}, section(**{name: other}))
    assert in_force(name, everywhere)[0] == value
    lower = sources.resolve({}, {variable: text}, section(**{name: other}))
    assert in_force(name, lower)[0] == value


@pytest.mark.parametrize(
    ("name", "place"),
    [
        (setting.name, place)
        for setting in SETTINGS
        for place in ("option", "variable", "key")
        if not (setting.flag and place == "option")  # it takes no value
    ],
)
def test_a_wrong_value_is_a_usage_error_that_names_its_place(
    name, place, monkeypatch, configure, capsys
):
    """Whichever place a wrong value stands in, nothing starts and one sentence names the place."""
    argv, says = ["http://a/"], f"cbzsafe: {invocation.option(name)}: "
    if place == "option":
        argv += [invocation.option(name), WRONG[name]]
    elif place == "variable":
        monkeypatch.setenv(invocation.variable(name), WRONG[name])
        says = f"cbzsafe: {invocation.variable(name)}: "
    else:
        says = f"cbzsafe: cbzsafe.{name} in {configure({'cbzsafe': {name: WRONG[name]}})}: "
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(says)
    assert err.count("\n") == 1


def test_a_wrong_value_counts_where_another_wins():
    """A value that is written in vain is still checked."""
    with pytest.raises(UsageError, match="CBZSAFE_PACK: 'x' is none of always, asked, never"):
        sources.resolve({"pack": "never"}, {"CBZSAFE_PACK": "x"})


def test_an_empty_variable_is_not_set():
    """A variable that a manifest leaves empty changes nothing."""
    assert sources.resolve({}, {"CBZSAFE_REPORT": ""}).settings == Settings()


def test_a_null_key_is_not_set():
    """A key without a value changes nothing."""
    assert sources.resolve({}, {}, section(report=None)).settings == Settings()


def test_numbers_in_a_file_need_no_quotes():
    """JSON's own numbers are taken as they are."""
    read = section(page_retries=3, lock_timeout=1.5, page_limit=4096)
    settings = sources.resolve({}, {}, read).settings
    assert (settings.page_retries, settings.lock_timeout, settings.page_limit) == (3, 1.5, 4096)


def test_an_unknown_key_is_a_usage_error():
    """A misspelled key is refused with its file and what was meant."""
    with pytest.raises(UsageError, match=r"cbzsafe.page-retry in a.json: .*'page-retries'"):
        sources.resolve({}, {}, section(page_retry=3))


def test_an_unknown_variable_is_nothing():
    """Kubernetes sets variables of its own for a service of our name; they are passed over."""
    assert sources.resolve({}, {"CBZSAFE_SERVICE_HOST": "10.0.0.1"}).settings == Settings()


@pytest.mark.parametrize("value", ["always", [], 1, None])
def test_a_section_that_is_no_object_is_a_usage_error(value):
    """The section must hold settings."""
    held = {"cbzsafe": value}
    with pytest.raises(UsageError, match=r"cbzsafe in a\.json: .* is no object"):
        sources.resolve({}, {}, Configuration(held, (Source("a.json", held),)))


@pytest.mark.parametrize("name", ["report", "publish-to"])
def test_paths_are_expanded_where_no_shell_has_seen_them(name, home, monkeypatch):
    """~ and $VARIABLES stand for something in the environment and the file, not in an option."""
    monkeypatch.setenv("WHERE", "there")
    field, text, meant = name.replace("-", "_"), "~/$WHERE/x", home / "there" / "x"
    variable = sources.resolve({}, {invocation.variable(name): text})
    assert getattr(variable.settings, field) == meant
    assert getattr(sources.resolve({}, {}, section(**{name: text})).settings, field) == meant
    assert getattr(sources.resolve({field: text}, {}).settings, field) == Path(text)


def test_a_question_ends_as_one():
    """A sentence that asks whether something else was meant gets no full stop behind that."""
    with pytest.raises(UsageError, match=r"did you mean 'Title'\?$"):
        sources.resolve({}, {"CBZSAFE_COMICINFO_FORMATS": '{"Titel": "x"}'})
