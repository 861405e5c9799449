"""The real programs in processes of their own, and a look at what they leave on disk.

They are forked from a process that has imported what they need of others, see `launcher`; one that
is given variables, which Python may read, or is to be killed is started from nothing.

Nothing here uses cbzsafe's code: archives are read with `zipfile`.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import launcher
from launcher import Launched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

TIMEOUT = 60.0
"""Seconds after which a program is killed and its test fails."""

_LIMITED = """
import resource, runpy, signal, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
module = sys.argv[2]
sys.argv[:] = [module, *sys.argv[3:]]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def run_gallery_dl(
    args: Iterable[object],
    cwd: Path,
    config: Mapping[str, Any],
    *,
    env: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    killed_at: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run gallery-dl to its end.

    Args:
        args: its arguments, without those for the configuration.
        cwd: its working directory; the home directory is beside it, see `home`.
        config: the only configuration that it reads.
        env: variables on top of `environment`.
        timeout: seconds after which it is killed, and `TimeoutExpired` raised.
        killed_at: bytes; the kernel kills the process in the middle of the write that makes any
            file longer, as a SIGKILL would at that moment.
    """
    return _run("gallery_dl", args, cwd, config, env=env, timeout=timeout, killed_at=killed_at)


def run_cbzsafe(
    args: Iterable[object],
    cwd: Path,
    config: Mapping[str, Any] | None = None,
    *,
    env: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    killed_at: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run cbzsafe to its end; arguments as for `run_gallery_dl`.

    Without a `config` the arguments are passed as they are: for `check` and `repair`.
    """
    return _run("cbzsafe", args, cwd, config, env=env, timeout=timeout, killed_at=killed_at)


def spawn(
    module: str,
    args: Iterable[object],
    cwd: Path,
    config: Mapping[str, Any] | None = None,
    *,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[str] | Launched:
    """Start a program, `gallery_dl` or `cbzsafe`, and return at once.

    Its output goes to files that `output` and `errors` read, so that no pipe fills up. It leads a
    process group, so that `kill` ends its children too.
    """
    with (
        _stream(cwd, "stdout").open("w", encoding="utf-8") as stdout,
        _stream(cwd, "stderr").open("w", encoding="utf-8") as stderr,
    ):
        if env is None:
            return _launch(module, args, cwd, config, (stdout, stderr))
        return subprocess.Popen(
            _command(module, args, cwd, config, None),
            cwd=cwd,
            env=environment(cwd, env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )


def output(cwd: Path) -> str:
    """The stdout of the last program that was spawned in `cwd`."""
    return _stream(cwd, "stdout").read_text(encoding="utf-8")


def errors(cwd: Path) -> str:
    """The stderr of the last program that was spawned in `cwd`."""
    return _stream(cwd, "stderr").read_text(encoding="utf-8")


def kill(process: subprocess.Popen[str] | Launched, number: int = signal.SIGKILL) -> int:
    """Send a signal to a program and its children, and wait for it; returns its exit status."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    return process.wait(TIMEOUT)


def until(condition: Callable[[], bool], timeout: float = 10.0) -> bool:
    """Wait until a condition holds, for so many seconds at most; returns whether it does."""
    end = time.monotonic() + timeout
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def home(cwd: Path) -> Path:
    """The home directory of programs that run in `cwd`: beside it, so that `tree` stays clean."""
    folder = cwd.with_name(cwd.name + "-home")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment(cwd: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a program: nothing of the user's own settings of either program."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CBZSAFE_", "GDL_", "XDG_"))}
    kept["HOME"] = str(home(cwd))
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        kept[f"XDG_{name}_HOME"] = str(home(cwd) / name.lower())
    paths = [str(ROOT), kept.get("PYTHONPATH", "")]
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    kept["PYTHONIOENCODING"] = "utf-8"
    return kept | dict(more or {})


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(cbz: Path) -> list[str]:
    """The entries of an archive, in the order of its index, duplicates and all."""
    with zipfile.ZipFile(cbz) as archive:
        return archive.namelist()


def pages(cbz: Path) -> dict[str, bytes]:
    """The entries' bytes by name, each checked against its CRC."""
    with zipfile.ZipFile(cbz) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def tree(folder: Path) -> list[str]:
    """Every path below a folder, relative, sorted, hidden ones too; directories end in a slash."""
    return sorted(
        path.relative_to(folder).as_posix() + ("/" if path.is_dir() else "")
        for path in folder.rglob("*")
    )


def publishes_equal(a: Path, b: Path) -> bool:
    """Whether two archives have the same pages of the same bytes in the same order."""
    return names(a) == names(b) and pages(a) == pages(b)


def _run(
    module: str,
    args: Iterable[object],
    cwd: Path,
    config: Mapping[str, Any] | None,
    *,
    env: Mapping[str, str] | None,
    timeout: float,
    killed_at: int | None,
) -> subprocess.CompletedProcess[str]:
    if env is None and killed_at is None:
        return _launched(module, args, cwd, config, timeout)
    return subprocess.run(
        _command(module, args, cwd, config, killed_at),
        cwd=cwd,
        env=environment(cwd, env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _launched(
    module: str,
    args: Iterable[object],
    cwd: Path,
    config: Mapping[str, Any] | None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    with ThreadPoolExecutor(2) as readers:
        pipes = [os.pipe() for _ in range(2)]
        with (
            os.fdopen(pipes[0][1], "w", encoding="utf-8") as stdout,
            os.fdopen(pipes[1][1], "w", encoding="utf-8") as stderr,
        ):
            process = _launch(module, args, cwd, config, (stdout, stderr))
        texts = [readers.submit(_read, reading) for reading, _ in pipes]
        try:
            status = process.wait(timeout)
        except BaseException:
            kill(process)
            raise
        return subprocess.CompletedProcess([module], status, *(text.result() for text in texts))


def _read(pipe: int) -> str:
    with os.fdopen(pipe, encoding="utf-8") as file:
        return file.read()


def _launch(
    module: str,
    args: Iterable[object],
    cwd: Path,
    config: Mapping[str, Any] | None,
    streams: tuple[IO[str], IO[str]],
) -> Launched:
    words = [*_options(cwd, config), *map(str, args)]
    with Path(os.devnull).open(encoding="utf-8") as stdin:
        return launcher.launch(module, words, cwd, environment(cwd), (stdin, *streams))


def _command(
    module: str,
    args: Iterable[object],
    cwd: Path,
    config: Mapping[str, Any] | None,
    killed_at: int | None,
) -> list[str]:
    start = ["-m", module] if killed_at is None else ["-c", _LIMITED, str(killed_at), module]
    return [sys.executable, *start, *_options(cwd, config), *map(str, args)]


def _options(cwd: Path, config: Mapping[str, Any] | None) -> list[str]:
    return [] if config is None else ["--config-ignore", "-c", str(_config_file(cwd, config))]


def _config_file(cwd: Path, config: Mapping[str, Any]) -> Path:
    """Name the file after its content: a program that still runs keeps its own."""
    text = json.dumps(config, indent=2)
    path = home(cwd) / f"config-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    path.write_text(text, encoding="utf-8")
    return path


def _stream(cwd: Path, name: str) -> Path:
    return home(cwd) / f"{name}.txt"
