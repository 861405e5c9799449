"""Many archives looked at: whose identity comes with a report, and what stops or kills a survey."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pictures
import pytest
from check_cases import children, found_in
from repairs import broken, whole

from cbzsafe.cbz.processors import available as processors
from cbzsafe.cbz.scan import Depth
from cbzsafe.library.survey import survey
from cbzsafe.model import Condition
from cbzsafe.progress import Silent


class Keeper(Silent):
    """Keeps the progress."""

    def __init__(self):
        self.totals, self.counts, self.finished = [], [], 0

    def start(self, _, total):
        self.totals.append(total)

    def advance(self, count):
        self.counts.append(count)

    def finish(self):
        self.finished += 1


def listed(*paths):
    """Give what is found, all of which must be there."""
    found, problems = found_in(*paths)
    assert problems == []
    return found


def surveyed(found, depth=Depth.PAGES, progress=None, **options):
    return list(survey(found, depth, progress or Silent(), **options))


def identity(found):
    return found.inode, found.size, found.mtime_ns


def identity_on_disk(path):
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def replace(path, data):
    path.with_name("new").write_bytes(data)
    path.with_name("new").rename(path)


@pytest.fixture
def large(tmp_path):
    """Give an archive of 100 MB, made of one page."""
    path = tmp_path / "large.cbz"
    page = pictures.jpeg(1, 500_000)
    path.write_bytes(whole({f"{number:03}.jpg": page for number in range(200)}))
    yield path
    path.unlink()


@pytest.fixture
def one_processor():
    """Let one process do all, and decoding take its time, however many processors there are."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


def test_each_archive_comes_once_with_its_own_report(many):
    """What is found and what is said are of one path, and what did not change is as it was."""
    found = listed(many)
    came = surveyed(found)
    assert sorted((one for one, _ in came), key=lambda one: one.key) == found
    assert all(report.path == os.fspath(one.path) for one, report in came)


WRITES = {
    "appended to": lambda path: path.write_bytes(path.read_bytes() + b"behind"),
    "replaced": lambda path: replace(path, whole()),
    "touched": os.utime,
    "damaged": lambda path: path.write_bytes(broken()),
}


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("write", WRITES)
def test_what_was_written_after_the_listing_comes_as_it_was_read(library, write, several):
    """The identity is that of the file which the report is about, and path and key stay."""
    path = library / "a/sound.cbz"
    (one,) = listed(path)
    others = listed(library / "a/odd.cbz") if several else []
    WRITES[write](path)
    ((came, report),) = [pair for pair in surveyed([one, *others]) if pair[0].path == path]
    assert identity(came) == identity_on_disk(path) != identity(one)
    assert (came.path, came.key, report.size) == (one.path, one.key, came.size)
    assert (report.condition is Condition.DAMAGED) == (write == "damaged")


def test_what_is_written_during_the_survey_comes_as_it_was_read(many, one_processor):
    """An archive whose turn comes late has the identity that it has by then."""
    found, came = listed(many), {}
    for one, _ in survey(found, Depth.PAGES, Silent()):
        if not came:
            replace(many / "39.cbz", whole())
        came[one.key] = identity(one)
    assert came["39.cbz"] == identity_on_disk(many / "39.cbz") != identity(found[-1])
    assert came["38.cbz"] == identity(found[-2])


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    ("act", "condition"),
    [
        (Path.unlink, Condition.VANISHED),
        (lambda path: (path.unlink(), path.mkdir()), Condition.UNREADABLE),
    ],
)
def test_what_was_not_read_comes_as_it_was_listed(library, act, condition, several):
    """No identity is made up for a file that nobody has read."""
    found = listed(library / "a" if several else library / "a/sound.cbz")
    act(library / "a/sound.cbz")
    came = {one: report.condition for one, report in surveyed(found)}
    assert set(came) == set(found)
    assert came[found[-1]] is condition


_TOUCH = "import os, sys\nwhile True:\n    os.utime(sys.argv[1])"


