"""The readers: which there are, and what each makes of archives.

The programs in other languages are beside this module. Each reads all archives in one process and
prints a line of JSON for each; the others, which have a command line, are asked archive by archive.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parent
VENV = Path(sys.prefix)
"""The environment of the tests, into which the Makefile puts what other package managers bring."""

PATIENCE = 300
"""Seconds that a reader may take for all of its archives."""

BLOCK = 1 << 20

Answer = dict[str, Any]
"""`pages`, a list of name, bytes and SHA-256, or `error`; comic readers add `metadata`."""

Answers = dict[str, dict[str, Answer]]
"""Answers by reader and by archive."""


@dataclass(frozen=True)
class Program:
    """A program that is started for all archives at once, or for each.

    Attributes:
        readers: the names that it answers under.
        read: takes archives and an empty folder to work in, and gives its answers.
        large: whether it is asked only in the tests that take long.
        shows: whether it gives only the pages that it would show, and not every entry.
    """

    readers: tuple[str, ...]
    read: Callable[[list[Path], Path], Answers]
    large: bool = False
    shows: bool = False


def found(name: str) -> str:
    """Give a program's path; one that is not installed fails the test."""
    path = shutil.which(name)
    assert path, f"{name} is not installed: `make apt` installs it."
    return path


def variables(**more: str) -> dict[str, str]:
    """Give the variables of a reader: names are UTF-8, and no option is the user's."""
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return known | {"LC_ALL": "C.UTF-8"} | more


