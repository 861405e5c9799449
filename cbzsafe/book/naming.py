"""Where a book is published, and under which name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

NAME_LIMIT = 255
"""Bytes of a file name (NAME_MAX of ext4, XFS, Btrfs, tmpfs)."""


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
    raw = os.fsencode(stem)
    room = NAME_LIMIT - len(os.fsencode(suffix))
    if len(raw) <= room:
        return stem + suffix
    digest = hashlib.sha256(raw).hexdigest()[:8]
    cut = raw[: room - len(digest) - 1].decode("utf-8", "ignore")
    return f"{cut}~{digest}{suffix}"
