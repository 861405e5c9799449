"""Talking to the site's process."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import programs
from soak.faulty_site import Served
from soak.shelves import Expected

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).with_name("site_process.py")


@dataclass(frozen=True)
class Remote:
    """The site's process.

    Attributes:
        process: is written to and read from line by line.
        config: gallery-dl's configuration for it.
        books: what is to come out, in the order of the chapters.
    """

    process: subprocess.Popen[str]
    config: dict[str, Any]
    books: list[Expected]

    def count(self) -> dict[str, int]:
        """Count the `requests` so far, those of `pages`, and the `faults`."""
        return self._ask("count")

    def calm(self) -> None:
        """Let no request fail from now on."""
        self._ask("calm")

    def account(self, file: Path) -> list[Served]:
        """Give every request so far; they are handed over in a file."""
        self._ask(f"account {file}")
        return [Served(**one) for one in json.loads(file.read_text("utf-8"))]

    def _ask(self, question: str) -> dict[str, int]:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(question + "\n")
        stdin.flush()
        answer: dict[str, int] = json.loads(stdout.readline())
        return answer


@contextmanager
def served(folder: Path, seed: int, series: int, chapters: int, rate: float) -> Iterator[Remote]:
    """Serve so many series of so many chapters, of whose requests the share `rate` fails."""
    asked = {"seed": seed, "series": series, "chapters": chapters, "rate": rate}
    process = subprocess.Popen(
        [sys.executable, str(SERVER), json.dumps(asked)],
        env=programs.environment(folder / "site"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            yield Remote(process, told["config"], [Expected(**one) for one in told["truth"]])
        finally:
            process.kill()
