"""The examples of the pages for users: run, or read by the program that they are for."""

from __future__ import annotations

import json
import re
import subprocess

import example_shell
import example_words
import page_blocks
import pytest
from programs import ROOT

from cbzsafe.cli.main import main

BLOCKS = [block for page in page_blocks.PAGES for block in page_blocks.fenced(page)]
README = page_blocks.indented(ROOT / "README.md")

OTHERS = [
    block
    for page in sorted(page_blocks.DOCS.glob("*.md"))
    if page not in page_blocks.PAGES
    for block in (*page_blocks.indented(page), *page_blocks.fenced(page))
    if block.language in {"", "sh"}
]
"""The blocks of the pages that have tests of their own, whose command lines are read here."""

RUN = {"console", "python"}
"""Blocks that are run, one after the other of a page."""

LANGUAGES = {*RUN, "sh", "json", "ini", "crontab", "text"}
"""All that something below looks at."""

CRON_TIME = re.compile(r"(?:[\d*][\d*,/-]* ){5}")


def of(*languages):
    """Give the blocks of some languages, as parameters."""
    return [pytest.param(one, id=str(one)) for one in BLOCKS if one.language in languages]


def is_json(block):
    return block.language == "json" or block.text.startswith(("{\n", '{"'))


def test_every_block_is_of_a_language_that_is_looked_at():
    """No example is on a page that nothing runs or reads."""
    assert [str(block) for block in BLOCKS if block.language not in LANGUAGES] == []
    assert [str(block) for block in BLOCKS if block.language == "text" and not block.file] == []


@pytest.mark.parametrize(
    "page",
    sorted({block.page for block in BLOCKS if block.language in RUN}),
    ids=lambda page: page.name,
)
def test_the_examples_of_a_page_come_out_as_it_shows(page, site, tmp_path):
    """Each command is run as it stands, after those before it, and writes what is under it."""
    sandbox = example_shell.Sandbox(tmp_path, site)
    if page.name == "broken-library.md":
        sandbox.add_library()
    for block in page_blocks.fenced(page):
        if block.file:
            sandbox.put(block)
        elif block.language == "python":
            sandbox.run_python(block.text)
        elif block.language == "console":
            given = example_shell.commands(block.text)
            for command, came in zip(given, sandbox.run(given), strict=True):
                assert example_shell.fits(command.shown, came), f"$ {command.text}\n{came}"


@pytest.mark.parametrize(
    ("shown", "came", "expected"),
    [
        ("a\n…\nc\n", "a\nb\nb\nc\n", True),
        ("a\n…\n", "a\n", True),
        ("held  1.5 kB  0.1 s\n", "held  23 MB  12.7 s\n", True),
        ("a\n…\nc\n", "a\nb\n", False),
        ("2 books\n", "3 books\n", False),
        ("", "an error\n", False),
    ],
)
def test_output_that_a_page_does_not_show_is_seen(shown, came, expected):
    """Only what stands for other lines, and digits of sizes and times, may differ."""
    assert example_shell.fits(shown, came) is expected


@pytest.mark.parametrize(
    "block",
    [
        *of("sh"),
        *(pytest.param(one, id=str(one)) for one in README if not is_json(one)),
    ],
)
def test_a_script_has_only_commands_and_options_that_there_are(block):
    """Each of our command lines is taken by our parser, and each make target is in the Makefile."""
    assert example_words.faults(block.text) == []


@pytest.mark.parametrize(
    "line",
    ["cbzsafe --page-retries many URL", "cbzsafe check --fast .", "make coffee", "cbzsave URL"],
)
def test_a_command_that_there_is_not_is_seen(line):
    """A misspelt option, value, target or program is a fault."""
    assert len(example_words.faults(line)) == 1


@pytest.mark.parametrize("block", [one for one in OTHERS if not is_json(one)], ids=str)
def test_our_own_command_lines_are_taken_on_every_page(block):
    """No page shows an option or a value that cbzsafe would refuse."""
    found = example_words.faults(block.text, ours=True)
    assert [one for one in found if "is no command that can be run" not in one] == []


@pytest.mark.parametrize(
    "block",
    [*of("json"), *(pytest.param(one, id=str(one)) for one in [*README, *OTHERS] if is_json(one))],
)
def test_a_configuration_is_in_force_as_it_stands(block, tmp_path, capsys):
    """Each key of ours is one of the settings, with its value from the file, and no conflicts."""
    path = tmp_path / "config.json"
    path.write_text(block.text, "utf-8")
    line = ["--config-ignore", "-c", str(path), "https://example.org/manga/title/"]
    assert main(["explain", *line]) == 0
    told = capsys.readouterr().out
    assert told.endswith("Conflicts:\n  none\n")
    for name in json.loads(block.text).get("cbzsafe", {}):
        assert re.search(rf"^  {name} .*\(cbzsafe\.{name} in ", told, re.MULTILINE)


@pytest.mark.parametrize("block", of("crontab"))
def test_a_crontab_has_times_and_commands_that_there_are(block):
    """A line is a variable, or five fields and a command without an unescaped `%`."""
    lines = [line for line in block.text.splitlines() if line and not line.startswith("#")]
    jobs = [line for line in lines if not re.match(r"[A-Z]+=", line)]
    assert jobs
    for job in jobs:
        time = CRON_TIME.match(job)
        assert time
        assert not re.search(r"(?<!\\)%", job)
        assert example_words.faults(job[time.end() :]) == []


def test_systemd_takes_the_units_and_we_their_command(tmp_path):
    """`systemd-analyze verify` takes each unit, and our parser takes what the unit starts."""
    units = [block for block in BLOCKS if block.language == "ini"]
    for unit in units:
        for line in re.findall(r"^ExecStart=(.+)$", unit.text, re.MULTILINE):
            assert example_words.faults(line) == []
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.text, flags=re.MULTILINE)
        (tmp_path / unit.file.rpartition("/")[2]).write_text(text, "utf-8")
    names = sorted(str(path) for path in tmp_path.iterdir())
    verified = subprocess.run(
        ["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False
    )
    assert len(names) == 2
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
