"""A container in small: a root of its own that cannot be written to, no rights, process 1.

By itself it is what makes the root and becomes the program, inside of `unshare`::

    unshare --mount --pid --fork python tests/kubernetes/container.py '{"root": …}'
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

USER = 65532
ALONE = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child")
SYSTEM = ("bin", "etc", "lib", "lib64", "sbin", "usr")
DEVICES = ("null", "zero", "urandom")
TIMEOUT = 120.0


@dataclass
class Container:
    """A container that can be run.

    Attributes:
        root: an empty folder to make the root in.
        programs: folders that are there under their own paths, which cannot be written to.
        env: the environment.
        writable: folders by where they are mounted.
        readable: files and folders that cannot be written to, likewise.
        memory: where an empty folder in memory is mounted.
    """

    root: Path
    programs: list[Path]
    env: dict[str, str]
    writable: dict[str, Path] = field(default_factory=dict)
    readable: dict[str, Path] = field(default_factory=dict)
    memory: list[str] = field(default_factory=list)

    def command(self, *args: object) -> list[str]:
        """Give the command line that runs `args` in it."""
        plan: dict[str, Any] = {**vars(self), "args": list(args)}
        return [*ALONE, sys.executable, __file__, json.dumps(plan, default=str)]

    def run(self, *args: object) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*args), capture_output=True, text=True, timeout=TIMEOUT, check=False
        )


def owned(folder: Path) -> Path:
    """Make a folder that belongs to the container's user, as fsGroup does with a volume."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, USER, USER)
    return folder


def _mount(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True)


def _bind(source: Path, root: Path, target: str, *, writable: bool) -> None:
    place = root / target.lstrip("/")
    if source.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    _mount("--bind", source, place)
    if not writable:
        _mount("-o", "remount,bind,ro", place)


def _system(root: Path) -> None:
    for name in SYSTEM:
        source = Path("/", name)
        if source.is_symlink():
            (root / name).symlink_to(source.readlink())
        elif source.exists():
            _bind(source, root, name, writable=False)
    for name in DEVICES:
        _bind(Path("/dev", name), root, f"dev/{name}", writable=True)
    (root / "proc").mkdir()
    _mount("-t", "proc", "proc", root / "proc")


def _volumes(root: Path, plan: dict[str, Any]) -> None:
    for target in plan["memory"]:
        (root / target.lstrip("/")).mkdir(parents=True)
        _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / target.lstrip("/"))
    for target, source in plan["writable"].items():
        _bind(Path(source), root, target, writable=True)
    for target, source in plan["readable"].items():
        _bind(Path(source), root, target, writable=False)


def _programs(root: Path, folders: list[str]) -> None:
    for folder in sorted(folders):  # one that is within another comes with it
        place = root / folder.lstrip("/")
        if not (place.exists() and place.samefile(folder)):
            _bind(Path(folder), root, folder, writable=False)


def main() -> None:
    """Make the root, give all rights away, and become the program."""
    plan = json.loads(sys.argv[1])
    root = Path(plan["root"])
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root)
    _system(root)
    _volumes(root, plan)
    _programs(root, plan["programs"])
    _mount("-o", "remount,ro", root)
    os.chroot(root)
    os.chdir("/")
    os.setgroups([USER])
    os.setgid(USER)
    os.setuid(USER)
    os.execvpe(plan["args"][0], plan["args"], plan["env"])  # noqa: S606 - a list, no shell


if __name__ == "__main__":
    main()
