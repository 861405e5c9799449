"""A program that is forked is like one that `python -m` starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from launcher import IMPORTED, launch

FOR_PYTHON = ("PYTHON", "LC_", "LANG")
"""How the names begin of variables that Python reads as it starts."""

LOOK = """
import json, os, signal, sys, threading
print(json.dumps({
    "name": __name__, "argv": sys.argv[1:], "path": sys.path[0], "cwd": os.getcwd(),
    "env": dict(os.environ), "files": sorted(os.listdir("/proc/self/fd"))[:-1],
    "leads": os.getsid(0) == os.getpid(), "ours": "cbzsafe" in sys.modules,
    "theirs": "gallery_dl" in sys.modules, "threads": threading.active_count(),
    "signals": [str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)],
    "streams": [[s.encoding, s.errors, s.line_buffering] for s in (sys.stdout, sys.stderr)],
    "input": sys.stdin.read(),
}))
"""


@pytest.fixture
def start(tmp_path):
    """Give a function that starts a module of this text, forked or not."""

    def started(text, *args, forked=True):
        (tmp_path / "looks.py").write_text(text, "utf-8")
        env = {name: os.environ[name] for name in os.environ if name.startswith(FOR_PYTHON)}
        env |= {"A": "b", "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}
        with (tmp_path / "in").open("w+") as stdin, (tmp_path / "out").open("w") as out:
            if forked:
                return launch("looks", args, tmp_path, env, (stdin, out, out))
            command = [sys.executable, "-m", "looks", *args]
            streams = {"stdin": stdin, "stdout": out, "start_new_session": True}
            return subprocess.Popen(command, cwd=tmp_path, env=env, **streams)

    return started


def test_what_a_program_can_see_of_its_start_is_the_same(start, tmp_path):
    """Arguments, variables, folder, files, signals, threads and streams are as they should be."""
    seen = []
    for forked in (True, False):
        assert start(LOOK, "a b", os.fsdecode(b"\xff"), forked=forked).wait(20) == 0
        seen.append(json.loads((tmp_path / "out").read_text()))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 0),
        ("raise SystemExit(7)", 7),
        ("import sys; sys.exit('why')", 1),
        ("raise KeyboardInterrupt", -signal.SIGINT),
        ("import os; os.abort()", -signal.SIGABRT),
        ("import os; os._exit(9)", 9),
    ],
)
def test_each_end_has_its_status(start, text, status):
    """What a program ends with is what whoever waits for it gets."""
    assert start(text).wait(20) == status


def test_a_signal_ends_a_program_and_time_can_run_out(start):
    """Waiting ends in time, and a killed program has the status that says so."""
    process = start("import time; time.sleep(60)")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)
    assert process.poll() is None
    process.terminate()
    assert process.wait(20) == process.poll() == -signal.SIGTERM


def test_nothing_of_the_two_programs_is_imported_beforehand():
    """What is tested is imported by whoever runs it."""
    code = "import importlib.util, sys\n"
    code += "".join(f"if importlib.util.find_spec({name!r}): import {name}\n" for name in IMPORTED)
    code += "print(sorted({'cbzsafe', 'gallery_dl'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
