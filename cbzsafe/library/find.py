"""Paths in, archives out: what of a library is looked at."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.model import Problem
from cbzsafe.sharing import part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Found:
    """An archive that is to be looked at.

    Attributes:
        path: the file, absolute.
        size: bytes, as the folder was listed.
        mtime_ns: modification time in nanoseconds, likewise.
        inode: its number in the file system.
        key: its path below the folder that was named, which a mount at another place leaves alone.
    """

    path: Path
    size: int
    mtime_ns: int
    inode: int
    key: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files of a folder are archives.

    Attributes:
        zips: take `.zip` too.
        globs: take the names that match one of these instead.
        exclude: leave out files and folders whose name, or path below the folder that was named,
            matches one of these.
        subset: take the part I of N, given as (I, N); each file is always in the same part.
    """

    zips: bool = False
    globs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    subset: tuple[int, int] | None = None

    def takes(self, name: str) -> bool:
        """Whether a file of a folder is an archive, by its name."""
        if self.globs:
            return any(fnmatchcase(name, glob) for glob in self.globs)
        return name.lower().endswith((".cbz", ".zip") if self.zips else ".cbz")

    def leaves_out(self, key: str) -> bool:
        """Whether a file or folder is excluded."""
        name = key.rpartition("/")[2]
        return any(fnmatchcase(name, glob) or fnmatchcase(key, glob) for glob in self.exclude)

    def shares(self, key: str) -> bool:
        """Whether a file is in the wanted part, by a hash of its path below the named folder."""
        if self.subset is None:
            return True
        part, parts = self.subset
        return part_of(key, parts) == part


@dataclass(slots=True)
class Finder:
    """Lists archives; what cannot be listed is told at the end.

    Attributes:
        wanted: which files count.
        problems: paths that are not there or cannot be listed, and folders without an archive.
    """

    wanted: Wanted = field(default_factory=Wanted)
    problems: list[Problem] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def find(self, paths: Iterable[Path]) -> Iterator[Found]:
        """Give each archive once, in the order of the paths and, in folders, of the names.

        A path that names a file is taken as it is; folders are walked, without following symbolic
        links, and without names that begin with a dot, as those of temporaries and backups do.

        Args:
            paths: files and folders.
        """
        for path in paths:
            yield from self._named(Path(os.path.abspath(path)))

    def _named(self, path: Path) -> Iterator[Found]:
        try:
            status = path.stat()
        except OSError as error:
            self._blame(path, error)
            return
        if not stat.S_ISDIR(status.st_mode):
            yield from self._once(path, status, path.name)
            return
        count, blamed = 0, len(self.problems)
        for found in self._walk(path):
            count += 1
            yield from self._once(*found)
        if not count and len(self.problems) == blamed:
            text = f"{path} has no archive in it: is it the right folder, and is it mounted?"
            self.problems.append(Problem(text))

    def _once(self, path: Path, status: os.stat_result, key: str) -> Iterator[Found]:
        text = os.fspath(path)
        if text in self._seen:
            return
        # Also what is left to another part: else a folder inside another one would bring it back.
        self._seen.add(text)
        if self.wanted.shares(key):
            yield Found(path, status.st_size, status.st_mtime_ns, status.st_ino, key)

    def _walk(self, top: Path) -> Iterator[tuple[Path, os.stat_result, str]]:
        """Walk a folder, its files and its folders mixed by name; they may be 2,000 deep."""
        levels = [self._listed(top, "")]
        while levels:
            for entry, key in levels[-1]:
                if _is_folder(entry):
                    levels.append(self._listed(Path(entry.path), f"{key}/"))
                    break
                yield from self._file(entry, key)
            else:
                levels.pop()

    def _file(
        self, entry: os.DirEntry[str], key: str
    ) -> Iterator[tuple[Path, os.stat_result, str]]:
        if not self.wanted.takes(entry.name):
            return
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError as error:
            self._blame(Path(entry.path), error)
            return
        if stat.S_ISREG(status.st_mode):
            yield Path(entry.path), status, key

    def _listed(self, folder: Path, below: str) -> Iterator[tuple[os.DirEntry[str], str]]:
        """Give what a folder has, by name, but for what is hidden or left out."""
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._blame(folder, error)
            return
        for entry in listed:
            key = f"{below}{entry.name}"
            if not entry.name.startswith(".") and not self.wanted.leaves_out(key):
                yield entry, key

    def _blame(self, path: Path, error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            self.problems.append(Problem(f"{path} is not there."))
        else:
            self.problems.append(Problem(f"{path} cannot be looked at: {error.strerror}."))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
