"""Books that belong to somebody else, or that nobody may replace."""

from __future__ import annotations

import os
import stat
import subprocess
from contextlib import contextmanager

import programs
import pytest
from disks import PLAIN_USER
from surroundings import archive, remains


@contextmanager
def immutable(path):
    """A file that even root may not replace, where the file system has that."""
    done = subprocess.run(["chattr", "+i", path], capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        subprocess.run(["chattr", "-i", path], capture_output=True, check=False)


def test_a_book_that_may_not_be_replaced(site, run, around):
    """An immutable book is as before, its new page stays staged, and the next run goes on."""
    chapter = site.add_chapter(pages=2)
    assert run(chapter.url, "--range", "1").returncode == 0
    target = around.base / chapter.book
    before = target.read_bytes()
    with immutable(target) as is_so:
        done = run(chapter.url)
        assert (done.returncode == 0) == (not is_so)
        assert not is_so or "permission is denied" in done.stderr
        assert not is_so or target.read_bytes() == before
    assert run(chapter.url).returncode == 0
    assert programs.pages(target) == chapter.expected()
    assert programs.tree(target.parent) == [target.name]


@pytest.mark.parametrize("mode", [0o000, 0o200, 0o444])
def test_another_users_book(site, workdir, around, mode):
    """A book that a plain user may not read is left alone; one that he may is replaced."""
    chapter = site.add_chapter(pages=2)
    config = site.config()
    command = [*PLAIN_USER, *programs._command("cbzsafe", [chapter.url], workdir, config, None)]
    target = archive(around.base / chapter.book)
    target.chmod(mode)
    os.chown(target, 12345, 12345)
    before = (target.read_bytes(), remains(target))
    done = subprocess.run(
        command,
        cwd=workdir,
        env=programs.environment(workdir),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stderr
    if mode & 0o004:
        assert done.returncode == 0, done.stderr
        assert chapter.expected().items() <= programs.pages(target).items()
        assert (target.stat().st_uid, stat.S_IMODE(target.stat().st_mode)) == (12345, mode)
    else:
        assert done.returncode == 1
        assert "cannot be opened: Permission denied" in done.stderr
        assert (target.read_bytes(), remains(target)) == before
