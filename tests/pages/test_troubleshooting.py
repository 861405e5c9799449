"""The page that starts from messages knows the messages that there are."""

from __future__ import annotations

import builtins
import json
import re

import message_templates
import pytest
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

NEED_NONE = {
    "says what an option, a variable or a key takes": (
        "is none of",
        "is no whole number from 0",
        "is no number of seconds from 0",
        "is no number of seconds above 0",
        "is no size above 0, such as 500M or 2G",
        "is no Python expression",
        "is no folder",
        "is no span of time, such as 90s, 10m or 1h30m",
        "is no part, such as 3/7 for the third of seven",
        "which Kubernetes sets in an Indexed Job",
        "is no path",
    ),
    "says what the command line lacks, or has too much of": (
        "--quick and --decode exclude each other",
        "--json and --jsonl exclude each other",
        "--changed needs --state FILE, to know what has changed",
        "--from downloads, and --dry-run writes nothing",
        "Name a file or a folder, such as ~/Comics",
        "gallery-dl does not take what stands behind --",
        "The current folder is not there any more: go to another one",
    ),
}
"""Sentences that need no entry, by the reason: the last piece of each template."""


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
LEFT_OUT = {ending for endings in NEED_NONE.values() for ending in endings}


@pytest.mark.parametrize("text", sorted(TEMPLATES))
def test_a_sentence_that_the_program_says_has_an_entry(text):
    """Each template of the code is on the page, unless the sentence says what to write instead."""
    template = TEMPLATES[text]
    known = any(is_in_order(template.pieces, entry) for entry in ENTRIES)
    assert known or template.pieces[-1] in LEFT_OUT, template.where


def test_no_sentence_is_left_out_that_the_program_does_not_say():
    """What needs no entry is in the code, and not on the page."""
    said = {template.pieces[-1] for template in TEMPLATES.values()}
    assert LEFT_OUT - said == set()


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
    """Each class that is named in a message of gallery-dl is one that it has, or Python."""
    section = PAGE.partition("\n## Messages of gallery-dl\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"\b([A-Z]\w+Error|AuthRequired)\b", section))
    places = (exception, builtins, json)
    assert len(named) > 5
    assert {name for name in named if not any(hasattr(place, name) for place in places)} == set()
