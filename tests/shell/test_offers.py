"""What may stand at the end of a command line, compared with the tables of those who parse it."""

from __future__ import annotations

import argparse
import re

import click
import pytest
from gallery_dl import cookies, option, postprocessor

from cbzsafe import invocation
from cbzsafe.cli import known
from cbzsafe.cli.command import COMMANDS, RUN
from cbzsafe.cli.offers import offers
from cbzsafe.cli.options import SETTINGS
from cbzsafe.gallerydl import options
from cbzsafe.model.option import Kind, Option, Value

ACTIONS = [action for action in option.build_parser()._actions if action.option_strings]
THEIRS = {
    name for action in ACTIONS if action.help != argparse.SUPPRESS for name in action.option_strings
}


def ours(entry):
    """Give what Click has of a command's options."""
    command = entry.load()
    parameters = command.get_params(click.Context(command))
    return {name for one in parameters if isinstance(one, click.Option) for name in one.opts}


def words(*line):
    return [word for word, _ in offers(["cbzsafe", *line]).words]


def kind(*line):
    return offers(["cbzsafe", *line]).kind


def test_a_run_has_every_option_of_ours_and_of_gallery_dls():
    """What Click and argparse have is offered, each once, and nothing else."""
    found = words("-")
    assert len(found) == len(set(found))
    assert set(found) == ours(RUN) | THEIRS


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "explain"])
def test_a_command_has_its_own_options_alone(name):
    """A command that is no download offers none of gallery-dl's."""
    assert set(words(name, "-")) == ours(COMMANDS[name])


def test_explain_has_the_options_of_a_run():
    """What `explain` passes on is gallery-dl's, and is offered as for a download."""
    assert set(words("explain", "-")) == ours(COMMANDS["explain"]) | THEIRS


def test_the_first_word_is_a_command_or_a_url():
    """All commands are offered, and later none."""
    assert words("") == list(COMMANDS)
    assert words("rep") == ["repair"]
    assert words("https://e.org/", "") == []


def test_under_another_name_there_are_no_commands():
    """An alias has arguments of its own in front, so that no first word is a command."""
    assert offers(["gallery-dl", "che"]).words == ()
    assert offers(["gallery-dl", "check", "--pack", "as"]).words == (("asked", ""),)
    assert offers(["/opt/bin/cbzsafe", "che"]).words != ()


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.option_strings[-1])
def test_no_option_is_offered_where_one_of_gallery_dls_waits_for_its_value(action):
    """After each option as many words are its values as argparse takes."""
    taken = 1 if action.nargs is None else action.nargs if isinstance(action.nargs, int) else 0
    for name in action.option_strings:
        for given in range(taken):
            assert words(name, *["x"] * given, "--pack") == []
        assert words(name, *["x"] * taken, "--pack") == ["--pack"]


@pytest.mark.parametrize("name", sorted(ours(RUN) | ours(COMMANDS["check"])))
def test_no_option_is_offered_where_one_of_ours_waits_for_its_value(name):
    """After an option of ours that is no flag comes a value."""
    entry = RUN if name in ours(RUN) else COMMANDS["check"]
    line = () if entry is RUN else ("check",)
    one = next(
        one for one in entry.load().get_params(click.Context(entry.load())) if name in one.opts
    )
    assert (words(*line, name, "--h") == []) is not one.is_flag


CHOICES = [one for one in SETTINGS if "|" in one.metavar and not one.flag]


@pytest.mark.parametrize("setting", CHOICES, ids=lambda setting: setting.name)
def test_the_words_offered_for_a_setting_are_those_that_it_takes(setting):
    """Each choice that help names is offered, alone and behind an equals sign, and is valid."""
    name = invocation.option(setting.name)
    found = words(name, "")
    assert found == setting.metavar.split("|")
    assert [str(setting.parse(word)) for word in found] == found
    assert words(f"{name}=") == [f"{name}={word}" for word in found]


@pytest.mark.parametrize(
    ("name", "one"),
    [("--config-type", "toml"), ("--restrict-filenames", "ascii"), ("--ugoira", "vp9-lossless")],
)
def test_the_choices_that_gallery_dl_has_in_its_help_are_offered(name, one):
    """Where a version has the option and names the words, all that is offered is named."""
    text = " ".join(action.help for action in ACTIONS if name in action.option_strings)
    found = words(name, "")
    assert (one in found) is bool(re.search(rf"\b{one}\b", text))
    assert all(word in text for word in found)


