"""The pictures of docs/images: what the program shows today, and nothing from elsewhere."""

from __future__ import annotations

import html
import re

import pytest
import screenshots

NAMES = ("run.svg", "check.svg")


def seen(svg):
    """What is seen of a picture: each piece of text, its place's line and how it is drawn."""
    styles = dict(re.findall(r"\.(\S+-r\d+) \{ (.*?) \}", svg))
    pieces = re.findall(r'<text class="(\S+)" .*?y="([\d.]+)".*?>(.*?)</text>', svg)
    return [(styles[kind], line, html.unescape(text)) for kind, line, text in pieces]


@pytest.mark.parametrize("name", NAMES)
def test_the_pictures_show_what_the_program_shows(name):
    """`make pictures` was run since what is drawn has changed."""
    stored = (screenshots.IMAGES / name).read_text("utf-8")
    assert seen(stored) == seen(screenshots.pictures()[name]) != []


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_asks_for_nothing(name):
    """Fonts and all else are the reader's own: the only address is the name of the format."""
    stored = (screenshots.IMAGES / name).read_text("utf-8")
    assert set(re.findall(r"\w+://[^\"\s<]*", stored.replace("https://example.org", ""))) == {
        "http://www.w3.org/2000/svg"
    }
    assert not re.search(r"url\((?!#)|@import|href|<script", stored)


def test_the_same_code_draws_the_same_pictures(monkeypatch, tmp_path):
    """Folder, time zone and variables of whoever draws them leave no trace."""
    before = screenshots.pictures()
    monkeypatch.chdir(tmp_path)
    for variable, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "20"}.items():
        monkeypatch.setenv(variable, value)
    assert screenshots.pictures() == before
    assert set(before) == set(NAMES)
