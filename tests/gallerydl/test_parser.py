"""What an argument list means to gallery-dl: asked of the installed gallery-dl itself."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from gallery_dl import option, version
from hypothesis import given, settings
from hypothesis import strategies as st

from cbzsafe import invocation
from cbzsafe.gallerydl import parser

VALUES = st.sampled_from(["a", "1", "x=y", "{id}", "a b", "--cbz x", "postprocessor.x=1", "-"])
CBZ = st.sampled_from(["--cbz", "--cb"])
URLS = st.lists(st.sampled_from(["http://a/", "http://b/"]), max_size=2)
BEHIND = st.lists(st.sampled_from(["--cbz", "http://c/", "-q"]), min_size=1, max_size=3)


def _actions():
    return [action for action in option.build_parser()._actions if action.option_strings]


def _downloading():
    """All actions after which a line still downloads, by asking for each once."""
    for action in _actions():
        if action.dest in ("help", "version") or "--cbz" in action.option_strings:
            continue
        line = [action.option_strings[0], *["1"] * _arity(action), "http://a/"]
        line = [
            word if action.dest != "postprocessors" else _fitting(action, word) for word in line
        ]
        understood = parser.understand(line)
        if understood is not None and understood.downloads:
            yield action


def _arity(action):
    return {None: 1, "*": 0}.get(action.nargs, action.nargs)


def _fitting(action, word):
    ugoira = any("ugoira" in string for string in action.option_strings)
    return "webm" if ugoira and word == "1" else word


def _value(action):
    if action.type in (int, float):
        return st.sampled_from(["1", "20"])
    if type(action).__name__ == "UgoiraAction":
        return st.sampled_from(["webm", "copy", "zip"])
    return VALUES


def _option(action):
    values = st.lists(_value(action), min_size=_arity(action), max_size=_arity(action))
    apart = st.tuples(st.sampled_from(action.option_strings), values).map(lambda t: [t[0], *t[1]])
    long = [string for string in action.option_strings if string.startswith("--")]
    if _arity(action) != 1 or not long:
        return apart
    joined = st.tuples(st.sampled_from(long), _value(action)).map("=".join).map(lambda s: [s])
    return apart | joined


DOWNLOADING = list(_downloading())
OPTIONS = st.sampled_from(DOWNLOADING).flatmap(_option)


@st.composite
def lines(draw):
    """A list that gallery-dl accepts, the same without each `--cbz`, and whether it had one."""
    asked = [([word], True) for word in draw(st.lists(CBZ, max_size=3))]
    parts = [(part, False) for part in draw(st.lists(OPTIONS, max_size=5))]
    # Before the dashes or behind them: argparse does not take URLs in two places.
    behind = draw(st.booleans())
    last = ["--", *draw(BEHIND)] if behind else []
    parts += [] if behind else [(draw(URLS), False)]
    mixed = draw(st.permutations(asked + parts))
    everything = [word for part, _ in mixed for word in part]
    kept = [word for part, is_cbz in mixed if not is_cbz for word in part]
    return everything + last, kept + last, bool(asked)


@settings(max_examples=300)
@given(lines())
def test_a_list_loses_its_cbz_and_nothing_else(line):
    """Whatever the options and their order, what reaches gallery-dl is the list without --cbz."""
    argv, without, asked = line
    understood = parser.understand(argv)
    assert understood is not None
    assert understood.downloads
    assert understood.cbz_asked is asked
    assert list(understood.stripped) == without


@given(lines(), st.sampled_from(["-g", "-j", "-K", "-s", "-E", "--list-modules", "-U"]))
def test_a_list_that_downloads_nothing_stays_as_it_is(line, mode):
    """Modes that do not download get even their --cbz."""
    argv = [mode, *line[0]]
    understood = parser.understand(argv)
    assert understood is not None
    assert not understood.downloads
    assert list(understood.stripped) == argv


@pytest.mark.parametrize(
    "argv",
    [
        ["-g", "u"],
        ["-G", "u"],
        ["-j", "u"],
        ["-J", "u"],
        ["-K", "u"],
        ["-E", "u"],
        ["-s", "u"],
        ["--list-modules"],
        ["--list-extractors"],
        ["--list-extractors", "foolslide", "--cbz", "u"],
        ["--clear-cache", "ALL"],
        ["--config-create"],
        ["--config-status"],
        ["--config-open"],
        ["-U"],
    ],
)
def test_each_mode_without_download_jobs_is_known(argv):
    """Lines for which gallery-dl makes no download job are told from those where it does."""
    assert not parser.understand(argv).downloads


@pytest.mark.parametrize("argv", [["-N", "id", "u"], ["--no-download", "u"], ["--cbz", "u"], []])
def test_lines_that_lead_to_download_jobs_are_known(argv):
    """A job that is told not to download is a download job all the same."""
    assert parser.understand(argv).downloads


@pytest.mark.parametrize(
    "argv", [["--help"], ["-h"], ["--version"], ["--no-such"], ["-f", "--cbz"]]
)
def test_what_the_parser_does_not_take_is_not_understood(argv, capfd):
    """Help, versions and mistakes are gallery-dl's to print; here nothing is printed."""
    assert parser.understand(argv) is None
    assert capfd.readouterr() == ("", "")


