"""Memory that runs out holds books and loses nothing, and it does not grow with the books."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pictures
import programs
import pytest
from books import assert_whole, book, report
from site_faults import Page, status

from cbzsafe.book.held import RECENT

MIB = 1 << 20
PAGES = 2
ONCE = ("-q", "--page-retries", "0", "--repair-rounds", "0")

TRACED = """
import gc, os, runpy, signal, sys, tracemalloc

def tell(*_):
    gc.collect()
    with open(told + ".new", "w") as file:
        file.write(str(tracemalloc.get_traced_memory()[0]))
    os.replace(told + ".new", told)

told = sys.argv.pop(1)
sys.argv[0] = "cbzsafe"
signal.signal(signal.SIGUSR1, tell)
tracemalloc.start()
runpy.run_module("cbzsafe", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def chapters(site):
    """A chapter of pictures that take memory, and a plain one."""
    large = [
        Page("a.png", pictures.png(1, 0, 700, 700)),
        Page("b.webp", pictures.webp(2, 0, 900, 900), "image/webp"),
        Page("c.jpg", pictures.jpeg(3, 0, 1200, 1200)),
    ]
    return [site.add_chapter(1, pages=large), site.add_chapter(2, pages=3)]


def limited(height, args, workdir, config):
    """Run cbzsafe with so many MiB of address space."""
    command = programs._command("cbzsafe", args, workdir, config, None)
    shell = ["bash", "-c", f'ulimit -v {height << 10}; exec "$@"', "-", *command]
    env = programs.environment(workdir)
    return subprocess.run(
        shell, cwd=workdir, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def published(workdir, chapters):
    """The chapters that are published, each of which is whole."""
    there = [chapter for chapter in chapters if book(workdir, chapter).exists()]
    for chapter in there:
        assert programs.pages(book(workdir, chapter)) == chapter.expected()
    return there


@pytest.mark.parametrize("height", [56, 80, 110, 140, 170, 200, 260])
def test_where_memory_runs_out_books_are_held(site, run, workdir, chapters, height):
    """At any height nothing but whole books appears, and each page is fetched once in two runs."""
    done = limited(height, [site.series_url()], workdir, site.config())
    there = published(workdir, chapters)
    assert (done.returncode == 0) == (len(there) == len(chapters)), done.stderr
    assert done.returncode == 0 or "emory" in done.stderr
    done = run(site.series_url())
    assert done.returncode == 0, done.stderr
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())
    assert site.page_requests() == Counter({p.name: 1 for c in chapters for p in c.pages})


def test_a_page_that_cannot_be_decoded_for_want_of_memory_is_not_called_broken(
    site, workdir, chapters
):
    """Its book is held with a sentence that says what to do, and no page is missing."""
    done = limited(80, [site.series_url()], workdir, site.config())
    assert done.returncode & 1
    assert "memory ran out: give the process more, then run the same command" in done.stderr
    assert "is missing" not in done.stderr
    folder = workdir / "gallery-dl" / chapters[0].folder
    assert {path.name for path in folder.iterdir()} == set(chapters[0].expected())


@contextmanager
def cgroup(limit):
    """A memory cgroup of version 1 or 2; gives the file that takes the numbers of processes."""
    first = Path("/sys/fs/cgroup/memory")
    folder = (first if first.is_dir() else first.parent) / f"cbzsafe-{os.getpid()}"
    folder.mkdir()
    try:
        name = "memory.limit_in_bytes" if first.is_dir() else "memory.max"
        (folder / name).write_text(str(limit))
        yield folder / "cgroup.procs"
    finally:
        assert programs.until(lambda: not (folder / "cgroup.procs").read_text())
        folder.rmdir()


@pytest.mark.long
@pytest.mark.parametrize("limit", [24, 32, 40, 44])
def test_a_container_that_runs_out_of_memory_loses_nothing(site, run, workdir, chapters, limit):
    """Whether the kernel kills it at its start or late, the next run ends whole."""
    command = programs._command("cbzsafe", [site.series_url()], workdir, site.config(), None)
    with cgroup(limit * MIB) as members:
        shell = ["bash", "-c", f'echo $$ > {members}; exec "$@"', "-", *command]
        env = programs.environment(workdir)
        done = subprocess.run(shell, cwd=workdir, env=env, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    published(workdir, chapters)
    assert run(site.series_url()).returncode == 0
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())
        assert not (workdir / "gallery-dl" / chapter.folder).exists()


def add_chapters(site, count, fault=None):
    """Chapters of small pages, and the list of them."""
    bodies = [pictures.jpeg(number, 1500) for number in range(PAGES)]
    for number in range(1, count + 1):
        pages = [Page(f"c{number:04}_{at}.jpg", body) for at, body in enumerate(bodies)]
        pages[0].faults += [fault] if fault is not None else []
        site.add_chapter(number, pages)
    return "".join(f"{chapter.url}\n" for chapter in site.chapters)


def traced(args, workdir, config, told):
    """Start cbzsafe so that on SIGUSR1 it tells the bytes that Python holds."""
    command = programs._command("cbzsafe", args, workdir, config, None)
    start = [sys.executable, "-c", TRACED, str(told), *command[3:]]
    return subprocess.Popen(
        start, cwd=workdir, env=programs.environment(workdir), stderr=subprocess.DEVNULL
    )


@contextmanager
def measured_at(site, marks, measure):
    """Measure when chapters are asked for, and let the site forget its requests."""
    found, seen = {}, [0]

    def hear(request):
        site.log.clear()
        if request.page is None:
            seen[0] += 1
            if seen[0] in marks:
                found[seen[0]] = measure()

    site.on_request = hear
    yield found
    site.on_request = None


@pytest.mark.parametrize("fault", [None, status(500, None)], ids=["whole", "held"])
def test_a_book_leaves_no_more_than_its_report(site, workdir, fault):
    """What a run remembers of a book that it is done with is less than two thousand bytes."""
    (workdir / "urls").write_text(add_chapters(site, 130, fault))
    told = workdir / "told"

    def measure():
        process.send_signal(signal.SIGUSR1)
        assert programs.until(told.exists)
        count = int(told.read_text())
        told.unlink()
        return count

    with measured_at(site, {70, 90, 110, 130}, measure) as found:
        process = traced(["-i", "urls", *ONCE], workdir, site.config(), told)
        assert process.wait(60) == (0 if fault is None else 5)
    assert RECENT < 70
    steps = sorted(found[at + 20] - found[at] for at in (70, 90, 110))
    # A table that doubles once, such as Python's of all names, is in one of the steps.
    assert steps[1] / 20 < 2000


def test_a_book_that_was_held_long_ago_in_the_run_stays_held(site, run, workdir):
    """Its pages are forgotten by then, but not that it must wait for the next run."""
    urls = add_chapters(site, RECENT + 2, status(404, None))
    first = site.chapters[0]
    first.pages[0].faults[:] = [status(404)]
    (workdir / "urls").write_text(f"{urls}{first.url}\n")
    assert run("-i", "urls", *ONCE, "--report", "report.json").returncode & 1
    last = report(workdir)["books"][-1]
    assert (last["path"], last["outcome"]) == (str(book(workdir, first)), "held")
    assert "held earlier in this run" in last["problems"][0]["text"]
    assert last["missing"] == []
    site.clear()
    assert run(first.url).returncode == 0
    assert not site.page_requests()
    assert_whole(book(workdir, first), first.expected())


@pytest.mark.long
@pytest.mark.parametrize("fault", [None, status(500, None)], ids=["whole", "held"])
def test_the_memory_of_a_run_of_two_thousand_chapters_is_flat(site, spawn, workdir, fault):
    """From the thousandth book to the last the process grows by less than three megabytes."""
    (workdir / "urls").write_text(add_chapters(site, 2000, fault))

    def resident():
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    with measured_at(site, {200, 1000, 2000}, resident) as found:
        process = spawn("cbzsafe", "-i", "urls", *ONCE)
        assert process.wait(300) == (0 if fault is None else 5)
    assert found[2000] - found[1000] < 3_000_000
    assert found[2000] < 100_000_000
