"""SIGKILL at each system call that changes files, from the first page to the last clean-up."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import programs
import pytest
from books import HISTORY, assert_whole, book, undisturbed

CALLS = ("rename", "unlink", "rmdir", "fsync", "pwrite64", "fchmod", "link", "mkdir", "flock")
"""What publishing, the history and the clean-up change files with, besides plain writes."""

SAMPLES = 3
"""Places at which each call is killed: its first, a middle and its last."""


def traced(workdir, config, args, *options):
    """Run cbzsafe under strace."""
    command = ["strace", "-f", "-q", "-o", str(programs.home(workdir) / "trace"), *options]
    command += [sys.executable, "-m", "cbzsafe", "--config-ignore"]
    command += ["-c", str(programs._config_file(workdir, config)), *args]
    return subprocess.run(
        command,
        cwd=workdir,
        env=programs.environment(workdir),
        capture_output=True,
        timeout=60,
        check=False,
    )


def counted(workdir):
    """How often each call was made."""
    trace = (programs.home(workdir) / "trace").read_text(errors="replace")
    return Counter(re.findall(r"^\d+ +([a-z0-9_]+)\(", trace, re.MULTILINE))


@pytest.mark.parametrize("sample", range(SAMPLES))
@pytest.mark.parametrize("call", CALLS)
def test_a_kill_at_a_system_call_loses_nothing(site, workdir, tmp_path, call, sample):
    """Killed at the call, the book is whole or absent, and the next run ends as if undisturbed."""
    chapter = site.add_chapter(pages=3)
    same = programs.digest(undisturbed(site, tmp_path / "undisturbed", chapter))
    rehearsal = tmp_path / "rehearsal"
    rehearsal.mkdir()
    args = (chapter.url, *HISTORY)
    traced(rehearsal, site.config(), args, "-e", f"trace={call}")
    total = counted(rehearsal)[call]
    if not total:
        assert call in {"fchmod", "link"}  # only what replaces a file needs these
        return
    at = 1 + (total - 1) * sample // (SAMPLES - 1)
    kill = f"inject={call}:signal=SIGKILL:when={at}"
    traced(workdir, site.config(), args, "-e", f"trace={call}", "-e", kill)
    target = book(workdir, chapter)
    if target.exists():
        assert programs.pages(target) == chapter.expected()
    done = programs.run_cbzsafe(args, workdir, site.config())
    assert done.returncode == 0, done.stderr
    assert_whole(target, chapter.expected())
    assert programs.digest(target) == same
    assert not (workdir / "gallery-dl" / chapter.folder).exists()
