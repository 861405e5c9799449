"""The end of a book's visit: the bits of the exit status, and which books are held."""

from __future__ import annotations

import errno
import logging
import os
from types import SimpleNamespace

import pytest
from ending_job import Job
from gallery_dl import exception
from open_books import PAGES, History, archive, fill

from cbzsafe.book.parts import Failed
from cbzsafe.cbz.entry import SOURCE_DAMAGED
from cbzsafe.errors import StorageError
from cbzsafe.gallerydl import again, ending
from cbzsafe.interrupt import Interrupted
from cbzsafe.model import Outcome
from cbzsafe.settings import Incomplete


@pytest.fixture
def job():
    """A job with the default settings."""
    made = Job()
    yield made
    for book in made.safe_run.shelf.all_open():
        book.release()


def failed_rename(*_, **__):
    raise OSError(errno.EIO, "Input/output error")


def out_of_order(*_, **__):
    raise RuntimeError("a fault of our own")


@pytest.mark.parametrize(
    ("case", "bits", "outcome"),
    [
        ("whole", 0, Outcome.PUBLISHED),
        ("a page failed", 1 | 4, Outcome.HELD),
        ("held", 1, Outcome.HELD),
        ("the disk failed", 1 | 128, Outcome.FAILED),
        ("a fault of our own", 1, Outcome.FAILED),
        ("the history's disk", 1 | 128, Outcome.PUBLISHED),
        ("an empty page", 1, Outcome.FAILED),
        ("another process", 1, Outcome.FAILED),
    ],
)
def test_the_status_says_what_became_of_the_book(
    job, tmp_path, monkeypatch, caplog, case, bits, outcome
):
    """Each bit is set for its own reason, and no error leaves the settling of a book."""
    caplog.set_level(logging.CRITICAL)

    def refuse():
        raise StorageError("full")

    book = job.book(tmp_path / "a")
    fill(book, PAGES, History(refuse if case == "the history's disk" else lambda: None))
    other = Job().book(tmp_path / "a")
    if case == "a page failed":
        book.fail("9.jpg", Failed("it did not come"))
    elif case == "held":
        book.hold("why")
    elif case == "the disk failed":
        monkeypatch.setattr(os, "replace", failed_rename)
    elif case == "a fault of our own":
        monkeypatch.setattr("cbzsafe.book.settle.publish", out_of_order)
    elif case == "an empty page":
        fill(book, {"9.jpg": b""})
    elif case == "another process":
        other.secure()
    assert ending.finish(job, None) is True
    other.release()
    assert (job.status, [report.outcome for report in job.reports]) == (bits, [outcome])
    assert [report.whole for report in job.reports] == [bits == 0]
    assert (job.safe_run.shelf.all_open(), book.secured) == ([], False)
    assert (tmp_path / "a").exists() is (outcome is not Outcome.PUBLISHED)


def test_a_page_that_is_damaged_at_its_source_sets_no_bit(job, tmp_path):
    """It stays published with a warning when the site does not serve it better."""
    archive(tmp_path / "a.cbz", {"1.jpg": PAGES["1.jpg"]}, SOURCE_DAMAGED)
    job.book(tmp_path / "a").fail("1.jpg", Failed("it is damaged"))
    ending.finish(job, None)
    assert (job.status, job.reports[0].outcome) == (0, Outcome.UNCHANGED)


def test_a_page_that_failed_and_is_published_sets_the_bit_of_a_failed_page_alone(job, tmp_path):
    """The book is whole, and gallery-dl's bit says that a page could not be fetched anew."""
    archive(tmp_path / "a.cbz", {"1.jpg": PAGES["1.jpg"]})
    job.book(tmp_path / "a").fail("1.jpg", Failed("it did not come"))
    ending.finish(job, None)
    assert (job.status, job.reports[0].whole) == (4, True)


def test_what_there_is_is_published_if_asked_for(tmp_path):
    """The status says all the same that a page is missing."""
    job = Job(incomplete=Incomplete.PUBLISH)
    book = job.book(tmp_path / "a")
    fill(book, PAGES)
    book.fail("9.jpg", Failed("it did not come"))
    ending.finish(job, None)
    assert (job.status, job.reports[0].outcome) == (1 | 4, Outcome.PUBLISHED)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (exception.StopExtraction(), False),
        (exception.TerminateExtraction(), False),
        (exception.RestartExtraction(), False),
        (exception.AbortExtraction("gone"), True),
        (exception.NotFoundError("gone"), True),
        (ValueError("odd"), True),
        (KeyboardInterrupt(), True),
    ],
)
def test_a_job_broke_off_unless_its_user_ended_it(job, tmp_path, error, expected):
    """Only then may pages not have been named, so that open books are held."""
    book = job.book(tmp_path / "a")
    assert ending.broke_off(error) is expected
    ending.note(job, error, None)
    assert [reason[:17] for reason in book.hold_reasons] == ["the job broke off"] * expected


