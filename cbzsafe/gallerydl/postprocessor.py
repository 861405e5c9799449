"""What `zip` means here: its options in, the pages of a book recorded.

gallery-dl resolves every level of its configuration, alias, whitelist and `-O` itself and hands
our constructor the result, as it would hand it to `gallery_dl/postprocessor/zip.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gallery_dl import util
from gallery_dl.postprocessor.common import PostProcessor

from cbzsafe.cbz.entry import Method

METHODS = {
    "store": Method.STORED,
    "zip": Method.DEFLATED,
    "bzip2": Method.BZIP2,
    "lzma": Method.LZMA,
}
"""The `compression` values of gallery_dl/postprocessor/zip.py."""


@dataclass(slots=True)
class Writer:
    """One archive format that a job's books are written as.

    Attributes:
        extension: of the archive, without a dot.
        method: how entries are compressed.
        keep_files: whether pages stay in the folder.
        files: the post-processor's `files`, as configured.
        condition: the filter, or None where everything belongs in.
    """

    extension: str
    method: Method
    keep_files: bool
    files: tuple[str, ...]
    condition: Callable[[dict[str, Any]], Any] | None

    def accepts(self, kwdict: dict[str, Any]) -> bool:
        """Whether a file with this metadata belongs into the archive."""
        if self.condition is None:
            return True
        try:
            return bool(self.condition(kwdict))
        except Exception:  # noqa: BLE001 - the user's expression may want what comes later
            return True

    def extras(self, directory: str) -> list[str]:
        """The paths of `files`, relative ones inside the book's directory."""
        return [os.path.join(directory, util.expand_path(name)) for name in self.files]

    def merge(self, other: Writer) -> None:
        """Become the one writer where two were asked for one file."""
        self.files = (*self.files, *(name for name in other.files if name not in self.files))
        self.keep_files = self.keep_files or other.keep_files


def writer_from(options: dict[str, Any]) -> Writer:
    """Read the options of a `zip` post-processor.

    Raises:
        ValueError: an option has no sense.
        SyntaxError: the filter is no expression.
    """
    extension = options.get("extension", "zip")
    if not isinstance(extension, str) or not extension.strip(".") or "/" in extension:
        raise ValueError(f"'{extension}' is no extension for an archive")
    files = options.get("files") or ()
    expression = options.get("filter")
    return Writer(
        extension.lstrip("."),
        METHODS.get(options.get("compression", "store"), Method.STORED),
        bool(options.get("keep-files", False)),
        (files,) if isinstance(files, str) else tuple(files),
        util.compile_filter(expression) if expression else None,
    )


class ZipPP(PostProcessor):  # type: ignore[misc]
    """The post-processor that gallery-dl makes where a configuration says `zip`.

    gallery-dl logs a constructor's exception and goes on without the post-processor; the job
    is told of it, so that it can fail instead of leaving pages unpacked.
    """

    def __init__(self, job: Any, options: dict[str, Any]) -> None:
        PostProcessor.__init__(self, job)
        transaction = job.transaction
        if not transaction.packs:
            return
        try:
            writer = transaction.take_writer(writer_from(options))
            job.register_hooks({"file": lambda _pathfmt: transaction.record(writer)}, options)
        except Exception as error:
            transaction.writer_error = f"'zip' cannot be used: {error}"
            raise
