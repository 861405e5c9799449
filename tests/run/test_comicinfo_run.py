"""`--comicinfo`: what the site says of a book stands in it, as its first entry."""

from __future__ import annotations

import subprocess
import zipfile
from xml.etree import ElementTree as ET

import pictures
import programs
import pytest
import site_faults
from books import book, outcomes, report, stamp
from site_faults import Page

NAME = "ComicInfo.xml"
GROUP = {"Translator": "Group"}
OTHERS = b"<?xml version='1.0'?>\n<ComicInfo><Title>By hand</Title></ComicInfo>\n"


def entries(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def said(path):
    """What a book's ComicInfo.xml says, by element."""
    root = ET.fromstring(entries(path)[NAME])  # noqa: S314 - our own
    return {child.tag: child.text for child in root if child.tag != "Pages"}


def pages(path):
    root = ET.fromstring(entries(path)[NAME])  # noqa: S314 - our own
    return [page.attrib for page in root.iterfind("Pages/Page")]


def put(path, data):
    """Give a book another ComicInfo.xml, as other programs do: the archive is written anew."""
    with zipfile.ZipFile(path) as archive:
        held = [(entry, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for entry, body in held:
            if entry.filename != NAME:
                archive.writestr(entry, body)
        archive.writestr(NAME, data)


def test_a_book_says_what_it_is_in_its_first_entry(site, run, workdir):
    """Title, series, number, address and pages with their sizes stand first in the book."""
    bodies = [pictures.jpeg(1, 9000), pictures.png(2, 9000), pictures.webp(3, 9000)]
    names = ("1.jpg", "2.png", "3.webp")
    made = [Page(name, body) for name, body in zip(names, bodies, strict=True)]
    chapter = site.add_chapter(7, made, title="A <B> & C")
    assert run("--comicinfo", chapter.url).returncode == 0
    path = book(workdir, chapter)
    assert list(entries(path)) == [NAME, *chapter.expected()]
    assert said(path) == {
        "Title": "A <B> & C",
        "Series": "Comic",
        "Number": "7",
        "Web": chapter.url,
        "PageCount": "3",
        "LanguageISO": "en",
        "Manga": "Yes",
    }
    sizes = [int(page["ImageSize"]) for page in pages(path)]
    assert sizes == [len(body) for body in bodies]
    assert all(int(page["ImageWidth"]) > 0 < int(page["ImageHeight"]) for page in pages(path))
    assert [page.get("Type") for page in pages(path)] == ["FrontCover", None, None]


def test_the_same_chapter_gives_the_same_bytes(site, run, workdir):
    """Two runs into two folders make books that are equal byte for byte."""
    chapter = site.add_chapter(pages=3)
    for folder in ("one", "two"):
        assert run("--comicinfo", "-d", folder, chapter.url).returncode == 0
    one, two = (workdir / folder / chapter.book for folder in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_book_that_would_not_change_is_not_written_again(site, run, workdir):
    """The same command again leaves the file and its folder alone."""
    chapter = site.add_chapter(pages=3)
    assert run("--comicinfo", chapter.url).returncode == 0
    path = book(workdir, chapter)
    before = stamp(path), stamp(path.parent)
    assert run("--comicinfo", "--report", "report.json", chapter.url).returncode == 0
    assert (stamp(path), stamp(path.parent)) == before
    assert outcomes(workdir) == ["unchanged"]


def test_a_book_that_has_none_gets_one_without_a_page_request(site, run, workdir):
    """A library that was made without the option gets the files on the next run."""
    chapter = site.add_chapter(pages=3)
    assert run(chapter.url).returncode == 0
    site.clear()
    assert run("--comicinfo", "--report", "report.json", chapter.url).returncode == 0
    assert not site.page_requests()
    assert outcomes(workdir) == ["updated"]
    assert report(workdir)["books"][0]["pages"] == 3
    path = book(workdir, chapter)
    assert list(entries(path)) == [NAME, *chapter.expected()]
    assert len(pages(path)) == 3
    assert "ImageWidth" in pages(path)[0]


@pytest.mark.parametrize("options", [["--comicinfo"], []], ids=["wanted", "not-asked-for-again"])
def test_the_file_counts_pages_that_come_later(site, run, workdir, options):
    """When a chapter grows, the file follows, whether the option is given again or not."""
    chapter = site.add_chapter(pages=2)
    assert run("--comicinfo", chapter.url).returncode == 0
    chapter.pages.append(Page("late.jpg", pictures.jpeg(9, 9000)))
    site._pages[chapter.page_path(chapter.pages[-1])] = (chapter.pages[-1], chapter)
    assert run(*options, chapter.url).returncode == 0
    path = book(workdir, chapter)
    assert said(path)["PageCount"] == "3"
    assert said(path)["Title" if chapter.title else "Series"] == "Comic"
    assert len(pages(path)) == 3


@pytest.mark.parametrize("keeps_mark", [False, True])
def test_what_somebody_else_wrote_is_kept(site, run, workdir, keeps_mark):
    """A ComicInfo.xml of another program stays as it is, even one that kept our mark."""
    chapter = site.add_chapter(pages=2)
    assert run("--comicinfo", chapter.url).returncode == 0
    path = book(workdir, chapter)
    ours = entries(path)[NAME]
    edited = ours.replace(b"Comic<", b"My own title<") if keeps_mark else OTHERS
    assert edited != ours
    put(path, edited)
    before = stamp(path)
    assert run("--comicinfo", chapter.url).returncode == 0
    assert stamp(path) == before
    chapter.pages[0].body = pictures.jpeg(77, 9000)
    assert run("--comicinfo", "-o", "skip=false", chapter.url).returncode == 0
    assert entries(path)[NAME] == edited


def test_a_file_of_zips_own_making_is_kept_too(site, run, workdir):
    """A file of the name that `zip` adds to a book is somebody else's, in whatever case."""
    chapter = site.add_chapter(pages=2)
    assert run(chapter.url).returncode == 0
    path = book(workdir, chapter)
    (workdir / "comicinfo.XML").write_bytes(OTHERS)
    subprocess.run(["zip", "-q", path, "comicinfo.XML"], cwd=workdir, check=True)
    assert run("--comicinfo", chapter.url).returncode == 0
    assert NAME not in entries(path)
    assert entries(path)["comicinfo.XML"] == OTHERS


def test_a_title_that_changes_is_written(site, run, workdir):
    """What the site says now replaces what it said when the book was made."""
    chapter = site.add_chapter(pages=2)
    config = site.config(directory=["{manga}", "{chapter}"])
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    chapter.title = "Now it has one"
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    assert said(workdir / "gallery-dl/Comic/1.cbz")["Title"] == "Now it has one"


def volume(site, **more):
    """A configuration in which all chapters of a series are one book."""
    name = "{chapter:>03}_{page:>03}.{extension}"
    return site.config(directory=["{manga}"], filename=name, **more)


def test_a_book_of_several_chapters_says_what_they_share(site, run, workdir):
    """Title and number of single chapters go; each chapter's address stays."""
    chapters = [site.add_chapter(n, 2, title=f"Part {n}") for n in (1, 2, 3)]
    assert run("--comicinfo", site.series_url(), config=volume(site)).returncode == 0
    path = workdir / "gallery-dl/Comic.cbz"
    found = said(path)
    assert "Title" not in found
    assert "Number" not in found
    assert found["Series"] == "Comic"
    assert found["PageCount"] == "6"
    assert found["Web"].split() == sorted(chapter.url for chapter in chapters)


def test_a_later_chapter_joins_the_description_and_changes_nothing_twice(site, run, workdir):
    """A run that sees one chapter of a book adds to what was said, and the next one is still."""
    chapters = [site.add_chapter(n, 2, title=f"Part {n}") for n in (1, 2, 3)]
    path = workdir / "gallery-dl/Comic.cbz"
    for chapter in chapters:
        assert run("--comicinfo", chapter.url, config=volume(site)).returncode == 0
    alone = said(path)
    assert len(alone["Web"].split()) == 3
    assert "Title" not in alone
    assert run("--comicinfo", site.series_url(), config=volume(site)).returncode == 0
    assert said(path) == alone | {"Writer": "A. Author", "Penciller": "An Artist"} | GROUP
    before = stamp(path)
    for url in (*(chapter.url for chapter in chapters), site.series_url()):
        assert run("--comicinfo", url, config=volume(site)).returncode == 0
    assert stamp(path) == before


def test_books_that_alternate_keep_their_own_descriptions(site, run, workdir):
    """With more books than stay open, each says what its own chapters share."""
    for number in range(1, 15):
        site.add_chapter(number, 1, title=f"T{number}")
    config = site.config(
        directory={"": ["{chapter!r}"]},
        filename="{chapter:>03}.{extension}",
        postprocessors=[{"name": "classify", "mapping": {}}],
    )
    config["extractor"]["directory"] = ["\fE str(int(chapter) % 6)"]
    assert run("--comicinfo", site.series_url(), config=config).returncode == 0
    for rest in range(6):
        found = said(workdir / f"gallery-dl/{rest}.cbz")
        assert "Title" not in found
        assert len(found["Web"].split()) == len(range(rest or 6, 15, 6))


def test_a_chapter_has_what_its_series_says_of_it(site, run, workdir):
    """Authors and groups that only the page of the series names are in each chapter's file."""
    chapter = site.add_chapter(1, 1, title="One")
    assert run("--comicinfo", site.series_url()).returncode == 0
    found = said(book(workdir, chapter))
    assert found["Writer"] == "A. Author"
    assert found["Penciller"] == "An Artist"
    assert found["Translator"] == "Group"


def test_a_chapter_listed_beside_its_series_is_not_written_again(site, run, workdir):
    """What the series alone says stays when the chapter is reached by itself, in either order."""
    chapter = site.add_chapter(1, 2, title="One")
    assert run("--comicinfo", chapter.url).returncode == 0
    assert run("--comicinfo", site.series_url()).returncode == 0
    path = book(workdir, chapter)
    assert said(path)["Writer"] == "A. Author"
    before = stamp(path)
    for urls in (
        (chapter.url,),
        (chapter.url, site.series_url()),
        (site.series_url(), chapter.url),
    ):
        assert run("--comicinfo", *urls).returncode == 0
        assert stamp(path) == before


def test_an_element_that_the_user_takes_out_goes_from_a_chapter_by_itself(site, run, workdir):
    """`null` leaves an element out, though an earlier file has it from the series."""
    chapter = site.add_chapter(1, 2, title="One")
    assert run("--comicinfo", site.series_url()).returncode == 0
    config = site.config(cbzsafe={"comicinfo-formats": {"Writer": None}})
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    found = said(book(workdir, chapter))
    assert "Writer" not in found
    assert found["Penciller"] == "An Artist"


def test_format_strings_of_the_configuration_replace_the_table(site, run, workdir):
    """Elements come from the user's own format strings, with or without metadata for them."""
    chapter = site.add_chapter(3, 1, title="T")
    formats = {
        "Series": "{manga} ({lang})",
        "Title": None,
        "Genre": "Drama, Action",
        "AgeRating": "\fE 'Teen' if chapter > 2 else 'Everyone'",
        "Imprint": "{nothing}",
        "Volume": "none",
    }
    config = site.config(cbzsafe={"comicinfo": True, "comicinfo-formats": formats})
    assert run(chapter.url, config=config).returncode == 0
    found = said(book(workdir, chapter))
    assert found["Series"] == "Comic (en)"
    assert found["Genre"] == "Action, Drama"
    assert found["AgeRating"] == "Teen"
    assert {"Title", "Imprint", "Volume"}.isdisjoint(found)


@pytest.mark.parametrize(
    ("formats", "words"),
    [
        ({"Serie": "{manga}"}, "did you mean 'Series'"),
        ({"PageCount": "3"}, "follows from the archive"),
        ({"Series": 3}, "no format string"),
        ({"Series": "{manga"}, "no format string"),
        ("all", "is no object"),
    ],
)
def test_a_format_that_cannot_be_is_refused_before_anything_is_asked_for(
    site, run, workdir, formats, words
):
    """A wrong element or format string is status 2, one sentence, and no request."""
    chapter = site.add_chapter(pages=1)
    config = site.config(cbzsafe={"comicinfo": True, "comicinfo-formats": formats})
    done = run(chapter.url, config=config)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not site.log


def test_a_held_book_gets_none(site, run, workdir):
    """While a page is missing nothing is published, and the pages' folder gets no file of ours."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[1].faults.append(site_faults.status(404, times=None))
    assert run("--comicinfo", chapter.url).returncode & 1
    folder = workdir / "gallery-dl" / chapter.folder
    assert sorted(path.name for path in folder.iterdir()) == [chapter.name(0), chapter.name(2)]


def test_another_archive_format_gets_none(site, run, workdir):
    """A user's own `zip` is no comic book."""
    chapter = site.add_chapter(pages=2)
    config = site.config(postprocessors=[{"name": "zip"}])
    assert run("--comicinfo", chapter.url, config=config).returncode == 0
    path = (workdir / "gallery-dl" / chapter.folder).with_name(chapter.folder.name + ".zip")
    assert NAME not in entries(path)


def test_a_damaged_book_is_mended_with_its_description(site, run, workdir):
    """A torn book is saved, and its file counts the pages that it has then."""
    chapter = site.add_chapter(pages=4)
    assert run("--comicinfo", chapter.url).returncode == 0
    path = book(workdir, chapter)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert run("--comicinfo", chapter.url).returncode == 0
    assert list(entries(path)) == [NAME, *chapter.expected()]
    assert path.read_bytes() == data


def test_check_and_repair_do_not_count_the_file_as_a_page(site, run, workdir):
    """`check` tells the pages that the file itself tells, and finds nothing to say of it."""
    chapter = site.add_chapter(pages=3)
    assert run("--comicinfo", chapter.url).returncode == 0
    done = programs.run_cbzsafe(["check", "-v", "--decode", "gallery-dl"], workdir)
    assert done.returncode == 0
    assert "3 pages" in done.stdout + done.stderr
