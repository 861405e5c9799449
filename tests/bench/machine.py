"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import programs
from bench.data import GB, NOT_INSTALLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKAGES = ("cbzsafe", "gallery-dl", "pillow", "simplejpeg", "isal")
PROGRAMS = {
    "unzip": ("unzip", "-v"),
    "zip": ("zip", "-v"),
    "7z": ("7z",),
    "jpeginfo": ("jpeginfo", "--version"),
    "cat": ("cat", "--version"),
}
"""How each program tells its version."""
_MOUNT_TYPE = 2


def describe(folder: Path) -> Iterator[tuple[str, str]]:
    """Give name and value of all that the figures depend on."""
    yield "processor", f"{_processor()}, {len(os.sched_getaffinity(0))} cores"
    yield "memory", f"{memory() / GB:.0f} GB"
    yield "load before", f"{os.getloadavg()[0]:.1f}"
    yield "kernel", f"{platform.system()} {platform.release()}"
    yield "file system", _file_system(folder)
    yield "Python", platform.python_version()
    for package in PACKAGES:
        yield package, _package(package)
    for program, command in PROGRAMS.items():
        yield program, _program(command)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory() -> int:
    """Give the bytes of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _file_system(folder: Path) -> str:
    """Look up the mount with the longest path above a folder."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    above = [mount for mount in mounts if folder.is_relative_to(mount[1])]
    return max(above, key=lambda mount: len(mount[1]))[_MOUNT_TYPE] if above else "unknown"


def _package(name: str) -> str:
    """Give a package's version; the checkout's own may not be installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return _checkout_version() if name == "cbzsafe" else NOT_INSTALLED


def _checkout_version() -> str:
    code = "import cbzsafe; print(cbzsafe.__version__)"
    return _said((sys.executable, "-c", code), cwd=programs.ROOT)


def _program(command: Sequence[str]) -> str:
    return _said(command) if shutil.which(command[0]) else NOT_INSTALLED


def _said(command: Sequence[str], cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return version_in(done.stdout + done.stderr)


def version_in(text: str) -> str:
    """Find the version in what a program says of itself: the first number with a point."""
    found = re.search(r"\d+\.\d[\w.]*", text)
    return found[0] if found else "unknown"
