"""The atomic publish: all of the new file, or all of the old one."""

from __future__ import annotations

import os
import stat

import pytest
from made_archives import NAMES, PAGES, zipped

from cbzsafe.cbz import publish as module
from cbzsafe.cbz.files import identity_of
from cbzsafe.cbz.names import prefix_for
from cbzsafe.cbz.pack import ArchivedPage, FilePage
from cbzsafe.cbz.publish import publish, sweep
from cbzsafe.cbz.scan import scan
from cbzsafe.errors import ArchiveChanged, BookUnavailable, PackFailed, StorageError
from cbzsafe.model import Verdict


@pytest.fixture
def target(tmp_path):
    return tmp_path / "out" / "deep" / "book.cbz"


@pytest.fixture
def old(target):
    """A published archive with one page."""
    target.parent.mkdir(parents=True)
    target.write_bytes(zipped({NAMES[0]: PAGES[NAMES[0]]}))
    return target.read_bytes()


def test_a_book_appears_whole_in_folders_that_are_made(staged, target):
    """Missing folders are made, and only the finished archive stands in the last."""
    done = publish(target, staged, comment=b"x")
    assert os.listdir(target.parent) == ["book.cbz"]
    assert done.scan.path == done.packed.path == target
    assert done.scan.verdict is Verdict.SOUND
    again = scan(target)
    assert (again.entries, again.identity) == (done.packed.entries, done.scan.identity)


def test_a_new_file_has_the_mode_of_the_umask(staged, target):
    """What the umask leaves open to others is open to them."""
    before = os.umask(0o027)
    try:
        publish(target, staged)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_replaced_file_keeps_mode_and_owner(staged, target, old):
    """The new archive has the mode and the owner of the old one."""
    target.chmod(0o604)
    if os.geteuid() == 0:
        os.chown(target, 1234, 2345)
    before = target.stat()
    publish(target, staged)
    after = target.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert target.read_bytes() != old


def test_pages_of_the_old_archive_go_into_the_new_one(staged, target, old):
    """An archive can be rewritten from its own pages and new ones."""
    first = scan(target).entries[0]
    done = publish(target, [ArchivedPage(first.name, target, first), *staged[1:]])
    assert [entry.name for entry in done.packed.entries] == list(NAMES)
    assert set(done.packed.taken) == set(NAMES[1:])
    assert old


def test_another_link_to_the_old_file_keeps_the_old_bytes(staged, target, old, tmp_path):
    """Replacing a file that has several names changes one of them."""
    other = tmp_path / "other.cbz"
    other.hardlink_to(target)
    publish(target, staged)
    assert other.read_bytes() == old


@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "pipe"])
def test_what_is_no_file_is_not_replaced(staged, target, kind):
    """A link, a folder or a pipe at the final name stays, and the sentence says what to do."""
    target.parent.mkdir(parents=True)
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to(staged[0].path if kind == "link" else "nowhere")
    with pytest.raises(BookUnavailable, match="move it away"):
        publish(target, staged)
    assert os.listdir(target.parent) == ["book.cbz"]


def test_a_page_that_reads_back_broken_is_named(target, old, tmp_path):
    """An archive with a broken page is not published, and the old one stays."""
    page = tmp_path / "7.jpg"
    page.write_bytes(PAGES[NAMES[0]][:-300])
    with pytest.raises(PackFailed, match=r"7\.jpg"):
        publish(target, [FilePage("7.jpg", page)])
    assert target.read_bytes() == old
    assert os.listdir(target.parent) == ["book.cbz"]


def test_a_page_of_an_archive_that_rotted_is_named(staged, target, tmp_path):
    """A page that is taken over is proved again by its CRC."""
    source = tmp_path / "source.cbz"
    publish(source, staged)
    entries = scan(source).entries
    with source.open("r+b") as file:
        file.seek(entries[3].data_offset + 700)
        file.write(b"rotten")
    with pytest.raises(PackFailed, match=NAMES[3]):
        publish(target, [ArchivedPage(entry.name, source, entry) for entry in entries])
    assert os.listdir(target.parent) == []


