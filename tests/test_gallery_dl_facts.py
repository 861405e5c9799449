"""What the real gallery-dl does to books: the failures that cbzsafe exists for."""

from __future__ import annotations

import signal
import sqlite3
import zipfile
from pathlib import Path

import left_behind
import pictures
import programs
import pytest
import site_faults
from site_families import make_pages
from site_faults import Page

HISTORY = ("--download-archive", "history.sqlite3")


def rows(path):
    """How many entries a download archive has."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT count(*) FROM archive").fetchone()[0]
    finally:
        connection.close()


@pytest.mark.parametrize("way", ["option", "configuration"])
def test_a_killed_run_tears_the_book_and_later_runs_bloat_it(site, workdir, gallery_dl, spawn, way):
    """SIGKILL leaves no index, the next run appends, the third strews loose pages: all exit 0."""
    chapter = site.add_chapter(1, 8)
    asked = [] if way == "option" else [left_behind.ZIP]
    config = site.config(postprocessors=asked)
    args = ["--cbz", chapter.url] if way == "option" else [chapter.url]
    book = workdir / "gallery-dl" / chapter.book

    gate = site.hold(8)
    process = spawn("gallery_dl", *args, config=config)
    gate.wait()
    assert programs.kill(process) == -signal.SIGKILL
    gate.open()
    assert not zipfile.is_zipfile(book)

    assert gallery_dl(*args, config=config).returncode == 0
    assert programs.pages(book) == chapter.expected()
    assert book.stat().st_size > 1.8 * sum(len(page.body) for page in chapter.pages)

    site.clear()
    assert gallery_dl(*args, config=config).returncode == 0
    assert site.page_requests().total() == 8
    assert len(list(book.with_suffix("").iterdir())) == 8


def test_a_kill_leaves_whole_entries_without_an_index(site, workdir):
    """What was packed before the kill is in the file, byte for byte, and nothing else."""
    left = left_behind.torn(site, workdir, killed_at=4)
    content = left.book.read_bytes()
    assert not zipfile.is_zipfile(left.book)
    assert [body in content for body in left.pages.values()] == [True] * 3 + [False] * 5
    assert content.count(b"PK\x03\x04") == 3


def test_a_kill_inside_a_write_leaves_an_entry_without_crc(site, workdir):
    """The cut entry's header has CRC and size 0; the page is whole in a .part file."""
    left = left_behind.torn_inside_a_page(site, workdir)
    content = left.book.read_bytes()
    assert len(content) == 60_000
    last = content.rindex(b"PK\x03\x04")
    assert content[last + 14 : last + 22] == bytes(8)
    name = left.chapter.name(len(left.recoverable))
    part = left.book.with_suffix("") / f"{name}.part"
    assert part.read_bytes() == left.pages[name]


def test_appending_after_a_kill_keeps_the_dead_entries(site, workdir):
    """The index is right and complete, behind the entries of the killed run."""
    left = left_behind.torn_then_appended(site, workdir)
    assert programs.pages(left.book) == left.pages
    assert left.book.read_bytes().count(b"PK\x03\x04") == 8 + left_behind.KILLED_AT - 1


def test_a_kill_with_a_download_archive_loses_the_first_pages(site, workdir, gallery_dl):
    """The pages before the kill are never indexed and never fetched again; every check passes."""
    left = left_behind.first_pages_missing(site, workdir)
    with zipfile.ZipFile(left.book) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(left.pages)[left_behind.KILLED_AT - 1 :]
        start = min(entry.header_offset for entry in archive.infolist())
    lost = list(left.pages.values())[: left_behind.KILLED_AT - 1]
    assert all(body in left.book.read_bytes()[:start] for body in lost)
    assert gallery_dl(*left.args).returncode == 0
    assert not site.page_requests()


def test_the_download_archive_is_written_before_the_book(site, workdir, spawn):
    """At the moment of a kill the history has every page, and the book has no index."""
    chapter = site.add_chapter(1, 6)
    gate = site.hold(6)
    process = spawn("gallery_dl", "--cbz", *HISTORY, chapter.url)
    gate.wait()
    programs.kill(process)
    gate.open()
    assert rows(workdir / "history.sqlite3") == 5
    assert not zipfile.is_zipfile(workdir / "gallery-dl" / chapter.book)


def test_memory_mode_also_writes_the_history_before_the_book(site, workdir, gallery_dl):
    """When finalize hooks run, the history is on disk and the book is still torn."""
    chapter = site.add_chapter(1, 4)
    copies = f"cp history.sqlite3 early.sqlite3; cp 'gallery-dl/{chapter.book}' early.cbz"
    early = {"name": "exec", "event": "finalize", "command": copies}
    config = site.config(archive_mode="memory", postprocessors=[early, left_behind.ZIP])
    assert gallery_dl(*HISTORY, chapter.url, config=config).returncode == 0
    assert rows(workdir / "early.sqlite3") == 4
    assert not zipfile.is_zipfile(workdir / "early.cbz")
    assert programs.pages(workdir / "gallery-dl" / chapter.book) == chapter.expected()


