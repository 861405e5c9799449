"""What is removed beside a ready-made archive, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest
import repairs

from cbzsafe.book.readymade import ReadyMade
from cbzsafe.model import Outcome
from cbzsafe.progress import Silent


@pytest.fixture
def made(tmp_path):
    """A whole archive at its final name, under its lock."""
    path = tmp_path / "a.cbz"
    path.write_bytes(repairs.whole())
    made = ReadyMade(path, path, "", 0.1, Silent())
    made.secure()
    yield made
    made.release()


def test_an_archive_that_was_written_in_place_stays(made, monkeypatch):
    """A downloader that makes no part has the final name itself: nothing is taken away."""
    monkeypatch.chdir(made.target.parent)
    assert made.arrived(Path(made.target.name))
    made.publish(anew=True)
    assert made.outcome is Outcome.UNCHANGED
    assert made.target.read_bytes() == repairs.whole()


def test_the_same_archive_under_another_name_goes(made):
    """What came a second time is no second copy."""
    came = made.target.with_name("came.part")
    came.write_bytes(repairs.whole())
    assert made.arrived(came)
    made.publish(anew=True)
    assert not came.exists()
    assert made.target.read_bytes() == repairs.whole()
