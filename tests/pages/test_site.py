"""The pages as a site."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from programs import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site, and what its strict build said."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return folder, done


def test_the_site_is_built_without_a_warning(built):
    """Each page is in the navigation, and each link leads to a file and its heading."""
    _, done = built
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_site_needs_nothing_from_other_hosts(built):
    """No page loads a script, a style, a font or a picture from elsewhere."""
    folder, _ = built
    pages = sorted(folder.rglob("*.html"))
    loads = re.compile(r"<(?:script|img|iframe)[^>]* src=\"([^\"]+)|<link[^>]* href=\"([^\"]+)")
    found = {"".join(one) for page in pages for one in loads.findall(page.read_text("utf-8"))}
    assert len(found) > 3
    assert [one for one in found if re.match(r"(?:https?:)?//", one)] == []


def test_a_command_in_a_table_is_shown_as_it_is_typed(built):
    """A bar has no backslash, which GitHub wants before it."""
    folder, _ = built
    shown = (folder / "benchmarks.html").read_text("utf-8")
    assert "echo y | zip -FF" in shown
    assert r"\|" not in "".join(re.findall(r"<code>.*?</code>", shown))


def test_what_pages_link_to_is_on_the_site_too(built):
    """Manifests and schemas are files of the site, at the same place relative to the pages."""
    folder, _ = built
    for name in ("kubernetes/cronjob.yaml", "schemas/run-1.json"):
        assert (folder / name).read_bytes() == (ROOT / "docs" / name).read_bytes()
