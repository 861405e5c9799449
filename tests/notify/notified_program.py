"""A run of the program with variables of its own, and all that it says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import launcher
import programs

KEY = "a4bf1c77-key"
"""What the servers know their administrator by."""


def has_ended(pid):
    """Tell whether a process is gone, or waits for nothing but to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").split()[2] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


class Program:
    """The program in a folder.

    Attributes:
        said: all that it has said so far, to whatever stream or file.
    """

    def __init__(self, site, folder):
        self._site = site
        self._folder = folder
        self.said = ""

    def start(self, *args, config=None, **variables):
        """Start a run, with variables; gives the process."""
        config = self._site.config() if config is None else config
        words = [*programs._options(self._folder, config), *map(str, args)]
        return self._launch(words, variables)

    def _launch(self, words, variables):
        streams = [self._stream("out").open("w"), self._stream("err").open("w")]
        with streams[0], streams[1], Path("/dev/null").open() as empty:
            environment = programs.environment(self._folder, variables)
            return launcher.launch("cbzsafe", words, self._folder, environment, [empty, *streams])

    def _stream(self, name):
        return programs.home(self._folder) / name

    def run(self, *args, config=None, **variables):
        """Do a run to its end, with a report in `report.json`."""
        return self.end(self.start("--report", "report.json", *args, config=config, **variables))

    def command(self, *args, **variables):
        """Run a command of the program as it is."""
        return self.end(self._launch(list(map(str, args)), variables))

    def end(self, process):
        """Wait for a process, and give what came of it."""
        status = process.wait(programs.TIMEOUT)
        out, err = (self._stream(name).read_text("utf-8") for name in ("out", "err"))
        report = self._folder / "report.json"
        self.said += out + err + (report.read_text("utf-8") if report.exists() else "")
        return subprocess.CompletedProcess([], status, out, err)

    def warnings(self):
        """Give the sentences of the report's warnings that belong to no book."""
        report = json.loads((self._folder / "report.json").read_text("utf-8"))
        assert {problem["severity"] for problem in report["problems"]} <= {"warning"}
        return [problem["text"] for problem in report["problems"]]
