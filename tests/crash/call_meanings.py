"""What the calls of a trace mean for the files and folders below some roots (section 2 of man)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from inodes import (
    Chmod,
    Create,
    Disk,
    Link,
    Operation,
    Rename,
    SyncFile,
    SyncFolder,
    Truncate,
    Unlink,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from strace_calls import Call

_FIRST = 1_000_000
"""Files and folders that a run makes are numbered from here."""


def _umask() -> int:
    """The umask of this process, which the command has, too."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@dataclass
class Follower:
    """Follows calls on a disk that is kept beside, to know which path is what at any moment.

    Attributes:
        positions: where a descriptor of a file stands, None at its end (`O_APPEND`).
        opened: what each descriptor was last opened for, below the roots.
        changed: the line of the last change of each file and folder.
    """

    disk: Disk
    cwd: str
    roots: dict[str, str]
    operations: list[Operation] = field(default_factory=list)
    positions: dict[tuple[int, int], int | None] = field(default_factory=dict)
    opened: dict[int, int] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)
    line: int = 0
    made: int = _FIRST
    umask: int = field(default_factory=_umask)

    def read(self, call: Call) -> None:
        """Take a call in."""
        self.line = max(self.line, call.line)
        MEANINGS[call.name](self, call)

    def at(self, call: Call, folder: int | None, name: int) -> str:
        """Give the path that arguments name, from a root's name on; empty outside of the roots."""
        base = self.cwd if folder is None else call.path(folder)
        return self.below(os.path.normpath(os.path.join(base, os.fsdecode(call.text(name)))))

    def below(self, path: str) -> str:
        """Give an absolute path from a root's name on."""
        for root, name in self.roots.items():
            if path == root or path.startswith(root + "/"):
                return name + path[len(root) :]
        return ""

    def inode(self, call: Call, fd: int) -> int | None:
        """Give what a descriptor is of, None for what is elsewhere; its name may be gone."""
        if call.is_deleted(fd):
            return self.opened.get(call.number(fd))
        return self.disk.find(self.below(call.path(fd)))

    def do(self, operation: Operation) -> None:
        """Take an operation in."""
        self.disk.change(operation)
        self.operations.append(operation)
        touched = {operation.inode}
        touched |= {getattr(operation, key, operation.inode) for key in ("folder", "to_folder")}
        self.changed.update(dict.fromkeys(touched, self.line))

    def parent(self, path: str) -> tuple[int, str]:
        """Give the folder that a path is in, and the path's last name."""
        above, _, name = path.rpartition("/")
        folder = self.disk.find(above)
        assert folder is not None, f"{path}: its folder was never seen"
        return folder, name

    def create(self, path: str, mode: int, *, is_folder: bool) -> int:
        """Take in that a file or folder was made."""
        self.made += 1
        self.do(Create(self.made, *self.parent(path), mode & ~self.umask, is_folder))
        return self.made

    def put(self, call: Call, fd: int, data: bytes, offset: int | None) -> None:
        """Take in that bytes were written: at a place, or where the descriptor stands."""
        inode = self.inode(call, fd)
        if inode is None or not data:
            return
        key = call.number(fd), inode
        if offset is None:
            offset = self.positions.get(key, 0)
            end = len(self.disk.data[inode])
            if offset is not None:
                self.positions[key] = offset + len(data)
            offset = end if offset is None else offset
        self.do(Write(inode, offset, data))

    def taken(self, call: Call, fd: int, offset: int | None) -> bytes:
        """Give the bytes that a call copied in the kernel."""
        inode = self.inode(call, fd)
        data = Path(call.path(fd)).read_bytes() if inode is None else self.disk.data[inode]
        if offset is None:
            key = call.number(fd), inode or 0
            offset = self.positions.get(key) or 0
            self.positions[key] = offset + call.result
        return data[offset : offset + call.result]


def _open(follower: Follower, call: Call, path: str, flags: str, mode: int) -> None:
    follower.opened.pop(call.result, None)
    if not path:
        return
    inode = follower.disk.find(path)
    if inode is None:
        inode = follower.create(path, mode, is_folder=False)
    elif "O_TRUNC" in flags:
        follower.do(Truncate(inode, 0))
    follower.opened[call.result] = inode
    follower.positions[call.result, inode] = None if "O_APPEND" in flags else 0


def _openat(follower: Follower, call: Call) -> None:
    _open(follower, call, follower.at(call, 0, 1), call.args[2], call.mode(3))


def _open_by_path(follower: Follower, call: Call) -> None:
    _open(follower, call, follower.at(call, None, 0), call.args[1], call.mode(2))


def _lseek(follower: Follower, call: Call) -> None:
    key = call.number(0), follower.inode(call, 0) or 0
    if follower.positions.get(key, 0) is not None:
        follower.positions[key] = call.result


