"""Runs that are started with standard streams closed, as `>&-` does."""

from __future__ import annotations

import shlex
import subprocess
import sys

import programs
import pytest
from books import assert_whole, book


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"], ids=["out", "err", "all"])
def test_a_closed_stream_is_no_reason_to_stop(site, workdir, closed):
    """The book is published, and no file of the run has a standard stream's number."""
    chapter = site.add_chapter(pages=2)
    seen = workdir.with_name("streams")
    look = ["sh", "-c", f"for n in 0 1 2; do readlink /proc/$PPID/fd/$n; done >{seen}"]
    words = [sys.executable, "-m", "cbzsafe", *programs._options(workdir, site.config())]
    line = shlex.join([*words, "--on-publish", shlex.join(look), chapter.url])
    done = subprocess.run(
        ["sh", "-c", f"exec {line} {closed}"],
        cwd=workdir,
        env=programs.environment(workdir),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    streams = seen.read_text("utf-8").splitlines()
    assert len(streams) == 3
    assert [one for one in streams if one != "/dev/null" and not one.startswith("pipe:")] == []
