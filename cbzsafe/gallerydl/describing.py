"""What gallery-dl's metadata say of a chapter, for its book's ComicInfo.xml."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cbzsafe.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from cbzsafe.book.book import Book
    from cbzsafe.comicinfo import Info
    from cbzsafe.settings import Settings

Source = Callable[[Mapping[str, object]], object]


class Describer:
    """Turns metadata into a description, by the built-in table and the user's format strings.

    Args:
        settings: whether that is wanted, and the format strings.
        warn: hears of metadata that cannot be read.

    Attributes:
        wanted: whether it is wanted.

    Raises:
        UsageError: gallery-dl cannot read one of them.
    """

    def __init__(self, settings: Settings, warn: Callable[[str], None]) -> None:
        self.wanted = settings.comicinfo
        self._warn = warn
        self._own = {name: _source(name, text) for name, text in settings.comicinfo_formats}

    @property
    def own(self) -> frozenset[str]:
        """The elements that the user has set."""
        return frozenset(self._own)

    def info(self, kwdict: dict[str, Any], url: str) -> Info | None:
        """Describe a chapter.

        Args:
            kwdict: gallery-dl's metadata of its directory.
            url: its extractor's.

        Returns:
            its description, or None where none can be made: that is told, and no reason for a book
            not to be downloaded.
        """
        from cbzsafe import comicinfo

        try:
            return comicinfo.from_metadata(kwdict, url, self._own)
        except Exception as error:  # noqa: BLE001 - a site's data may be anything
            self._warn(
                f"No ComicInfo.xml is made for {url}: its metadata cannot be read ({error!r})."
            )
            return None


class Heard:
    """What one job has heard of its chapter last, and which books know it.

    Args:
        describer: the run's.
        above: what the parent job has heard, of the chapter that is this job's.
    """

    def __init__(self, describer: Describer, above: Heard | None = None) -> None:
        self._describer = describer
        self._series: dict[str, Any] = above.queued if above else {}
        self._info: Info | None = None
        self._told: set[Path] = set()
        self.queued: dict[str, Any] = {}

    def queue(self, kwdict: dict[str, Any]) -> None:
        """Hear what a series says of the chapter that comes next: its authors, for one."""
        self.queued = kwdict

    def directory(self, kwdict: dict[str, Any], url: str) -> None:
        """Hear the metadata of a directory, which are those of a chapter, gallery or post.

        Where they say nothing, those of the series count.
        """
        if not self._describer.wanted:
            return
        said = {key: value for key, value in kwdict.items() if _says(value)}
        self._info = self._describer.info({**self._series, **said}, url)
        self._told.clear()

    def tell(self, book: Book) -> None:
        """Let a book know whose pages it gets."""
        if self._info is None or book.about is None or book.staging.folder in self._told:
            return
        self._told.add(book.staging.folder)
        book.about.own = self._describer.own
        book.about.alone &= not self._series
        book.about.note(self._info)


def _says(value: object) -> bool:
    """Whether a value says anything; a chapter may well be the number 0."""
    return isinstance(value, int | float) or bool(value)


def _source(element: str, text: str | None) -> Source:
    """Make the source of an element out of a format string; None leaves the element out."""
    if text is None:
        return lambda _data: ""
    from gallery_dl import formatter

    # It logs what is wrong with a format string, and the sentence below says it too.
    logger = logging.getLogger("formatter")
    logger.disabled = True
    try:
        parsed = formatter.parse(text, "")
    except Exception as error:
        raise UsageError(
            f"cbzsafe.comicinfo-formats: {text!r} for {element} is no format string of "
            f"gallery-dl: {error}."
        ) from error
    finally:
        logger.disabled = False
    return functools.partial(_formatted, parsed)


def _formatted(parsed: Any, data: Mapping[str, object]) -> object:
    """Apply a format string; what it wants and the site does not give leaves the element out."""
    try:
        return parsed.format_map(data)
    except Exception:  # noqa: BLE001 - the user's expression may raise anything
        return ""
