"""File systems of a test's own: small, full, or read-only."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN_USER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") * (os.geteuid() == 0)
"""What goes before a command for which the modes of folders are to hold, as for a plain user."""


@contextmanager
def disk(folder: Path, size: str = "8m") -> Iterator[Path]:
    """Mount a file system of its own at `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    subprocess.run(command, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def make_read_only(folder: Path) -> None:
    """Let nobody write to a disk any more."""
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)


def shrink(folder: Path, free: int) -> None:
    """Leave so many bytes free on a disk, with a file that fills the rest."""
    status = os.statvfs(folder)
    with (folder / "filler").open("wb") as file:
        file.write(bytes(max(0, status.f_bavail * status.f_frsize - free)))
