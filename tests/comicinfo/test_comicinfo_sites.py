"""What gallery-dl's extractors say of a book, as readers would show it."""

from __future__ import annotations

import pytest
import schema
from site_samples import SAMPLES, WEB

from cbzsafe import comicinfo


@pytest.mark.parametrize(("data", "expected"), [pytest.param(*s[1:], id=s[0]) for s in SAMPLES])
def test_a_site_is_described_as_a_reader_should_show_it(data, expected):
    """Each site's metadata give these elements, no other, and a valid file."""
    found = comicinfo.from_metadata(data, WEB, {})
    assert found == {**expected, "Web": WEB}
    assert schema.errors(comicinfo.write(found, [])) == []


@pytest.mark.parametrize("data", [pytest.param(s[1], id=s[0]) for s in SAMPLES])
def test_metadata_are_only_read(data):
    """gallery-dl's own metadata stay as they are, a default dictionary's keys too."""
    before = list(data)
    comicinfo.from_metadata(data, WEB, {})
    assert list(data) == before
