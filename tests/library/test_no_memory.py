"""Archives that are looked at, or repaired, where memory runs out as a thread is to begin."""

from __future__ import annotations

import subprocess
import sys

from repairs import broken, whole

SHORT = """
import concurrent.futures.thread, resource, sys
from pathlib import Path
from cbzsafe.cbz.scan import Depth
from cbzsafe.interrupt import Stop
from cbzsafe.library.examine import examine
from cbzsafe.library.find import Finder
from cbzsafe.library.repair import Request, repair
from cbzsafe.progress import Silent

def repaired(depth):
    request, finder = Request(dry_run=True), Finder()
    report = repair(list(finder.find([Path(sys.argv[2])])), [], request, Silent(), Stop(), print)
    return report.archives[0]

def examined(depth):
    return examine(Path(sys.argv[2]), depth, Silent(), 2).report

work = {"examined": examined, "repaired": repaired}[sys.argv[1]]
work(Depth.PAGES)  # everything that comes before the threads is imported
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (8 << 20),) * 2)  # less than a thread's stack
print(work(Depth.DECODE).problem, file=sys.stderr)
"""


def said(what, path):
    """What is said of an archive in a process that cannot begin a thread any more."""
    command = ["bash", "-c", 'ulimit -s 65536; exec "$@"', "bash", sys.executable, "-c", SHORT]
    done = subprocess.run(
        [*command, what, path], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stderr.strip()


def test_an_archive_that_no_thread_can_read_is_not_the_programs_fault(tmp_path):
    """A check says that memory ran out, and not that the program failed."""
    (tmp_path / "a.cbz").write_bytes(whole())
    assert said("examined", tmp_path / "a.cbz") == "Memory ran out as it was read."


def test_an_archive_that_no_thread_can_repair_does_not_end_the_others(tmp_path):
    """It counts as failed for want of memory, and stays as it is."""
    (tmp_path / "a.cbz").write_bytes(broken())
    assert said("repaired", tmp_path / "a.cbz").startswith("Memory ran out: ")