def test_memory_mode_drops_the_history_of_a_job_with_a_failed_page(site, workdir, gallery_dl):
    """One failed page, and none of the others is recorded."""
    chapter = site.add_chapter(1, 4)
    chapter.pages[1].faults.append(site_faults.status(404, None))
    config = site.config(archive_mode="memory")
    assert gallery_dl("--cbz", *HISTORY, chapter.url, config=config).returncode == 4
    assert rows(workdir / "history.sqlite3") == 0


def test_two_writers_of_one_file_destroy_every_page(site, workdir, gallery_dl):
    """`--cbz` with a zip in the configuration exits 0 over a book of bad pages, for ever."""
    left = left_behind.two_interleaved_writers(site, workdir)
    for _ in range(2):
        with zipfile.ZipFile(left.book) as archive:
            assert archive.namelist() == list(left.pages)
            for name in left.pages:
                with pytest.raises(zipfile.BadZipFile):
                    archive.read(name)
        assert gallery_dl(*left.args, config=left.config).returncode == 0


def test_two_writers_leave_traces_that_need_no_reading_of_pages(site, workdir):
    """Page 1 is whole and unindexed at the start, another index lies inside, zeros end it all."""
    left = left_behind.two_interleaved_writers(site, workdir)
    content = left.book.read_bytes()
    with zipfile.ZipFile(left.book) as archive:
        first, last = archive.infolist()[0], archive.infolist()[-1]
        index = archive.start_dir
    assert first.header_offset == 30 + len(first.filename) + len(left.chapter.pages[0].body)
    assert left.chapter.pages[0].body in content[: first.header_offset]
    assert content.count(b"PK\x05\x06") == 2
    assert index == last.header_offset + 30 + len(last.filename) + last.compress_size
    assert content[index - 1000 : index] == bytes(1000)
    ends = [name for name, body in left.pages.items() if content.count(body)]
    shortest = [n for n, body in left.pages.items() if len(body) <= len(left.chapter.pages[0].body)]
    assert ends == shortest == list(left.recoverable)


def test_a_kill_before_the_first_page_leaves_no_book(site, workdir):
    """The archive is opened when the first page is packed, not before."""
    left = left_behind.torn(site, workdir, killed_at=1)
    assert not left.book.exists()


def test_a_page_cut_short_without_length_is_packed(site, workdir):
    """Half a picture is in the book with a right CRC, exit 0."""
    left = left_behind.truncated_page_inside(site, workdir)
    broken = left.chapter.name(3)
    pages = programs.pages(left.book)
    assert pages == left.pages | {broken: site_faults.half(left.pages[broken])}


def test_an_error_page_sent_as_a_picture_is_packed(site, workdir):
    """HTML is in the book under a picture's name, exit 0."""
    left = left_behind.html_page_inside(site, workdir)
    assert programs.pages(left.book) == left.pages | {left.chapter.name(3): site_faults.HTML}


def test_an_error_page_with_a_doctype_is_packed_as_html(site, gallery_dl, workdir):
    """The signature check only renames it: the book has an HTML entry, exit 0."""
    chapter = site.add_chapter(1, 3)
    chapter.pages[1].faults.append(site_faults.html_as_jpeg(doctype=True))
    assert gallery_dl("--cbz", chapter.url).returncode == 0
    names = programs.names(workdir / "gallery-dl" / chapter.book)
    # `EXTENSION_MAP` in gallery_dl/path.py turns html into htm since 1.32
    assert Path(names[1]).suffix in {".htm", ".html"}
    assert chapter.name(1) not in names


def test_an_empty_page_without_length_is_packed(site, gallery_dl, workdir):
    """A page without bytes is in the book, exit 0."""
    chapter = site.add_chapter(1, 3)
    chapter.pages[1].faults.append(site_faults.empty_without_length())
    assert gallery_dl("--cbz", chapter.url).returncode == 0
    assert b"" in programs.pages(workdir / "gallery-dl" / chapter.book).values()


@pytest.mark.parametrize("code", [404, 500])
def test_a_page_that_answers_with_an_error_is_left_out(site, gallery_dl, workdir, code):
    """The book is written without the page, and only the exit status 4 tells."""
    chapter = site.add_chapter(1, 4)
    chapter.pages[1].faults.append(site_faults.status(code, None))
    assert gallery_dl("--cbz", chapter.url).returncode == 4
    names = programs.names(workdir / "gallery-dl" / chapter.book)
    assert names == [chapter.name(index) for index in (0, 2, 3)]