def asked(command: list[Any], folder: Path, archives: list[Path], **more: str) -> Answers:
    """Start a program that answers for each archive with a line of JSON."""
    words = [*map(str, command), *map(str, archives)]
    done = subprocess.run(
        words,
        cwd=folder,
        env=variables(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    answers: Answers = {}
    for answer in map(json.loads, done.stdout.splitlines()):
        answers.setdefault(answer["reader"], {})[answer["archive"]] = answer
    return answers


def java(archives: list[Path], folder: Path) -> Answers:
    """Compile and start the program of Java's readers."""
    classes, scratch = folder / "classes", folder / "scratch"
    scratch.mkdir()
    compiler = [found("javac"), "-d", classes, HERE / "ReadArchives.java"]
    subprocess.run(compiler, env=variables(), check=True, timeout=PATIENCE)
    return asked([found("java"), "-cp", classes, "ReadArchives"], scratch, archives)


def node(archives: list[Path], folder: Path) -> Answers:
    """Start the program of yauzl."""
    modules = VENV / "node_modules"
    assert (modules / "yauzl").is_dir(), f"yauzl is not in {modules}: `make readers` installs it."
    command = [found("node"), HERE / "read_archives.js"]
    return asked(command, folder, archives, NODE_PATH=str(modules))


def go(archives: list[Path], folder: Path) -> Answers:
    """Compile and start Go's program; it is a single file, so that no module is looked for."""
    program = folder / "read_archives"
    settings = {"GO111MODULE": "off", "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    compiler = [found("go"), "build", "-o", program, HERE / "read_archives.go"]
    subprocess.run(compiler, env=variables(**settings), check=True, timeout=PATIENCE)
    return asked([program], folder, archives)


def darkseid(archives: list[Path], folder: Path) -> Answers:
    """Start the program of darkseid, which is in the environment of the tests."""
    return asked([sys.executable, HERE / "read_darkseid.py"], folder, archives)


def comicbox(archives: list[Path], folder: Path) -> Answers:
    """Start the program of comicbox, which has an environment of its own."""
    python = VENV / "comicbox" / "bin" / "python"
    assert python.exists(), f"{python} is not there: `make readers` installs it."
    return asked([python, HERE / "read_comicbox.py"], folder, archives)


class Refused(Exception):
    """A reader said that it cannot read an archive."""


@contextmanager
def output(*command: Any, source: Path | None = None) -> Iterator[IO[bytes]]:
    """Start a command and give what it writes, fed by a file through a pipe if one is named."""
    feed = subprocess.Popen(["cat", source], stdout=subprocess.PIPE) if source else None
    words = [found(command[0]), *map(str, command[1:])]
    with subprocess.Popen(
        words,
        stdin=feed.stdout if feed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=variables(),
    ) as process:
        yield process.stdout
        process.stdout.read()
        message = process.stderr.read().decode().strip()
    if feed:
        feed.stdout.close()
        feed.wait(PATIENCE)
    if process.returncode:
        raise Refused(f"{command[0]} ended with {process.returncode}: {message}")


def item(name: str, stream: IO[bytes], size: int) -> list[Any]:
    """Take an entry's bytes out of a stream."""
    digest, left = sha256(), size
    while left and (block := stream.read(min(BLOCK, left))):
        digest.update(block)
        left -= len(block)
    return [name, size - left, digest.hexdigest()]


def split(listed: list[tuple[str, int]], *command: Any) -> list[list[Any]]:
    """Take entries out of a stream that has nothing but their bytes, one behind the other."""
    with output(*command) as stream:
        pages = [item(name, stream, size) for name, size in listed]
        rest = stream.read(1)
    if rest:
        raise Refused(f"{command[0]} wrote more than it listed")
    return pages


def unzip(archive: Path) -> list[list[Any]]:
    """List by `unzip -Z`, which has sizes in its fourth column, and unpack to a pipe."""
    with output("unzip", "-Zs", archive) as stream:
        text = stream.read().decode()
    listed = re.findall(r"^[-?]\S+ +\S+ \S+ +(\d+) \S+ \S+ \S+ \S+ (.+)$", text, re.MULTILINE)
    return split([(name, int(size)) for size, name in listed], "unzip", "-p", archive)


def sevenzip(archive: Path) -> list[list[Any]]:
    """List by `7z l -slt`, in which each entry is a block of fields, and unpack to a pipe."""
    with output("7z", "l", "-slt", archive) as stream:
        text = stream.read().decode().partition("\n----------\n")[2]
    listed = re.findall(r"^Path = (.+)\n(?:.+\n)*?Size = (\d+)$", text, re.MULTILINE)
    entries = [(name, int(size)) for name, size in listed]
    return split(entries, "7z", "x", "-so", "-bsp0", archive)


def bsdtar(archive: Path, *, stream: bool = False) -> list[list[Any]]:
    """Have libarchive turn it into a tar, which has name, size and bytes of each entry in turn."""
    words = ("bsdtar", "-c", "-f", "-", "--format", "pax", "@-" if stream else f"@{archive}")
    with (
        output(*words, source=archive if stream else None) as pipe,
        tarfile.open(fileobj=pipe, mode="r|") as tar,
    ):
        return [item(one.name, tar.extractfile(one), one.size) for one in tar]


def each(
    name: str, read: Callable[[Path], list[list[Any]]], archives: list[Path], _: Path
) -> Answers:
    """Ask a program with a command line for one archive after the other."""
    answers = {}
    for archive in archives:
        try:
            answers[str(archive)] = {"pages": read(archive)}
        except (Refused, tarfile.ReadError) as error:
            answers[str(archive)] = {"error": str(error)}
    return {name: answers}


PROGRAMS = (
    Program(("ZipFile", "ZipInputStream", "jar"), java),
    Program(("yauzl",), node),
    Program(("archive/zip",), go),
    Program(("bsdtar",), partial(each, "bsdtar", bsdtar)),
    Program(("bsdtar, piped",), partial(each, "bsdtar, piped", partial(bsdtar, stream=True))),
    Program(("7z",), partial(each, "7z", sevenzip)),
    Program(("unzip",), partial(each, "unzip", unzip)),
    Program(("darkseid",), darkseid, shows=True),
    Program(("comicbox",), comicbox, large=True, shows=True),
)
"""Every reader, in the order of the page."""
