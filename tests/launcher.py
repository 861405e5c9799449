"""Starts programs as forks of a process that has imported what they need of others.

More than half of what a short run costs are the imports of requests, Pillow and the like. One
process for each process of tests does that once; whatever it is asked to run, it forks. Nothing of
cbzsafe or of gallery-dl is imported beforehand, and a fork is a process as `python -m` makes it:
with arguments, variables, streams, a folder, signals and an end of its own.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IMPORTED = (
    *("argparse", "concurrent.futures.thread", "csv", "ctypes", "decimal", "difflib", "filecmp"),
    *("getpass", "gettext", "html", "http.cookiejar", "inspect", "lzma", "mimetypes", "mmap"),
    *("netrc", "secrets", "shlex", "sqlite3", "tempfile", "uuid", "xml.etree.ElementTree"),
    *("requests", "click", "filelock", "isal.isal_zlib", "simplejpeg", "psycopg"),
    *("prometheus_client", "pythonjsonlogger.json", "PIL.features", "PIL.AvifImagePlugin"),
    *("PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
)
"""Modules that a run of either program may import, and that are neither's own."""

LARGEST = 1 << 17
"""Bytes of a request, arguments and variables."""

NUMBER = struct.Struct("i")


class Launched:
    """A program that was started, with those of `subprocess.Popen`'s methods that tests use."""

    def __init__(self, line: int) -> None:
        self._line = line
        self.returncode: int | None = None
        self.pid = self._number()

    def _number(self) -> int:
        data = os.read(self._line, NUMBER.size)
        if not data:
            raise RuntimeError("the launcher has ended")
        return int(NUMBER.unpack(data)[0])

    def poll(self) -> int | None:
        """Give the exit status, or None while the program runs."""
        return self._within(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, at most so many seconds, and give the exit status."""
        status = self._within(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the program has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _within(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], timeout)[0]:
            self.returncode = self._number()
            os.close(self._line)
        return self.returncode


def launch(
    module: str,
    args: Sequence[str],
    cwd: Path,
    env: Mapping[str, str],
    streams: Sequence[IO[Any]],
) -> Launched:
    """Start a module as `python -m` does, in a session of its own.

    Args:
        module: its name.
        args: its arguments.
        cwd: its working directory.
        env: all of its variables; those that Python reads at its start have no effect.
        streams: files for its stdin, stdout and stderr.
    """
    asked = {"module": module, "args": args, "cwd": os.fspath(cwd), "env": dict(env)}
    reading, writing = os.pipe()
    files = [*(stream.fileno() for stream in streams), writing]
    try:
        socket.send_fds(_launcher(), [json.dumps(asked).encode()], files)
    finally:
        os.close(writing)
    return Launched(reading)


@functools.cache
def _launcher() -> socket.socket:
    """The connection to this process's launcher, which ends with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # numpy, which simplejpeg imports, must have no threads where there are to be forks
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    paths = [str(Path(__file__).resolve().parent.parent), env.get("PYTHONPATH", "")]
    env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    process = subprocess.Popen(
        [sys.executable, __file__, str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        env=env,
    )
    theirs.close()
    atexit.register(_end, os.getpid(), ours, process)
    return ours


def _end(owner: int, connection: socket.socket, process: subprocess.Popen[bytes]) -> None:
    if os.getpid() == owner:
        connection.close()
        process.wait()


def _serve(connection: socket.socket) -> dict[str, Any] | None:
    """Fork for each request; gives the request in the fork, and None when all is over."""
    running: dict[int, tuple[int, int]] = {}
    while True:
        poll = select.poll()
        for fd in (connection.fileno(), *running):
            poll.register(fd, select.POLLIN)
        for fd, _ in poll.poll():
            if fd in running:
                _report(fd, *running.pop(fd))
                continue
            request, files, _, _ = socket.recv_fds(connection, LARGEST, 4)
            if not request:
                return None
            pid = os.fork()
            if not pid:
                connection.close()
                _become(files, running)
                return dict(json.loads(request))
            running[os.pidfd_open(pid)] = (pid, files.pop())
            _close(files)


def _report(fd: int, pid: int, line: int) -> None:
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(BrokenPipeError):
        os.write(line, NUMBER.pack(status))
    _close([fd, line])


def _become(files: list[int], running: dict[int, tuple[int, int]]) -> None:
    """Take the files of a request for our own, and say who we are."""
    os.setsid()
    for place, fd in enumerate(files[:3]):
        os.dup2(fd, place)
    os.write(files[3], NUMBER.pack(os.getpid()))
    _close([*files, *running, *(line for _, line in running.values())])


def _close(files: Sequence[int]) -> None:
    for fd in files:
        os.close(fd)


def _run(module: str, args: list[str], cwd: str, env: dict[str, str]) -> None:
    """Be the program; in the fork."""
    for name, mode in (("stdin", "rb"), ("stdout", "wb"), ("stderr", "wb")):
        setattr(sys, name, _opened(getattr(sys, name), mode))
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd
    sys.argv[:] = [module, *args]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _opened(stream: Any, mode: str) -> io.TextIOWrapper:
    """Open a standard stream once more: what is behind it now may not be seekable."""
    return io.TextIOWrapper(
        open(stream.fileno(), mode, closefd=False),
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def main() -> None:
    """Serve the process at the other end of a socket, whose number is the argument."""
    for name in IMPORTED:
        with suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()
    asked = _serve(socket.socket(fileno=int(sys.argv[1])))
    if asked is not None:
        _run(**asked)


if __name__ == "__main__":
    main()
