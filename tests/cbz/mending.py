"""What the tests of the engine's repair share."""

from __future__ import annotations

from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.proof import whole
from cbzsafe.cbz.repair import Wish, carry_out, plan
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.progress import Silent


def planned(path, **wish):
    """Plan a repair."""
    return plan(path, Wish(**wish), Silent())


def mended(path, folder=None, **wish):
    """Repair an archive, and give what became of it."""
    return carry_out(planned(path, **wish), Wish(**wish), Silent(), folder)


def pages(path):
    """Give the pages of an archive, by name."""
    with ArchiveFile(path) as file:
        return {entry.name: whole(file, entry) for entry in scan(path).entries}


def codes(path, depth=Depth.PAGES):
    """Give what a scan finds."""
    return {finding.code for finding in scan(path, depth).findings}


def state(folder):
    """Give all that changes when a file of a folder is touched, made, or taken away."""
    listed = sorted(folder.iterdir())
    return [(path.name, *_stamp(path)) for path in listed] + [_stamp(folder)]


def _stamp(path):
    status = path.lstat()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size
