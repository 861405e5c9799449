"""Many archives checked: what is found, counted and told, and what dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from check_cases import checked, children, codes, conditions, found_in, silent
from repairs import PAGES, broken, whole

from cbzsafe.interrupt import Stop
from cbzsafe.library import survey
from cbzsafe.library.check import Request, check
from cbzsafe.model import Code
from cbzsafe.progress import Silent


def test_archives_are_counted_by_what_is_said_of_them(library):
    """The sums are those of all archives, and the sound ones without findings are not kept."""
    report = checked(library)
    assert conditions(report) == {
        "odd.cbz": "sound",
        "flipped.cbz": "damaged",
        "page.cbz": "unreadable",
    }
    assert (report.sound, report.damaged, report.unreadable) == (2, 1, 1)
    assert (report.changing, report.vanished, report.unchanged, report.left) == (0, 0, 0, 0)
    assert (report.pages, report.status) == (3 * len(PAGES), 2)
    assert report.size == sum(path.stat().st_size for path in library.rglob("*.cbz"))


def test_all_are_kept_if_asked_for(library):
    """The sound ones come too, in the order of the paths."""
    report = checked(library, keep_all=True)
    assert list(conditions(report)) == ["odd.cbz", "sound.cbz", "flipped.cbz", "page.cbz"]


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["a/sound.cbz"], 0),
        (["a/odd.cbz"], 0),
        (["a"], 0),
        (["flipped.cbz"], 1),
        (["flipped.cbz", "a"], 1),
        (["page.cbz"], 2),
        (["page.cbz", "flipped.cbz"], 2),
        (["none"], 2),
        (["none", "flipped.cbz"], 2),
        ([], 0),
    ],
)
def test_the_status_is_that_of_the_worst(library, names, status):
    """Damage is 1, and what cannot be read, be it a path, is 2."""
    assert checked(*(library / name for name in names)).status == status


def test_each_report_is_told_as_it_comes(library):
    """Whoever listens gets all of them, the sound ones too."""
    told = []
    checked(library, tell=told.append)
    names = sorted(os.path.basename(report.path) for report in told)
    assert names == ["flipped.cbz", "odd.cbz", "page.cbz", "sound.cbz"]


@pytest.mark.parametrize("several", [False, True])
def test_what_vanishes_before_its_turn_is_no_damage(library, several):
    """It is counted as such, and the status is that of the others."""
    found, _ = found_in(library / "a" if several else library / "a/sound.cbz")
    (library / "a/sound.cbz").unlink()
    report = check(found, [], Request(), Silent(), Stop(), silent)
    assert (report.vanished, report.sound, report.status) == (1, int(several), 0)


def cut_picture():
    """Give a book of which a picture has an end in its middle, too, and the right CRC."""
    page = PAGES["002.jpg"]
    middle = len(page) // 2
    return whole(PAGES | {"002.jpg": page[:middle] + b"\xff\xd9" + page[middle + 2 :]})


def renamed_header():
    """Give a book in which a local header has another name than the index."""
    return whole().replace(b"002.jpg", b"00X.jpg", 1)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (whole, [[], [], []]),
        (cut_picture, [[], [], [Code.UNDECODABLE_IMAGE]]),
        (broken, [[], [Code.BAD_CRC], [Code.BAD_CRC]]),
        (renamed_header, [[Code.HEADER_MISMATCH]] * 3),
    ],
)
def test_each_depth_finds_what_it_is_for(tmp_path, several, make, expected):
    """Quick looks at the structure, normal at each byte, and decode at each picture."""
    (tmp_path / "book.cbz").write_bytes(make())
    if several:
        (tmp_path / "other.cbz").write_bytes(whole())
    reports = [checked(tmp_path, depth=depth) for depth in ("quick", "normal", "decode")]
    assert [codes(report) for report in reports] == expected
    assert [report.status for report in reports] == [int(bool(found)) for found in expected]


class Adder(Silent):
    """Adds up the progress, and does something at its first sign."""

    def __init__(self, act=None):
        self.totals, self.done, self.act = [], 0, act

    def start(self, _, total):
        self.totals.append(total)

    def advance(self, count):
        self.done += count
        if self.act:
            act, self.act = self.act, None
            act()


@pytest.mark.parametrize("depth", ["quick", "normal", "decode"])
@pytest.mark.parametrize("several", [False, True])
def test_progress_is_one_over_all_archives(library, depth, several):
    """It is told of once, and ends at the bytes of all files, whatever is read of them."""
    progress = Adder()
    report = checked(
        library if several else library / "flipped.cbz", depth=depth, progress=progress
    )
    assert progress.totals == [report.size]
    assert progress.done == report.size


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (signal.SIGKILL, "The process that read it was killed: it may have run out of memory."),
        # Not SIGSEGV, of which pytest would print where it came.
        (signal.SIGSYS, "The process that read it ended with SIGSYS: a picture in it crashes"),
    ],
)
def test_a_process_that_dies_costs_one_archive(many, number, text):
    """That one is unreadable, with how it came about, and all others are sound."""

    def kill_one():
        os.kill(min(children() - before), number)

    before = children()
    report = checked(many, depth="decode", progress=Adder(kill_one))
    assert (report.sound, report.unreadable, report.status) == (39, 1, 2)
    assert report.archives[0].problem.startswith(text)


def test_an_exception_in_a_process_costs_one_archive(many, monkeypatch):
    """That one is unreadable, with the exception's type and message, and all others are sound."""

    def failing(path, *given):
        return {}["a fault of ours"] if path.name == "07.cbz" else looked(path, *given)

    looked = survey.examine
    monkeypatch.setattr(survey, "examine", failing)  # the processes are forked with it
    report = checked(many)
    assert (report.sound, report.unreadable, report.status) == (39, 1, 2)
    told = "The program failed over it: KeyError: 'a fault of ours'."
    assert [(Path(one.path).name, one.problem) for one in report.archives] == [("07.cbz", told)]
