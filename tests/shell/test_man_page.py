"""The manual page: as the tables have it, and as its readers want it."""

from __future__ import annotations

import re
import subprocess

import click
import pytest
from man_page import PAGE, page, prose

from cbzsafe import invocation
from cbzsafe.cli.command import COMMANDS, RUN


def checked(*command):
    """Let a program read the page; gives what it wrote."""
    done = subprocess.run([*command, PAGE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_page_is_what_the_tables_have():
    """It is not stale: `make man` would write it as it is."""
    assert PAGE.read_text("utf-8") == page()


def test_mandoc_finds_nothing_to_complain_about():
    """Neither errors and warnings nor remarks on style."""
    assert checked("mandoc", "-T", "lint") == ""


def test_man_shows_the_page_without_a_warning():
    """Groff lays it out, every option under its own name."""
    text = checked("man", "--warnings", "-E", "UTF-8", "-l")
    for entry in (RUN, *COMMANDS.values()):
        for one in entry.load().get_params(click.Context(entry.load())):
            if isinstance(one, click.Option):
                assert re.search(rf"^ +(-\w, )?{max(one.opts, key=len)}\b", text, re.MULTILINE)
    for name in invocation.names():
        assert f" {invocation.variable(name)}\n" in text


def test_no_blanks_stand_in_the_midst_of_a_sentence():
    """Where a text is broken in the source does not show, for roff keeps blanks as they are."""
    text = PAGE.read_text("utf-8")
    assert [line for line in text.splitlines() if re.search(r"\w {2,}\w", line)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_section(name):
    """Its options, examples and statuses stand together."""
    text = PAGE.read_text("utf-8")
    section = text.partition(f".SH CBZSAFE {name.upper()}\n")[2].partition("\n.SH ")[0]
    assert COMMANDS[name].load().help.split()[0] in section
    assert ("Exit status" in section) is bool(COMMANDS[name].load().statuses)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".cbz files", "\\&.cbz files"),
        ("It's a-b. Then ~ is C:\\x.", "It\\(aqs a\\-b.\nThen \\(ti is C:\\ex."),
        ("Needs --state FILE", "Needs \\fB\\-\\-state\\fR FILE"),
        ("See `cbzsafe -h`…", "See \\fBcbzsafe \\-h\\fR\\[u2026]"),
    ],
)
def test_no_character_means_something_to_roff(text, expected):
    """What a help text has is printed as it is, options in bold, a sentence a line."""
    assert prose(text) == expected
