"""Pages in, a temporary archive out: the same pages give the same bytes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe.cbz import build, names, records
from cbzsafe.cbz.assembly import Assembly
from cbzsafe.cbz.entry import Entry, Method
from cbzsafe.cbz.sink import Sink
from cbzsafe.cbz.sources import ArchivedPage, FilePage, MadePage, Source
from cbzsafe.cbz.storage import guarded
from cbzsafe.errors import PackFailed
from cbzsafe.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cbzsafe.cbz.files import Identity
    from cbzsafe.progress import Progress

__all__ = [
    "ArchivedPage",
    "FilePage",
    "MadePage",
    "Method",
    "Packed",
    "Source",
    "pack",
    "room_for",
]


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive that was packed.

    Attributes:
        path: where it is.
        entries: in the order of the sources.
        taken: for each page that came from a file, device, inode, size and mtime in nanoseconds
            of the file whose bytes went in.
    """

    path: Path
    entries: tuple[Entry, ...]
    taken: dict[str, Identity]


def pack(
    target: Path,
    sources: Sequence[Source],
    *,
    method: Method | None = Method.STORED,
    comment: bytes = b"",
    progress: Progress | None = None,
) -> Packed:
    """Write a new archive under a temporary name in the target's folder.

    Args:
        target: what it is meant to become; not touched.
        sources: the pages, in the order that they are to have.
        method: how they are compressed; pages that are so already are copied as they are. None
            for each as it is in its archive, and stored where it comes from a file.
        comment: the archive's comment, at most 65535 bytes.
        progress: told of the pages' bytes.

    Raises:
        PackFailed: a page vanished, changed, is no regular file, cannot be unpacked, or has a name
            that cannot be.
        StorageError: the disk is full or failed.
    """
    _refuse(sources, comment)
    need = sum(source.size for source in sources)
    progress = progress or Silent()
    with guarded(target.parent, need), ExitStack() as stack:
        sink = stack.enter_context(Sink(target))
        progress.start(target.name, need)
        assembly = Assembly(sink, method, progress, stack)
        for source in sources:
            assembly.add(source)
        assembly.close(comment)
        progress.finish()
    return Packed(sink.path, tuple(assembly.entries), assembly.taken)


def room_for(sources: Sequence[Source], method: Method | None, comment: bytes = b"") -> int:
    """Compute the bytes of the archive that `pack` would write, or what it has at the least.

    It is exact where pages are stored or stay compressed as they are. What a page comes to that
    will be compressed only now is not known before: such a page counts as nothing but its headers,
    so that nothing is refused that would fit.

    Args:
        sources: as for `pack`; likewise the two others.
        method: see there.
        comment: see there.
    """
    position = index = 0
    for source in sources:
        size, packed = source.size, _packed_size(source, method)
        index += build.central_length(source.name, source.comment, (size, packed, position))
        position += build.local_length(source.name, size) + packed
    return position + index + len(build.end_records(len(sources), index, position, comment))


def _packed_size(source: Source, method: Method | None) -> int:
    """Bytes of a page in the new archive, 0 where they are not known beforehand."""
    if isinstance(source, ArchivedPage) and method in {None, source.entry.method}:
        return source.entry.compressed_size
    return source.size if method in {None, Method.STORED} else 0


def _refuse(sources: Sequence[Source], comment: bytes) -> None:
    """Refuse what no archive can hold."""
    seen: set[str] = set()
    for source in sources:
        _refuse_name(source)
        if source.name in seen:
            raise PackFailed(f"Two pages are called {source.name!r}.")
        seen.add(source.name)
    if len(comment) > records.MARK16:
        raise PackFailed("The archive's comment has more than 65535 bytes.")


def _refuse_name(source: Source) -> None:
    if names.is_unsafe(source.name) or source.name.endswith("/"):
        raise PackFailed(f"{source.name!r} cannot be the name of a page.")
    longest = max(len(build.encode(source.name)), len(source.comment.encode("utf-8")))
    if longest > records.MARK16:
        raise PackFailed(f"The name or the comment of {source.name[:80]!r} is too long.")
