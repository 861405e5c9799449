"""Originals that are kept: beside, elsewhere, again, and not for nothing."""

from __future__ import annotations

import errno
import os
import stat
import warnings
from pathlib import Path

import pytest
from disks import disk, make_read_only, shrink
from made_archives import NAMES, PAGES, places, zipped
from mending import mended, pages, planned, state

from cbzsafe.cbz import backup
from cbzsafe.cbz.files import identity_of
from cbzsafe.cbz.repair import Wish, carry_out
from cbzsafe.errors import PackFailed, StorageError
from cbzsafe.library.find import Finder
from cbzsafe.progress import Silent


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "books" / "book.cbz"
    made.parent.mkdir()
    made.write_bytes(broken(3))
    return made


@pytest.fixture
def elsewhere(tmp_path):
    with disk(tmp_path / "elsewhere") as folder:
        yield folder


def broken(number, data=None):
    """Give an archive in which one page has a flipped bit."""
    data = bytearray(zipped() if data is None else data)
    data[places(bytes(data))[0][NAMES[number - 1]][1] + 500] ^= 1
    return bytes(data)


def test_beside_the_archive_the_backup_is_the_same_file(path):
    """It costs no copy, begins with a dot, and has no name that a reader takes for a book."""
    old, inode = path.read_bytes(), path.stat().st_ino
    done = mended(path)
    kept = path.with_name(".book.1.damaged-original")
    assert (done.backup, kept.read_bytes(), kept.stat().st_ino) == (os.fspath(kept), old, inode)
    assert kept.stat().st_nlink == 1
    assert [found.path for found in Finder().find([path.parent])] == [path]


def test_each_repair_has_a_backup_of_its_own(path):
    """A second damage of the same book does not replace the first original."""
    first = path.read_bytes()
    mended(path)
    second = broken(4, path.read_bytes())
    path.write_bytes(second)
    assert mended(path).backup.endswith(".book.2.damaged-original")
    kept = [path.with_name(f".book.{number}.damaged-original") for number in (1, 2)]
    assert [one.read_bytes() for one in kept] == [first, second]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("x.cbz.CBZ", ".x_cbz.1.damaged-original"),
        ("a.cbz.b.cbz", ".a_cbz.b.1.damaged-original"),
        (".cbz.cbz", "._cbz.1.damaged-original"),
        ("ü" * 123 + ".cbz", "." + "ü" * 100 + ".1.damaged-original"),
        ("x" * 250 + ".cbz", "." + "x" * 200 + ".1.damaged-original"),
    ],
)
def test_no_title_makes_a_backup_that_looks_like_a_book(tmp_path, title, expected):
    """There is no `.cbz` anywhere in the name, and the longest titles still fit."""
    path = tmp_path / title
    path.write_bytes(broken(3))
    mended(path)
    assert sorted(os.listdir(tmp_path)) == sorted([title, expected])


def test_two_books_whose_names_begin_alike_do_not_share_a_backup(tmp_path):
    """A number tells them apart where the cut names are the same."""
    for end in "ab":
        path = tmp_path / ("x" * 240 + end + ".cbz")
        path.write_bytes(broken(3) + end.encode())
        mended(path)
    kept = sorted(tmp_path.glob(".*"))
    assert [one.read_bytes()[-1:] for one in kept] == [b"a", b"b"]


