"""A home folder, a site and a shell in which the examples of a page are run, one after another.

What a page calls `https://example.org/manga/title/` is a series on a loopback site, and
`/home/me` is a folder of the test's own. Sizes and times are compared as such, not by their digits.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import programs
import site_faults

if TYPE_CHECKING:
    from gallery_site import Site
    from page_blocks import Block

TITLE = "https://example.org/manga/title/"
HOME = "/home/me"
LIBRARY = "/srv/comics"

TORN, WITH_A_WEB_PAGE = 1, 2
"""Chapters of the library."""

_MARK = "@@@ next command"
_SIZE = re.compile(r"\b\d+(?:\.\d+)? [kMG]?B\b")
_BLANKS = re.compile(r"(?<=\S) {2,}")
_SECONDS = re.compile(r"\b\d+\.\d s\b")


@dataclass(frozen=True)
class Command:
    """A command of a block, and the lines that the page shows of its output."""

    text: str
    shown: str


def commands(text: str) -> list[Command]:
    """Read a block of `$ command` lines, their continuations (`> `) and their output."""
    found: list[Command] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], ""))
        elif line.startswith("> ") and found and not found[-1].shown:
            found[-1] = Command(f"{found[-1].text}\n{line[2:]}", "")
        else:
            found[-1] = Command(found[-1].text, f"{found[-1].shown}{line}\n")
    return found


class Sandbox:
    """Where a page's examples are run.

    Args:
        folder: an empty one.
        site: a started site without galleries.
    """

    def __init__(self, folder: Path, site: Site) -> None:
        self._folder = folder
        self.home, self.library = folder / "me", folder / "comics"
        self._bin = folder / "bin"
        for made in (self.home, self.library, self._bin):
            made.mkdir()
        (self.home / "docs").symlink_to(programs.ROOT / "docs")
        self._site = site
        self._add_galleries()
        self._add_program()

    def add_library(self) -> None:
        """Fill `~/Comics` with books as gallery-dl leaves them: torn, with a web page, sound."""
        for chapter in self._site.chapters:
            path = self.home / "Comics" / "Title" / f"Chapter {chapter.number}.cbz"
            path.parent.mkdir(parents=True, exist_ok=True)
            bodies = chapter.expected()
            if chapter.number == WITH_A_WEB_PAGE:
                bodies[sorted(bodies)[4]] = site_faults.HTML
            with zipfile.ZipFile(path, "w") as archive:
                for name, body in bodies.items():
                    archive.writestr(name, body)
            if chapter.number == TORN:
                path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])

    def put(self, block: Block) -> None:
        """Write a block as the file that the page says it is."""
        path = Path(self._here(block.file.replace("~", HOME, 1)))
        if not path.is_relative_to(self._folder):
            path = self._folder / "root" / path.relative_to("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._here(block.text), "utf-8")

    def run(self, given: list[Command]) -> list[str]:
        """Run commands in one shell, and give the output of each as a page would show it."""
        mark = f"kept=$?; echo '{_MARK}'; (exit $kept)"  # for an `echo $?`
        script = "".join(f"{mark}\n{self._here(one.text)}\n" for one in given)
        done = subprocess.run(
            ["bash", "-c", f"exec 2>&1\n{script}"],
            cwd=self.home,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=programs.TIMEOUT,
            check=False,
        )
        return [self._there(text) for text in done.stdout.split(f"{_MARK}\n")[1:]]

    def run_python(self, text: str) -> None:
        """Run a program that is to end without a word."""
        done = subprocess.run(
            [sys.executable, "-c", self._here(text)],
            cwd=self.home,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=programs.TIMEOUT,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def _here(self, text: str) -> str:
        places = {HOME: str(self.home), LIBRARY: str(self.library)}
        for shown, real in {**self._addresses(), **places}.items():
            text = text.replace(shown, real)
        return text

    def _there(self, text: str) -> str:
        places = {HOME: str(self.home), LIBRARY: str(self.library)}
        for shown, real in {**self._addresses(), **places}.items():
            text = text.replace(real, shown)
        return text

    def _addresses(self) -> dict[str, str]:
        """What pages call addresses of the site, the longest first."""
        read = {
            f"{TITLE}{chapter.number}/": f"{self._site.root}{chapter.path}/"
            for chapter in self._site.chapters
        }
        return {
            **read,
            TITLE: self._site.series_url("title"),
            "https://example.org": self._site.root,
        }

    def _add_galleries(self) -> None:
        """Add a series, of whose third chapter a page is not there when it is first asked for."""
        for number in (1, 2, 3):
            self._site.add_chapter(number, 12, slug="title", manga="Title")
        self._site.chapters[2].pages[6].faults.append(site_faults.status(404, 2))
        config = self._site.config()
        config["extractor"]["foolslide"] = {"example": config["extractor"]["foolslide"]["local"]}
        (self.home / ".gallery-dl.conf").write_text(json.dumps(config), "utf-8")

    def _add_program(self) -> None:
        program = self._bin / "cbzsafe"
        python = f'PYTHONPATH="{programs.ROOT}" exec "{sys.executable}"'
        program.write_text(f'#!/bin/sh\n{python} -m cbzsafe "$@"\n', "utf-8")
        program.chmod(0o755)

    def _environment(self) -> dict[str, str]:
        kept = programs.environment(self.home)
        path = os.pathsep.join([str(self._bin), "/usr/local/bin", "/usr/bin", "/bin"])
        without = {key: value for key, value in kept.items() if not key.startswith("XDG_")}
        return without | {"HOME": str(self.home), "PATH": path, "LC_ALL": "C.UTF-8"}


def fits(shown: str, came: str) -> bool:
    """Whether output is what a page shows: a line `…` there stands for any number of lines."""
    parts = [re.escape(_measured(part)) for part in re.split(r"^…\n", shown, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*".join(parts), _measured(came)) is not None


def _measured(text: str) -> str:
    return _BLANKS.sub("  ", _SECONDS.sub("… s", _SIZE.sub("… B", text)))
