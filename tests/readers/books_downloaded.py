"""Books as downloads make them, by the program itself."""

from __future__ import annotations

import zipfile

import pictures
import programs
import site_faults
from book_kinds import Book, Desk, items, kind
from site_families import make_pages
from site_faults import Page

FOREIGN = "漫画 «Ünïcode» й🐈"
"""A series of a name beyond ASCII."""

SAID = {
    "series": "Rätsel & <Lösung>",
    "title": "The <First>",
    "language": "en",
    "count": 5,
}
"""What a book with a ComicInfo.xml says of itself, but for its number."""


def names(archive):
    """Give the names of an archive."""
    return archive.namelist()


@kind(lambda archive: len(names(archive)) == 12)
def plain(desk: Desk) -> Book:
    """Twelve JPEG pages, stored."""
    chapter = desk.chapter(12)
    return Book(desk.download(chapter), items(chapter.expected()))


@kind(lambda archive: len(names(archive)) == 1)
def one_page(desk: Desk) -> Book:
    """A single page."""
    chapter = desk.chapter(1)
    return Book(desk.download(chapter), items(chapter.expected()))


@kind(lambda archive: len(names(archive)) == 300)
def three_hundred_pages(desk: Desk) -> Book:
    """As many pages as a thick volume has."""
    chapter = desk.chapter(make_pages(300, "many", size=900))
    return Book(desk.download(chapter), items(chapter.expected()))


@kind(lambda archive: {name[-4:] for name in names(archive)} == {".jpg", ".png", "webp", ".gif"})
def formats(desk: Desk) -> Book:
    """A picture of each format."""
    pages = [
        Page("a.jpg", pictures.jpeg(1)),
        Page("b.png", pictures.png(2), "image/png"),
        Page("c.webp", pictures.webp(3), "image/webp"),
        Page("d.gif", pictures.gif(4), "image/gif"),
    ]
    chapter = desk.chapter(pages)
    return Book(desk.download(chapter), items(chapter.expected()))


@kind(lambda archive: all(name.startswith(FOREIGN) for name in names(archive)))
def foreign_names(desk: Desk) -> Book:
    """Names beyond ASCII, one of them beyond 16 bits, in the archive and of it."""
    chapter = desk.chapter(manga=FOREIGN)
    return Book(desk.download(chapter), items(chapter.expected()))


@kind(lambda archive: max(len(name.encode()) for name in names(archive)) == 244)
def long_names(desk: Desk) -> Book:
    """Names of 244 bytes; file systems take 255."""
    chapter = desk.chapter(3)
    path = desk.download(chapter, filename="漫" * 79 + "{page:>03}.{extension}")
    bodies = chapter.expected().values()
    return Book(path, items({"漫" * 79 + f"{n:03}.jpg": body for n, body in enumerate(bodies, 1)}))


@kind(lambda archive: "page.1.jpg" in names(archive))
def numbered_names(desk: Desk) -> Book:
    """Two pages of one name: gallery-dl's `enumerate` name of the second sorts before the first."""
    chapter = desk.chapter(2)
    path = desk.download(chapter, filename="page.{extension}")
    first, second = chapter.expected().values()
    return Book(path, items({"page.1.jpg": second, "page.jpg": first}))


@kind(lambda archive: sum(bool(info.comment) for info in archive.infolist()) == 1)
def damaged_at_source(desk: Desk) -> Book:
    """A page that the site serves broken, which its entry's comment says."""
    chapter = desk.chapter()
    chapter.pages[2].faults.append(site_faults.short_without_length(None))
    given = chapter.expected()
    given[chapter.name(2)] = site_faults.half(chapter.pages[2].body)
    return Book(desk.download(chapter), items(given))


@kind(lambda archive: names(archive)[0] == "info.json")
def with_info_json(desk: Desk) -> Book:
    """A gallery's metadata as gallery-dl writes them, before the pages."""
    chapter = desk.chapter()
    args = ("--write-info-json", "-O", 'files=["info.json"]', "--cbz")
    path = desk.download(chapter, *args)
    given = {"info.json": programs.pages(path)["info.json"]}
    return Book(path, items(given | chapter.expected()))


@kind(lambda archive: names(archive)[0] == "ComicInfo.xml")
def with_comicinfo(desk: Desk) -> Book:
    """A ComicInfo.xml of ours as the first entry, by `--comicinfo`."""
    chapter = desk.chapter(SAID["count"], manga=SAID["series"], title=SAID["title"])
    return _described(desk.download(chapter, "--comicinfo"), chapter)


@kind(lambda archive: names(archive)[0] == "ComicInfo.xml")
def with_a_later_comicinfo(desk: Desk) -> Book:
    """The same in a book that was published without one before."""
    chapter = desk.chapter(SAID["count"], manga=SAID["series"], title=SAID["title"])
    desk.download(chapter)
    return _described(desk.download(chapter, "--comicinfo"), chapter)


def _described(path, chapter) -> Book:
    given = {"ComicInfo.xml": programs.pages(path)["ComicInfo.xml"]}
    return Book(path, items(given | chapter.expected()))


@kind(lambda archive: any(e.compress_type == zipfile.ZIP_DEFLATED for e in archive.infolist()))
def compressed(desk: Desk) -> Book:
    """Pages deflated, as a user's own `zip` post-processor asks for."""
    chapter = desk.chapter()
    zipped = {"name": "zip", "compression": "zip", "extension": "cbz"}
    return Book(desk.download(chapter, postprocessors=[zipped]), items(chapter.expected()))


@kind(lambda archive: len(names(archive)) == 7)
def updated(desk: Desk) -> Book:
    """Pages at both ends of a published book, which came by a second run."""
    chapter = desk.chapter(7)
    first, last = chapter.pages.pop(0), chapter.pages.pop()
    path = desk.download(chapter, filename="{filename}.{extension}")
    chapter.pages[:] = [first, *chapter.pages, last]
    desk.download(chapter, filename="{filename}.{extension}")
    return Book(path, items({page.name: page.body for page in chapter.pages}))


@kind(lambda archive: len({name.split("_")[0] for name in names(archive)}) == 3)
def several_chapters(desk: Desk) -> Book:
    """A volume of three chapters, each of which added its pages to the book."""
    slug, given = f"s{desk.number}", {}
    for number in (1, 2, 3):
        chapter = desk.site.add_chapter(number, 3, slug)
        given |= {f"c{number}_{at}.jpg": page.body for at, page in enumerate(chapter.pages, 1)}
    config = desk.site.config(directory=["volume"], filename="c{chapter}_{page}.{extension}")
    desk.run(desk.site.series_url(slug), config=config)
    return Book(desk.folder / "gallery-dl" / "volume.cbz", items(given))
