"""Fixtures of all tests: the site, the programs, and a gallery-dl that forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gallery_dl_state
import programs
import pytest
from gallery_site import Site
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import subprocess

# Derandomised everywhere, not only in CI: a failure then is one for everybody.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture
def site():
    """A site of the test's own, without galleries."""
    with Site() as made:
        yield made


@pytest.fixture
def workdir(tmp_path):
    """An empty folder for a program to work in; the test's own process stays where it is."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def gallery_dl(site, workdir):
    """Run gallery-dl in `workdir`: `gallery_dl(*args, config=site.config(), **options)`."""

    def run(*args, config=None, **options):
        config = site.config() if config is None else config
        return programs.run_gallery_dl(args, workdir, config, **options)

    return run


@pytest.fixture
def run(site, workdir):
    """Run cbzsafe in `workdir`: `run(*args, config=site.config(), **options)`."""

    def run(*args, config=None, **options):
        config = site.config() if config is None else config
        return programs.run_cbzsafe(args, workdir, config, **options)

    return run


@pytest.fixture
def spawn(site, workdir):
    """Start a program in `workdir`, which is killed when the test ends.

    `spawn("cbzsafe", *args, config=site.config(), **options)` gives the `Popen`.
    """
    started: list[subprocess.Popen[str]] = []

    def spawn(module, *args, config=None, **options):
        config = site.config() if config is None else config
        started.append(programs.spawn(module, args, workdir, config, **options))
        return started[-1]

    yield spawn
    for process in started:
        programs.kill(process)


@pytest.fixture
def forgetful_gallery_dl(site):
    """Put back everything that runs of gallery-dl in the test's own process leave behind."""
    with gallery_dl_state.restored():
        yield site
