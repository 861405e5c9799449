"""What lies around a book, and must be as before after every test of this folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from surroundings import Surroundings

sys.path.append(str(Path(__file__).parent.parent / "run"))


@pytest.fixture(autouse=True)
def around(tmp_path, workdir):
    """A tree of canaries around the book, which is looked at when the test ends."""
    made = Surroundings(tmp_path, workdir)
    made.plant()
    yield made
    made.assert_untouched()