def _copied(follower: Follower, call: Call) -> None:
    if follower.inode(call, 2) is not None:
        follower.put(call, 2, follower.taken(call, 0, call.place(1)), call.place(3))


def _sent(follower: Follower, call: Call) -> None:
    if follower.inode(call, 0) is not None:
        follower.put(call, 0, follower.taken(call, 1, call.place(2)), None)


def _resize(follower: Follower, inode: int | None, size: int) -> None:
    if inode is not None:
        follower.do(Truncate(inode, size))


def _chmod(follower: Follower, inode: int | None, mode: int) -> None:
    if inode is not None:
        follower.do(Chmod(inode, mode))


def _mkdir(follower: Follower, path: str, mode: int) -> None:
    if path:
        follower.create(path, mode, is_folder=True)


def _unlink(follower: Follower, path: str) -> None:
    if path:
        inode = follower.disk.find(path)
        assert inode is not None, f"{path} went, and was never seen"
        follower.do(Unlink(inode, *follower.parent(path)))


def _link(follower: Follower, old: str, new: str) -> None:
    if new:
        inode = follower.disk.find(old) if old else None
        assert inode is not None, f"{new} is linked to what was never seen"
        follower.do(Link(inode, *follower.parent(new)))


def _rename(follower: Follower, old: str, new: str) -> None:
    if not old and not new:
        return
    inode = follower.disk.find(old) if old else None
    assert inode is not None, f"{old or new} came from elsewhere"
    assert new, f"{old} went elsewhere"
    if follower.disk.find(new) != inode:  # else nothing happens (rename(2))
        follower.do(Rename(inode, *follower.parent(old), *follower.parent(new)))


def _refuse(call: Call, path: str) -> None:
    assert not path, f"{path}: what {call.name} does is not understood here"


def _sync(follower: Follower, call: Call) -> None:
    """Note a sync, unless what it covers is not known: there was a change while it went on."""
    inode = follower.inode(call, 0)
    if inode is not None and follower.changed.get(inode, -1) <= call.line:
        is_folder = inode in follower.disk.names
        follower.do(SyncFolder(inode) if is_folder else SyncFile(inode))


MEANINGS: dict[str, Callable[[Follower, Call], None]] = {
    "openat": _openat,
    "open": _open_by_path,
    "creat": lambda f, c: _open(f, c, f.at(c, None, 0), "O_TRUNC", c.mode(1)),
    "lseek": _lseek,
    "write": lambda f, c: f.put(c, 0, c.text(1)[: c.result], None),
    "writev": lambda f, c: f.put(c, 0, c.gathered(), None),
    "pwrite64": lambda f, c: f.put(c, 0, c.text(1)[: c.result], c.number(3)),
    "pwritev": lambda f, c: f.put(c, 0, c.gathered(), c.number(-1)),
    "copy_file_range": _copied,
    "sendfile": _sent,
    "ftruncate": lambda f, c: _resize(f, f.inode(c, 0), c.number(1)),
    "truncate": lambda f, c: _resize(f, f.disk.find(f.at(c, None, 0)), c.number(1)),
    "rename": lambda f, c: _rename(f, f.at(c, None, 0), f.at(c, None, 1)),
    "renameat": lambda f, c: _rename(f, f.at(c, 0, 1), f.at(c, 2, 3)),
    "renameat2": lambda f, c: _rename(f, f.at(c, 0, 1), f.at(c, 2, 3)),
    "link": lambda f, c: _link(f, f.at(c, None, 0), f.at(c, None, 1)),
    "linkat": lambda f, c: _link(f, f.at(c, 0, 1), f.at(c, 2, 3)),
    "unlink": lambda f, c: _unlink(f, f.at(c, None, 0)),
    "unlinkat": lambda f, c: _unlink(f, f.at(c, 0, 1)),
    "rmdir": lambda f, c: _unlink(f, f.at(c, None, 0)),
    "mkdir": lambda f, c: _mkdir(f, f.at(c, None, 0), c.mode(1)),
    "mkdirat": lambda f, c: _mkdir(f, f.at(c, 0, 1), c.mode(2)),
    "chmod": lambda f, c: _chmod(f, f.disk.find(f.at(c, None, 0)), c.mode(1)),
    "fchmodat": lambda f, c: _chmod(f, f.disk.find(f.at(c, 0, 1)), c.mode(2)),
    "fchmod": lambda f, c: _chmod(f, f.inode(c, 0), c.mode(1)),
    "symlink": lambda f, c: _refuse(c, f.at(c, None, 1)),
    "symlinkat": lambda f, c: _refuse(c, f.at(c, 1, 2)),
    "fallocate": lambda f, c: _refuse(c, f.below(c.path(0))),
    "fsync": _sync,
    "fdatasync": _sync,
}
"""What each call means; those that are refused may be made elsewhere."""
