"""One page on its way: what is known of it between its URL and its place in a book."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe.book.naming import page_name
from cbzsafe.book.parts import Presence
from cbzsafe.book.staging import fingerprint
from cbzsafe.cbz.names import is_unsafe

if TYPE_CHECKING:
    from cbzsafe.book.book import Book
    from cbzsafe.book.readymade import ReadyMade
    from cbzsafe.gallerydl.postprocessor import Writer
    from cbzsafe.gallerydl.transaction import Transaction

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_DRIVE = re.compile(r"^([A-Za-z]):")


@dataclass(slots=True)
class Visit:
    """A page that gallery-dl is asked to handle.

    Attributes:
        url: where it is to be had.
        kwdict: its metadata as the extractor gave it: gallery-dl changes the dict on the way.
        directory: gallery-dl's directory for it, as it is printed.
        realdirectory: the same, as it is opened.
        extension: what the site calls it, '' where only the response tells.
        transaction: of the job that visits it.
        again: the page's name, where it is fetched again.
        whole: whether it is decoded on arrival instead of beside the next download.
        bad: CRC and size of the bytes that came broken last time.
        steady: whether the same broken bytes came every time.
        presence: where the page already is.
        found: the name under which it is there.
        asked: the name that was looked for, which may have another extension.
        misled: whether that turned out to be another page.
        known: whether the history has it.
        skipped: whether gallery-dl skipped it.
        fetched: whether its bytes arrived and passed.
        fetches: how often it was fetched.
        recorded: the formats that it goes into, and the book they belong to.
        collided: the page whose name it would have had.
        prefix: gallery-dl's `enumerate` prefix that it has for that.
        comment: the comment of its entry.
        failed: whether it is noted as failed in its book.
        reason: why.
        ready: the ready-made archive that it is, None for a page.
        broken: whether an error of ours kept that from its place, so that no fetch would help.
    """

    url: str
    kwdict: dict[str, Any]
    directory: str
    realdirectory: str
    extension: str
    transaction: Transaction | None = None
    again: str = ""
    whole: bool = False
    bad: tuple[int, int] | None = None
    steady: bool = True
    presence: Presence = Presence.ABSENT
    found: str = ""
    asked: str = ""
    misled: bool = False
    known: bool = False
    skipped: bool = False
    fetched: bool = False
    fetches: int = 0
    recorded: list[Writer] = field(default_factory=list)
    book: Book | None = None
    collided: str = ""
    prefix: str = ""
    comment: str = ""
    failed: bool = False
    reason: str = ""
    ready: ReadyMade | None = None
    broken: bool = False


def begin(url: str, kwdict: dict[str, Any], transaction: Transaction) -> Visit:
    """Begin the visit of a page that the extractor named."""
    extension, pathfmt = kwdict.get("extension") or "", transaction.job.pathfmt
    return Visit(
        url=url,
        kwdict=kwdict.copy(),
        directory=pathfmt.directory,
        realdirectory=pathfmt.realdirectory,
        extension=pathfmt.extension_map(extension, extension),
        transaction=transaction,
    )


def name_of(visit: Visit, pathfmt: Any) -> str:
    """The page's name, as far as it is known: a failed page may have no extension yet."""
    name: str = visit.again or pathfmt.filename or named(visit, pathfmt)
    if not visit.extension and name.endswith(".part"):
        name = name[: -len(".part")]
    return name.rstrip(".") or visit.url


def named(visit: Visit, pathfmt: Any) -> str:
    """The name that the site gave to the page, whatever page is on its way now."""
    try:
        name: str = pathfmt.build_filename({**visit.kwdict, "extension": visit.extension})
    except Exception:  # noqa: BLE001 - the user's format may want what comes later
        name = os.path.basename(visit.url.partition("?")[0])
    return name


def safe(name: str) -> str:
    """Return a name that no reader and no disk refuses, the same where it is one already."""
    if is_unsafe(name) or name == ".":
        name = _DRIVE.sub(r"\1_", _UNSAFE.sub("_", name)).strip("/")
    parts = ("_" * len(part) if part in {".", ".."} else part for part in name.split("/"))
    return "/".join(map(page_name, parts)) or "_"


def print_of(path: Path) -> tuple[int, int] | None:
    """CRC and size of a file, or None where it is gone."""
    try:
        return fingerprint(path)
    except OSError:
        return None
