"""Two processes on one book: one waits, or gives up with a clear message."""

from __future__ import annotations

import programs
from books import assert_whole, book, outcomes


def test_the_second_process_waits_and_fetches_nothing_twice(site, run, spawn, workdir):
    """A process that comes second waits for the first, and finds the book published."""
    chapter = site.add_chapter(pages=5)
    gate = site.hold(3)
    first = spawn("cbzsafe", chapter.url)
    gate.wait()
    second = spawn("cbzsafe", chapter.url)
    assert programs.until(lambda: "waiting for" in programs.errors(workdir))
    gate.open()
    assert (first.wait(20), second.wait(20)) == (0, 0)
    assert set(site.page_requests().values()) == {1}
    assert_whole(book(workdir, chapter), chapter.expected())


def test_the_second_process_gives_up_in_time(site, run, spawn, workdir):
    """After --lock-timeout the second says so, and leaves the first alone."""
    chapter = site.add_chapter(pages=5)
    gate = site.hold(3)
    first = spawn("cbzsafe", chapter.url)
    gate.wait()
    done = run(chapter.url, "--lock-timeout", "0.2", "--report", "report.json")
    assert done.returncode & 1
    assert "Another process is working on" in done.stderr
    assert outcomes(workdir) == ["failed"]
    gate.open()
    assert first.wait(20) == 0
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_killed_process_leaves_no_lock_behind(site, run, spawn, workdir):
    """The lock of a killed process does not hold up the next one, which removes its file."""
    chapter = site.add_chapter(pages=4)
    gate = site.hold(3)
    process = spawn("cbzsafe", chapter.url)
    gate.wait()
    programs.kill(process)
    gate.open()
    done = run(chapter.url, "--lock-timeout", "0")
    assert done.returncode == 0
    assert "waiting" not in done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