def test_terminate_exits_0_over_a_failed_page(site, gallery_dl):
    """With `-T 1` a known page ends the run with 0, although one before it failed."""
    chapter = site.add_chapter(1, 3)
    assert gallery_dl(chapter.url, "--range", "2").returncode == 0
    chapter.pages[0].faults.append(site_faults.status(404, None))
    assert gallery_dl(chapter.url).returncode == 4
    done = gallery_dl("-T", "1", chapter.url)
    assert "404" in done.stderr
    assert done.returncode == 0


def test_gallery_dl_installs_no_handler_for_sigterm(site, spawn):
    """SIGTERM ends it by the default action, which the kernel withholds from PID 1."""
    chapter = site.add_chapter(1, 3)
    gate = site.hold(2)
    process = spawn("gallery_dl", "--cbz", chapter.url)
    gate.wait()
    assert programs.kill(process, signal.SIGTERM) == -signal.SIGTERM


def test_a_job_puts_all_its_directories_into_the_first_archive(site, gallery_dl, workdir):
    """Four notes in two directories are one archive, named for the first."""
    notes = [site.add_note(number, text="ba"[number % 2]) for number in range(1, 5)]
    config = site.config(directory=["{text}"])
    assert gallery_dl("--cbz", "-d", "out", site.notes_url(), config=config).returncode == 0
    assert [name for name in programs.tree(workdir / "out") if name.endswith(".cbz")] == ["a.cbz"]
    expected = {name: body for note in notes for name, body in note.expected().items()}
    assert programs.pages(workdir / "out" / "a.cbz") == expected


def test_the_second_page_of_one_name_is_passed_over(site, gallery_dl, workdir):
    """Of two pages of one name the first is packed and the other neither kept nor told, exit 0."""
    chapter = site.add_chapter(1, 3)
    config = site.config(filename="same.{extension}")
    assert gallery_dl("--cbz", chapter.url, config=config).returncode == 0
    book = workdir / "gallery-dl" / chapter.book
    assert programs.pages(book) == {"same.jpg": chapter.pages[0].body}


def test_webp_served_as_jpg_is_renamed_and_fetched_in_every_run(site, gallery_dl, workdir):
    """The packed name is `.webp`, the name that is looked for `.jpg`."""
    chapter = site.add_chapter(1, [Page("p.jpg", pictures.webp(1))])
    for _ in range(2):
        site.clear()
        assert gallery_dl("--cbz", chapter.url).returncode == 0
        assert site.page_requests() == {"p.jpg": 1}
    names = programs.names(workdir / "gallery-dl" / chapter.book)
    assert names == [chapter.name(0).replace(".jpg", ".webp")]


def test_a_part_file_is_resumed_without_asking_whether_the_page_is_the_same(
    site, gallery_dl, workdir, spawn
):
    """After a kill inside a page, halves of two versions are spliced into one, exit 0."""
    page = make_pages(1, size=200_000)[0]
    chapter = site.add_chapter(1, [page])
    old, new = page.body, pictures.jpeg(99, 200_000)
    gate = site.hold(1, middle=True)
    process = spawn("gallery_dl", chapter.url)
    part = workdir / "gallery-dl" / chapter.folder / f"{chapter.name(0)}.part"
    gate.wait()
    assert programs.until(lambda: part.exists() and part.stat().st_size > 0)
    programs.kill(process)
    gate.open()
    kept = part.stat().st_size
    page.body = new
    assert gallery_dl(chapter.url).returncode == 0
    assert site.log[-1].headers["Range"] == f"bytes={kept}-"
    assert "If-Range" not in site.log[-1].headers
    assert part.with_suffix("").read_bytes() == old[:kept] + new[kept:]


def test_a_part_file_longer_than_the_page_counts_as_the_page(site, gallery_dl, workdir):
    """The site's 416 to a range behind the end is taken for success: rubbish becomes the page."""
    chapter = site.add_chapter(1, 1)
    folder = workdir / "gallery-dl" / chapter.folder
    folder.mkdir(parents=True)
    (folder / f"{chapter.name(0)}.part").write_bytes(bytes(50_000))
    assert gallery_dl("--cbz", chapter.url).returncode == 0
    assert programs.pages(folder.with_name(folder.name + ".cbz")) == {
        chapter.name(0): bytes(50_000)
    }


def test_without_part_files_a_kill_leaves_a_short_page_that_is_then_skipped(
    site, gallery_dl, workdir, spawn
):
    """With `part: false` the short file has the final name, and the next run believes it."""
    chapter = site.add_chapter(1, make_pages(1, size=200_000))
    config = site.config(downloader={"part": False})
    gate = site.hold(1, middle=True)
    process = spawn("gallery_dl", chapter.url, config=config)
    page = workdir / "gallery-dl" / chapter.folder / chapter.name(0)
    gate.wait()
    assert programs.until(lambda: page.exists() and page.stat().st_size > 0)
    programs.kill(process)
    gate.open()
    site.clear()
    assert gallery_dl(chapter.url, config=config).returncode == 0
    assert not site.page_requests()
    assert page.stat().st_size < len(chapter.pages[0].body)
