"""What an error of the disk means, and how it is said."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from cbzsafe.cbz.storage import ROOM, guarded, is_full, is_the_disk
from cbzsafe.errors import StorageError


@pytest.mark.parametrize(
    ("name", "full", "disk"),
    [
        ("ENOSPC", True, True),
        ("EDQUOT", True, True),
        ("EFBIG", True, True),
        ("EIO", False, True),
        ("EROFS", False, True),
        ("EACCES", False, True),
        ("ECONNRESET", False, False),
    ],
)
def test_an_error_is_the_disks_if_it_cannot_be_written_to(name, full, disk):
    """A lack of room or of rights is, and so is a failure; a connection that broke is not."""
    error = OSError(getattr(errno, name), "text")
    assert (is_full(error), is_the_disk(error)) == (full, disk)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EACCES, "x"), "/a cannot be written to: permission is denied."),
        (OSError(errno.ELOOP, "too odd"), "/a cannot be written to: too odd."),
        (OSError("no number"), "/a cannot be written to: no number."),
        (
            OSError(errno.ENOSPC, "x"),
            f"/a cannot be written to: the disk is full; 7 bytes are needed: {ROOM}.",
        ),
    ],
)
def test_an_error_of_the_disk_becomes_a_sentence(error, said):
    """What is known of it is said, with or without a number."""
    with pytest.raises(StorageError) as told, guarded(Path("/a"), 7):
        raise error
    assert str(told.value) == said
