"""Writing pages one behind the other, and the index behind them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cbzsafe.cbz import build, records
from cbzsafe.cbz.compress import compressor
from cbzsafe.cbz.crc import crc32
from cbzsafe.cbz.entry import ZSTD_METHODS, Entry, Method
from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.inflate import BadDataError
from cbzsafe.cbz.proof import content
from cbzsafe.cbz.sources import ArchivedPage, FilePage, MadePage, opened
from cbzsafe.errors import ArchiveChanged, PackFailed, UnreadableArchive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cbzsafe.cbz.files import Identity
    from cbzsafe.cbz.sink import Sink
    from cbzsafe.cbz.sources import Source
    from cbzsafe.progress import Progress

_INDEX_STEP = 1000


@dataclass(slots=True)
class Assembly:
    """An archive as far as it is written.

    Attributes:
        sink: where it is written.
        method: how its pages are compressed; None for each as it is.
        progress: told of the pages' bytes.
        stack: closes the archives that pages are taken from.
        entries: what is in it, in order.
        taken: the identities of the files that went in, by page.
    """

    sink: Sink
    method: Method | None
    progress: Progress
    stack: ExitStack
    entries: list[Entry] = field(default_factory=list)
    taken: dict[str, Identity] = field(default_factory=dict)
    archives: dict[Path, ArchiveFile] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        """Write one page behind the others.

        Raises:
            PackFailed: it cannot be read, changed, or is not what it should be.
            OSError: writing failed.
        """
        if isinstance(source, ArchivedPage):
            self._take_over(source)
        elif isinstance(source, MadePage):
            self._write(source, source.size, iter((memoryview(source.data),)))
        else:
            self._read_in(source)

    def close(self, comment: bytes) -> None:
        """Write the index, and the archive's comment."""
        start = self.sink.position
        for at in range(0, len(self.entries), _INDEX_STEP):
            some = self.entries[at : at + _INDEX_STEP]
            self.sink.append(b"".join(map(build.central_header, some)))
        size = self.sink.position - start
        self.sink.append(build.end_records(len(self.entries), size, start, comment))

    def _read_in(self, page: FilePage) -> None:
        with opened(page) as file:
            self._write(page, file.size, file.blocks())
            self.taken[page.name] = file.identity

    def _take_over(self, page: ArchivedPage) -> None:
        try:
            file = self._archive(page.archive)
            if self.method in {None, page.entry.method}:
                self._copy(page, file)
                return
            crc = self._write(page, page.size, content(file, page.entry))
        except (BadDataError, ArchiveChanged, UnreadableArchive) as error:
            text = str(error).rstrip(".")
            raise PackFailed(f"{page.name}: it cannot be taken over: {text}.") from error
        if crc != page.entry.crc:
            raise PackFailed(f"{page.name}: its bytes are not those that were packed.")

    def _archive(self, path: Path) -> ArchiveFile:
        """Open each archive once."""
        if path not in self.archives:
            try:
                self.archives[path] = self.stack.enter_context(ArchiveFile(path))
            except FileNotFoundError as error:
                raise UnreadableArchive(f"{path} is not there") from error
        return self.archives[path]

    def _copy(self, page: ArchivedPage, file: ArchiveFile) -> None:
        """Take a page over as it is compressed; reading the new archive back proves it."""
        old = page.entry
        sizes = old.crc, old.compressed_size, old.size
        # APPNOTE 4.4.5: what was written as method 20 is method 93 since, with the same bytes.
        method = Method.ZSTD if old.method in ZSTD_METHODS else Method(old.method)
        entry = self._entry(page, method, *sizes, old.flags)
        self.sink.append(build.local_header(entry))
        self.sink.copy(file, old.data_offset, old.compressed_size, self.progress)
        self.entries.append(entry)

    def _write(self, page: Source, size: int, pieces: Iterator[memoryview]) -> int:
        """Write a page, and its header when its CRC is known; give the CRC."""
        start = self.sink.position
        begin = self.sink.position = start + build.local_length(page.name, size)
        method = self.method or Method.STORED
        packer, crc = compressor(method), 0
        for piece in pieces:
            crc = crc32(piece, crc)
            self.sink.append(packer.feed(piece))
            self.progress.advance(len(piece))
        self.sink.append(packer.flush())
        packed, self.sink.position = self.sink.position - begin, start
        entry = self._entry(page, method, crc, packed, size, build.LZMA_ENDS_ITSELF)
        self.sink.append(build.local_header(entry))
        self.sink.position += packed
        self.entries.append(entry)
        return crc

    def _entry(
        self, page: Source, method: Method, crc: int, packed: int, size: int, flags: int
    ) -> Entry:
        """Make the entry that begins where the sink stands."""
        start = self.sink.position
        begin = start + build.local_length(page.name, size)
        bits = build.flags_for(page.name, page.comment)
        if method is Method.LZMA:
            bits |= flags & build.LZMA_ENDS_ITSELF
        return Entry(
            page.name,
            int(method),
            bits,
            crc,
            packed,
            size,
            start,
            begin,
            page.comment,
            records.DOS_DATE,
            records.DOS_TIME,
        )
