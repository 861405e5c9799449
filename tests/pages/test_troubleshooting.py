"""The page that starts from messages knows the messages that there are."""

from __future__ import annotations

import builtins
import json
import re

import message_templates
import pytest
import site_faults
from gallery_dl import exception
from page_blocks import DOCS

from cbzsafe.cbz.storage import _REASONS

PAGE = (DOCS / "troubleshooting.md").read_text("utf-8")

ENTRIES = [
    double or single
    for row in re.findall(r"^\| (.+?) \| ", PAGE, re.MULTILINE)
    for double, single in re.findall(r"``(.+?)``|`([^`]+)`", row)
]
"""The messages of the page, in the first column of its tables."""

_TAKES = "it begins with the option, the variable or the key, and says what that takes"
_LACKS = "it says what the command line lacks, or has too much of"

NEED_NONE = {
    "cbzsafe/cli/values.py": _TAKES,
    "cbzsafe/cli/receivers.py": _TAKES,
    "cbzsafe/cli/archives.py": _LACKS,
    "cbzsafe/cli/check.py": _LACKS,
    "cbzsafe/cli/doctor.py": _LACKS,
    "cbzsafe/cli/repair.py": _LACKS,
}
"""The modules whose sentences are usage errors that need no entry, and why."""


def is_in_order(pieces, entry):
    """Tell whether a message has all that is always the same of a template."""
    at = 0
    for piece in pieces:
        found = entry.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


TEMPLATES = {
    template.text: template for template in message_templates.templates() if template.pieces
}


def module(template):
    return template.where.partition(":")[0]


@pytest.mark.parametrize("text", sorted(TEMPLATES))
def test_a_sentence_that_the_program_says_has_an_entry(text):
    """Each template of the code is on the page, unless the sentence says what to write instead."""
    template = TEMPLATES[text]
    known = any(is_in_order(template.pieces, entry) for entry in ENTRIES)
    assert known or module(template) in NEED_NONE, template.where


def test_no_module_is_left_out_that_says_nothing():
    """What needs no entry is said by a module that there is."""
    assert set(NEED_NONE) - {module(template) for template in TEMPLATES.values()} == set()


def test_sentences_are_found_however_they_are_made(tmp_path, monkeypatch):
    """A template is read from a literal, an f-string, a variable, a choice and a function."""
    monkeypatch.setattr(message_templates, "ROOT", tmp_path)
    path = tmp_path / "module.py"
    path.write_text(
        "def f(a, b):\n"
        "    raise UsageError('It is one.')\n"
        "    text = f'{a} is two.'\n"
        "    raise StorageError(text) from None\n"
        "    book.hold('it is three' if a else f'it is {a} four')\n"
        "    raise BookUnavailable(g(a))\n"
        "def g(a):\n"
        "    return f'It is {a}, five.'\n"
    )
    assert [template.text for template in message_templates.of_file(path)] == [
        *("It is one.", "… is two.", "it is three", "it is … four", "It is …, five."),
    ]


@pytest.mark.parametrize("reason", sorted(set(_REASONS.values())))
def test_what_a_disk_says_has_an_entry(reason):
    """Each reason why a folder cannot be written to is on the page."""
    assert any(reason in entry for entry in ENTRIES)


def test_the_errors_of_gallery_dl_are_its_own():
    """Each error that is named in a message of gallery-dl is one that it has, or Python."""
    section = PAGE.partition("\n## Messages of gallery-dl\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"\b([A-Z]\w+Error)\b", section))
    places = (exception, builtins, json)
    assert len(named) > 5
    assert {name for name in named if not any(hasattr(place, name) for place in places)} == set()


def has_entry(line):
    """Tell whether a line has a message of the page, whose capitals stand for what differs."""
    patterns = (re.sub(r"\b[A-Z]+\b|…", ".+", re.escape(entry)) for entry in ENTRIES)
    return any(re.search(pattern, line) for pattern in patterns)


def complaints(done):
    """Give the lines of standard error that name something wrong."""
    return [one for one in done.stderr.splitlines() if re.search(r"error|warning|^cbzsafe: ", one)]


def test_what_a_run_complains_of_has_an_entry(site, run):
    """Pages that are not there, a web page, an unknown site, and faults of configurations."""
    site.add_chapter(1, 3).pages[0].faults.append(site_faults.status(404, None))
    site.add_chapter(2, 3).pages[1].faults.append(site_faults.html(None))
    gone = f"{site.root}/read/comic/en/0/9/"
    unknown = "https://unknown.invalid/"
    told = complaints(run(site.series_url(), gone, unknown))
    told += complaints(run(unknown, config=site.config(cbzsafe={"page-retrys": 1})))
    told += complaints(run(site.series_url(), config=site.config(filename="{page")))
    odd = {"name": "zip", "extension": "a/b"}
    told += complaints(run(site.series_url(), config=site.config(postprocessors=[odd])))
    assert len(told) > 12
    assert [line for line in told if not has_entry(line)] == []


def test_a_line_that_has_no_entry_is_seen():
    """Not every line is like some message of the page."""
    assert not has_entry("cbzsafe: The moon is full.")
