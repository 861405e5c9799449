"""The command line that downloads into one book, wherever the user has put it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.book.naming import target_for
from cbzsafe.errors import UsageError
from cbzsafe.gallerydl import parser, session

if TYPE_CHECKING:
    from cbzsafe.gallerydl.parser import Understood
    from cbzsafe.interrupt import Stop
    from cbzsafe.model import RunReport
    from cbzsafe.progress import Progress
    from cbzsafe.settings import Settings


def understood(archive: os.PathLike[str], url: str, *, silent: bool = False) -> Understood:
    """Make the arguments with which gallery-dl fetches a chapter into an archive's book.

    The pages' names follow the user's configuration, as they did when the book was downloaded.

    Args:
        archive: the book's final name.
        url: of the chapter.
        silent: let gallery-dl write no names to standard output.

    Raises:
        UsageError: the archive has a name that no download gives, or the URL is none.
    """
    path = Path(archive)
    staging = os.fspath(path.with_suffix(""))
    # gallery-dl expands `~` and variables in the folder that `-D` names (util.expand_path).
    if target_for(staging, "cbz", "", None) != path or os.path.expandvars(staging) != staging:
        raise UsageError(f"--from cannot fill {path}: a book is called TITLE.cbz.")
    options = ["-D", staging, "-o", "skip=true"]
    options += ["-o", "output.mode=false"] if silent else []
    line = parser.understand([*options, url])
    if not url or url.startswith("-") or line is None or not line.downloads:
        raise UsageError(f"--from: {url!r} is no URL.")
    return line


def fill(
    archive: os.PathLike[str],
    line: Understood,
    settings: Settings,
    progress: Progress,
    stop: Stop,
) -> RunReport:
    """Download into an archive's book.

    Args:
        archive: as for `understood`.
        line: what `understood` gave.
        settings: of the run.
        progress: hears of waiting and of long work.
        stop: the caller's, whose handlers are set.
    """
    staging = Path(archive).with_suffix("")
    was_there = os.path.lexists(staging)
    report = session.run(line, settings, progress, stop, single=True)
    if not was_there:
        with suppress(OSError):  # pages that are held stay in it
            staging.rmdir()
    return report
