"""The program, and servers to be told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from library_servers import Kavita, Komga, Listener
from notified_program import KEY, Program

sys.path.append(str(Path(__file__).parent.parent / "run"))  # for what whole runs share


@pytest.fixture
def program(site, workdir):
    """The program in `workdir`; none of its words may hold the key."""
    made = Program(site, workdir)
    yield made
    assert KEY not in made.said


@pytest.fixture
def komga():
    with Komga(KEY) as server:
        yield server


@pytest.fixture
def kavita():
    with Kavita(KEY) as server:
        yield server


@pytest.fixture
def listener():
    with Listener() as server:
        yield server
