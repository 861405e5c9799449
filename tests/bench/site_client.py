"""Talking to the loopback site in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).with_name("site_process.py")


@dataclass(frozen=True)
class RemoteSite:
    """The site's process.

    Attributes:
        process: is written to and read from line by line.
        config: gallery-dl's configuration for it.
        url: the address of its series.
    """

    process: subprocess.Popen[str]
    config: dict[str, Any]
    url: str

    def requests(self) -> int:
        """Count the page requests since the last `clear`."""
        return int(self._ask("count")["requests"])

    def all_requests(self) -> int:
        """Count all requests since the last `clear`."""
        return int(self._ask("count")["all"])

    def clear(self) -> None:
        """Forget the requests so far."""
        self._ask("clear")

    def _ask(self, question: str) -> dict[str, Any]:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(question + "\n")
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer


@contextmanager
def served(
    folder: Path, chapters: int, length: int, size: int, delay: float
) -> Iterator[RemoteSite]:
    """Serve a series, and leave gallery-dl's configuration for it in `folder`."""
    numbers = map(str, (chapters, length, size, delay))
    command = [sys.executable, str(SERVER), *numbers]
    process = subprocess.Popen(
        command,
        env=programs.environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        (folder / "config.json").write_text(json.dumps(told["config"]), "utf-8")
        try:
            yield RemoteSite(process, told["config"], told["url"])
        finally:
            process.kill()
