"""A run that nothing disturbs, and the same command again."""

from __future__ import annotations

import stat
import zipfile

import programs
from books import assert_whole, book, outcomes, report, stamp


def test_a_chapter_becomes_one_whole_book(site, run, workdir):
    """A chapter's pages end in one archive, and nothing else is left of them."""
    chapter = site.add_chapter(pages=12)
    done = run(chapter.url, "--report", "report.json")
    assert done.returncode == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    assert not (workdir / "gallery-dl" / chapter.folder).exists()
    assert outcomes(workdir) == ["published"]


def test_pages_are_stored_in_natural_order_with_valid_times(site, run, workdir):
    """Pages are stored, in natural order, with a valid DOS time and without zip64 fields."""
    chapter = site.add_chapter(pages=11)
    config = site.config(filename="{page}.{extension}")
    assert run(chapter.url, config=config).returncode == 0
    with zipfile.ZipFile(book(workdir, chapter)) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == [f"{n}.jpg" for n in range(1, 12)]
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.extra for entry in entries} == {b""}


def test_names_are_utf_8(site, run, workdir):
    """A Japanese title is stored as UTF-8 with the flag that says so."""
    chapter = site.add_chapter(pages=2, manga="進撃の巨人", title="第一話")
    assert run(chapter.url).returncode == 0
    with zipfile.ZipFile(book(workdir, chapter)) as archive:
        assert all(entry.flag_bits & 0x800 for entry in archive.infolist())
        assert all("進撃の巨人" in name for name in archive.namelist())


def test_the_same_command_again_asks_for_no_page(site, run, workdir):
    """A second run requests no page and does not touch the book."""
    chapter = site.add_chapter(pages=6)
    assert run(chapter.url).returncode == 0
    before = stamp(book(workdir, chapter))
    folder = stamp(book(workdir, chapter).parent)
    site.clear()
    done = run(chapter.url, "--report", "report.json")
    assert done.returncode == 0
    assert not site.page_requests()
    assert stamp(book(workdir, chapter)) == before
    assert stamp(book(workdir, chapter).parent) == folder
    assert outcomes(workdir) == ["unchanged"]


def test_a_new_page_is_added_to_a_published_book(site, run, workdir):
    """When a chapter grows, the new page alone is fetched and the book has all pages."""
    chapter = site.add_chapter(pages=4)
    last = chapter.pages.pop()
    assert run(chapter.url).returncode == 0
    chapter.pages.append(last)
    site.clear()
    assert run(chapter.url, "--report", "report.json").returncode == 0
    assert list(site.page_requests()) == [last.name]
    assert_whole(book(workdir, chapter), chapter.expected())
    assert outcomes(workdir) == ["updated"]


def test_the_same_pages_give_the_same_bytes(site, run, workdir, tmp_path):
    """A book that grew page by page is the same file as one that was downloaded at once."""
    chapter = site.add_chapter(pages=5)
    whole = list(chapter.pages)
    del chapter.pages[3:]
    assert run(chapter.url).returncode == 0
    chapter.pages[:] = whole
    assert run(chapter.url).returncode == 0
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    assert programs.run_cbzsafe([chapter.url], fresh, site.config()).returncode == 0
    assert programs.digest(book(workdir, chapter)) == programs.digest(book(fresh, chapter))


def test_a_series_becomes_a_book_a_chapter(site, run, workdir):
    """Each child job publishes its own book."""
    chapters = [site.add_chapter(number, pages=3) for number in (1, 2, 3)]
    done = run(site.series_url(), "--report", "report.json")
    assert done.returncode == 0
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())
    assert outcomes(workdir) == ["published"] * 3


def test_the_book_has_the_mode_that_the_umask_gives(site, spawn, workdir):
    """A reader under another user can open the book, if the umask lets it."""
    chapter = site.add_chapter(pages=2)
    done = programs.run_cbzsafe([chapter.url], workdir, site.config())
    assert done.returncode == 0
    target = book(workdir, chapter)
    plain = target.with_name("plain")
    plain.write_bytes(b"")
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_replaced_book_keeps_its_mode(site, run, workdir):
    """An update keeps the mode that somebody gave to the book."""
    chapter = site.add_chapter(pages=3)
    last = chapter.pages.pop()
    assert run(chapter.url).returncode == 0
    book(workdir, chapter).chmod(0o640)
    chapter.pages.append(last)
    assert run(chapter.url).returncode == 0
    assert stat.S_IMODE(book(workdir, chapter).stat().st_mode) == 0o640


def test_standard_output_is_gallery_dls_own(site, run, gallery_dl, workdir, tmp_path):
    """What a pipe reads is byte for byte what gallery-dl writes."""
    chapter = site.add_chapter(pages=3)
    other = tmp_path / "other"
    other.mkdir()
    plain = programs.run_gallery_dl(["--cbz", chapter.url], other, site.config())
    ours = run("--cbz", chapter.url)
    assert ours.stdout == plain.stdout


def test_quiet_says_nothing(site, run, workdir):
    """-q silences the summary as well."""
    chapter = site.add_chapter(pages=2)
    done = run("-q", chapter.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_report_counts(site, run, workdir):
    """The report holds what became of the book."""
    chapter = site.add_chapter(pages=7)
    assert run(chapter.url, "--report", "report.json").returncode == 0
    made = report(workdir)
    assert made["schema"] == "cbzsafe.run/1"
    entry = made["books"][0]
    assert (entry["pages"], entry["new"], entry["missing"]) == (7, 7, [])
    assert entry["size"] == book(workdir, chapter).stat().st_size


def test_a_page_served_as_another_type_is_asked_for_once(site, run, workdir):
    """WebP served as .jpg is stored as .webp, and the next run knows it."""
    import pictures

    chapter = site.add_chapter(pages=3)
    chapter.pages[1].body = pictures.webp(5)
    assert run(chapter.url).returncode == 0
    names = programs.names(book(workdir, chapter))
    assert [name.rpartition(".")[2] for name in names] == ["jpg", "webp", "jpg"]
    site.clear()
    assert run(chapter.url).returncode == 0
    assert not site.page_requests()
