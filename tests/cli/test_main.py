"""The program from outside: commands, versions, errors and exit statuses."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest
from gallery_dl import version

import cbzsafe
from cbzsafe import errors as tree
from cbzsafe.cli import errors
from cbzsafe.cli.command import COMMANDS, State
from cbzsafe.cli.main import main
from cbzsafe.interrupt import Interrupted


def start(*argv, **options):
    """Run the program in a process of its own."""
    words = [sys.executable, "-m", "cbzsafe", *argv]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def test_version_names_both_programs(capsys):
    """An error report needs both versions, and gets them on two lines."""
    assert main(["--version"]) == 0
    expected = f"cbzsafe {cbzsafe.__version__}\ngallery-dl {version.__version__}\n"
    assert capsys.readouterr() == (expected, "")


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_only_informs_imports_nothing_heavy(option):
    """Neither --version nor --help waits for gallery-dl, rich or an image library."""
    code = (
        "import sys; from cbzsafe.cli.main import main; main([sys.argv[1]]);"
        "heavy = {'gallery_dl', 'rich', 'PIL', 'numpy', 'requests'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    words = [sys.executable, "-c", code, option]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_module_runs_the_program():
    """`python -m cbzsafe` is the program."""
    done = start("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("cbzsafe ")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_table_can_be_loaded(name, capsys):
    """A line in the table is enough for a command, and its help names it."""
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: cbzsafe {name} ")


def test_a_closed_pipe_ends_without_a_traceback():
    """A reader that goes away is an exit status of 1 and nothing more."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "cbzsafe", "--help"]
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def _raising(error):
    def work():
        raise error

    return work


ERRORS = [
    (tree.UsageError("A sentence."), 2, "A sentence."),
    (tree.StorageError("A sentence."), 128, "A sentence."),
    (tree.BookUnavailable("A sentence."), 1, "A sentence."),
    (click.UsageError("A sentence."), 2, "A sentence. See `cbzsafe --help`."),
    (KeyError("x"), 1, "Unexpected KeyError: 'x'; run it again with -v to see where."),
]


@pytest.mark.parametrize(("error", "status", "sentence"), ERRORS)
def test_an_error_is_one_sentence_and_its_status(error, status, sentence, capsys):
    """Every error that ends a command is told in one line, without a traceback."""
    assert errors.guard(_raising(error), State()) == status
    assert capsys.readouterr() == ("", f"cbzsafe: {sentence}\n")


@pytest.mark.parametrize(("error", "status", "sentence"), ERRORS)
def test_verbose_shows_the_traceback_before_the_sentence(error, status, sentence, capsys):
    """With -v the same line comes last, after where it happened."""
    assert errors.guard(_raising(error), State(verbose=True)) == status
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == f"cbzsafe: {sentence}"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (Interrupted("SIGTERM", 143), 143),
        (BrokenPipeError(), 1),
        (click.exceptions.Exit(3), 3),
    ],
)
def test_an_end_from_outside_is_a_status_without_words(error, status, capsys):
    """Who interrupts knows it, and is told nothing."""
    assert errors.guard(_raising(error), State()) == status
    assert capsys.readouterr() == ("", "")


def test_work_that_ends_well_gives_its_own_status():
    """Without an error the command's status is the process's."""
    assert errors.guard(lambda: 5, State()) == 5
