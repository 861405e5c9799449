"""What the tests of the archive engine share."""

from __future__ import annotations

import pytest
from made_archives import NAMES, PAGES

from cbzsafe.cbz.pack import FilePage


@pytest.fixture
def staged(tmp_path):
    """The pages as files in a folder of their own."""
    folder = tmp_path / "staging"
    folder.mkdir()
    for name, data in PAGES.items():
        (folder / name).write_bytes(data)
    return [FilePage(name, folder / name) for name in NAMES]
