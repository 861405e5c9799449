"""The files around a book: planted before a test, and compared byte for byte after it."""

from __future__ import annotations

import os
import stat
import zipfile
from typing import TYPE_CHECKING

import pictures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = b"a stranger's bytes"


class Surroundings:
    """Everything below a test's folder but the places that belong to the books.

    Args:
        top: the test's folder.
        workdir: where the programs run; its home, which holds configurations, does not count.

    Attributes:
        own: the places that may change; below `local` the site's books are published by default.
    """

    def __init__(self, top: Path, workdir: Path) -> None:
        self.top = top
        self.workdir = workdir
        self.base = workdir / "gallery-dl"
        self.own = {
            workdir.with_name(workdir.name + "-home"),
            workdir / "report.json",
            self.base / "local",
        }
        self._before: dict[str, tuple[object, ...]] = {}

    def plant(self) -> None:
        """Put files where names that lead astray would end, and remember everything."""
        for folder in (self.top, self.workdir, self.base):
            (folder / "canary" / "deep").mkdir(parents=True)
            for name in ("page.jpg", "page.jpg.part", "deep.cbz", "deep/001.jpg", ".cbsafe-x.part"):
                (folder / "canary" / name).write_bytes(BODY)
            (folder / "canary" / "link").symlink_to("page.jpg")
        self.remember()

    def remember(self) -> None:
        """Take what is there now for what must be there at the end."""
        self._before = dict(self._seen())

    def assert_untouched(self) -> None:
        """Compare: names, kinds, modes, owners, bytes and times of files."""
        before = {k: v for k, v in self._before.items() if not self._is_own(self.top / k)}
        assert dict(self._seen()) == before

    def _is_own(self, path: Path) -> bool:
        return any(path.is_relative_to(place) for place in self.own)

    def _seen(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        for folder, folders, files in os.walk(self.top):
            here = self.top / os.path.relpath(folder, self.top)
            folders[:] = [name for name in folders if not self._is_own(here / name)]
            for name in (*folders, *files):
                if not self._is_own(here / name):
                    yield os.path.relpath(here / name, self.top), _looked_at(here / name)


def _looked_at(path: Path) -> tuple[object, ...]:
    """What may not change of one file or folder; of a folder not its times."""
    status = path.lstat()
    same = (status.st_mode, status.st_uid, status.st_gid)
    if stat.S_ISDIR(status.st_mode):
        return same
    if stat.S_ISLNK(status.st_mode):
        return (*same, str(path.readlink()))
    body = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
    return (*same, status.st_nlink, status.st_mtime_ns, body)


def remains(path):
    """What must not change of a file, whatever kind it is."""
    status = path.lstat()
    link = str(path.readlink()) if stat.S_ISLNK(status.st_mode) else ""
    return (status.st_mode, status.st_ino, status.st_rdev, status.st_nlink, link)


def archive(path, seeds=(1, 2)):
    """An archive of a stranger's pages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as made:
        for seed in seeds:
            made.writestr(f"{seed:03}.jpg", pictures.jpeg(seed))
    return path
