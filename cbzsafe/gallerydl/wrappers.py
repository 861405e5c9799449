"""Functions of gallery-dl's own, wrapped in ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cbzsafe.book.naming import fitting
from cbzsafe.gallerydl import ready_hooks, seam
from cbzsafe.gallerydl import visit as visits
from cbzsafe.images import lack

if TYPE_CHECKING:
    from cbzsafe.gallerydl.transaction import Transaction

_Formatter = Callable[[dict[str, Any]], Any]

_SENSELESS = (LookupError, ValueError, TypeError, AttributeError)
"""What gallery-dl stumbles over in an answer that HTTP does not allow."""

_NO_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that stand for no byte of a file name (PEP 383)."""


def copying(items: Callable[[], Iterator[Any]]) -> Callable[[], Iterator[Any]]:
    """Give each message a dict of its own: a thread goes on filling the one that it reuses."""

    def _items() -> Iterator[Any]:
        for message in items():
            *first, last = message
            yield (*first, last.copy() if isinstance(last, dict) else last)

    return _items


def safely(build_filename: Callable[..., str]) -> Callable[..., str]:
    """A `build_filename` whose names can stand in an archive.

    A backslash is a plain character on this disk and a folder on another.
    """
    return lambda *args: visits.safe(build_filename(*args))


def keep_inside(pathfmt: Any, formats: Any, default: Iterable[str]) -> None:
    """Let no words of a site lead out of the base directory, or to a folder that cannot be.

    gallery-dl takes a title that is `..` for the folder above. Where the user's own format has no
    replacement field, it is left alone.

    Args:
        pathfmt: gallery-dl's, which has made formatters of the formats.
        formats: the value of `directory`: None where there is none, a dict where conditions choose.
        default: the extractor's own.
    """
    if isinstance(formats, dict):
        conditions = pathfmt.directory_conditions
        chosen = [formats[expression] for expression in formats if expression]
        pathfmt.directory_conditions = [
            (condition, _guarded(pathfmt, texts, formatters))
            for texts, (condition, formatters) in zip(chosen, conditions, strict=True)
        ]
        formats = formats.get("")
    texts = default if formats is None else formats
    pathfmt.directory_formatters = _guarded(pathfmt, texts, pathfmt.directory_formatters)


def _guarded(
    pathfmt: Any, texts: Iterable[str], formatters: Iterable[_Formatter]
) -> list[_Formatter]:
    pairs = zip(texts, formatters, strict=True)
    return [_inside(pathfmt, make) if _has_fields(text) else make for text, make in pairs]


def _has_fields(text: str) -> bool:
    """Whether a format is more than its own text (gallery_dl/formatter.py, `parse`)."""
    return "{" in text or text.startswith("\f")


def _inside(pathfmt: Any, make: _Formatter) -> _Formatter:
    """A formatter whose folders lie in the one above them."""

    def _make(kwdict: dict[str, Any]) -> Any:
        made = make(kwdict)
        return _folder(pathfmt, made) if isinstance(made, str) else [*map(_one, made)]

    def _one(made: str) -> str:
        return _folder(pathfmt, made)

    return _make


def _folder(pathfmt: Any, made: str) -> str:
    """The name as it is, unless what gallery-dl would make of it is none."""
    cleaned = pathfmt.clean_path(pathfmt.clean_segment(made.strip()))
    parts = [_NO_BYTES.sub("_", part) for part in cleaned.split("/")]
    named = ("_" * len(part) if part in {".", ".."} else fitting(part) for part in parts)
    safe = "/".join(named)
    return made if safe == cleaned else safe


def failing_alone(download: Callable[..., Any]) -> Callable[..., Any]:
    """A downloader's `download` for which a senseless answer is a failed page.

    gallery-dl would end the job over it, as over a 206 without a Content-Range, and never name the
    pages behind this one.
    """

    def _download(url: str, pathfmt: Any) -> Any:
        try:
            return download(url, pathfmt)
        except _SENSELESS as error:
            if lack.is_lack(error):
                raise
            why = f"the answer makes no sense ({type(error).__name__}: {error})"
            raise OSError(why) from error

    return _download


def dropping(transaction: Transaction, part_enable: Callable[..., Any]) -> Callable[..., Any]:
    """A `part_enable` that drops what an earlier process left of a page.

    gallery-dl would resume it by `Range` without `If-Range`, which can splice two versions.
    """
    pathfmt = transaction.job.pathfmt

    def _part_enable(*args: Any) -> Any:
        done = part_enable(*args)
        if pathfmt.temppath not in {"", pathfmt.realpath} and transaction.is_page():
            seam.remove_file(pathfmt.temppath)
        ready_hooks.hidden(transaction)
        return done

    return _part_enable
