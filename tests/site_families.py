"""The galleries of the loopback site, as gallery-dl's extractors for three site families read them.

FoolSlide (`gallery_dl/extractor/foolslide.py`): a chapter is one job with one directory, a series
makes one child job for each chapter. Vichan (`vichan.py`): the same with threads and boards, other
names and directories. Misskey (`misskey.py`): one job visits a directory for each note.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from pathlib import Path

import pictures
from site_faults import Page


def make_pages(count: int, prefix: str = "", size: int = 20_000, first_seed: int = 0) -> list[Page]:
    """`count` JPEG pages named `PREFIX001.jpg` and so on, about `size` bytes each."""
    return [
        Page(f"{prefix}{number:03}.jpg", pictures.jpeg(first_seed + number, size))
        for number in range(1, count + 1)
    ]


@dataclass
class Chapter:
    """A FoolSlide chapter.

    Attributes:
        root: the site's address, without a slash at its end.
        slug: the series in the address.
        number: the chapter.
        pages: its pages in order.
        manga: the series' name.
        title: the chapter's name, or empty.
        tokens: whether page addresses hold a token that `expire`, or a new fetch, makes stale.
        generation: the token that is valid now.
        volume: the volume that it is in, 0 for none.
    """

    root: str
    slug: str
    number: int
    pages: list[Page]
    manga: str
    title: str = ""
    tokens: bool = False
    generation: int = 0
    volume: int = 0

    @property
    def path(self) -> str:
        """The chapter's path on the site."""
        return f"/read/{self.slug}/en/{self.volume}/{self.number}"

    @property
    def url(self) -> str:
        """What is given to gallery-dl."""
        return f"{self.root}{self.path}/"

    @property
    def string(self) -> str:
        """The chapter's heading, which is also its directory's name."""
        return f"Chapter {self.number}" + (f": {self.title}" if self.title else "")

    @property
    def folder(self) -> Path:
        """Its directory below gallery-dl's base directory, with the default formats."""
        return Path("local", self.manga, self.string)

    @property
    def book(self) -> Path:
        """Its archive below gallery-dl's base directory."""
        return self.folder.with_name(self.folder.name + ".cbz")

    def name(self, index: int) -> str:
        """The file name that gallery-dl gives to the page of this index (from 0)."""
        page = self.pages[index]
        return f"{self.manga}_c{self.number:03}_{index + 1:03}.{page.extension}"

    def expected(self) -> dict[str, bytes]:
        """The whole book: what each page should be, by file name."""
        return {self.name(index): page.body for index, page in enumerate(self.pages)}

    def page_path(self, page: Page) -> str:
        """The page's path on the site, without its token."""
        return f"/img/{self.slug}/{self.number}/{page.name}"

    def expire(self) -> None:
        """Make all page addresses stale that were handed out so far."""
        self.generation += 1

    def stale(self, query: str) -> bool:
        """Whether a page request with this query comes too late."""
        return self.tokens and query != f"t={self.generation}"

    def document(self, _: bytes) -> bytes:
        """The chapter's HTML."""
        self.expire()
        query = f"?t={self.generation}" if self.tokens else ""
        listed = [self._listed(index, page, query) for index, page in enumerate(self.pages)]
        # the extractor reads up to the first semicolon
        script = json.dumps(listed).replace(";", "\\u003b")
        manga, string = html.escape(self.manga), html.escape(self.string)
        return (
            f'<html><h1 class="tbtitle dnone"><a href="#" title="{manga}">{manga}</a> :: '
            f'<a href="#" title="{string}">{string}</a></h1>'
            f"<script>var pages = {script};</script></html>"
        ).encode()

    def _listed(self, index: int, page: Page, query: str) -> dict[str, object]:
        url = f"{self.root}{self.page_path(page)}{query}"
        return {
            "id": self.number * 1000 + index + 1,
            "chapter_id": self.number,
            "filename": page.name,
            "url": url,
            "thumb_url": url,
            "height": 100,
            "width": 100,
            "size": len(page.body),
        }

    def entry(self) -> str:
        """The chapter's line on the page of its series."""
        return (
            f'<div class="title"><a href="{self.url}" title="{html.escape(self.string)}">'
            f'{html.escape(self.string)}</a></div><div class="meta_r">by '
            f'<a href="#" title="Group">Group</a></div>'
        )


