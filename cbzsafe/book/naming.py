"""Where a book is published, and names that are short enough."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

NAME_LIMIT = 255
"""Bytes of a file name (NAME_MAX of ext4, XFS, Btrfs, tmpfs)."""

_PART = ".part"
_EXTENSION_MAX = 8
"""Bytes behind a page's last dot up to which they are its extension."""


def target_for(directory: str, extension: str, base: str, publish_to: Path | None) -> Path:
    """Name the archive of the book whose pages are staged in `directory`.

    Args:
        directory: the staging folder, relative to the current folder or absolute.
        extension: the archive's extension, without a dot.
        base: gallery-dl's base directory, which a path under `publish_to` is relative to.
        publish_to: folder for the finished archives, or None for beside the staging folder.

    Returns:
        an absolute path. `-D .` must not give `..cbz`, so the directory is made absolute first.
    """
    staging = Path(os.path.abspath(directory))
    parent = staging.parent
    if publish_to is not None:
        parent = Path(os.path.abspath(publish_to)) / _relative(staging, base)
    return parent / file_name(staging.name, extension)


def _relative(staging: Path, base: str) -> Path:
    """The folders between the base directory and a book's own."""
    try:
        inside = staging.relative_to(os.path.abspath(base or "."))
    except ValueError:
        return Path()
    return inside.parent if inside.parts else Path()


def file_name(stem: str, extension: str) -> str:
    """Make a file name that readers list and every file system takes.

    Readers skip names that start with a dot (Komga), so a leading dot becomes an underscore. A
    name that would not fit is cut between two characters and told apart by a hash.
    """
    if stem.startswith(".") or not stem:
        stem = "_" + stem[1:]
    suffix = "." + extension
    return fitting(stem, NAME_LIMIT - len(os.fsencode(suffix))) + suffix


def fitting(name: str, room: int = NAME_LIMIT) -> str:
    """Cut a name that is too long between two characters, and tell it apart by a hash.

    Args:
        name: a file's or a folder's.
        room: bytes that it may have.
    """
    raw = os.fsencode(name)
    if len(raw) <= room:
        return name
    digest = hashlib.sha256(raw).hexdigest()[:8]
    cut = raw[: room - len(digest) - 1].decode("utf-8", "ignore")
    return f"{cut}~{digest}"


def page_name(name: str) -> str:
    """Make a page's name short enough for `.part` to stand behind it.

    What is left of a long one does not depend on its extension, which may change on arrival.
    """
    room = NAME_LIMIT - len(_PART)
    if len(os.fsencode(name)) <= room:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(os.fsencode(extension)) > _EXTENSION_MAX:
        stem, dot, extension = name, "", ""
    return fitting(stem, room - len(".") - _EXTENSION_MAX) + dot + extension
