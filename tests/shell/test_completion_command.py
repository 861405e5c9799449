"""`cbzsafe completion`: the scripts, and the answers that they read."""

from __future__ import annotations

import subprocess
import tomllib

import pytest
from programs import ROOT, run_cbzsafe
from shells import SHARE

from cbzsafe.cli.completion import SCRIPTS, split

SHELLS = sorted(SCRIPTS)


def answers(workdir, *words):
    done = run_cbzsafe(["completion", *words], workdir)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_s_script_is_printed(workdir, shell):
    """What is printed is the file that an installer lays down."""
    assert answers(workdir, shell) == (SHARE / SCRIPTS[shell]).read_text("utf-8")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_one_that_its_shell_can_read(shell):
    """The shell itself parses it without a complaint."""
    done = subprocess.run([shell, "-n", SHARE / SCRIPTS[shell]], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_shell_that_nobody_knows_is_a_usage_error(workdir):
    """The shells that there are are named."""
    done = run_cbzsafe(["completion", "tcsh"], workdir)
    assert done.returncode == 2
    assert all(shell in done.stderr for shell in SHELLS)


@pytest.mark.parametrize(
    ("shell", "words", "expected"),
    [
        ("bash", ["cbzsafe --pack=al", "al"], "word\talways\n"),
        ("bash", ["cbzsafe --pack=al", "--pack=al"], "word\t--pack=always\n"),
        ("bash", ["cbzsafe --pack=", ""], "word\talways\nword\tasked\nword\tnever\n"),
        ("zsh", ["cbzsafe --pack=al"], "kept\t--pack=\t\nword\talways\t\n"),
        ("fish", ["cbzsafe --pack=al"], "kept\t--pack=\t\nword\t--pack=always\t\n"),
        ("zsh", ["cbzsafe exp"], "word\texplain\tShow what a run would do, and do nothing\n"),
        ("fish", ["cbzsafe --report="], "kept\t--report=\t\nfile\t\t\n"),
        ("bash", ["cbzsafe check ", ""], "archive\t[cC][bB][zZ]\n"),
        ("bash", ["cbzsafe check One:Two", "Two"], "archive\t[cC][bB][zZ]\n"),
        ("bash", ["cbzsafe --histor", "other"], "word\t--history\n"),
        ("bash", ["cbzsafe u "], ""),
        ("bash", [""], ""),
    ],
)
def test_a_line_is_answered_in_the_words_of_its_shell(workdir, shell, words, expected):
    """Each shell has its own mind about where the word begins that is to be completed."""
    assert answers(workdir, shell, "--", *words) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cbzsafe ", ["cbzsafe", ""]),
        ("cbzsafe --pa", ["cbzsafe", "--pa"]),
        ("cbzsafe check 'My Bo", ["cbzsafe", "check", "My Bo"]),
        ("cbzsafe check My\\ Bo", ["cbzsafe", "check", "My Bo"]),
        ("cbzsafe '' x ", ["cbzsafe", "", "x", ""]),
        ("A=1 B='x y' cbzsafe --report=", ["cbzsafe", "--report="]),
        ("cbzsafe u#1 http://e.org/?a=b ", ["cbzsafe", "u#1", "http://e.org/?a=b", ""]),
        ("cbzsafe C\\", ["cbzsafe", "C"]),
        ("A=1 cbzs", ["cbzs", ""]),
    ],
)
def test_a_line_is_split_as_shells_split_it(line, expected):
    """Quotes may be open, the last word may be empty, and variables may stand in front."""
    assert split(line) == expected


def test_options_of_a_line_are_not_those_of_the_command(workdir):
    """A line that asks for JSON on standard error is answered as any other."""
    assert answers(workdir, "zsh", "--", "cbzsafe --log-format json --histor").startswith("word\t")


def test_without_gallery_dl_ours_are_offered_all_the_same(workdir):
    """A gallery-dl that is broken takes its own options away, and no others."""
    broken = workdir / "gallery_dl"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('broken')\n", "utf-8")
    (broken / "version.py").write_text("__version__ = '0'\n", "utf-8")
    words = ["completion", "fish", "--", "cbzsafe --pa"]
    found = run_cbzsafe(words, workdir, env={"PYTHONPATH": f"{workdir}:{ROOT}"}).stdout
    assert [line.split("\t")[1] for line in found.splitlines()] == [
        *("--pack", "--page-retries", "--page-deadline", "--page-limit")
    ]


def test_an_installer_lays_each_file_where_it_is_looked_for():
    """The wheel has the scripts and the page below `share`, and they are in the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    placed = {path: place for place, paths in project["data-files"].items() for path in paths}
    assert placed == {
        "cbzsafe/share/cbzsafe.bash": "share/bash-completion/completions",
        "cbzsafe/share/_cbzsafe": "share/zsh/site-functions",
        "cbzsafe/share/cbzsafe.fish": "share/fish/vendor_completions.d",
        "cbzsafe/share/cbzsafe.1": "share/man/man1",
    }
    assert {f"cbzsafe/share/{path.name}" for path in SHARE.iterdir()} == set(placed)
    assert "share/*" in project["package-data"]["cbzsafe"]
