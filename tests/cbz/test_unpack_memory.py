"""A page that could not be unpacked for want of memory is never called broken."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys

import programs
import pytest
from repairs import broken

from cbzsafe.cbz.entry import Method
from cbzsafe.cbz.pack import FilePage, pack

SWEEP = """
import gc, json, resource, sys
from pathlib import Path
from cbzsafe.cbz.scan import scan

def used():
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()

def answer(path, extra):
    gc.collect()
    resource.setrlimit(resource.RLIMIT_AS, (used() + extra, resource.RLIM_INFINITY))
    try:
        return [finding.detail for finding in scan(path).findings]
    except MemoryError:
        return "memory"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

path = Path(sys.argv[1])
scan(path)  # what it imports is loaded then
print(json.dumps([answer(path, height) for height in map(int, sys.argv[2:])]))
"""

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "32768", "MALLOC_ARENA_MAX": "1"}
"""What makes the C library ask the kernel each time, so that the limit counts."""

HEIGHTS = range(0, 8 << 20, 512 << 10)


@pytest.mark.parametrize("method", [Method.DEFLATED, Method.BZIP2, Method.LZMA, Method.ZSTD])
def test_a_decoder_that_gets_no_memory_finds_no_fault(tmp_path, method):
    """However little there is, the answer is that memory ran out, or the right one."""
    page = tmp_path / "a.txt"
    page.write_bytes(random.Random(1).randbytes(5 << 18))
    path = pack(tmp_path / "book.cbz", [FilePage("a.txt", page)], method=method).path
    done = subprocess.run(
        [sys.executable, "-c", SWEEP, path, *map(str, HEIGHTS)],
        env={**os.environ, **ALLOCATOR},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answers = json.loads(done.stdout)
    assert [one for one in answers if one not in ("memory", [])] == []
    assert "memory" in answers
    assert [] in answers


@pytest.mark.parametrize("mebibytes", [16, 20, 24, 28, 40])
def test_a_repair_without_memory_leaves_the_archive_or_mends_it(tmp_path, mebibytes):
    """There is the old archive or a sound new one with its original, and one plain line."""
    path = tmp_path / "book.cbz"
    path.write_bytes(broken())

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))

    done = subprocess.run(
        [sys.executable, "-m", "cbzsafe", "repair", path],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    kept = sorted(one.name for one in tmp_path.iterdir() if one.name.startswith("."))
    if kept:
        assert "002.jpg" not in programs.pages(path)
        assert [(tmp_path / name).read_bytes() for name in kept] == [broken()]
    else:
        assert path.read_bytes() == broken()
