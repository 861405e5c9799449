"""The command line that downloads into one book, wherever the user has put it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.book.naming import target_for
from cbzsafe.errors import UsageError
from cbzsafe.gallerydl import parser

if TYPE_CHECKING:
    from cbzsafe.gallerydl.parser import Understood


def understood(archive: os.PathLike[str], url: str) -> Understood:
    """Make the arguments with which gallery-dl fetches a chapter into an archive's book.

    The pages' names follow the user's configuration, as they did when the book was downloaded.

    Args:
        archive: the book's final name.
        url: of the chapter.

    Raises:
        UsageError: the archive has a name that no download gives, or the URL is none.
    """
    path = Path(archive)
    staging = os.fspath(path.with_suffix(""))
    # gallery-dl expands `~` and variables in the folder that `-D` names (util.expand_path).
    if target_for(staging, "cbz", "", None) != path or os.path.expandvars(staging) != staging:
        raise UsageError(f"--from cannot fill {path}: a book is called TITLE.cbz.")
    line = parser.understand(["-D", staging, url])
    if url.startswith("-") or line is None or not line.downloads:
        raise UsageError(f"--from: {url!r} is no URL.")
    return line