def series_document(chapters: list[Chapter]) -> bytes:
    """The HTML of a series, with its newest chapter first as the real sites have it."""
    lines = "\n".join(chapter.entry() for chapter in reversed(chapters))
    return (
        f'<html><h1 class="title">{html.escape(chapters[0].manga)}</h1>'
        f"<b>Author</b>: A. Author<br/><b>Artist</b>: An Artist<br/>{lines}</html>"
    ).encode()


@dataclass
class Thread:
    """A thread of a vichan board; attributes as for `Chapter`."""

    root: str
    board: str
    number: int
    pages: list[Page]
    title: str = "Thread"

    @property
    def url(self) -> str:
        """What is given to gallery-dl."""
        return f"{self.root}/{self.board}/res/{self.number}.html"

    @property
    def folder(self) -> Path:
        """Its directory below gallery-dl's base directory, with the default formats."""
        return Path("localchan", self.board, f"{self.number} {self.title}")

    @property
    def book(self) -> Path:
        """Its archive below gallery-dl's base directory."""
        return self.folder.with_name(self.folder.name + ".cbz")

    def expected(self) -> dict[str, bytes]:
        """The whole book: what each page should be, by file name."""
        return {f"{self._time(i)} {page.name}": page.body for i, page in enumerate(self.pages)}

    def page_path(self, index: int) -> str:
        """The page's path on the site."""
        return f"/{self.board}/src/{self._time(index)}000.{self.pages[index].extension}"

    def document(self, _: bytes) -> bytes:
        """The thread's JSON: a first post without a file, then a post for each page."""
        posts: list[dict[str, object]] = [{"no": self.number, "sub": self.title, "com": "x"}]
        for index, page in enumerate(self.pages):
            time = self._time(index)
            stem, _, extension = page.name.rpartition(".")
            post = {"filename": stem, "ext": "." + extension, "tim": f"{time}000", "time": time}
            posts.append({"no": self.number + index + 1, "com": "", **post})
        return json.dumps({"posts": posts}).encode()

    def _time(self, index: int) -> int:
        return 1_700_000_000 + self.number * 1000 + index


@dataclass
class Note:
    """A Misskey note: one directory message of its user's job.

    Attributes:
        id: the note's own, `{id}` in a `directory` option.
        user: the user's name, `{user[username]}`.
        text: the note's text, `{text}`: notes that share one share a directory made from it.
        pages: the files of the note.
    """

    id: str
    user: str
    text: str
    pages: list[Page] = field(default_factory=list)

    def page_path(self, page: Page) -> str:
        """The page's path on the site."""
        return f"/files/{self.id}/{page.name}"

    def name(self, page: Page) -> str:
        """The file name that gallery-dl gives to the page, with the default format."""
        return f"localkey_{self.id}_{page.name.rpartition('.')[0]}.{page.extension}"

    def expected(self) -> dict[str, bytes]:
        """What each page of the note should be, by file name."""
        return {self.name(page): page.body for page in self.pages}

    def document(self, root: str) -> dict[str, object]:
        """The note as the API gives it."""
        created = "2024-01-01T00:00:00.000Z"
        files = [
            {
                "id": page.name.rpartition(".")[0],
                "url": root + self.page_path(page),
                "createdAt": created,
            }
            for page in self.pages
        ]
        user = {"id": "id-" + self.user, "username": self.user, "host": None}
        text = {"text": self.text, "createdAt": created}
        return {"id": self.id, **text, "user": user, "files": files}
