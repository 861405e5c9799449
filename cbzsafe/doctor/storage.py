"""What follows from the file system under a folder: what it keeps, and how much room there is."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from cbzsafe.doctor import judgement, patience
from cbzsafe.doctor.folders import devices
from cbzsafe.model import Diagnosis, Folder, Keeps, Role, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ABSENT = os.strerror(errno.ENOENT)

_UNUSABLE = {
    _ABSENT: "Mount the volume there (again), or make the folder.",
    os.strerror(errno.ENOTDIR): "Name a folder, or move the file away that is in its place.",
    os.strerror(errno.ELOOP): "Mend the symbolic link, or name another folder.",
    os.strerror(errno.EACCES): "Give this user the right to enter it and the folders above it.",
}
"""What to do about a folder that cannot be used, by what the system says."""

LITTLE = 1 << 30
"""Bytes: a page may have as many, and a book is written anew before the old one goes."""

FEW = 1000
"""Files: as many as the pages of a few books that wait in staging."""

_WHAT = {
    Keeps.DISK: "a disk",
    Keeps.NETWORK: "a network share",
    Keeps.OBJECT_STORE: "an object store shown as files",
    Keeps.FUSE: "another program's files (FUSE)",
    Keeps.EMPTY_DIR: "an emptyDir on disk",
    Keeps.MEMORY: "memory",
    Keeps.CONTAINER: "the container's own layer",
    Keeps.UNKNOWN: "a file system of which there is no list",
}

_VOLUME = "Mount a volume there (in a pod: a persistentVolumeClaim)."

_LIBRARY = {
    Keeps.CONTAINER: ("Books go when the container ends: it is the container's layer.", _VOLUME),
    Keeps.MEMORY: (
        "Books go at the next restart, and count against the memory limit until then.",
        _VOLUME,
    ),
    Keeps.EMPTY_DIR: ("Books go with the pod: it is an emptyDir.", _VOLUME),
}
"""What endangers books in a library."""

_STORE = (
    "An object store has no renames: other readers may see a book half, or not at all.",
    "Publish to a disk, and let a job of its own copy whole books to the store.",
)

_STAGING = {
    Keeps.CONTAINER: (
        "Pages that wait here go when the container ends, and are fetched again.",
        "Mount a volume there; an emptyDir survives a restart of the container.",
    ),
    Keeps.MEMORY: (
        "Pages that wait here go with the pod, and count against its memory limit.",
        "Mount an emptyDir without `medium: Memory`, or a volume.",
    ),
}
"""What only costs time where pages wait."""


_ROOT = (
    "It is in the root file system of a container, which may go with that.",
    "Mount a volume there, unless you know that it stays.",
)
"""What is said where a container's own layer has a type that tells nothing."""


def diagnose(folder: Folder, *, named: bool, container: bool) -> list[Diagnosis]:
    """Say what is to be said of one folder.

    Args:
        folder: what was found out.
        named: whether the user named it, so that it has to be there.
        container: whether this process runs in a container.
    """
    if not folder.answers:
        text = f"The file system did not answer within {patience.SECONDS:g} s."
        advice = "Look whether its server can be reached; a run would hang there as well."
        return [Diagnosis(Weight.ERROR, "folders", folder.path, text, advice)]
    said = [*_presence(folder, named=named)]
    if folder.exists or not named:
        said += [_overview(folder), *_kept(folder, container=container), *_room(folder)]
    return said if folder.read_only else [*said, *judgement.of_trials(folder)]


def _presence(folder: Folder, *, named: bool) -> Iterator[Diagnosis]:
    if folder.exists:
        return
    if named or folder.problem != _ABSENT:
        text = f"The folder cannot be used: {folder.problem}."
        advice = _UNUSABLE.get(folder.problem, "Mount the volume there again.")
        yield Diagnosis(Weight.ERROR, "folders", folder.path, text, advice)
        return
    text = "The folder is not there yet; a run makes it. Nothing was tried."
    yield Diagnosis(Weight.INFO, "folders", folder.path, text)


def _overview(folder: Folder) -> Diagnosis:
    """Say in one line where the folder lies and how much room it has."""
    mount = folder.mount
    parts = [f"{folder.role.value.capitalize()} on {_WHAT[folder.keeps]}"]
    if mount is not None:
        source = f" from {mount.source}" if mount.source else ""
        parts.append(f"{mount.type}{source}, mounted at {mount.point}")
    if folder.free is not None:
        parts.append(f"{_size(folder.free)} free")
    if folder.free_files is not None:
        parts.append(f"room for {folder.free_files} files")
    return Diagnosis(Weight.INFO, "folders", folder.path, f"{'; '.join(parts)}.")


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= LITTLE else f"{count / 1e6:.1f} MB"


def _kept(folder: Folder, *, container: bool) -> Iterator[Diagnosis]:
    """Say what becomes of what lies there."""
    path, keeps = folder.path, folder.keeps
    if folder.role is Role.LIBRARY and keeps in _LIBRARY:
        yield Diagnosis(Weight.ERROR, "folders", path, *_LIBRARY[keeps])
    elif folder.role is Role.LIBRARY and keeps is Keeps.OBJECT_STORE:
        yield Diagnosis(Weight.WARNING, "folders", path, *_STORE)
    elif folder.role is Role.STAGING and keeps in _STAGING:
        yield Diagnosis(Weight.WARNING, "folders", path, *_STAGING[keeps])
    elif container and keeps is Keeps.DISK and folder.role is not Role.TEMPORARY:
        if folder.mount is not None and folder.mount.point == "/":
            yield Diagnosis(Weight.WARNING, "folders", path, *_ROOT)
    elif folder.role is Role.STAGING and keeps is Keeps.EMPTY_DIR:
        text = "Pages that wait here survive a restart of the container, and go with the pod."
        yield Diagnosis(Weight.INFO, "folders", path, text)


def _room(folder: Folder) -> Iterator[Diagnosis]:
    weight = Weight.WARNING if folder.role is Role.TEMPORARY else Weight.ERROR
    if folder.read_only:
        advice = "Mount it for writing (in a pod: readOnly: false)."
        yield Diagnosis(weight, "folders", folder.path, "It is mounted read-only.", advice)
        return
    if folder.role is Role.TEMPORARY:
        return
    if folder.free is not None and folder.free < LITTLE:
        text = f"Only {_size(folder.free)} are free."
        advice = "Make room: a book is written anew before the old one goes."
        yield Diagnosis(Weight.WARNING, "folders", folder.path, text, advice)
    if folder.free_files is not None and folder.free_files < FEW:
        text = f"Only {folder.free_files} more files can be made: the inodes run out."
        advice = "Remove small files, or make the file system anew with more inodes."
        yield Diagnosis(Weight.WARNING, "folders", folder.path, text, advice)


def together(folders: Sequence[Folder]) -> list[Diagnosis]:
    """Say what follows from where the folders lie to each other."""
    found = devices(folders)
    library, staging = found[Role.LIBRARY], found[Role.STAGING]
    if not library or not staging or library & staging:
        return []
    text = "Pages wait on another file system; books are written and renamed in the library's own."
    return [Diagnosis(Weight.INFO, "folders", "staging", text)]
