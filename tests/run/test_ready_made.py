"""Archives that a site serves ready-made: published as they are, or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import programs
import pytest
import site_faults
from books import HISTORY, assert_whole, book, outcomes, report, stamp
from ready_made import PAGES, TYPE, encrypted, final, flipped, served, zipped
from site_families import make_pages
from site_faults import Page

REPORT = ("--report", "report.json")


def keys(workdir):
    """How many files the history has."""
    with closing(sqlite3.connect(workdir / "history.sqlite3")) as database:
        return database.execute("SELECT COUNT(*) FROM archive").fetchone()[0]


@pytest.mark.parametrize("extension", ["cbz", "zip"])
def test_an_archive_is_published_as_it_is_served(site, run, workdir, extension):
    """It keeps its bytes and its name, is reported as published, and enters the history."""
    chapter = served(site, name=f"a.{extension}")
    done = run(chapter.url, *HISTORY, *REPORT)
    assert done.returncode == 0, done.stderr
    assert final(workdir, chapter).read_bytes() == zipped()
    assert outcomes(workdir) == ["published"]
    told = report(workdir)["books"][0]
    assert (told["path"], told["pages"]) == (str(final(workdir, chapter)), 4)
    assert told["size"] == len(zipped())
    assert keys(workdir) == 1
    assert programs.tree(final(workdir, chapter).parent) == [chapter.name(0)]


def test_an_archive_that_is_there_is_not_touched(site, run, workdir):
    """The next run asks for nothing, and leaves file and folder as they are."""
    chapter = served(site)
    assert run(chapter.url).returncode == 0
    path = final(workdir, chapter)
    before = stamp(path), stamp(path.parent)
    site.clear()
    assert run(chapter.url, *REPORT).returncode == 0
    assert not site.page_requests()
    assert (stamp(path), stamp(path.parent)) == before
    assert outcomes(workdir) == ["unchanged"]


def test_archives_and_pages_share_a_directory(site, run, workdir):
    """Pages become the book beside the directory, and the archive lies in it."""
    pages = [*make_pages(2), Page("x.cbz", zipped(), TYPE), *make_pages(1, "b")]
    chapter = site.add_chapter(pages=pages)
    done = run(chapter.url, *REPORT, *HISTORY)
    assert done.returncode == 0, done.stderr
    expected = chapter.expected()
    del expected[chapter.name(2)]
    assert_whole(book(workdir, chapter), expected)
    assert final(workdir, chapter, 2).read_bytes() == zipped()
    assert sorted(outcomes(workdir)) == ["published", "published"]
    assert keys(workdir) == 4
    site.clear()
    assert run(chapter.url, *REPORT).returncode == 0
    assert not site.page_requests()
    assert outcomes(workdir) == ["unchanged", "unchanged"]


@pytest.mark.parametrize(
    "fault",
    [
        site_faults.short_without_length(),
        site_faults.other_bytes(flipped(zipped())),
        site_faults.html(),
        site_faults.html_as_jpeg(),
        site_faults.empty(),
        site_faults.status(500),
        site_faults.reset(middle=True),
    ],
    ids=lambda fault: fault.name,
)
def test_what_comes_damaged_is_fetched_again(site, run, workdir, fault):
    """After a bad answer the archive is fetched once more, and published whole."""
    fault.times = 1
    chapter = served(site, None, fault)
    done = run(chapter.url, *REPORT)
    assert done.returncode == 0, done.stderr
    assert final(workdir, chapter).read_bytes() == zipped()
    assert outcomes(workdir) == ["published"]
    assert sum(site.page_requests().values()) == 2
    assert programs.tree(final(workdir, chapter).parent) == [chapter.name(0)]


def test_a_fallback_address_is_tried(site, run, workdir):
    """What the site has damaged at one address is fetched from the next, in the same run."""
    site.add_file("/other/a.cbz", Page("other.cbz", zipped(), TYPE))
    chapter = served(site, flipped(zipped()))
    module = workdir.parent / "fallbacks.py"
    module.write_text(f"def add(kwdict):\n    kwdict['_fallback'] = ['{site.root}/other/a.cbz']\n")
    hook = {"name": "python", "event": "prepare", "function": f"{module}:add"}
    done = run(chapter.url, *REPORT, config=site.config(postprocessors=[hook]))
    assert done.returncode == 0, done.stderr
    assert final(workdir, chapter).read_bytes() == zipped()
    assert programs.tree(final(workdir, chapter).parent) == [chapter.name(0)]
    assert site.page_requests() == {"a.cbz": 2, "other.cbz": 1}


def test_an_archive_without_a_length_comes_whole(site, run, workdir):
    """A response that says no length is published if the archive is whole."""
    whole = site_faults.Fault("no length", lambda ex, page: ex.answer_page(page, page.body, None))
    chapter = served(site, None, whole)
    assert run(chapter.url).returncode == 0
    assert final(workdir, chapter).read_bytes() == zipped()


def test_an_archive_that_the_site_has_damaged_is_held(site, run, workdir):
    """It never gets its name, is kept under a hidden one, and is asked for once by each run."""
    chapter = served(site, flipped(zipped()))
    done = run(chapter.url, *REPORT, *HISTORY)
    assert done.returncode & 1
    assert not final(workdir, chapter).exists()
    kept = f".{chapter.name(0)[:-4]}_cbz.damaged-download"
    assert programs.tree(final(workdir, chapter).parent) == [kept]
    assert outcomes(workdir) == ["held"]
    told = report(workdir)["books"][0]
    assert [finding["code"] for finding in told["findings"]] == ["bad-crc"]
    assert kept in told["problems"][0]["text"]
    assert keys(workdir) == 0
    assert sum(site.page_requests().values()) == 2
    site.clear()
    assert run(chapter.url, *REPORT, *HISTORY).returncode & 1
    assert sum(site.page_requests().values()) == 1
    chapter.pages[0].body = zipped()
    assert run(chapter.url, *REPORT, *HISTORY).returncode == 0
    assert programs.tree(final(workdir, chapter).parent) == [chapter.name(0)]
    assert keys(workdir) == 1


def test_the_rest_of_a_damaged_archive_is_published_if_that_is_wanted(site, run, workdir):
    """With --incomplete publish what is proved is published, and each run says what it is."""
    chapter = served(site, flipped(zipped()))
    args = (chapter.url, *REPORT, "--incomplete", "publish")
    assert run(*args).returncode & 1
    expected = {name: data for name, data in PAGES.items() if name != "002.jpg"}
    path = final(workdir, chapter)
    assert programs.pages(path) == expected
    told = report(workdir)["books"][0]
    assert (told["outcome"], told["whole"], told["pages"]) == ("published", False, 3)
    before = stamp(path)
    assert run(*args).returncode & 1
    assert stamp(path) == before
    told = report(workdir)["books"][0]
    assert (told["outcome"], told["whole"]) == ("unchanged", False)
    chapter.pages[0].body = zipped()
    assert run(*args).returncode == 0
    assert programs.pages(path) == PAGES
    assert outcomes(workdir) == ["updated"]
    assert programs.tree(path.parent) == [chapter.name(0)]


def test_a_rar_under_the_name_of_a_cbz_is_left_to_gallery_dl(site, run, workdir):
    """It gets the extension that its bytes ask for, as gallery-dl gives it to a .zip."""
    body = b"Rar!\x1a\x07\x01\x00" + bytes(5000)
    chapter = served(site, body)
    assert run(chapter.url, *REPORT).returncode == 0
    path = final(workdir, chapter).with_suffix(".rar")
    assert path.read_bytes() == body
    assert programs.tree(path.parent) == [path.name]
    assert outcomes(workdir) == []
    before = stamp(path)
    assert run(chapter.url).returncode == 0
    assert stamp(path) == before


@pytest.mark.parametrize("extension", ["cbz", "zip"])
def test_an_encrypted_archive_is_published_with_a_warning(site, run, workdir, extension):
    """Only its structure can be checked, and the report says so."""
    chapter = served(site, encrypted(zipped()), name=f"a.{extension}")
    done = run(chapter.url, *REPORT)
    assert done.returncode == 0, done.stderr
    assert final(workdir, chapter).read_bytes() == encrypted(zipped())
    told = report(workdir)["books"][0]
    assert told["whole"]
    assert [problem["severity"] for problem in told["problems"]] == ["warning"]


def test_names_in_an_archive_are_left_as_they_are(site, run, workdir):
    """What cannot be unpacked safely is published with a warning, once."""
    body = zipped({"..\\001.jpg": PAGES["001.jpg"]})
    chapter = served(site, body)
    assert run(chapter.url, *REPORT).returncode == 0
    assert final(workdir, chapter).read_bytes() == body
    assert "--tidy" in report(workdir)["books"][0]["problems"][0]["text"]


def test_an_archive_without_pictures_is_whole(site, run, workdir):
    """Collections of other files are checked by their structure and CRCs."""
    body = zipped({"a.psd": b"8BPS" + bytes(900), "b.mp4": bytes(700), "empty.txt": b""})
    chapter = served(site, body, site_faults.short_without_length(), name="a.zip")
    assert run(chapter.url, *REPORT).returncode == 0
    assert final(workdir, chapter).read_bytes() == body
    assert outcomes(workdir) == ["published"]


def test_an_archive_with_nothing_in_it_is_held(site, run, workdir):
    """It is asked for once, for what a right structure has nothing of will not come again."""
    chapter = served(site, zipped({}))
    assert run(chapter.url, *REPORT).returncode & 1
    assert not final(workdir, chapter).exists()
    assert outcomes(workdir) == ["held"]
    assert sum(site.page_requests().values()) == 1


def test_a_zip_that_only_the_response_tells_of_is_checked(site, run, workdir):
    """An address without an extension, whose answer is a ZIP file, is a ready-made archive."""
    chapter = served(site, None, site_faults.other_bytes(flipped(zipped())), name="download")
    done = run(chapter.url, *REPORT)
    assert done.returncode == 0, done.stderr
    assert outcomes(workdir) == ["published"]
    made = [name for name in programs.tree(workdir / "gallery-dl") if name.endswith(".zip")]
    assert len(made) == 1
    assert (workdir / "gallery-dl" / made[0]).read_bytes() == zipped()


def test_a_zip_that_is_called_a_picture_is_checked(site, run, workdir):
    """A ZIP file under the name of a picture gets its extension from its first bytes."""
    chapter = served(site, None, site_faults.other_bytes(flipped(zipped())), name="a.jpg")
    done = run(chapter.url, *REPORT)
    assert done.returncode == 0, done.stderr
    assert final(workdir, chapter).with_suffix(".zip").read_bytes() == zipped()
    assert outcomes(workdir) == ["published"]


def test_a_users_own_filter_may_pack_archives(site, run, workdir):
    """What a zip filter takes goes into the book as before."""
    chapter = served(site)
    assert run("--zip-filter", "True", chapter.url, *REPORT).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())
    assert not final(workdir, chapter).exists()
