"""Which file system a folder is in, by `/proc/self/mountinfo`, and what that one keeps."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from cbzsafe.model import Keeps, Mount

if TYPE_CHECKING:
    from collections.abc import Iterable

MOUNTINFO = Path("/proc/self/mountinfo")

_FIXED = 6
"""Fields of a line before the optional ones, which end with a lone dash (proc(5))."""

_BEHIND = 3
"""Fields behind the dash: type, source, options of the file system."""

_EMPTY_DIR = "/volumes/kubernetes.io~empty-dir/"
"""Where the kubelet keeps a pod's emptyDir, below `/var/lib/kubelet/pods/UID`."""

_KINDS = {
    **dict.fromkeys(("tmpfs", "ramfs", "devtmpfs"), Keeps.MEMORY),
    **dict.fromkeys(("overlay", "aufs", "fuse.fuse-overlayfs"), Keeps.CONTAINER),
    **dict.fromkeys(
        ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "lustre", "beegfs", "gpfs"),
        Keeps.NETWORK,
    ),
    **dict.fromkeys(("fuse.sshfs", "fuse.glusterfs", "fuse.ceph-fuse"), Keeps.NETWORK),
}

_STORES = re.compile(
    r"s3|gcs|goofys|rclone|blobfuse|geesefs|ossfs|cosfs|obsfs|gcsfuse", re.IGNORECASE
)
"""In the type or the source of a FUSE mount: the programs that show an object store as files."""


def read(mountinfo: Path = MOUNTINFO) -> tuple[Mount, ...] | None:
    """Read the mounts that this process sees, in the order in which they were made.

    Args:
        mountinfo: the kernel's list.

    Returns:
        None where there is no list.
    """
    try:
        text = os.fsdecode(mountinfo.read_bytes())
    except OSError:
        return None
    return tuple(parse(text.split("\n")))


def parse(lines: Iterable[str]) -> Iterable[Mount]:
    """Parse lines as proc(5) describes them; others are passed over.

    Args:
        lines: as `os.fsdecode` gives them.

    Yields:
        A mount for each line.
    """
    for line in lines:
        fields = [_unescaped(field) for field in line.split(" ")]
        dash = fields.index("-", _FIXED) if "-" in fields[_FIXED:] else len(fields)
        behind = fields[dash + 1 : dash + 1 + _BEHIND]
        if len(behind) == _BEHIND:
            kind, source, options = behind
            _, _, device, root, point, own = fields[:_FIXED]
            yield Mount(point, root, kind, source, _list(own), _list(options), device)


def _unescaped(field: str) -> str:
    r"""Undo what the kernel does to space, tab, newline and backslash: `\040` and its like."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _list(options: str) -> tuple[str, ...]:
    return tuple(filter(None, options.split(",")))


def of(path: Path, mounts: Iterable[Mount]) -> Mount | None:
    """Find the mount that a file or folder is in.

    Args:
        path: one that is there; links are followed.
        mounts: as `read` gives them.

    Returns:
        None where no mount fits.
    """
    real = PurePath(os.path.realpath(path))
    above = [mount for mount in mounts if real.is_relative_to(mount.point)]
    numbers = path.stat().st_dev
    device = f"{os.major(numbers)}:{os.minor(numbers)}"
    # A mount that another one hides has another device; in btrfs, each file has another one.
    same = [mount for mount in above if mount.device == device] or above
    # Of two mounts at one place, the later one is seen.
    return max(reversed(same), key=lambda mount: len(PurePath(mount.point).parts), default=None)


def keeps(mount: Mount | None) -> Keeps:
    """Tell what a file system is.

    Args:
        mount: None for unknown.
    """
    if mount is None:
        return Keeps.UNKNOWN
    if mount.type in _KINDS:
        return _KINDS[mount.type]
    if _EMPTY_DIR in mount.root:
        return Keeps.EMPTY_DIR
    if mount.type.startswith("fuse"):
        known = _STORES.search(f"{mount.type} {mount.source}")
        return Keeps.OBJECT_STORE if known else Keeps.FUSE
    return Keeps.DISK
