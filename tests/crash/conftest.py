"""Scenes that are set up once for all tests of a worker."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from scene_table import opened


@pytest.fixture(scope="session")
def scenes(tmp_path_factory):
    """Give a scene by its name, set up when it is first asked for."""
    with ExitStack() as stack:
        made = {}

        def scene(name):
            if name not in made:
                made[name] = stack.enter_context(opened(name, tmp_path_factory.mktemp(name)))
            return made[name]

        yield scene
