"""The disk fails at one kind of call, for good, from some moment on."""

from __future__ import annotations

import subprocess
import sys

import programs
import pytest
from books import HISTORY, assert_whole, book
from sampling import grid

FAILURES = [
    ("fsync", "1+", "EIO"),
    ("fsync", "2+", "EIO"),
    ("rename", "last", "EACCES"),
    ("pwrite64", "1+", "ENOSPC"),
    ("pwrite64", "3+", "EIO"),
    ("/^preadv", "1+", "EIO"),
    ("unlink", "1+", "EACCES"),
]
"""The call, from which time on it fails, and how; the last rename is the archive's own."""


def failing(workdir, config, args, call, when, error):
    """Run cbzsafe with a call that fails; gives the process and strace's log."""
    trace = programs.home(workdir) / "trace"
    command = ["strace", "-f", "--seccomp-bpf", "-q", "-o", str(trace), "-e", f"trace={call}"]
    command += ["-e", f"inject={call}:error={error}:when={when}"]
    command += [sys.executable, "-m", "cbzsafe", "--config-ignore"]
    command += ["-c", str(programs._config_file(workdir, config)), *args]
    done = subprocess.run(
        command,
        cwd=workdir,
        env=programs.environment(workdir),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, trace.read_text(errors="replace")


@pytest.mark.parametrize(("failure", "book_is"), grid(FAILURES, ["new", "old"]), ids=str)
def test_a_failing_disk_loses_nothing(site, run, workdir, failure, book_is):
    """The old book or the new stands whole, no temporary is left, nothing is fetched again."""
    (call, when, error), update = failure, book_is == "old"
    chapter = site.add_chapter(pages=4)
    target = book(workdir, chapter)
    if update:
        assert run(chapter.url, "--range", "1-2").returncode == 0
    before = target.read_bytes() if update else None
    args = (chapter.url, *HISTORY)
    if when == "last":
        when = "3" if update else "5"  # behind those of the pages that come
    done, log = failing(workdir, site.config(), args, call, when, error)
    assert "INJECTED" in log
    assert "Traceback" not in done.stderr
    now = target.read_bytes() if target.exists() else None
    whole = now is not None and programs.pages(target) == chapter.expected()
    assert whole or (now == before and done.returncode & 128)
    left = [path.name for path in target.parent.glob(".cbsafe-*")]
    assert call == "unlink" or not left
    site.clear()
    assert run(*args).returncode == 0
    assert_whole(target, chapter.expected())
    assert not site.page_requests()
