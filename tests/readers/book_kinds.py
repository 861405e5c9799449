"""What a kind of book is: how one is made, by what means, and what is in it.

The tables are in `books_downloaded`, `books_mended` and `books_of_zip64`; `every_kind` has all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import programs

if TYPE_CHECKING:
    import zipfile

    from gallery_site import Site
    from site_families import Chapter

Item = tuple[str, int, str]
"""Name, bytes and SHA-256 of one entry."""


@dataclass(frozen=True)
class Book:
    """A book that was made.

    Attributes:
        path: its archive.
        items: what was put in, in order.
    """

    path: Path
    items: list[Item]


@dataclass(frozen=True)
class Desk:
    """Where one book is made.

    Attributes:
        site: has no chapter of the number that `chapter` gives.
        folder: an empty one.
        number: of this desk's own chapter.
    """

    site: Site
    folder: Path
    number: int

    def chapter(self, pages: Any = 5, **options: Any) -> Chapter:
        """Put a chapter on the site; arguments as for `Site.add_chapter`."""
        return self.site.add_chapter(self.number, pages, slug=f"s{self.number}", **options)

    def run(self, *args: object, config: Mapping[str, Any] | None = None, status: int = 0) -> None:
        """Run cbzsafe in the folder, which must end with this status."""
        done = programs.run_cbzsafe(args, self.folder, config)
        assert done.returncode == status, done.stderr

    def download(self, chapter: Chapter, *args: object, **config: Any) -> Path:
        """Download a chapter, and give its book's path."""
        self.run(*args, chapter.url, config=self.site.config(**config))
        return self.folder / "gallery-dl" / chapter.book


@dataclass(frozen=True)
class Kind:
    """One kind of book.

    Attributes:
        name: in tests and on the page, with spaces.
        make: makes one.
        holds: whether an archive is of this kind and not a plain one.
        large: whether it takes too long to be read at every run of the tests.
        method: the compression method that it is there for, or empty.
    """

    name: str
    make: Callable[[Desk], Book]
    holds: Callable[[zipfile.ZipFile], bool]
    large: bool = False
    method: str = ""


KINDS: dict[str, Kind] = {}
"""Every kind by its name, in the order of the page."""


def kind(
    holds: Callable[[zipfile.ZipFile], bool], *, large: bool = False, method: str = ""
) -> Callable[[Callable[[Desk], Book]], Callable[[Desk], Book]]:
    """Enter a function into the table, under its own name; arguments as in `Kind`."""

    def enter(make: Callable[[Desk], Book]) -> Callable[[Desk], Book]:
        name = make.__name__.replace("_", " ")
        KINDS[name] = Kind(name, make, holds, large, method)
        return make

    return enter


def items(pages: Mapping[str, bytes]) -> list[Item]:
    """Give what readers should find of these pages."""
    return [(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in pages.items()]
