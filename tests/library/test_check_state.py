"""Checks that go on from each other: what is recorded, passed over, and left."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from check_cases import checked, codes
from repairs import broken, whole
from state_cases import flip

from cbzsafe.cbz.processors import available as processors
from cbzsafe.interrupt import Interrupted, Stop
from cbzsafe.model import Code


def alter(path):
    """Flip a bit, and leave the file's time as it was."""
    before = path.stat()
    flip(path, path.stat().st_size // 3)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_has_not_changed_is_not_read_again(many, state):
    """With --changed all is unchanged, even what only reading would show to be damaged."""
    assert checked(many, state=state, changed=True).sound == 40
    alter(many / "07.cbz")
    report = checked(many, state=state, changed=True)
    assert (report.sound, report.unchanged, report.status) == (40, 40, 0)
    assert (report.pages, report.size) == (0, 0)


def test_what_has_changed_is_read_again(many, state):
    """A new file, a touched one, a replaced one, and one that was written to are."""
    checked(many, state=state)
    os.utime(many / "01.cbz")
    (many / "new.cbz").write_bytes(whole())
    (many / "new.cbz").rename(many / "02.cbz")
    (many / "03.cbz").write_bytes(whole() + b"behind")
    (many / "40.cbz").write_bytes(broken())
    told = []
    report = checked(many, state=state, changed=True, tell=told.append)
    assert (report.unchanged, report.sound, report.damaged) == (37, 40, 1)
    read = sorted(os.path.basename(one.path) for one in told if not one.known)
    assert read == ["01.cbz", "02.cbz", "03.cbz", "40.cbz"]


def test_known_damage_is_told_without_reading(library, state):
    """The status is that of the damage, and the report says that it is known."""
    first = checked(library, state=state)
    report = checked(library, state=state, changed=True)
    assert (report.status, report.unchanged) == (first.status, 4)
    assert codes(report) == codes(first)
    assert all(one.known for one in report.archives)
    assert [one.checked for one in report.archives] == [one.checked for one in first.archives]


def test_a_closer_look_is_not_spared_by_a_quick_one(many, state):
    """What was looked at less closely than asked for is read, and the other way round not."""
    checked(many, state=state, depth="quick")
    assert checked(many, state=state, changed=True).unchanged == 0
    assert checked(many, state=state, changed=True, depth="quick").unchanged == 40


def test_bit_rot_is_told_from_what_a_program_wrote(many, state):
    """Other bytes under the same time are bit rot, and under a new time damage alone."""
    checked(many, state=state)
    alter(many / "07.cbz")
    flip(many / "08.cbz", (many / "08.cbz").stat().st_size // 3)
    report = checked(many, state=state)
    assert {
        os.path.basename(one.path): [f.code for f in one.findings] for one in report.archives
    } == {
        "07.cbz": [Code.BAD_CRC, Code.BIT_ROT],
        "08.cbz": [Code.BAD_CRC],
    }
    assert codes(checked(many, state=state)) == codes(report)


def test_a_check_goes_on_where_the_last_one_ran_out_of_time(slow, state):
    """Each run stops in time, and reads what no run has read before it reads anything again."""
    seen, runs = set(), 0
    while len(seen) < 100:
        told = []
        report = checked(slow, state=state, depth="decode", max_duration=0.1, tell=told.append)
        read = {one.path for one in told}
        assert report.seconds < 1
        assert (report.sound, report.sound + report.left, report.status) == (len(read), 100, 0)
        # What is left may be at work in the other processes as the time is up.
        assert not seen & read or len(seen | read) > 100 - processors()
        seen, runs = seen | read, runs + 1
    assert runs > 1


def test_known_damage_that_was_not_reached_is_told(slow, state):
    """It is counted as damaged with what is known of it, and the rest as left."""
    (slow / "99.cbz").unlink()
    (slow / "99.cbz").write_bytes(broken())
    checked(slow / "99.cbz", state=state)
    report = checked(slow, state=state, depth="decode", max_duration=1e-9)
    assert (report.damaged, report.status) == (1, 1)
    assert [one.known for one in report.archives] == [True]
    assert report.sound + report.left == 99


def test_parts_are_recorded_one_by_one(many, state):
    """After a check of each part, all is known."""
    parts = [checked(many, state=state, subset=(n, 3)) for n in (1, 2, 3)]
    assert sum(part.sound for part in parts) == 40
    assert all(part.sound > 5 for part in parts)
    assert checked(many, state=state, changed=True).unchanged == 40


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_a_report(slow, state, number):
    """What was done is counted and recorded, the rest is left, and the status tells the signal."""
    stop, told = Stop(), []

    def tell(report):
        told.append(report.path)
        if len(told) == 3:
            os.kill(os.getpid(), number)

    with stop.handling():
        report = checked(slow, state=state, depth="decode", tell=tell, stop=stop)
    assert (report.status, report.interrupted) == (128 + number, number.name)
    assert (report.sound, report.left, len(told)) == (3, 97, 3)
    again = checked(slow, state=state, depth="decode", changed=True, max_duration=1e-9)
    assert again.unchanged == 3


class Moment:
    """Sends a signal as a function of the check or of the record is called the nth time."""

    FILES = ("check", "tally", "rot", "state", "state_rows", "gone")

    def __init__(self, count):
        self.left = count

    def __call__(self, frame, event, _):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.parent.name == "library" and path.stem in self.FILES:
            self.left -= 1
            if not self.left:
                sys.setprofile(None)
                os.kill(os.getpid(), signal.SIGTERM)


def interrupted_at(moment, *paths, **request):
    """Check; give the report, or None where the signal came out, and how many were told."""
    stop, told = Stop(), []
    try:
        with stop.handling():
            sys.setprofile(moment)
            return checked(*paths, tell=told.append, stop=stop, **request), len(told)
    except Interrupted:
        return None, len(told)
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("changed", [False, True])
def test_no_archive_is_lost_from_the_counts_by_a_signal(library, state, changed, step):
    """Wherever it comes, each archive is told and counted or is left, or nothing is said at all."""
    if changed:
        checked(library, state=state)
    reports = []
    for count in range(1, 1000, step):
        moment = Moment(count)
        used = state if changed else state.with_name(f"{count}.db")
        report, told = interrupted_at(moment, library, state=used, changed=changed)
        if moment.left:
            break
        reports.append(report)
        assert report or told in {0, 4}
        assert not report or told + report.left == 4
        assert not report or told == report.sound + report.damaged + report.unreadable
    assert len(list(filter(None, reports))) > 10
