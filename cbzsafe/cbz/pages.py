"""Judging one page of an archive: its bytes, and the picture that they are."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

from cbzsafe import images
from cbzsafe.cbz import proof
from cbzsafe.cbz.entry import KEPT_DAMAGED, SOURCE_DAMAGED
from cbzsafe.cbz.inflate import BadDataError
from cbzsafe.model import Code, Finding, Level

if TYPE_CHECKING:
    from cbzsafe.cbz.entry import Entry
    from cbzsafe.cbz.files import ArchiveFile

_FORGIVEN = frozenset({Code.TRUNCATED_IMAGE, Code.UNDECODABLE_IMAGE})


class Depth(IntEnum):
    """How closely an archive is looked at; each includes those before it."""

    STRUCTURE = 0
    """Index and local headers; every byte of the file accounted for."""
    ENDS = 1
    """The first and last bytes of each page."""
    PAGES = 2
    """The CRC of every page."""
    DECODE = 3
    """Every picture, decoded whole."""


def judge(file: ArchiveFile, entry: Entry, depth: Depth) -> Finding | None:
    """Look at one page; its local header is taken to be right.

    Raises:
        ArchiveChanged: the file became shorter meanwhile.
        StorageError: the disk failed.
    """
    try:
        finding = _judge(file, entry, depth)
    except BadDataError as error:
        finding = Finding(Code.BAD_DATA, f"The page does not unpack: {error}.")
    if finding is None:
        return None
    forgiven = forgive(finding, entry.comment)
    # That a page was kept is said once, of its mark, whatever is wrong with it.
    return None if forgiven.code is Code.KEPT_DAMAGED else locate(forgiven, entry)


def locate(finding: Finding, entry: Entry) -> Finding:
    """Name the page and the bytes that a finding concerns."""
    return replace(finding, page=entry.name, start=entry.data_offset, end=entry.end)


def _judge(file: ArchiveFile, entry: Entry, depth: Depth) -> Finding | None:
    edges = proof.ends(file, entry) if depth is Depth.ENDS else proof.edges(file, entry)
    if edges.crc != entry.crc:
        return Finding(Code.BAD_CRC, "The page's bytes are not those that were packed.")
    if not images.is_page(entry.name):
        return None
    return look(file, entry, edges, decode=depth >= Depth.DECODE)


def look(file: ArchiveFile, entry: Entry, edges: proof.Edges, *, decode: bool) -> Finding | None:
    """Look at a picture's ends, and decode it whole if they are right and that is wanted.

    What is no picture is not unpacked into memory: a thousandth of its size may be in the file.
    """
    finding = images.quick(entry.name, edges.head, edges.tail, entry.size)
    if not decode or (finding is not None and finding.level is not Level.WARNING):
        return finding
    return decoded(file, entry)


def decoded(file: ArchiveFile, entry: Entry) -> Finding | None:
    """Decode a page whole, if it is not too large to be held in memory."""
    if entry.size > proof.WHOLE_MAX:
        return Finding(Code.UNDECODABLE_IMAGE, "The picture has more than 1 GiB.")
    return images.decode(entry.name, proof.whole(file, entry))


def forgive(finding: Finding, comment: str) -> Finding:
    """Turn the damage of a picture that is marked as such into a warning."""
    marks = comment.split()
    if finding.code not in _FORGIVEN:
        return finding
    if SOURCE_DAMAGED in marks:
        text = f"The site itself served it so. {finding.detail}"
        return replace(finding, code=Code.DAMAGED_AT_SOURCE, detail=text)
    if KEPT_DAMAGED in marks:
        text = f"A repair kept it all the same. {finding.detail}"
        return replace(finding, code=Code.KEPT_DAMAGED, detail=text)
    return finding
