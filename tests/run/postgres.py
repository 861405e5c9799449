"""A real PostgreSQL server of the tests' own, on a socket in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg

UNPRIVILEGED = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
"""What a command of the server starts with where root runs the tests: it refuses to run as root."""

_FAST = "fsync=off\nfull_page_writes=off\nautovacuum=off\n"


class Server:
    """A cluster and its server, a context manager.

    It listens on a unix socket only. The folder is not pytest's: those are closed to other users,
    and a socket's path has 107 bytes at most.

    Attributes:
        url: the address that gallery-dl's `archive` takes.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="cbzsafe-pg-"))
        self._data = self._folder / "data"
        self.url = f"postgresql://tests@/postgres?host={self._folder}"

    def __enter__(self):
        """Make the cluster and start its server."""
        try:
            if os.geteuid() == 0:
                shutil.chown(self._folder, "nobody", "nogroup")
            options = ("--auth=trust", "--username=tests", "--encoding=UTF8", "--no-locale")
            self._run("initdb", "--no-sync", *options, "-D", self._data)
            with (self._data / "postgresql.conf").open("a", encoding="utf-8") as settings:
                settings.write(f"listen_addresses=''\nunix_socket_directories='{self._folder}'\n")
                settings.write(_FAST)
            self.start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server and remove the cluster."""
        try:
            if (self._data / "postmaster.pid").exists():
                self.stop()
        finally:
            shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._run("pg_ctl", "start", "--wait", "-D", self._data, "-l", self._folder / "log")

    def stop(self) -> None:
        """End the server at once, and with it every connection, as a crash does."""
        self._run("pg_ctl", "stop", "--wait", "-m", "immediate", "-D", self._data)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Carry out one statement; returns its rows."""
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *args: object) -> None:
        before = UNPRIVILEGED if os.geteuid() == 0 else ()
        command = [*before, _binary(program), *map(str, args)]
        # The server inherits the output of pg_ctl: a pipe would never come to its end.
        with (self._folder / "tools.log").open("a+", encoding="utf-8") as log:
            done = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
            log.seek(0)
            assert done.returncode == 0, log.read()


def _binary(program: str) -> str:
    """A program of the server's; Debian keeps them out of PATH, a folder for each version."""
    found = [*Path("/usr/lib/postgresql").glob(f"*/bin/{program}")]
    newest = max(found, key=lambda path: int(path.parts[4]), default=None)
    path = str(newest) if newest else shutil.which(program)
    assert path, f"{program} is missing: install Debian's postgresql, as `make apt` does"
    return path
