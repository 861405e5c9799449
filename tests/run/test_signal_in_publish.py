"""A signal while an archive is being published: the publish is finished first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import programs
import pytest
from books import assert_whole, book, outcomes, report
from repairs import PAGES, broken


@contextmanager
def slowed(command, workdir):
    """Run a command of which each fsync takes a fifth of a second."""
    slow = ["strace", "-f", "--seccomp-bpf", "-q", "-o", "/dev/null", "-e", "trace=fsync"]
    slow += ["-e", "inject=fsync:delay_enter=200000"]
    with subprocess.Popen(
        [*slow, *command],
        cwd=workdir,
        env=programs.environment(workdir),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process


def terminate(process):
    """Send SIGTERM to the program that strace runs."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGTERM)


def test_a_signal_during_a_publish_lets_it_finish(site, workdir):
    """SIGTERM while the archive is synced: it gets its name, and the run ends with 143."""
    chapter = site.add_chapter(pages=3)
    args = [chapter.url, "--report", "report.json"]
    command = programs._command("cbzsafe", args, workdir, site.config(), None)
    folder = book(workdir, chapter).parent
    with slowed(command, workdir) as process:
        assert programs.until(lambda: any(folder.glob(".cbsafe-*.part")))
        terminate(process)
        process.communicate(timeout=20)
    assert process.returncode == 143
    assert outcomes(workdir) == ["published"]
    assert report(workdir)["interrupted"] == "SIGTERM"
    assert_whole(book(workdir, chapter), chapter.expected())


@pytest.mark.parametrize("options", [[], ["--backup-dir", "kept"]], ids=["beside", "elsewhere"])
def test_a_signal_during_a_repair_lets_it_finish(workdir, options):
    """The new archive gets its name, it is reported, and the process ends with 143."""
    folder = workdir / "books"
    folder.mkdir()
    path = folder / "book.cbz"
    path.write_bytes(broken())
    args = ["repair", "--jsonl", path, *options]
    command = programs._command("cbzsafe", args, workdir, None, None)
    with slowed(command, workdir) as process:
        assert programs.until(lambda: any(folder.glob(".cbsafe-*.part")))
        terminate(process)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 143
    archive, summary = map(json.loads, out.splitlines())
    assert (archive["outcome"], summary["interrupted"]) == ("partly", "SIGTERM")
    assert programs.pages(path) == {n: data for n, data in PAGES.items() if n != "002.jpg"}
    kept = sorted([*os.listdir(folder), *(os.listdir(workdir / "kept") if options else [])])
    assert kept == sorted(["book.cbz", "." * (not options) + "book.1.damaged-original"])