@pytest.mark.parametrize(("failed", "reasons"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("error", [SystemExit(), exception.StopExtraction()])
def test_an_end_behind_a_failed_page_holds_its_book(job, tmp_path, failed, reasons, error):
    """What an action ended when a page had failed may lack more than that page."""
    book = job.book(tmp_path / "a")
    ending.note(job, error, SimpleNamespace(failed=failed, book=book))
    ending.note(job, error, SimpleNamespace(failed=failed, book=None))
    assert len(book.hold_reasons) == reasons


def test_the_parents_open_book_is_held_with_the_job(job, tmp_path):
    """A child job whose directory is its parent's shares its book."""
    own, shared = job.book(tmp_path / "a"), job.book(tmp_path / "b", owner="parent")
    other = job.book(tmp_path / "c", owner="parent")
    job.pathfmt = SimpleNamespace(realdirectory=f"{tmp_path / 'b'}/")
    ending.hold_open(job, "why")
    assert [book.hold_reasons for book in (own, shared, other)] == [["why"], ["why"], []]
    job.pathfmt.realdirectory = f"{tmp_path / 'unopened'}/"
    ending.hold_open(job, "another")
    assert own.hold_reasons == ["why", "another"]


def test_a_job_settles_its_own_books_and_no_others(job, tmp_path):
    """The books of a parent stay open."""
    fill(job.book(tmp_path / "a"), PAGES)
    other = job.book(tmp_path / "b", owner="parent")
    ending.finish(job, None)
    assert [report.outcome for report in job.reports] == [Outcome.PUBLISHED]
    assert job.safe_run.shelf.all_open() == [other]


def test_a_signal_leaves_everything_staged(job, tmp_path):
    """Each open book is held with the reason, and the job's hooks do not run."""
    book, history = job.book(tmp_path / "a"), History()
    fill(book, PAGES, history)
    assert ending.finish(job, Interrupted("SIGTERM", 143)) is False
    assert (job.reports[0].outcome, job.reports[0].staged) == (Outcome.HELD, len(PAGES))
    assert "SIGTERM" in book.hold_reasons[0]
    assert (history.written, job.safe_run.shelf.all_open()) == ([], [])


def test_a_job_that_starts_again_reports_nothing_yet(job, tmp_path):
    """Its books are put away as they are, and its pages are found in staging."""
    fill(job.book(tmp_path / "a"), PAGES)
    assert ending.finish(job, exception.RestartExtraction()) is True
    assert (job.reports, job.safe_run.shelf.all_open(), job.status) == ([], [], 0)
    assert len(os.listdir(tmp_path / "a")) == len(PAGES)


@pytest.mark.parametrize(
    ("status", "rounds", "left", "expected"),
    [(0, 0, 9, 0), (0, 1, 9, 1), (0, 3, 9, 3), (0, 3, 1, 2), (128, 3, 9, 0), (5, 1, 9, 1)],
)
def test_failed_pages_are_fetched_in_so_many_rounds(
    tmp_path, monkeypatch, status, rounds, left, expected
):
    """A round that finds nothing is the last, and there is none after the disk failed."""
    job, calls = Job(repair_rounds=rounds), []

    def fetch(*_):
        calls.append(1)
        return len(calls) <= left

    monkeypatch.setattr(again, "fetch_failed", fetch)
    fill(job.book(tmp_path / "a"), PAGES)
    job.status = status
    ending.finish(job, None)
    assert len(calls) == expected
    assert job.status == status


def test_a_round_that_ends_early_settles_the_book_all_the_same(job, tmp_path, monkeypatch):
    """What an action raises in it costs no page; where memory ran out the book is held."""
    for name, error in [("a", ValueError("odd")), ("b", MemoryError())]:

        def fail(*_, error=error):
            raise error

        monkeypatch.setattr(again, "fetch_failed", fail)
        fill(job.book(tmp_path / name), PAGES)
        ending.finish(job, None)
    assert [report.outcome for report in job.reports] == [Outcome.PUBLISHED, Outcome.HELD]


def test_the_least_recently_used_books_are_settled_early(job, tmp_path):
    """Four stay open, and what hints at a hole is asked of the open ones."""
    assert ending.looks_whole(job)
    for number in range(6):
        fill(job.book(tmp_path / str(number)), {"1.jpg": PAGES["1.jpg"]})
    ending.settle_surplus(job)
    assert [report.path[-5:] for report in job.reports] == ["0.cbz", "1.cbz"]
    assert len(job.safe_run.shelf.all_open()) == 4
    (tmp_path / "9").mkdir()
    (tmp_path / "9" / "1.jpg").write_bytes(PAGES["1.jpg"])
    job.book(tmp_path / "9")
    assert not ending.looks_whole(job)
