"""Books that the engine makes of files, with a ComicInfo.xml of our own."""

from __future__ import annotations

import pictures
from book_kinds import Book, Desk, items, kind

from cbzsafe.cbz.pack import FilePage
from cbzsafe.cbz.publish import publish

SAID = {
    "series": "Ünïcode & Söhne",
    "number": "3.5",
    "title": "The <First>",
    "language": "ja",
    "count": 4,
}
"""What the book says of itself, in the words that the readers share."""

_XML = """<?xml version="1.0" encoding="utf-8"?>
<ComicInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Title>The &lt;First&gt;</Title>
  <Series>Ünïcode &amp; Söhne</Series>
  <Number>3.5</Number>
  <PageCount>4</PageCount>
  <LanguageISO>ja</LanguageISO>
  <Manga>YesAndRightToLeft</Manga>
  <Pages>
    <Page Image="0" Type="FrontCover"/>
    <Page Image="1"/>
    <Page Image="2"/>
    <Page Image="3"/>
  </Pages>
</ComicInfo>
"""


@kind(lambda archive: archive.namelist()[0] == "ComicInfo.xml")
def with_comic_info(desk: Desk) -> Book:
    """A ComicInfo.xml as the first entry, before four pages."""
    pages = {f"{number:03}.jpg": pictures.jpeg(number, 3_000) for number in range(1, 5)}
    given = {"ComicInfo.xml": _XML.encode()} | pages
    for name, data in given.items():
        (desk.folder / name).write_bytes(data)
    path = desk.folder / "book.cbz"
    publish(path, [FilePage(name, desk.folder / name) for name in given])
    return Book(path, items(given))
