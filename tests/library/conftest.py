"""Libraries, sound and not, for the tests of checks."""

from __future__ import annotations

import os

import pictures
import pytest
from repairs import broken, whole

from cbzsafe.cbz.scan import Depth, scan

THEN = 1_600_000_000
"""Seconds since the epoch: long ago."""


@pytest.fixture
def library(tmp_path):
    """Give a folder of four archives: two sound ones, one damaged, one that is none."""
    folder = tmp_path / "library"
    (folder / "a").mkdir(parents=True)
    (folder / "a/sound.cbz").write_bytes(whole())
    (folder / "a/odd.cbz").write_bytes(whole() + b"behind")
    (folder / "flipped.cbz").write_bytes(broken())
    (folder / "page.cbz").write_bytes(b"<html>gone")
    for path in folder.rglob("*.cbz"):  # what was just written is read twice
        os.utime(path, (THEN, THEN))
    return folder


@pytest.fixture
def many(tmp_path):
    """Give a folder of forty sound archives."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.cbz").write_bytes(whole())
    return folder


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
def slow(tmp_path):
    """Give a folder of a hundred archives that take half a second to decode.

    What decodes is imported here, so that no process spends its time on that.
    """
    folder = tmp_path / "slow"
    folder.mkdir()
    pages = {f"{number}.jpg": pictures.jpeg(number, 100_000) for number in range(4)}
    (folder / "00.cbz").write_bytes(whole(pages))
    for number in range(1, 100):
        os.link(folder / "00.cbz", folder / f"{number:02}.cbz")
    scan(folder / "00.cbz", Depth.DECODE)
    return folder
