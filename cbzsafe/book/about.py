"""What a book's ComicInfo.xml says, and whether the one that is published is ours to replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cbzsafe import comicinfo, images
from cbzsafe.cbz.names import COMIC_INFO, is_comic_info, position
from cbzsafe.cbz.sources import ArchivedPage, FilePage, MadePage
from cbzsafe.errors import CbzsafeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cbzsafe.book.book import Book
    from cbzsafe.book.parts import Format
    from cbzsafe.book.published import Published

_TEXTS = 8 << 20
"""Bytes of a ComicInfo.xml of ours without its pages, at most: some thirty texts of 10,000
characters, and ten lists of 500 names."""
_A_PAGE = 128
"""Bytes of a page's line in it, at most."""
_HEAD = 1 << 18
"""Bytes of a picture in which its size is looked for first."""
_WHOLE = 32 << 20
"""Bytes of the largest picture that is read whole for its size: a container may have little memory,
and readers look at the pictures themselves."""
_HEARD = 64
"""Descriptions that wait to be united: one by one 5,000 posts would take a minute."""


class About:
    """What the run has heard of a book, chapter by chapter.

    Attributes:
        measured: the sizes of pictures that were looked at, by name, bytes and CRC.
        alone: whether all chapters were reached by themselves: through their series sites say more.
        own: elements that the user has set.
    """

    def __init__(self) -> None:
        self._heard: list[comicinfo.Info] = []
        self.measured: dict[tuple[str, int, int], comicinfo.Page] = {}
        self.alone = True
        self.own: frozenset[str] = frozenset()

    def note(self, info: comicinfo.Info) -> None:
        """Hear what the site says of one of its chapters."""
        if info not in self._heard[-1:]:
            self._heard.append(info)
        if len(self._heard) > _HEARD:
            self._heard = [comicinfo.united(self._heard)]

    @property
    def info(self) -> comicinfo.Info:
        """What all of them say together."""
        if len(self._heard) > 1:
            self._heard = [comicinfo.united(self._heard)]
        return self._heard[0] if self._heard else {}


def describe(book: Book, form: Format, additions: Mapping[str, FilePage]) -> MadePage | None:
    """Make the ComicInfo.xml that an archive should have.

    One that somebody else put there stays. Ours is laid out anew when pages come, wanted or not,
    since it counts them.

    Args:
        book: all that was named of it is known.
        form: the archive.
        additions: what is to be added to it.

    Returns:
        the file, which may be the one that is there; None where the archive is to have none of
        ours, or keeps the one that it has, and where memory ran out: pages are never held up for
        want of a description, and the next run makes it.
    """
    try:
        return _described(book, form, additions)
    except MemoryError:
        book.warn(f"Memory ran out while {COMIC_INFO} was made: the next run tries again.")
        return None


def _described(book: Book, form: Format, additions: Mapping[str, FilePage]) -> MadePage | None:
    if form.target.suffix.lower() != ".cbz" or (book.about is None and not additions):
        return None
    names = {*form.published.entries, *additions}
    there = [name for name in names if is_comic_info(name)]
    data = _ours(form.published) if there == [COMIC_INFO] else b""
    if (there and (not data or COMIC_INFO in additions)) or (book.about is None and not data):
        return None
    if not additions and _is_current(book, form, data):
        return None
    return _made(book, form, additions, data)


def _is_current(book: Book, form: Format, data: bytes) -> bool:
    """Whether the file that is there says all that the site says, of the pages that there are."""
    entries = form.published.entries
    sizes = [entries[name].size for name in _pictures(entries)]
    return bool(data) and comicinfo.says(data, _heard(book), sizes)


def _heard(book: Book) -> comicinfo.Info:
    return book.about.info if book.about is not None else {}


def _made(
    book: Book, form: Format, additions: Mapping[str, FilePage], data: bytes
) -> MadePage | None:
    try:
        old, pages = comicinfo.parse(data) if data else ({}, ())
    except ValueError:  # anybody can write our comment
        return None
    info = _newest(book, form, old)
    if not info:
        return None
    known = _known(form.published, pages)
    sources: dict[str, FilePage | ArchivedPage] = {**_archived(form.published), **additions}
    described = [known.get(name) or _measured(book, sources[name]) for name in _pictures(sources)]
    return MadePage(COMIC_INFO, comicinfo.write(info, described))


def _pictures(names: Iterable[str]) -> list[str]:
    return sorted(filter(images.is_page, names), key=position)


def _newest(book: Book, form: Format, old: comicinfo.Info) -> comicinfo.Info:
    """What the site says now, beside what it said before where it says less than it could.

    That is so where it named only a part of the book, or no series was there to name its authors.
    """
    new, about = _heard(book), book.about
    if about is None or not (old and new):
        return new or old
    pictures = filter(images.is_page, form.published.entries)
    if not all(name in book.claims for name in pictures):
        return comicinfo.united([old, new])
    return comicinfo.filled_up(new, old, about.own) if about.alone else new


def _archived(published: Published) -> dict[str, ArchivedPage]:
    return {
        name: ArchivedPage(name, published.path, entry) for name, entry in published.entries.items()
    }


def _ours(published: Published) -> bytes:
    """Read the file that is there, if it is ours; what is not says nothing."""
    entry = published.entries.get(COMIC_INFO)
    if entry is None or entry.size > _TEXTS + _A_PAGE * len(published.entries):
        return b""
    try:
        data = _bytes(ArchivedPage("", published.path, entry))
    except (CbzsafeError, OSError, ValueError):
        return b""
    return data if comicinfo.is_ours(data) else b""


def _known(published: Published, pages: Sequence[comicinfo.Page]) -> dict[str, comicinfo.Page]:
    """The pages that the file describes and that are the same still."""
    pictures = _pictures(published.entries)
    if len(pages) != len(pictures):
        return {}
    pairs = zip(pictures, pages, strict=True)
    return {n: page for n, page in pairs if published.entries[n].size == page.size}


def _measured(book: Book, source: FilePage | ArchivedPage) -> comicinfo.Page:
    """Look at a picture's size, once in a run."""
    stamp = source.entry.crc if isinstance(source, ArchivedPage) else 0
    key = (source.name, source.size, stamp)
    seen = book.about.measured if book.about is not None else {}
    if key not in seen:
        width, height = _sides(source)
        seen[key] = comicinfo.Page(source.size, width, height)
    return seen[key]


def _sides(source: FilePage | ArchivedPage) -> tuple[int, int]:
    """Width and height in pixels, by the first bytes if they tell it; zeros where nothing does."""
    try:
        sides = images.sides(_bytes(source, _HEAD))
        if not any(sides) and _HEAD < source.size <= _WHOLE:
            sides = images.sides(_bytes(source))
    except (CbzsafeError, OSError, ValueError):
        return 0, 0
    return sides


def _bytes(source: FilePage | ArchivedPage, most: int | None = None) -> bytes:
    """Read a page, or its first bytes.

    Raises:
        CbzsafeError: it cannot be had.
        OSError: likewise.
        ValueError: it does not unpack.
    """
    if isinstance(source, FilePage):
        with source.path.open("rb") as file:
            return file.read(most)
    from cbzsafe.cbz.files import ArchiveFile
    from cbzsafe.cbz.proof import content

    data = bytearray()
    with ArchiveFile(source.archive) as file:
        for piece in content(file, source.entry):
            data += piece
            if most is not None and len(data) >= most:
                break
    return bytes(data)
