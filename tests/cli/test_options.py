"""The options of a run, and what they leave for gallery-dl."""

from __future__ import annotations

from dataclasses import fields

import click
import pytest
from click.testing import CliRunner
from gallery_dl import option
from hypothesis import given
from hypothesis import strategies as st

from cbzsafe import invocation
from cbzsafe.cli import explain, run
from cbzsafe.cli.command import COMMANDS
from cbzsafe.cli.options import SETTINGS
from cbzsafe.settings import Settings

THEIRS = [
    *(string for action in option.build_parser()._actions for string in action.option_strings),
    *("--cbz", "-o", "a=b", "-", "-qv", "-4", "", "http://a/", "--pac", "-report", "--reporter"),
    *("pack", "explain", "--no-such=1", "a b", "-fpack", "ünï"),
]
theirs = st.sampled_from([word for word in THEIRS if word not in ("--help", "--version")])
values = st.sampled_from(["asked", "3", "", "-q", "--cbz", "--", "a b"])


@st.composite
def _ours(draw):
    setting = draw(st.sampled_from(SETTINGS))
    name = setting.name
    if setting.flag:
        return [invocation.option(name)], name, "true"
    value = draw(values.filter(lambda text: text != "--"))
    if draw(st.booleans()):
        return [invocation.option(name), value], name, value
    return [f"{invocation.option(name)}={value}"], name, value


@st.composite
def mixed(draw):
    """An argument list, what of it is gallery-dl's, and the last value of each option of ours."""
    argv, kept, given_ = [], [], {}
    for part in draw(st.lists(theirs | _ours(), max_size=12)):
        words, name, value = part if isinstance(part, tuple) else ([part], None, None)
        argv += words
        if name is None:
            kept += words
        else:
            given_[name.replace("-", "_")] = value
    rest = draw(st.just([]) | st.lists(theirs | st.just("--pack")).map(lambda last: ["--", *last]))
    return argv + rest, kept + rest, given_


@given(mixed(), st.sampled_from([run.command, explain.command]))
def test_our_options_are_taken_out_and_nothing_else(line, command):
    """Anywhere before the dashes ours are found; all other words stay as they came, in order."""
    argv, kept, given_ = line
    with command.make_context("cbzsafe", list(argv)) as ctx:
        assert ctx.args == kept
        assert {name: text for name, text in ctx.params.items() if text is not None} == given_


def test_every_setting_has_an_option_and_nothing_else_has():
    """The table and the settings name the same things."""
    assert sorted(setting.field for setting in SETTINGS) == sorted(f.name for f in fields(Settings))


def test_short_options_are_all_gallery_dls():
    """None of ours has a short form that could take one of gallery-dl's away."""
    for command in (run.command, explain.command):
        for parameter in command.get_params(click.Context(command)):
            assert all(string.startswith("--") for string in parameter.opts)


def test_an_option_without_its_value_is_a_usage_error():
    """An option of ours at the very end is refused, not passed on."""
    with pytest.raises(click.UsageError, match="--pack"):
        run.command.make_context("cbzsafe", ["u", "--pack"])


@pytest.mark.parametrize("argv", [["--help"], ["u", "--help"], ["-q", "--help", "--", "u"]])
def test_help_is_ours_and_grouped(argv):
    """--help tells of every option under its heading, of the commands and of gallery-dl's help."""
    result = CliRunner().invoke(run.command, argv)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    headings = [line[:-1] for line in lines if line[-1:] == ":" and line[0] != " "]
    assert headings == [
        *(
            "Packing",
            "Sharing",
            "Finished chapters",
            "Pages",
            "Publishing",
            "Reporting",
            "Information",
        ),
        *("Commands", "Examples", "Exit status"),
    ]
    for name in invocation.names():
        assert f"  {invocation.option(name)} " in result.output
    for name in COMMANDS:
        assert f"  {name} " in result.output
    assert "cbzsafe -h" in result.output
    assert "Usage: cbzsafe [OPTIONS] [GALLERY-DL OPTIONS] URL..." in result.output


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_default_that_help_names_is_the_default(setting):
    """A default in a help text is the one that is in force."""
    _, named, text = setting.help.partition("Default: ")
    default = getattr(Settings(), setting.field)
    if setting.flag:
        assert default is False
    elif named and setting.name != "zip-filter":
        assert setting.parse(text.rstrip(".")) == default
    elif "|" in setting.metavar:
        assert setting.metavar.split("|")[0] == default.value
        assert "(default)" in setting.help
    else:
        assert not default or setting.name == "zip-filter"