def test_bytes_that_change_between_writing_and_reading_back_are_seen(
    staged, target, old, monkeypatch
):
    """What the disk gives back is judged, not what was written to it."""
    pack = module.pack

    def rot(*args, **kwargs):
        packed = pack(*args, **kwargs)
        with packed.path.open("r+b") as file:
            file.seek(900)
            file.write(b"\0\0\0")
        return packed

    monkeypatch.setattr(module, "pack", rot)
    with pytest.raises(PackFailed, match=NAMES[0]):
        publish(target, staged)
    assert target.read_bytes() == old
    assert os.listdir(target.parent) == ["book.cbz"]


def test_a_failed_sync_is_an_error_of_the_disk(staged, target, old, monkeypatch):
    """Where the bytes cannot be synced nothing is renamed."""

    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="the disk failed"):
        publish(target, staged)
    assert target.read_bytes() == old
    assert os.listdir(target.parent) == ["book.cbz"]


def test_a_book_without_pages_is_not_published(target, old):
    """An empty archive never replaces anything."""
    with pytest.raises(PackFailed, match="no pages"):
        publish(target, [])
    assert target.read_bytes() == old


def test_a_title_as_long_as_can_be_is_published(staged, tmp_path):
    """The temporary's name does not grow with the title."""
    target = tmp_path / ("ü" * 125 + ".cbz")
    publish(target, staged)
    assert scan(target).verdict is Verdict.SOUND


def test_everything_is_synced_before_and_after_the_rename(staged, target, monkeypatch):
    """The archive is synced before it is renamed, its folder and those above it after that."""
    calls = []
    fsync, replace = os.fsync, os.rename

    def noted_fsync(fd):
        calls.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        fsync(fd)

    def noted_replace(old, new, **_):
        calls.append("rename")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    publish(target, staged)
    assert calls[:3] == ["file", "rename", "folder"]
    assert len(calls) > 3
    assert set(calls[3:]) == {"folder"}


def test_leftovers_of_this_book_alone_are_swept(target):
    """Temporaries of dead processes go; those of other books, and all else, stay."""
    target.parent.mkdir(parents=True)
    mine = [target.parent / f"{prefix_for(target)}{at:08x}.part" for at in range(3)]
    others = [
        target.parent / f"{prefix_for(target.with_name('b.cbz'))}00000000.part",
        target.parent / "1.jpg.part",
        target,
    ]
    for path in mine + others:
        path.write_bytes(b"x")
    assert sweep(target) == 3
    assert sorted(target.parent.iterdir()) == sorted(others)
    assert sweep(target.parent / "none" / "book.cbz") == 0


def test_the_file_that_was_expected_is_replaced(staged, target, old):
    """A publish that names what it replaces does so where nothing has changed."""
    publish(target, staged, expect=identity_of(target.stat()))
    assert target.read_bytes() != old
    assert os.listdir(target.parent) == ["book.cbz"]


@pytest.mark.parametrize("change", ["gone", "another", "longer", "later"])
def test_a_file_that_was_not_expected_is_not_replaced(staged, target, old, change):
    """Where something else stands there, that stays, and no temporary is left."""
    expected = identity_of(target.stat())
    if change == "gone":
        target.unlink()
    elif change == "another":
        target.rename(target.with_name("old"))
        target.write_bytes(old)
    elif change == "longer":
        target.write_bytes(old + b"x")
    else:
        os.utime(target, ns=(0, expected[3] + 1))
    there = {path.name: path.read_bytes() for path in target.parent.iterdir()}
    with pytest.raises(ArchiveChanged, match="changed meanwhile: run the same command again"):
        publish(target, staged, expect=expected)
    assert {path.name: path.read_bytes() for path in target.parent.iterdir()} == there


def test_nothing_appears_where_a_file_was_expected(staged, target):
    """A file that vanished behind the plan is not made anew."""
    with pytest.raises(ArchiveChanged):
        publish(target, staged, expect=(1, 2, 3, 4))
    assert os.listdir(target.parent) == []
