"""A file system of a test's own that lacks what the test says, served through the kernel's FUSE."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

QUIRKS = {
    "rename": "no file is replaced",
    "sync-file": "files cannot be synced",
    "sync-folder": "folders cannot be synced",
    "no-sync-folder": "syncing folders is not offered",
    "lock": "a lock keeps nobody out",
    "no-lock": "locks are not offered",
    "sticky-lock": "a lock is never let go",
    "link": "no second name can be given",
    "unlinked": "a file without a name cannot be read",
    "short-names": "names have 143 bytes at most",
    "case": "capitals are small letters",
    "odd-names": "names are those that SMB takes",
    "decomposed": "names are decomposed",
    "times": "the time of a file cannot be set",
    "coarse-times": "times are kept in steps of two seconds",
    "clock": "the clock is a minute ahead",
    "silent": "nobody answers when a file is synced",
    "rot": "what was written does not read back",
}
"""What each of them means."""


@contextmanager
def odd_disk(folder, *quirks, kind="fuse", leaves=False):
    """Mount a file system with these quirks, under the name of a type such as `fuse.s3fs`.

    With `leaves` its server goes as soon as it has come, as one that crashed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    assert set(quirks) <= set(QUIRKS)
    command = [sys.executable, Path(__file__).with_name("odd_server.py"), folder, kind, *quirks]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout.readline() == b"ready\n"
            if leaves:
                server.kill()
                server.wait()
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
            server.kill()