def test_the_choices_that_gallery_dl_has_in_its_lists_are_offered():
    """Post-processors and browsers are those that it knows."""
    assert set(words("-P", "")) == set(postprocessor.modules)
    assert set(words("--cookies-from-browser", "")) == set(cookies.SUPPORTED_BROWSERS)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["--publish-to", ""], Kind.FOLDER),
        (["--publish-to=/l"], Kind.FOLDER),
        (["-d", ""], Kind.FOLDER),
        (["--directory", ""], Kind.FOLDER),
        (["--dest", ""], Kind.FOLDER),
        (["-i", ""], Kind.FILE),
        (["-qi", ""], Kind.FILE),
        (["-c", ""], Kind.FILE),
        (["--print-to-file", ""], Kind.TEXT),
        (["--print-to-file", "{id}", ""], Kind.FILE),
        (["--report", ""], Kind.FILE),
        (["u", ">", ""], Kind.FILE),
        (["u", "2>>", ""], Kind.FILE),
        (["-o", ""], Kind.TEXT),
        (["check", ""], Kind.ARCHIVE),
        (["check", "a.cbz", ""], Kind.ARCHIVE),
        (["check", "--", "-"], Kind.ARCHIVE),
        (["repair", "--backup-dir", ""], Kind.FOLDER),
        (["repair", "--backup-dir", "/b", ""], Kind.ARCHIVE),
        (["check", "--state", ""], Kind.FILE),
        (["doctor", ""], Kind.FOLDER),
        (["doctor", "--", "-c", ""], Kind.FILE),
        (["check", "a=b"], Kind.ARCHIVE),
        (["-dC", ""], Kind.TEXT),
        (["-qdC", ""], Kind.TEXT),
        (["-qd", ""], Kind.FOLDER),
        (["completion", ""], Kind.WORD),
        (["completion", "--", ""], Kind.WORD),
        (["completion", "bash", ""], Kind.TEXT),
        (["completion", "--", "bash", ""], Kind.TEXT),
        (["completion", "bash", "x", "y", ""], Kind.TEXT),
    ],
    ids=" ".join,
)
def test_paths_are_offered_where_paths_are_taken(line, expected):
    """Folders, files, or archives, by what the option or the command takes."""
    assert kind(*line) is expected


@pytest.mark.parametrize(
    "line",
    [
        ["-dC"],
        ["--", "--pa"],
        ["u", ""],
        ["--exec=--pa"],
        ["--no-such="],
        ["--no-skip="],
        ["-d", "x", "u"],
    ],
)
def test_nothing_is_offered_where_nobody_knows(line):
    """For a URL, a text and a value that begins in its option's own word there are no words."""
    assert offers(["cbzsafe", *line]).words == ()


def test_options_of_ours_are_read_however_click_has_them():
    """An option that counts takes no value, and one without a help text has none."""
    counted = click.Option(["-v", "--verbose"], count=True)
    hidden = click.Option(["--secret"], metavar="FILE", hidden=True)
    assert known.ours(click.Command("x", params=[counted, hidden], add_help_option=False)) == [
        Option(("-v", "--verbose"), (), "", hidden=False),
        Option(("--secret",), (Value(Kind.FILE),), "", hidden=True),
    ]


def test_options_of_gallery_dl_are_read_however_argparse_has_them():
    """Choices of a parser's own are words, and what may be left out is not waited for."""
    parser = argparse.ArgumentParser(add_help=False)
    numbers = parser.add_argument("-n", type=int, choices=[1, 2])
    optional = parser.add_argument("--list", nargs="*", help="A  list\n of %s.")
    assert options._option(numbers) == Option(("-n",), (Value(Kind.WORD, ("1", "2")),), "", False)
    assert options._option(optional) == Option(("--list",), (), "A list of %s.", False)


def test_a_list_that_a_version_of_gallery_dl_lacks_offers_nothing():
    """Neither a module nor a name in it has to be there."""
    assert options._collected("gallery_dl.cookies", "NO_SUCH") == ()
    assert options._collected("gallery_dl.no_such", "NO_SUCH") == ()


def test_behind_the_dashes_of_a_doctor_stands_a_run():
    """There a run's options are offered, and no commands."""
    assert words("doctor", "--", "--pac") == ["--pack"]
    assert words("doctor", "--", "") == []


def test_zip_files_are_archives_where_they_are_asked_for():
    """`--zip` makes .zip files archives for a check, and for what is offered to it."""
    assert words("check", "") == ["cbz"]
    assert words("check", "--zip", "") == ["cbz", "zip"]


def test_each_option_comes_with_the_first_sentence_of_its_help():
    """What follows the first sentence, such as a default, is left out, and so is its full stop."""
    gists = dict(offers(["cbzsafe", "--"]).words)
    for setting in SETTINGS:
        gist = gists[invocation.option(setting.name)]
        assert setting.help.startswith(gist)
        assert ". " not in gist
    assert gists["--page-retries"] == "Fetch a page that came broken up to N times more"
    for name in ("--config-ignore", "--filesize-min"):
        assert gists[name] in [one.help for one in ACTIONS if name in one.option_strings]
