"""Books that gallery-dl left broken are made whole by the same command."""

from __future__ import annotations

import left_behind
import programs
import pytest
from books import assert_whole, book, outcomes

STATES = {
    "torn": left_behind.torn,
    "torn inside a page": left_behind.torn_inside_a_page,
    "torn and appended to": left_behind.torn_then_appended,
    "first pages missing": left_behind.first_pages_missing,
    "two interleaved writers": left_behind.two_interleaved_writers,
    "truncated page inside": left_behind.truncated_page_inside,
    "HTML page inside": left_behind.html_page_inside,
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_a_broken_book_is_made_whole_by_the_same_command(site, run, workdir, state):
    """Pages that can be proved are kept, the others fetched, and the book is whole."""
    left = state(site, workdir)
    done = run(*left.args, "--report", "report.json", config=left.config)
    assert done.returncode == 0, done.stderr
    assert_whole(left.book, left.pages)
    whole_already = state is left_behind.torn_then_appended
    assert outcomes(workdir) == ["unchanged" if whole_already else "updated"]
    fetched = set(site.page_requests())
    served = {left.chapter.name(i): page.name for i, page in enumerate(left.chapter.pages)}
    assert not fetched & {served[name] for name in left.recoverable}


def test_loose_pages_beside_a_whole_book_are_taken_away(site, run, workdir):
    """The pages that gallery-dl's third run leaves beside the book go, as the book holds them."""
    chapter = site.add_chapter(pages=3)
    for _ in range(2):
        programs.run_gallery_dl(["--cbz", chapter.url], workdir, site.config())
    folder = workdir / "gallery-dl" / chapter.folder
    assert folder.is_dir()
    site.clear()
    assert run(chapter.url).returncode == 0
    assert not folder.exists()
    assert not site.page_requests()


def test_a_broken_book_whose_pages_are_gone_keeps_its_original(site, run, workdir):
    """A damaged archive with a page that nobody has any more is kept under another name."""
    left = left_behind.torn(site, workdir, killed_at=4)
    content = left.book.read_bytes()
    second = left.chapter.pages[1].body
    at = content.index(second) + 100
    left.book.write_bytes(content[:at] + b"\0" * 200 + content[at + 200 :])
    before = left.book.read_bytes()
    gone = left.chapter.name(1)
    del left.chapter.pages[1]
    config = site.config(filename="{manga}_c001_{filename[5:8]}.{extension}")
    done = run(*left.args, config=config)
    assert done.returncode == 0, done.stderr
    assert gone in done.stderr
    kept = [p for p in left.book.parent.iterdir() if p.name.endswith(".damaged-original")]
    assert [p.read_bytes() for p in kept] == [before]


def test_bit_rot_that_an_update_finds_is_healed(site, run, workdir):
    """A page that rotted in the published book is fetched again when the book is rewritten."""
    chapter = site.add_chapter(pages=5)
    last = chapter.pages.pop()
    assert run(chapter.url).returncode == 0
    target = book(workdir, chapter)
    content = bytearray(target.read_bytes())
    content[content.index(chapter.pages[2].body) + 9000] ^= 0x20
    target.write_bytes(content)
    chapter.pages.append(last)
    site.clear()
    done = run(chapter.url)
    assert done.returncode == 0, done.stderr
    assert sorted(site.page_requests()) == [chapter.pages[2].name, last.name]
    assert_whole(target, chapter.expected())
