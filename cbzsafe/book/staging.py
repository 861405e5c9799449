"""The staging folder: which pages lie in it, and how they leave it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe import images
from cbzsafe.cbz.crc import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

Identity = tuple[int, int, int, int]
"""Device, inode, size and mtime in nanoseconds: the file that was looked at, or another."""

LAST_NAME = ".cbsafe-last.part"
"""Bytes that came broken and can still be shown, kept while the fallback URLs are tried."""

_ERROR_PAGES = frozenset({"htm", "html", "xhtml", "xml", "txt", "json", "md"})
_BLOCK = 1 << 20
_HEAD = 4096


def identity(path: Path) -> Identity | None:
    """What tells a file from another of its name, or None where there is no regular file."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def fingerprint(path: Path) -> tuple[int, int]:
    """CRC-32 and size in bytes of a file's content, as an archive's entry holds them."""
    crc = size = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            crc = crc32(block, crc)
            size += len(block)
    return crc, size


def problem(path: Path, name: str, *, whole: bool, asked: str = "") -> str | None:
    """Say what is wrong with a page's file, or None where nothing is.

    Args:
        path: the file.
        name: the page's name, whose extension tells what it should be.
        whole: decode it whole, instead of looking at both ends.
        asked: the extension that the site named, before the arriving bytes renamed the page.
    """
    finding = images.check_file(path, name, whole=whole)
    if finding is not None and finding.level != "warning":
        return finding.detail
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        return "it has no bytes"
    extension = asked or name.rpartition(".")[2].lower()
    if images.sniff(head) == "html" and extension not in _ERROR_PAGES:
        return "an HTML page came in its place"
    return None


def sync_unless_provable(path: Path, name: str) -> None:
    """Make a page survive a power cut, of which nobody could tell later that it is whole.

    A power cut leaves files short, or with zeros inside, at names that they have got since. Most
    pictures are decoded when they are found in staging, which tells it; of a WebP, a video or a
    text nothing does. A sync costs about 5 ms for 0.5 MB, so that the others go without.

    Args:
        path: the file, before it gets its final name.
        name: the page's name.

    Raises:
        OSError: the disk failed.
    """
    with path.open("rb") as file:
        if not (images.is_page(name) and images.proves(file.read(_HEAD))):
            os.fsync(file.fileno())


def stem(name: str) -> str:
    """A page's name without its extension: a page served as another type is renamed."""
    return name.rpartition(".")[0] or name


def pictures(folder: Path) -> list[str]:
    """Names of the pictures in a folder, sorted; none where there is no folder."""
    try:
        return sorted(filter(images.is_page, os.listdir(folder)))
    except OSError:
        return []


def remove_if_empty(folder: Path, base: Path) -> None:
    """Remove a staging folder if it is empty and is neither the base nor the current folder."""
    if folder not in {base, Path.cwd()}:
        with contextlib.suppress(OSError):
            folder.rmdir()


class Staging:
    """One book's staging folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._judged: dict[Path, tuple[Identity, bool]] = {}
        self._early: dict[str, list[str]] = {}

    def sound(self, name: str) -> bool:
        """Whether a whole page of that name lies here.

        A power cut leaves short files at final names, so being there is not enough.
        """
        return self._whole(name) is True

    def torn(self, name: str) -> bool:
        """Whether a file of that name lies here that is known not to be a whole page."""
        return self._whole(name) is False and not (self.folder / name).is_symlink()

    def _whole(self, name: str) -> bool | None:
        """Decode a page, at most once in this process; None where there is none to be read."""
        path = self.folder / name
        now = identity(path)
        if now is None or not path.is_file():
            return None
        if self._judged.get(path, (None, False))[0] != now:
            try:
                self._judged[path] = now, problem(path, name, whole=True) is None
            except OSError:
                return None
        return self._judged[path][1]

    def look(self) -> None:
        """List the folder: what earlier processes left in it."""
        self._early = {}
        for name in pictures(self.folder):
            self._early.setdefault(stem(name), []).append(name)

    def early(self) -> list[str]:
        """Pictures that earlier processes left here."""
        return [name for names in self._early.values() for name in names]

    def siblings(self, name: str) -> list[str]:
        """Pictures of earlier processes with the page's stem and another extension."""
        return [other for other in self._early.get(stem(name), []) if other != name]

    def drop(self, name: str, packed: Identity) -> None:
        """Remove a page's file, if it is still the one that was packed and proved."""
        path = self.folder / name
        if identity(path) == packed:
            with contextlib.suppress(OSError):
                path.unlink()

    def has_part(self, names: Iterable[str]) -> bool:
        """Whether an earlier process left a part of one of these pages."""
        try:
            there = os.listdir(self.folder)
        except OSError:
            return False
        return not {f"{name}.part" for name in names}.isdisjoint(there)

    def drop_part(self, name: str) -> None:
        """Remove what an earlier process left of the page's download."""
        with contextlib.suppress(OSError):
            (self.folder / (name + ".part")).unlink()

    def close(self, base: Path) -> None:
        """Remove the folder if it is empty and is neither the base nor the current folder."""
        with contextlib.suppress(OSError):
            (self.folder / LAST_NAME).unlink()
        remove_if_empty(self.folder, base)
