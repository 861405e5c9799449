"""The books, made once for all processes of the tests, and a look at them by each reader."""

from __future__ import annotations

import os

import pytest
from every_kind import LARGE, SMALL
from findings import library


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder that all processes of these tests have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def small(shared):
    """A book of each kind that is quickly made, and a spoiled one."""
    return library(shared / "small-books", SMALL, spoiled=True)


@pytest.fixture(scope="session")
def large(shared):
    """A book of each kind that takes zip64."""
    return library(shared / "large-books", LARGE)
