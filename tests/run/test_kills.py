"""Kills and signals in the midst of a real download."""

from __future__ import annotations

import signal
import time

import programs
import pytest
from books import HISTORY, assert_whole, book, outcomes, report, undisturbed
from gallery_site import Site
from sampling import grid


def _until_page(site, spawn, nth, *args, middle=False):
    gate = site.hold(nth, middle=middle)
    process = spawn("cbzsafe", *args)
    gate.wait()
    return process, gate


@pytest.fixture(scope="module")
def same(tmp_path_factory):
    """The digest of a book of eight pages as a run makes it that nothing disturbs."""
    with Site() as site:
        folder = tmp_path_factory.mktemp("undisturbed") / "work"
        return programs.digest(undisturbed(site, folder, site.add_chapter(pages=8)))


@pytest.mark.parametrize(("nth", "middle"), grid([1, 2, 5, 8], [False, True]))
def test_after_a_kill_only_the_missing_pages_are_fetched(
    site, run, spawn, workdir, same, nth, middle
):
    """After SIGKILL the next run fetches what is missing and makes the undisturbed book."""
    chapter = site.add_chapter(pages=8)
    process, gate = _until_page(site, spawn, nth, chapter.url, *HISTORY, middle=middle)
    programs.kill(process)
    gate.open()
    assert not book(workdir, chapter).exists()
    site.clear()
    done = run(chapter.url, *HISTORY)
    assert done.returncode == 0, done.stderr
    assert sorted(site.page_requests()) == [page.name for page in chapter.pages[nth - 1 :]]
    assert_whole(book(workdir, chapter), chapter.expected())
    assert programs.digest(book(workdir, chapter)) == same


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_holds_the_book_within_a_second(site, run, spawn, workdir, number):
    """A signal in the middle of a page ends the run in time, with the report written."""
    chapter = site.add_chapter(pages=6)
    args = (chapter.url, *HISTORY, "--report", "report.json")
    process, gate = _until_page(site, spawn, 4, *args, middle=True)
    began = time.monotonic()
    process.send_signal(number)
    status = process.wait(10)
    assert time.monotonic() - began < 1
    gate.open()
    assert status == 128 + number
    assert outcomes(workdir) == ["held"]
    assert report(workdir)["interrupted"] == signal.Signals(number).name
    assert report(workdir)["books"][0]["staged"] == 3
    assert not book(workdir, chapter).exists()
    site.clear()
    assert run(*args).returncode == 0
    assert len(site.page_requests()) == 3
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_second_signal_ends_the_run_on_the_spot(site, run, spawn, workdir):
    """Two signals end the run like a kill, and the next run goes on."""
    chapter = site.add_chapter(pages=5)
    process, gate = _until_page(site, spawn, 3, chapter.url, middle=True)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    gate.open()
    assert run(chapter.url).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_signal_during_a_series_leaves_the_finished_books(site, run, spawn, workdir):
    """Books that were done stay published; the one under way is held."""
    chapters = [site.add_chapter(number, pages=3) for number in (1, 2, 3)]
    process, gate = _until_page(
        site, spawn, 5, site.series_url(), "--report", "report.json", middle=True
    )
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    gate.open()
    assert sorted(outcomes(workdir)) == ["held", "published"]
    done = [chapter for chapter in chapters if book(workdir, chapter).exists()]
    assert len(done) == 1
    assert_whole(book(workdir, done[0]), done[0].expected())
    site.clear()
    assert run(site.series_url()).returncode == 0
    assert sum(site.page_requests().values()) == 5
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())


def test_finalize_hooks_of_a_held_book_are_not_run(site, spawn, workdir):
    """--exec-after never sees a book that a signal held."""
    chapter = site.add_chapter(pages=4)
    process, gate = _until_page(
        site, spawn, 2, chapter.url, "--exec-after", "touch ran", middle=True
    )
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    gate.open()
    assert not (workdir / "ran").exists()


def test_ignored_signals_of_the_configuration_do_not_deafen_us(site, spawn, workdir):
    """`signals-ignore` replaces handlers inside gallery-dl; ours go in after it."""
    chapter = site.add_chapter(pages=4)
    config = site.config()
    config["signals-ignore"] = ["SIGTERM", "SIGINT"]
    gate = site.hold(2, middle=True)
    process = spawn("cbzsafe", chapter.url, config=config)
    gate.wait()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    gate.open()


def test_a_signal_reaches_an_async_extractor(site, spawn, workdir):
    """With gallery-dl's `async` the extractor runs in a thread; a signal ends the run still."""
    chapter = site.add_chapter(pages=4)
    gate = site.hold(2, middle=True)
    process = spawn("cbzsafe", chapter.url, config=site.config(**{"async": True}))
    gate.wait()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    gate.open()


def test_a_part_file_of_a_killed_process_is_not_resumed(site, run, spawn, workdir):
    """A page whose bytes changed meanwhile is never spliced from two versions."""
    chapter = site.add_chapter(pages=3)
    process, gate = _until_page(site, spawn, 2, chapter.url, middle=True)
    part = lambda: [p for p in programs.tree(workdir) if p.endswith(".part")]  # noqa: E731
    assert programs.until(part)
    programs.kill(process)
    gate.open()
    assert len(part()) == 1
    import pictures

    chapter.pages[1].body = pictures.jpeg(4711)
    site.clear()
    assert run(chapter.url).returncode == 0
    assert not any("Range" in request.headers for request in site.log)
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_short_staged_page_is_fetched_again(site, run, spawn, workdir):
    """After a power cut a staged page may be short at its final name: it is not believed."""
    chapter = site.add_chapter(pages=4)
    process, gate = _until_page(site, spawn, 4, chapter.url)
    programs.kill(process)
    gate.open()
    staged = workdir / "gallery-dl" / chapter.folder / chapter.name(1)
    staged.write_bytes(staged.read_bytes()[:5000])
    site.clear()
    assert run(chapter.url).returncode == 0
    assert sorted(site.page_requests()) == [chapter.pages[1].name, chapter.pages[3].name]
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_file_that_is_no_page_is_resumed_as_before(site, run, spawn, workdir):
    """What the filter keeps out of the book stays gallery-dl's business, `.part` files too."""
    from site_faults import Page

    body = b"Rar!\x1a\x07\x01\x00" + bytes(400_000)
    chapter = site.add_chapter(pages=[Page("a.rar", body, "application/vnd.rar")])
    process, gate = _until_page(site, spawn, 1, chapter.url, middle=True)
    assert programs.until(lambda: any(p.stat().st_size for p in workdir.rglob("*.part")))
    programs.kill(process)
    gate.open()
    site.clear()
    assert run(chapter.url).returncode == 0
    assert [request for request in site.log if "Range" in request.headers]
    made = workdir / "gallery-dl" / chapter.folder / chapter.name(0)
    assert made.read_bytes() == chapter.pages[0].body
    assert not book(workdir, chapter).exists()
