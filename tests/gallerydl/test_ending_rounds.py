"""What is fetched again before a book is settled, and when a signal may end it."""

from __future__ import annotations

import logging

import pytest
from ending_job import Job
from open_books import PAGES, History, archive, fill, take
from programs import pages

from cbzsafe.book.book import Book
from cbzsafe.gallerydl import again, ending
from cbzsafe.interrupt import Interrupted
from cbzsafe.model import Outcome

STEPS = ("collect", "fetch_misled", "fetch_failed", "ask_site")


@pytest.fixture
def job():
    """A job with the default settings."""
    made = Job()
    yield made
    for book in made.safe_run.shelf.all_open():
        book.release()


@pytest.fixture
def steps(job, monkeypatch):
    """The steps of a repair round, as they are taken for the right job and book."""
    taken = []

    def note(step):
        def noted(given, book):
            assert given is job
            assert isinstance(book, Book)
            taken.append(step)
            return step == "fetch_failed"

        return noted

    for step in STEPS:
        monkeypatch.setattr(again, step, note(step))
    return taken


def test_a_round_looks_at_what_came_before_and_after_it(job, steps, tmp_path):
    """Pages that do not decode are fetched in it, and what it brought is decoded before the end."""
    job.book(tmp_path / "a")
    ending.finish(job, None)
    assert steps == ["collect", "fetch_misled", "fetch_failed", "collect", "ask_site"]


def test_after_the_disk_failed_pages_are_only_looked_at(job, steps, tmp_path):
    """Nothing more is fetched, and a page that did not decode is not published."""
    job.book(tmp_path / "a")
    job.status = 128
    ending.finish(job, None)
    assert steps == ["collect"]


def test_what_a_round_brought_is_looked_at_though_it_ended_early(job, steps, monkeypatch, tmp_path):
    """An action that ends the round lets no undecoded page pass."""

    def fail(*_):
        raise ValueError("odd")

    monkeypatch.setattr(again, "fetch_failed", fail)
    job.book(tmp_path / "a")
    ending.finish(job, None)
    assert steps == ["collect", "fetch_misled", "collect"]


def test_a_book_that_is_settled_early_has_its_round(job, steps, tmp_path):
    """Its failed pages are fetched again like those of the last ones."""
    for number in range(5):
        job.book(tmp_path / str(number))
    ending.settle_surplus(job)
    assert steps.count("ask_site") == 1


def test_a_book_of_nothing_sets_no_bit(job, tmp_path):
    """Where there is nothing to report the exit status says nothing."""
    job.book(tmp_path / "a")
    ending.finish(job, None)
    assert (job.status, job.reports) == (0, [])


def rotten(path):
    """Let a page of an archive rot that looks sound from outside."""
    archive(path, {name: PAGES[name] for name in ("1.jpg", "2.jpg")})
    data = bytearray(path.read_bytes())
    data[data.index(PAGES["1.jpg"]) + 1500] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(("healed", "outcome"), [(True, Outcome.UPDATED), (False, Outcome.FAILED)])
def test_a_published_page_that_rotted_is_healed_once(
    job, monkeypatch, tmp_path, caplog, healed, outcome
):
    """The book is tried again after that, and is reported as failed where it does not help."""
    caplog.set_level(logging.CRITICAL)
    asked = []

    def heal(_, book):
        asked.append(book)
        if not healed:
            raise ValueError("odd")
        assert book.examine() == ["1.jpg"]
        take(book, "1.jpg", PAGES["1.jpg"])

    monkeypatch.setattr(again, "heal", heal)
    rotten(tmp_path / "a.cbz")
    book = job.book(tmp_path / "a")
    fill(book, {"3.jpg": PAGES["3.jpg"]})
    ending.finish(job, None)
    assert (asked, [report.outcome for report in job.reports]) == ([book], [outcome])
    assert job.status == (0 if healed else 1)
    if healed:
        assert pages(book.target) == {name: PAGES[name] for name in ("1.jpg", "2.jpg", "3.jpg")}


def test_any_error_of_the_system_sets_the_bit_of_the_disk(job, monkeypatch, tmp_path):
    """An OSError that nobody turned into a sentence counts as one too."""

    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("cbzsafe.book.settle.publish", fail)
    fill(job.book(tmp_path / "a"), PAGES)
    ending.finish(job, None)
    assert (job.status, job.reports[0].outcome) == (1 | 128, Outcome.FAILED)


def test_a_signal_in_a_publish_is_heard_after_it(job, tmp_path):
    """The book is published and reported; then the run ends, and the other books are held."""
    stop = job.safe_run.stop

    def receive():
        stop.reason = Interrupted("SIGTERM", 143)
        stop.check()

    fill(job.book(tmp_path / "a"), PAGES, History(receive))
    fill(job.book(tmp_path / "b"), PAGES)
    with pytest.raises(Interrupted):
        ending.finish(job, None)
    assert [report.outcome for report in job.reports] == [Outcome.PUBLISHED, Outcome.HELD]
    assert pages(tmp_path / "a.cbz") == PAGES
    assert not (tmp_path / "b.cbz").exists()
    assert job.safe_run.shelf.all_open() == []


@pytest.mark.parametrize("case", ["staged", "damaged", "neither"])
def test_a_signal_may_end_the_waiting_for_a_lock(job, monkeypatch, tmp_path, case):
    """The lock is taken before signals are put off, and only where something is to be written."""
    secure, seen = Book.secure, []

    def noted(book):
        seen.append(job.safe_run.stop._depth)
        secure(book)

    if case != "staged":
        archive(tmp_path / "a.cbz", PAGES)
    if case == "damaged":
        path = tmp_path / "a.cbz"
        path.write_bytes(path.read_bytes()[:-1])
    monkeypatch.setattr(Book, "secure", noted)
    book = job.book(tmp_path / "a")
    if case == "staged":
        fill(book, PAGES)
    ending.finish(job, None)
    assert seen[:1] == ([] if case == "neither" else [0])
