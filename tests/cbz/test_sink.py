"""The file that is packed into: new, whole, and gone if anything fails."""

from __future__ import annotations

import errno
import os
import secrets

import pytest

from cbzsafe.cbz import sink as module
from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.names import temporary
from cbzsafe.cbz.sink import Sink
from cbzsafe.progress import Silent

DATA = bytes(range(256)) * 40


@pytest.fixture
def target(tmp_path):
    """What the file will become."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "book.cbz"


@pytest.fixture
def source(tmp_path):
    """A file to copy from."""
    path = tmp_path / "source"
    path.write_bytes(DATA)
    with ArchiveFile(path) as file:
        yield file


class Counted(Silent):
    """Adds up the bytes that it is told of."""

    done = 0

    def advance(self, count):
        self.done += count


def write(target, times, error=None):
    """Write so often, with flushes that are over before the next write, and sync at the end."""
    with Sink(target) as sink:
        for _ in range(times):
            sink.append(DATA)
            while sink._flush is not None and sink._flush.going_on:
                pass
        if error is not None:
            raise error
        sink.sync()


@pytest.mark.parametrize("kind", ["file", "link", "link to nothing"])
def test_what_has_the_name_already_is_not_written_to(target, monkeypatch, kind):
    """Another's file, or one that a link leads to, stays as it is."""
    monkeypatch.setattr(secrets, "token_hex", lambda _: "00000000")
    other, path = target.with_name("other"), temporary(target)
    if kind != "link to nothing":
        other.write_bytes(b"another's")
    if kind == "file":
        other.rename(path)
    else:
        path.symlink_to(other)
    before = {p.name: p.is_file() and p.read_bytes() for p in target.parent.iterdir()}
    with pytest.raises(FileExistsError):
        Sink(target)
    assert {p.name: p.is_file() and p.read_bytes() for p in target.parent.iterdir()} == before


def test_a_new_file_is_no_program(target):
    """Where the umask takes nothing away everybody may read and write it, and nobody run it."""
    before = os.umask(0)
    try:
        with Sink(target) as sink:
            assert sink.path.stat().st_mode & 0o777 == 0o666
    finally:
        os.umask(before)


def test_a_write_that_the_kernel_cuts_short_is_gone_on_with(target, monkeypatch):
    """Every byte is written, at its place."""
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: pwrite(fd, data[:7], at))
    with Sink(target) as sink:
        sink.append(DATA[:100])
        sink.append(memoryview(DATA)[100:200])
        sink.write_at(50, b"#" * 20)
        sink.sync()
    assert sink.path.read_bytes() == DATA[:50] + b"#" * 20 + DATA[70:200]
    assert sink.position == 200


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_nothing_stays_of_a_file_that_failed(target, error):
    """It is removed and closed, whatever the reason."""
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(error):
        write(target, 1, error)
    assert os.listdir(target.parent) == []
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_flush_that_failed_in_the_background_is_told_at_the_end(target, monkeypatch):
    """The kernel reports a failed write once, so that the last sync may know nothing of it."""

    def fail(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(module, "_AHEAD", 1000)
    monkeypatch.setattr(module, "_flush", fail)
    with pytest.raises(OSError, match="Input/output"):
        write(target, 1)
    assert os.listdir(target.parent) == []


def test_a_flush_that_failed_is_told_by_the_next(target, monkeypatch):
    """A large file is not copied to its end once the disk has failed."""
    monkeypatch.setattr(module, "_AHEAD", 1000)
    flushed = []

    def fail(fd):
        flushed.append(fd)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(module, "_flush", fail)
    with pytest.raises(OSError, match="Input/output"):
        write(target, 1000)
    assert len(flushed) == 1


def test_the_disk_is_set_to_work_once_for_so_many_bytes(target, monkeypatch):
    """Flushing begins when enough was written, and one flush follows the other."""
    monkeypatch.setattr(module, "_AHEAD", 3 * len(DATA))
    flushed = []
    monkeypatch.setattr(module, "_flush", flushed.append)
    with Sink(target) as sink:
        for _ in range(7):
            sink.append(DATA)
            if sink._flush is not None:
                sink._flush.wait()
    assert len(flushed) == 2


@pytest.mark.parametrize("way", ["kernel", "EXDEV", "ENOSYS", "short", "half", "none"])
def test_a_range_is_copied_whole_by_the_kernel_or_without_it(target, source, monkeypatch, way):
    """Every byte comes once, in its order, and is told of."""
    copy = os.copy_file_range
    calls = []

    def copied(*args):
        calls.append(args)
        if way == "short":
            return 0
        if way == "half" and len(calls) > 1:
            raise OSError(errno.EINVAL, "Invalid argument")
        if way in {"EXDEV", "ENOSYS"}:
            raise OSError(getattr(errno, way), "no")
        return copy(args[0], args[1], min(args[2], 999), *args[3:])

    if way == "none":
        monkeypatch.delattr(os, "copy_file_range")
    else:
        monkeypatch.setattr(os, "copy_file_range", copied)
    told = Counted()
    with Sink(target) as sink:
        sink.append(b"ahead")
        sink.copy(source, 100, 5000, told)
    assert sink.path.read_bytes() == b"ahead" + DATA[100:5100]
    assert (sink.position, told.done) == (5005, 5000)
    assert len(calls) == {"kernel": 6, "half": 2, "none": 0}.get(way, 1)


def test_an_error_of_the_disk_is_no_reason_to_copy_otherwise(target, source, monkeypatch):
    """It is raised, and nothing stays."""

    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "copy_file_range", fail)
    with pytest.raises(OSError, match="Input/output"), Sink(target) as sink:
        sink.copy(source, 0, 100, Silent())
    assert os.listdir(target.parent) == []
