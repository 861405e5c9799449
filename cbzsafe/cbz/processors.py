"""How many processors there are for this process, a container's limit on their time included.

The kernel tells on which processors a process may run. A limit on processor time, as Kubernetes
sets it, leaves all of them visible: as many processes as a large node has processors would then
share the time of one, and the memory of one pod.
"""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUPS = "proc/self/cgroup"
_FILES = (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us"))
"""The files of control groups of version 2 and of version 1 (kernel: cgroup-v2, sched-bwc)."""


def available() -> int:
    """Count the processors that this process may keep busy, at least 1.

    Part of one counts as one. The limit is read once in the life of a process.
    """
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return min(count, max(1, _whole(limit())))


def _whole(share: float) -> int:
    return math.ceil(min(share, 1 << 20))


@cache
def limit(root: Path = Path("/")) -> float:
    """Read how many processors' time this process and its groups may use, infinite for no limit.

    Args:
        root: the folder below which `proc` and `sys` are.
    """
    try:
        told = (root / _GROUPS).read_text("utf-8", "replace")
    except OSError:
        return math.inf
    return min((_share(root / folder) for folder in folders(told)), default=math.inf)


def folders(text: str) -> Iterator[str]:
    """Give the folders that may limit a process: its groups and those above them, up to the top.

    In a container the top is often the container's own group, and the path one of the node.

    Args:
        text: `/proc/self/cgroup` (cgroups(7)): lines of a number, controllers and a path.
    """
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        parts = ["sys/fs/cgroup", *(["cpu"] if controllers else [])]
        names = [name for name in path.split("/") if name not in {"", ".."}]
        yield from ("/".join([*parts, *names[:depth]]) for depth in range(len(names), -1, -1))


def _share(folder: Path) -> float:
    for names in _FILES:
        try:
            return share(" ".join((folder / name).read_text("ascii") for name in names))
        except (OSError, ValueError):
            continue
    return math.inf


def share(text: str) -> float:
    """Parse how many processors' time a group may use, infinite for no limit.

    Args:
        text: microseconds of processor time, and the microseconds in which they may be used:
            `cpu.max` (`max` for no limit), or both files of version 1 (`-1` for no limit).

    Raises:
        ValueError: it is something else.
    """
    quota, period = text.split()
    if quota == "max" or int(quota) <= 0:
        return math.inf
    return int(quota) / max(1, int(period))
