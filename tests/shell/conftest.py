"""A home in which shells are started."""

from __future__ import annotations

import pytest
from shells import Shells


@pytest.fixture
def shells(workdir):
    """Real shells in a home with a few files."""
    return Shells(workdir)
