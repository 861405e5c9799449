"""The program behind `odd_disk`: it mounts itself, and serves until it is unmounted or killed.

Numbers and structures are those of `include/uapi/linux/fuse.h`, version 7.31; all files are in
memory.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
import subprocess
import sys
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field

_HEADER = struct.Struct("<IIQQIIII")
_KINDS = """
lookup=1 getattr=3 setattr=4 mkdir=9 unlink=10 unlink=11 rename=12 link=13 open=14 read=15 write=16
statfs=17 release=18 fsync=20 init=26 open=27 readdir=28 fsyncdir=30 setlk=32
setlk=33 create=35
"""
_METHODS = {int(kind): name for name, kind in re.findall(r"(\w+)=(\d+)", _KINDS)}
"""What answers each kind of request; what is not there is not offered."""

_ATTR = struct.Struct("<6Q10I")
_FLOCK_LOCKS = 1 << 10
_DIRECT_IO = 1
_UNLOCK = 2
_SECOND = 10**9
_FSYNC, _INTERRUPT, _FORGET = 20, 36, {2, 42}


@dataclass
class Node:
    mode: int
    data: bytearray = field(default_factory=bytearray)
    children: dict[bytes, int] = field(default_factory=dict)
    mtime: int = 0
    links: int = 1


class Server:
    def __init__(self, quirks):
        self.quirks = frozenset(quirks)
        self.nodes = {1: Node(stat.S_IFDIR | 0o755, mtime=self.now())}
        self.owners = {}

    def now(self):
        return self.kept(time.time_ns() + 60 * _SECOND * ("clock" in self.quirks))

    def kept(self, moment):
        step = 2 * _SECOND if "coarse-times" in self.quirks else 1
        return moment // step * step

    def serve(self, fd):
        while True:
            request = os.read(fd, 1 << 18)
            _, opcode, unique, nodeid, *_ = _HEADER.unpack_from(request)
            body = request[_HEADER.size :]
            if opcode == _INTERRUPT:
                (unique,) = struct.unpack_from("<Q", body)
                self.send(fd, unique, -errno.EINTR)
            elif opcode not in _FORGET and not (opcode == _FSYNC and "silent" in self.quirks):
                self.send(fd, unique, *self.answer(opcode, nodeid, body))

    def send(self, fd, unique, number, answer=b""):
        with suppress(FileNotFoundError):  # nobody waits for it
            os.write(fd, struct.pack("<IiQ", 16 + len(answer), number, unique) + answer)

    def answer(self, opcode, nodeid, body):
        try:
            return 0, getattr(self, _METHODS.get(opcode, "refuse"))(nodeid, body)
        except OSError as error:
            return -error.errno, b""

    def refuse(self, _nodeid, _body):
        raise OSError(errno.ENOSYS, "")

    def init(self, _nodeid, body):
        _, _, ahead, _ = struct.unpack_from("<4I", body)
        return struct.pack(
            "<IIIIHHIIHHI28x", 7, 31, ahead, _FLOCK_LOCKS, 12, 9, 1 << 17, 1, 32, 0, 0
        )

    def name(self, raw):
        """Take a name as this file system keeps it."""
        name = raw.split(b"\0")[0]
        if "case" in self.quirks:
            name = name.lower()
        if "decomposed" in self.quirks:
            name = unicodedata.normalize("NFD", name.decode()).encode()
        if "short-names" in self.quirks and len(name) > 143:
            raise OSError(errno.ENAMETOOLONG, "")
        if "odd-names" in self.quirks and (set(b':?"<>|*') & set(name) or name[-1:] in b". "):
            raise OSError(errno.EINVAL, "")
        return name

    def child(self, nodeid, name):
        if name not in self.nodes[nodeid].children:
            raise OSError(errno.ENOENT, "")
        return self.nodes[nodeid].children[name]

    def add(self, nodeid, name, mode):
        number = max(self.nodes) + 1
        self.nodes[number] = Node(mode, mtime=self.now())
        self.nodes[nodeid].children[name] = number
        return number

    def attr(self, number):
        node = self.nodes[number]
        seconds, rest = divmod(node.mtime, _SECOND)
        times = (seconds, seconds, seconds, rest, rest, rest)
        rest = (node.mode, node.links, os.geteuid(), os.getegid(), 0, 4096, 0)
        return _ATTR.pack(number, len(node.data), 0, *times, *rest)

    def entry(self, number):
        return struct.pack("<4Q2I", number, 0, 0, 0, 0, 0) + self.attr(number)

    def lookup(self, nodeid, body):
        return self.entry(self.child(nodeid, self.name(body)))

    def getattr(self, nodeid, _body):
        return bytes(16) + self.attr(nodeid)

    def setattr(self, nodeid, body):
        valid, _, _, size, _, _, mtime, _, _, nsec, _, mode = struct.unpack_from("<2I6Q4I", body)
        node = self.nodes[nodeid]
        if valid & 1:
            node.mode = mode
        if valid & 8:
            node.data[size:] = bytes(max(0, size - len(node.data)))
        if valid & 32 and "times" not in self.quirks:
            node.mtime = self.now() if valid & 256 else self.kept(mtime * _SECOND + nsec)
        return bytes(16) + self.attr(nodeid)

    def mkdir(self, nodeid, body):
        (mode,) = struct.unpack_from("<I", body)
        return self.entry(self.add(nodeid, self.name(body[8:]), stat.S_IFDIR | mode))

    def create(self, nodeid, body):
        _, mode = struct.unpack_from("<2I", body)
        number = self.add(nodeid, self.name(body[16:]), stat.S_IFREG | mode)
        return self.entry(number) + self.open(number, b"")

    def open(self, nodeid, _body):
        return struct.pack("<QII", nodeid, _DIRECT_IO, 0)

    def unlink(self, nodeid, body):
        name = self.name(body)
        self.nodes[self.child(nodeid, name)].links -= 1
        del self.nodes[nodeid].children[name]
        return b""

    def rename(self, nodeid, body):
        (folder,) = struct.unpack_from("<Q", body)
        old, new = (self.name(part) for part in body[8:].split(b"\0")[:2])
        children = self.nodes[folder].children
        if "rename" in self.quirks and new in children:
            raise OSError(errno.EEXIST, "")
        children[new] = self.child(nodeid, old)
        del self.nodes[nodeid].children[old]
        return b""

    def link(self, nodeid, body):
        (number,) = struct.unpack_from("<Q", body)
        if "link" in self.quirks:
            raise OSError(errno.EPERM, "")
        self.nodes[nodeid].children[self.name(body[8:])] = number
        self.nodes[number].links += 1
        return self.entry(number)

    def read(self, nodeid, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        node = self.nodes[nodeid]
        if "unlinked" in self.quirks and not node.links:
            raise OSError(errno.ESTALE, "")
        data = bytes(node.data[offset : offset + size])
        return bytes(len(data)) if "rot" in self.quirks else data

    def write(self, nodeid, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        node = self.nodes[nodeid]
        node.data[offset : offset + size] = body[40 : 40 + size]
        node.mtime = self.now()
        return struct.pack("<II", size, 0)

    def statfs(self, _nodeid, _body):
        return struct.pack("<5Q4I24x", 1 << 20, 1 << 20, 1 << 20, 0, 0, 4096, 255, 4096, 0)

    def fsync(self, _nodeid, _body):
        if "sync-file" in self.quirks:
            raise OSError(errno.EIO, "")
        return b""

    def fsyncdir(self, _nodeid, _body):
        if "no-sync-folder" in self.quirks:
            raise OSError(errno.EINVAL, "")
        if "sync-folder" in self.quirks:
            raise OSError(errno.EIO, "")
        return b""

    def readdir(self, nodeid, body):
        _, offset = struct.unpack_from("<QQ", body)
        entries = b""
        for at, (name, number) in enumerate(self.nodes[nodeid].children.items(), 1):
            kind = stat.S_IFMT(self.nodes[number].mode) >> 12
            head = struct.pack("<QQII", number, at, len(name), kind)
            entries += b"" if at <= offset else head + name + bytes(-len(name) % 8)
        return entries

    def setlk(self, nodeid, body):
        _, owner, _, _, kind = struct.unpack_from("<4QI", body)
        if "no-lock" in self.quirks:
            raise OSError(errno.ENOLCK, "")
        if kind == _UNLOCK:
            return self.let_go(nodeid, owner)
        if self.owners.get(nodeid, owner) != owner and "lock" not in self.quirks:
            raise OSError(errno.EAGAIN, "")
        self.owners[nodeid] = owner
        return b""

    def let_go(self, nodeid, owner):
        if self.owners.get(nodeid) == owner and "sticky-lock" not in self.quirks:
            del self.owners[nodeid]
        return b""

    def release(self, nodeid, body):
        owner = struct.unpack_from("<QIIQ", body)[3]
        return self.let_go(nodeid, owner)


def main():
    folder, kind, *quirks = sys.argv[1:]
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode=40000,user_id={os.geteuid()},group_id={os.getegid()}"
    words = ["mount", "-i", "-t", kind, "-o", options, "odd", folder]
    subprocess.run(words, check=True, pass_fds=[fd])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with suppress(OSError):  # ENODEV: it was unmounted
        Server(quirks).serve(fd)


if __name__ == "__main__":
    main()