def test_on_another_disk_the_backup_is_a_copy_with_time_and_mode(path, elsewhere):
    """The copy is whole, has the original's time and mode, and no temporary is beside it."""
    path.chmod(0o640)
    os.utime(path, ns=(10**18, 10**18 + 7))
    old = path.read_bytes()
    folder = elsewhere / "manga" / "a"
    done = mended(path, folder)
    kept = folder / "book.1.damaged-original"
    assert (done.backup, kept.read_bytes()) == (os.fspath(kept), old)
    status = kept.stat()
    assert (stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (0o640, 10**18 + 7)
    assert os.listdir(folder) == [kept.name]
    assert os.listdir(path.parent) == ["book.cbz"]


def test_folder_copy_and_name_are_synced_before_the_archive_is_replaced(
    path, elsewhere, monkeypatch
):
    """A power cut behind the rename finds the copy, its name, and the folders above it."""
    calls = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(fd):
        calls.append(os.fspath(Path(f"/proc/self/fd/{fd}").readlink()))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", lambda *args: (calls.append("rename"), replace(*args)))
    mended(path, elsewhere / "a" / "b")
    before = calls[calls.index(os.fspath(elsewhere)) : calls.index("rename")]
    assert before[1] == os.fspath(elsewhere / "a")
    assert before[2].endswith(".part")
    assert before[3] == os.fspath(elsewhere / "a" / "b")


@pytest.mark.parametrize("where", ["beside", "elsewhere"])
def test_a_repair_that_was_killed_behind_its_backup_finds_it_again(path, elsewhere, where):
    """The same original is not kept twice, be it a link or a copy."""
    folder = None if where == "beside" else elsewhere
    before = backup.keep(path, folder)
    assert mended(path, folder).backup == os.fspath(before)
    assert [name for name in os.listdir(before.parent) if "original" in name] == [before.name]


def test_what_a_killed_copy_left_is_swept(path, elsewhere):
    """A copy that a kill cut short under its temporary name goes with the next one."""
    from cbzsafe.cbz.sink import Sink

    target = Path(elsewhere, os.path.abspath(path).replace("/", " "))
    with Sink(target) as sink:
        sink.append(b"half")
    mended(path, elsewhere)
    assert os.listdir(elsewhere) == ["book.1.damaged-original"]


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link"])
@pytest.mark.parametrize("where", ["beside", "elsewhere"])
def test_what_has_the_name_already_stays(path, elsewhere, kind, where):
    """Nobody else's file is replaced: the backup gets the next number."""
    folder = path.parent if where == "beside" else elsewhere
    taken = folder / ("." * (where == "beside") + "book.1.damaged-original")
    if kind == "folder":
        taken.mkdir()
    elif kind == "file":
        taken.write_bytes(b"x" * path.stat().st_size)
    else:
        taken.symlink_to("nowhere" if kind == "dangling link" else path.parent)
    done = mended(path, None if where == "beside" else folder)
    assert done.backup == os.fspath(taken).replace(".1.", ".2.")
    assert os.path.lexists(taken)


@pytest.mark.parametrize("where", ["beside", "elsewhere"])
def test_a_failed_publish_leaves_no_backup(path, elsewhere, where):
    """Where nothing was replaced there is nothing to keep."""
    old = path.read_bytes()
    ready = planned(path)
    first = next(source for source in ready.rescue.sources)
    with path.open("r+b") as file:  # rots behind the plan, with its time put back
        file.seek(first.entry.data_offset + 700)
        file.write(b"rotten")
    os.utime(path, ns=(0, ready.identity[3]))
    before = sorted(os.listdir(path.parent))
    with pytest.raises(PackFailed, match="did not read back sound"):
        carry_out(ready, Wish(), Silent(), None if where == "beside" else elsewhere)
    assert (sorted(os.listdir(path.parent)), os.listdir(elsewhere)) == (before, [])
    assert len(path.read_bytes()) == len(old)


@pytest.mark.parametrize("why", ["full", "read-only"])
def test_a_backup_that_cannot_be_made_ends_the_repair(path, elsewhere, why):
    """Without its backup the original stays, and the sentence names the folder."""
    if why == "full":
        shrink(elsewhere, 8192)
    else:
        make_read_only(elsewhere)
    there, before = sorted(os.listdir(elsewhere)), state(path.parent)
    reason = {
        "full": r"needs [\d,]+ bytes .* free: make room there",
        "read-only": "cannot be written to: the file system is read-only",
    }[why]
    with pytest.raises(StorageError, match=f"{elsewhere} {reason}"):
        mended(path, elsewhere)
    assert (sorted(os.listdir(elsewhere)), state(path.parent)) == (there, before)


def test_a_backup_that_became_the_only_copy_is_not_forgotten(path):
    """Where another program has replaced the archive meanwhile, the backup stays."""
    original = identity_of(path.stat())
    kept = backup.keep(path)
    path.unlink()
    path.write_bytes(zipped())
    backup.forget(kept, path, original)
    assert kept.read_bytes() == broken(3)


def test_without_backup_a_whole_original_goes_and_a_lossy_one_stays(path):
    """--no-backup drops what is in the new archive, page by page, and nothing else."""
    assert mended(path, keep_original=False).backup
    path.write_bytes(zipped()[:-100])
    assert mended(path, keep_original=False).backup == ""
    assert pages(path) == PAGES
    assert os.listdir(path.parent).count("book.cbz") == len(os.listdir(path.parent)) - 1


@pytest.mark.parametrize("other", [3, 4], ids=["same bytes", "other bytes"])
def test_a_superseded_copy_is_a_loss_where_its_bytes_are_others(path, other):
    """A page of which an older copy with other bytes goes is not dropped without its original."""
    pair = [(NAMES[2], PAGES[NAMES[other - 1]]), (NAMES[2], PAGES[NAMES[2]])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        path.write_bytes(zipped(pair))
    assert bool(mended(path, keep_original=False).backup) is (other == 4)


def test_kept_broken_pages_count_as_a_loss(path):
    """A page that is kept broken is not proved, so that the original stays."""
    done = mended(path, keep_original=False, keep_viewable=True)
    assert done.kept
    assert done.backup


def test_where_links_are_refused_there_is_a_copy(path, monkeypatch):
    """On a file system without links the backup is a copy, which replaces nothing."""

    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    old = path.read_bytes()
    monkeypatch.setattr(os, "link", refuse)
    path.with_name(".book.1.damaged-original").write_bytes(b"another's")
    assert Path(mended(path).backup).read_bytes() == old
    assert len(os.listdir(path.parent)) == 3