def test_an_option_whose_action_raises_is_not_understood():
    """An error inside gallery-dl's own parsing does not become ours."""
    assert parser.understand(["-N", "\\f", "u"]) is None


@pytest.mark.parametrize("spelling", ["--cbz", "--cb"])
def test_every_spelling_of_cbz_is_taken_out(spelling):
    """An abbreviation that gallery-dl's parser accepts counts as --cbz."""
    understood = parser.understand(["-q", spelling, "u", spelling])
    assert understood.cbz_asked
    assert understood.stripped == ("-q", "u")


def test_an_ambiguous_abbreviation_is_gallery_dls_error():
    """An abbreviation that could be several options is left for gallery-dl to reject."""
    assert parser.understand(["--c", "u"]) is None


def test_cbz_behind_the_dashes_is_a_url():
    """What follows the dashes is never taken out."""
    understood = parser.understand(["--cbz", "u", "--", "--cbz"])
    assert understood.stripped == ("u", "--", "--cbz")


@pytest.mark.parametrize(
    ("argv", "replaces"),
    [
        (["--cbz", "u"], True),
        (["--cbz", "--cbz", "u"], True),
        (["u"], False),
        (["--cbz", "-P", "mtime", "u"], False),
        (["--write-tags", "--cbz", "u"], False),
        (["--cbz", "-o", "postprocessors=[]", "u"], False),
        (["--cbz", "-o", "extractor.postprocessors=[]", "u"], True),
        (["-g", "--cbz", "u"], False),
    ],
)
def test_a_lone_cbz_replaces_the_root_level_postprocessors(argv, replaces):
    """Where gallery-dl would have put --cbz in the place of the configuration's, that is told."""
    assert parser.understand(argv).replaces_root_postprocessors is replaces


@pytest.mark.parametrize(
    ("argv", "level"),
    [
        (["-q"], logging.ERROR),
        (["-w"], logging.WARNING),
        ([], logging.INFO),
        (["-v"], logging.DEBUG),
    ],
)
def test_the_log_level_is_gallery_dls(argv, level):
    """How much is said follows from gallery-dl's own options."""
    assert parser.understand([*argv, "u"]).loglevel == level


def test_the_parsed_line_is_the_stripped_one():
    """What is handed on is what gallery-dl will make of the line that it gets."""
    understood = parser.understand(["--cbz", "--zip", "u"])
    assert understood.namespace.postprocessors == ["zip"]
    assert understood.namespace.urls == ["u"]


def test_parsing_twice_gives_the_same():
    """Nothing of one line is left over for the next."""
    line = ["--cbz", "-P", "mtime", "-o", "a=1", "u"]
    first, second = parser.understand(line), parser.understand(line)
    assert vars(first.namespace) == vars(second.namespace)


@pytest.mark.parametrize("name", invocation.names())
def test_no_option_of_ours_is_one_of_gallery_dls(name):
    """None of our options is, or abbreviates, an option of the installed gallery-dl."""
    assert not parser.knows_option(invocation.option(name))


def test_options_of_gallery_dl_are_known_in_full_and_in_short():
    """The guard against clashes finds what is there."""
    assert parser.knows_option("--cbz")
    assert parser.knows_option("--write-met")
    assert not parser.knows_option("--cbzsafe")


def test_the_version_is_told_without_an_import():
    """The version is the installed one, and nothing heavy is loaded for it."""
    code = (
        "import sys; from cbzsafe.gallerydl import parser; print(parser.version());"
        "sys.exit('gallery_dl' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == version.__version__
