"""Private copies of the checkout, in which tests run upon a mutant.

A test's process is forked from one that has imported everything but the package itself: starting
Python and importing gallery-dl anew would take longer than the tests.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOP = ("cbzsafe", "tests", "docs", "pyproject.toml", "README.md", "Makefile", "Dockerfile")
HEAVY = ("pytest", "hypothesis", "PIL.Image", "filelock", "gallery_dl.job", "gallery_dl.extractor")
OPTIONS = ["-xq", "-n0", "-pno:cacheprovider", "--no-header", "-mnot long"]
OPTIONS += ["-Wignore::pytest.PytestAssertRewriteWarning"]  # it dislikes what was imported before
STEP = 0.01
"""Seconds between two looks at a running process."""


def warm_up():
    """Import what every test's process would import."""
    for name in HEAVY:
        importlib.import_module(name)


def copied(folder):
    """Lay a copy of the checkout into a folder, and give it."""
    for name in TOP:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    return folder


class Trial:
    """One run of some tests in a copy, in a process of its own.

    Args:
        copy: the folder, which no other trial uses.
        module: the module that is changed, relative to the folder; None for none.
        source: what it is changed to.
        tests: what pytest is to run.
        limit: seconds after which it is killed.
    """

    def __init__(self, copy, module, source, tests, limit):
        self._copy = copy
        self.path = copy / module if module else None
        self._before = self.path.read_bytes() if module else b""
        if module:
            self.path.write_text(source, encoding="utf-8")
            # Python takes a compiled file for current by its source's size and whole second.
            for compiled in (self.path.parent / "__pycache__").glob(f"{self.path.stem}.*"):
                compiled.unlink()
        self.began = time.monotonic()
        self._end = self.began + limit
        self._process = os.fork()
        if not self._process:
            _run(copy, tests, compiles=module is None)

    def outcome(self):
        """Give what became of it, or None while it runs: `survived`, `killed` or `timeout`."""
        process, status = os.waitpid(self._process, os.WNOHANG)
        late = time.monotonic() > self._end
        if not process and not late:
            return None
        with suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        if not process:
            os.waitpid(self._process, 0)
        _clear(self._copy)
        if self.path:
            self.path.write_bytes(self._before)
        return "timeout" if not process else "killed" if status else "survived"


def _clear(copy):
    """Take away what a test that was killed has mounted, and what it has written."""
    mounts = Path("/proc/self/mounts")
    lines = mounts.read_text("utf-8").splitlines() if mounts.exists() else []
    for place in (line.split()[1] for line in lines):
        if place.startswith(f"{copy}/"):
            subprocess.run(["umount", "-l", place], check=True)
    shutil.rmtree(copy / "temporary", ignore_errors=True)


def _run(copy, tests, *, compiles):
    """Be the test's process."""
    os.setsid()
    os.chdir(copy)
    output = os.open(copy / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    for stream in (1, 2):
        os.dup2(output, stream)
    code = 1
    try:
        sys.dont_write_bytecode = not compiles
        os.environ["PYTHONDONTWRITEBYTECODE"] = "" if compiles else "1"
        sys.path.insert(0, str(copy))
        own = [f"--basetemp={copy / 'temporary'}", *tests]
        code = importlib.import_module("pytest").main([*OPTIONS, *own])
    except BaseException:  # noqa: BLE001 - whatever it is, the parent goes on
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))
