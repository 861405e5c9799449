"""What is installed, and whether this gallery-dl is one that was tried."""

from __future__ import annotations

import platform
from importlib import metadata

import gallery_dl
import pytest
from gallery_dl import version

import cbzsafe
from cbzsafe.doctor import versions
from cbzsafe.gallerydl import seam
from cbzsafe.model import Package, Weight


def test_every_package_is_listed_with_its_version():
    """The versions are those that are installed, without importing any of them."""
    found = {one.name: one.version for one in versions.packages()}
    assert found["cbzsafe"] == cbzsafe.__version__
    assert found["Python"] == platform.python_version()
    assert found["gallery-dl"] == version.__version__
    assert found["pillow"] == metadata.version("pillow")
    assert {"click", "rich", "filelock", "requests", "simplejpeg", "isal"} <= set(found)


def test_what_is_not_installed_has_no_version():
    """A name that no distribution has is no error."""
    assert versions.installed("there-is-no-such-distribution") == ""


@pytest.mark.parametrize(
    ("package", "weight"),
    [
        (Package("rich", ""), Weight.ERROR),
        (Package("gallery-dl", ""), Weight.ERROR),
        (Package("simplejpeg", "", optional=True), Weight.INFO),
        (Package("isal", "", optional=True), Weight.INFO),
        (Package("prometheus-client", "", optional=True), Weight.INFO),
        (Package("python-json-logger", "", optional=True), Weight.INFO),
    ],
)
def test_what_is_missing_is_told_with_what_to_install(package, weight):
    """A needed one is an error, an optional one says what cannot be done without it."""
    _, said = versions.diagnose([package])
    assert (said.weight, said.subject) == (weight, package.name)
    assert "pip install" in said.advice


def test_the_installed_gallery_dl_works():
    """The version that the suite runs with has all that is needed."""
    (said,) = versions.gallery_dl(version.__version__)
    assert said.weight is (
        Weight.OK
        if versions._numbers(version.__version__) <= versions.highest()
        else Weight.WARNING
    )


def test_the_highest_version_is_the_one_that_the_guard_names():
    """The range that a refusal names and the one that is told here are the same."""
    assert ".".join(map(str, versions.highest())) in seam.WORKS_WITH
    assert versions.highest() > seam.LOWEST


@pytest.mark.parametrize("number", ["99.0.0", "99.1.0-dev"])
def test_a_version_that_nobody_tried_is_warned_of(number):
    """A newer one may work, and it is said that it was not tried."""
    assert [one.weight for one in versions.gallery_dl(number)] == [Weight.WARNING]


def test_a_gallery_dl_that_lacks_a_name_is_an_error(monkeypatch):
    """What a run would refuse is refused here in the same words."""
    from gallery_dl import job

    monkeypatch.delattr(job.DownloadJob, "register_hooks")
    (said,) = versions.gallery_dl(gallery_dl.__version__)
    assert said.weight is Weight.ERROR
    assert "register_hooks" in said.text
