"""SIGKILL at the system calls of one repair that change files, and SIGTERM in its midst."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import programs
import pytest
from disks import disk
from repairs import PAGES, broken
from sampling import grid

from cbzsafe.cli.main import main

CALLS = ("write", "pwrite64", "copy_file_range", "fsync", "link", "rename", "unlink", "mkdir")
KILLS = 9
"""How many of the calls of each place are tried: strace makes each of them slow."""

KEPT = {name: data for name, data in PAGES.items() if name != "002.jpg"}
OLD = broken()


def traced(cwd, path, *args, options):
    """Repair under strace; give the trace."""
    command = ["strace", "-f", "-q", "-o", "trace", *options, sys.executable, "-m", "cbzsafe"]
    subprocess.run(
        [*command, "repair", path, *args],
        cwd=cwd,
        env=programs.environment(cwd),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return (cwd / "trace").read_text(errors="replace")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Give a function that repairs in a new folder, beside or with backups on another disk."""
    made = tmp_path_factory.mktemp("kills")
    with disk(made / "disk") as other:
        number = iter(range(1000))

        def place(where):
            at = next(number)
            folder = made / f"books{at}"
            folder.mkdir()
            (folder / "book.cbz").write_bytes(OLD)
            args = [] if where == "beside" else ["--backup-dir", other / f"{at}" / "kept"]
            return folder / "book.cbz", args

        yield place


@pytest.fixture(scope="module")
def chosen(places, tmp_path_factory):
    """Choose calls by a seed, of those that an undisturbed repair makes."""
    cwd, chosen = tmp_path_factory.mktemp("rehearsal"), {}
    for where in ("beside", "elsewhere"):
        path, args = places(where)
        trace = traced(cwd, path, *args, options=["-e", f"trace={','.join(CALLS)}"])
        counts = Counter(re.findall(r"^\d+ +([a-z0-9_]+)\(", trace, re.MULTILINE))
        assert programs.pages(path) == KEPT
        every = [(call, at) for call in CALLS for at in range(1, counts[call] + 1)]
        assert {"pwrite64", "fsync", "link", "rename", "unlink"} <= set(counts)
        chosen[where] = random.Random(where).sample(every, min(KILLS, len(every)))
    return chosen


@pytest.mark.parametrize(("where", "number"), grid(["beside", "elsewhere"], range(KILLS)))
def test_a_kill_at_a_system_call_loses_nothing(places, chosen, workdir, where, number):
    """The name holds old or new bytes, the original is somewhere, and the next repair is clean."""
    call, at = chosen[where][number]
    path, args = places(where)
    kill = ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={at}"]
    assert "killed by SIGKILL" in traced(workdir, path, *args, options=kill)
    kept = args[1] if args else path.parent
    is_old = path.read_bytes() == OLD
    assert is_old or programs.pages(path) == KEPT
    assert is_old or originals(kept) == [OLD]
    assert main(["repair", *map(os.fspath, [path, *args])]) == int(is_old)
    assert programs.pages(path) == KEPT
    assert originals(kept) == [OLD]
    left = {*os.listdir(path.parent), *os.listdir(kept)}
    assert left == {"book.cbz", "." * (not args) + "book.1.damaged-original"}


def originals(folder):
    """Give what is kept in a folder."""
    listed = folder.iterdir() if folder.is_dir() else ()
    return [path.read_bytes() for path in listed if path.name.endswith("damaged-original")]


def test_sigterm_while_the_archive_is_synced_lets_it_finish(places, workdir):
    """The new archive gets its name, it is reported, and the process ends with 143."""
    path, _ = places("beside")
    slow = ["strace", "-f", "-q", "-o", "/dev/null", "-e", "trace=fsync"]
    slow += ["-e", "inject=fsync:delay_enter=500000:when=2"]
    command = [*slow, sys.executable, "-m", "cbzsafe", "repair", "--jsonl", os.fspath(path)]
    with subprocess.Popen(
        command, cwd=workdir, env=programs.environment(workdir), stdout=subprocess.PIPE, text=True
    ) as process:
        assert programs.until(lambda: any(path.parent.glob(".cbsafe-*.part")))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 143
    archive, summary = map(json.loads, out.splitlines())
    assert (archive["outcome"], summary["interrupted"]) == ("partly", "SIGTERM")
    assert programs.pages(path) == KEPT
    assert sorted(os.listdir(path.parent)) == [".book.1.damaged-original", "book.cbz"]
