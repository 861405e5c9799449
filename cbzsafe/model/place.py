"""What was found out about a folder, and about the file system under it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Keeps(StrEnum):
    """What a file system is, as far as it decides how long files stay."""

    DISK = "disk"
    """A disk of this machine, or a volume that looks like one."""
    NETWORK = "network"
    """A share of another machine, such as NFS or SMB."""
    OBJECT_STORE = "object-store"
    """Objects of a store such as S3, shown as files through FUSE."""
    FUSE = "fuse"
    """Another program's files, through FUSE."""
    EMPTY_DIR = "empty-dir"
    """A pod's emptyDir on disk: it survives its containers, and goes with the pod."""
    MEMORY = "memory"
    """Memory, an emptyDir of `medium: Memory` among it: it counts against the memory limit."""
    CONTAINER = "container"
    """The container's own writable layer: it goes with the container."""
    UNKNOWN = "unknown"
    """There is no list of mounts here."""


class Role(StrEnum):
    """What a folder is for."""

    LIBRARY = "library"
    """Books are published here."""
    STAGING = "staging"
    """Pages wait here; books are published elsewhere."""
    TEMPORARY = "temporary"
    """The temporary folder."""


class Trial(StrEnum):
    """What is tried in a folder."""

    WRITE = "write"
    RENAME = "rename"
    SYNC_FILE = "sync-file"
    SYNC_FOLDER = "sync-folder"
    LOCK = "lock"
    LOCK_RELEASED = "lock-released"
    LINK = "link"
    UNLINKED = "unlinked"
    LONG_NAMES = "long-names"
    CASE = "case"
    ODD_NAMES = "odd-names"
    UNICODE_NAMES = "unicode-names"
    TIMES = "times"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of `/proc/self/mountinfo`, see proc(5).

    Attributes:
        point: where it is mounted.
        root: the folder of the file system that is mounted there.
        type: of the file system, such as `ext4` or `fuse.s3fs`.
        source: the device, share or bucket; empty where there is none.
        options: of the mount.
        super_options: of the file system.
        device: its numbers, such as `254:0`.
    """

    point: str
    root: str
    type: str
    source: str
    options: tuple[str, ...]
    super_options: tuple[str, ...]
    device: str


@dataclass(frozen=True, slots=True)
class Tried:
    """How one trial ended.

    Attributes:
        trial: what was tried.
        works: None where it could not be tried.
        error: the name of the system's error, such as `EINVAL`; empty where there was none.
        detail: what was seen, for people; may be empty.
        value: seconds: of `times` the steps in which times are kept, of `clock` how far the file
            system's clock is ahead of ours.
    """

    trial: Trial
    works: bool | None
    error: str = ""
    detail: str = ""
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """What was found out about a folder.

    Attributes:
        path: the folder, absolute.
        role: what it is for.
        exists: whether it is there; what follows is else that of the nearest one above it.
        problem: why it cannot be used, as the system says it; empty where it is there.
        keeps: see `Keeps`.
        mount: None where it is not known.
        read_only: whether the file system is.
        free: bytes that this user may still write; None where the file system does not say.
        free_files: files that may still be made; None where the file system has no such limit.
        trials: none where the folder is not there.
        answers: whether the file system answered in time; if not, nothing of it is known.
    """

    path: str
    role: Role
    exists: bool
    problem: str = ""
    keeps: Keeps = Keeps.UNKNOWN
    mount: Mount | None = None
    read_only: bool = False
    free: int | None = None
    free_files: int | None = None
    trials: tuple[Tried, ...] = ()
    answers: bool = True
