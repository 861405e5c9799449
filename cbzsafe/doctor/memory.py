"""How much memory the control group allows, in both versions of the kernel's interface."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CGROUP = Path("/proc/self/cgroup")
"""Lines of `number:controllers:path`, see cgroups(7)."""

ROOT = Path("/sys/fs/cgroup")

_NO_LIMIT = 1 << 62
"""What version 1 says for none is the largest number of pages, a little below 2**63."""


def limit(cgroup: Path = CGROUP, root: Path = ROOT) -> int | None:
    """Find the smallest limit of this process's group and of those above it.

    Args:
        cgroup: the kernel's list of this process's groups.
        root: where the groups are mounted.

    Returns:
        Bytes; None where there is no limit, or nothing can be read.
    """
    limits = [value for path in _files(cgroup, root) if (value := _read(path)) is not None]
    return min(limits, default=None)


def _files(cgroup: Path, root: Path) -> Iterator[Path]:
    """Yield the files of all groups; a container may see its own one as the root."""
    with suppress(OSError):
        for line in cgroup.read_text("utf-8", "replace").splitlines():
            _, _, rest = line.partition(":")
            controllers, _, path = rest.partition(":")
            if not controllers:
                yield from _from(root, path, "memory.max")
            elif "memory" in controllers.split(","):
                yield from _from(root / "memory", path, "memory.limit_in_bytes")


def _from(root: Path, path: str, name: str) -> Iterator[Path]:
    """Yield a file of a group and of those above it."""
    inside = PurePosixPath(path.lstrip("/"))
    for group in (inside, *inside.parents):
        if ".." not in group.parts:  # outside of what this process is shown
            yield root / group / name


def _read(path: Path) -> int | None:
    with suppress(OSError, ValueError):  # version 2 says `max` for no limit
        value = int(path.read_text("ascii"))
        return value if value < _NO_LIMIT else None
    return None
