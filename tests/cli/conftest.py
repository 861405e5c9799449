"""What all tests of the command line share."""

from __future__ import annotations

import json
import os

import pytest

from cbzsafe import invocation
from cbzsafe.cli.main import main


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder and an environment without any settings."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in list(os.environ):
        if name.startswith(invocation.PREFIX):
            monkeypatch.delenv(name)
    return folder


@pytest.fixture
def configure(home):
    """Write the user's gallery-dl configuration file and return its path."""

    def write(values):
        path = home / ".gallery-dl.conf"
        path.write_text(json.dumps(values))
        return str(path)

    return write


@pytest.fixture
def explain(capsys):
    """Run `cbzsafe explain` and return its standard output; it must succeed."""

    def run(*argv):
        status = main(["explain", *argv])
        out, err = capsys.readouterr()
        assert (status, err) == (0, "")
        return out

    return run


@pytest.fixture
def check(capsys):
    """Run `cbzsafe check`; give its status, standard output and standard error."""
    return _runner("check", capsys)


@pytest.fixture
def repair(capsys):
    """Run `cbzsafe repair`; give its status, standard output and standard error."""
    return _runner("repair", capsys)


def _runner(command, capsys):
    def run(*argv):
        status = main([command, *map(str, argv)])
        return status, *capsys.readouterr()

    return run
