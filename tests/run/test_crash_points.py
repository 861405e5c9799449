"""SIGKILL at each system call that changes files, from the first page to the last clean-up."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import programs
import pytest
from books import HISTORY, assert_whole, book, outcomes, report, undisturbed
from gallery_site import Site
from sampling import grid

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


def log(workdir):
    """What strace saw."""
    return (programs.home(workdir) / "trace").read_text(errors="replace")


def counted(workdir):
    """How often each call was made."""
    return Counter(re.findall(r"^\d+ +([a-z0-9_]+)\(", log(workdir), re.MULTILINE))


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """How often an undisturbed run makes each call, and the digest of its book."""
    folder = tmp_path_factory.mktemp("rehearsal")
    workdir = folder / "work"
    workdir.mkdir()
    with Site() as site:
        chapter = site.add_chapter(pages=3)
        same = programs.digest(undisturbed(site, folder / "undisturbed", chapter))
        traced(workdir, site.config(), (chapter.url, *HISTORY), "-e", f"trace={','.join(CALLS)}")
        assert programs.digest(book(workdir, chapter)) == same
    return counted(workdir), same


@pytest.mark.parametrize(("call", "sample"), grid(CALLS, range(SAMPLES)))
def test_a_kill_at_a_system_call_loses_nothing(site, workdir, rehearsal, call, sample):
    """Killed at the call, the book is whole or absent, and the next run ends as if undisturbed."""
    counts, same = rehearsal
    if not counts[call]:
        assert call in {"fchmod", "link"}  # only what replaces a file needs these
        return
    chapter = site.add_chapter(pages=3)
    args = (chapter.url, *HISTORY)
    at = 1 + (counts[call] - 1) * sample // (SAMPLES - 1)
    kill = f"inject={call}:signal=SIGKILL:when={at}"
    traced(workdir, site.config(), args, "-e", f"trace={call}", "-e", kill)
    assert "killed by SIGKILL" in log(workdir)
    target = book(workdir, chapter)
    if target.exists():
        assert programs.pages(target) == chapter.expected()
    done = programs.run_cbzsafe(args, workdir, site.config())
    assert done.returncode == 0, done.stderr
    assert_whole(target, chapter.expected())
    assert programs.digest(target) == same
    assert not (workdir / "gallery-dl" / chapter.folder).exists()


def test_a_signal_during_a_publish_lets_it_finish(site, workdir):
    """SIGTERM while the archive is synced: it gets its name, and the run ends with 143."""
    chapter = site.add_chapter(pages=3)
    config = programs._config_file(workdir, site.config())
    slow = ["strace", "-f", "-q", "-o", "/dev/null", "-e", "trace=fsync"]
    slow += ["-e", "inject=fsync:delay_enter=1500000:when=1"]
    command = [*slow, sys.executable, "-m", "cbzsafe", "--config-ignore", "-c", str(config)]
    command += [chapter.url, "--report", "report.json"]
    with subprocess.Popen(
        command, cwd=workdir, env=programs.environment(workdir), stderr=subprocess.DEVNULL
    ) as process:
        folder = book(workdir, chapter).parent
        assert programs.until(lambda: any(folder.glob(".cbsafe-*.part")))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        assert process.wait(20) == 143
    assert outcomes(workdir) == ["published"]
    assert report(workdir)["interrupted"] == "SIGTERM"
    assert_whole(book(workdir, chapter), chapter.expected())