@contextmanager
def touching(path):
    """Let another process touch a file over and over."""
    with subprocess.Popen([sys.executable, "-c", _TOUCH, path]) as process:
        try:
            yield
            assert process.poll() is None
        finally:
            process.kill()


def test_what_changes_each_time_comes_as_it_was_listed(large):
    """A file that is touched all the time is neither damaged nor taken for one that was read."""
    end = time.monotonic() + 10
    with touching(large):
        while time.monotonic() < end:
            found = listed(large)
            ((one, report),) = surveyed(found)
            if report.condition is Condition.CHANGING:
                break
            assert report.condition is Condition.SOUND  # the writer was held up
    assert (one, report.condition, report.findings) == (found[0], Condition.CHANGING, ())


@pytest.mark.parametrize("size", ["grown", "cut"])
@pytest.mark.parametrize("several", [False, True])
def test_progress_ends_at_the_sizes_that_were_listed(library, size, several):
    """A file of another size by its turn does not bring the sum out of step with the total."""
    found = listed(library if several else library / "a/sound.cbz")
    pages = {"1.jpg": pictures.jpeg(1, 200_000)}
    (library / "a/sound.cbz").write_bytes(whole(pages) if size == "grown" else whole()[:5_000])
    progress, total = Keeper(), sum(one.size for one in found)
    surveyed(found, progress=progress)
    assert (progress.totals, sum(progress.counts), progress.finished) == ([total], total, 1)
    assert min(progress.counts) > 0


def test_one_archive_needs_no_process_unless_it_may_crash_or_be_stopped(library):
    """A decoder, a time limit, and a second archive each bring processes of their own."""
    found, before = listed(library / "a"), children()

    def processes(archives, depth=Depth.PAGES, **options):
        reports = survey(archives, depth, Silent(), **options)
        next(reports)
        count = len(children() - before)
        reports.close()
        return count

    assert processes(found[:1]) == 0
    assert processes(found[:1], Depth.DECODE) == 1
    assert processes(found[:1], until=time.monotonic() + 60) == 1
    assert processes(found) >= 1
    assert children() == before


def test_a_time_that_is_too_short_still_does_one_archive(many):
    """Else archives that take longer than the time would never be done."""
    assert 1 <= len(surveyed(listed(many), until=time.monotonic())) <= processors()
    assert len(surveyed(listed(many / "00.cbz"), until=time.monotonic())) == 1


def test_whoever_stops_listening_leaves_no_process(slow):
    """A survey that is closed after its first report ends what it started."""
    before, reports = children(), survey(listed(slow), Depth.DECODE, Silent())
    next(reports)
    assert children() != before
    reports.close()
    assert children() == before


def stopped_and_killed(before, ticks, number, after):
    """Give a tick that stops the processes of a survey at once, and later ends them."""

    def tick():
        ticks.append(time.monotonic())
        for pid in children() - before:
            os.kill(pid, number if len(ticks) > after else signal.SIGSTOP)

    return tick


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSYS])
def test_a_process_that_dies_over_the_only_archive_is_told(large, one_processor, number):
    """The archive comes as it was listed, unreadable, and not as if it had been read."""
    before, found = children(), listed(large)
    tick = stopped_and_killed(before, [], number, 0)
    ((one, report),) = surveyed(found, Depth.DECODE, tick=tick)
    assert (one, report.condition, report.size) == (found[0], Condition.UNREADABLE, found[0].size)
    assert (report.pages, report.findings) == (0, ())
    assert ("memory" in report.problem) == (number == signal.SIGKILL)


def test_ticks_come_although_no_report_does(large, one_processor):
    """They come again and again while the only process has been stopped."""
    ticks = []
    tick = stopped_and_killed(children(), ticks, signal.SIGKILL, 5)
    assert len(surveyed(listed(large), Depth.DECODE, tick=tick)) == 1
    assert len(ticks) > 5
