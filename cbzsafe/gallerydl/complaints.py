"""What gallery-dl complains of: the reason why a page failed, and what concerns no page."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cbzsafe.model import Problem

PAGES = ("downloader.http", "downloader.ytdl", "downloader.text", "download")
"""Loggers that speak of single pages (gallery_dl/downloader/, `DownloadJob.download`)."""

_TRY = re.compile(r" \(\d+/[\d.inf]+\)$")


class Doubts(logging.Handler):
    """Counts what an extractor warns of, which may be a page that it could not name."""

    def __init__(self, extractor: Any) -> None:
        super().__init__(logging.WARNING)
        self._extractor = extractor
        self.count = 0

    def __bool__(self) -> bool:
        """Whether there was any warning."""
        return bool(self.count)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a warning of the extractor's own, not those of others of its site."""
        self.count += getattr(record, "extractor", None) is self._extractor


@contextmanager
def doubts(extractor: Any) -> Iterator[Doubts]:
    """Within the block, hear what an extractor warns of, whatever level a user wants to read."""
    heard, name = Doubts(extractor), extractor.log.logger.name
    level = _listen(name, heard)
    try:
        yield heard
    finally:
        _leave(name, heard, level)


def _listen(name: str, handler: logging.Handler) -> int:
    """Let a handler hear a logger, whatever level a user wants to read; gives the level."""
    logger = logging.getLogger(name)
    level = logger.level
    if logger.getEffectiveLevel() > logging.WARNING:
        logger.setLevel(logging.WARNING)  # under -q; handlers have levels of their own
    logger.addHandler(handler)
    return level


def _leave(name: str, handler: logging.Handler, level: int) -> None:
    """Leave a logger as it was."""
    logging.getLogger(name).removeHandler(handler)
    logging.getLogger(name).setLevel(level)


LIMIT = 100
"""So many different errors are kept of a run; a list of dead URLs may have any number."""


class Words(logging.Handler):
    """Keeps what gallery-dl last complained of: the reason why a page failed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""
        self._levels: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the words, without which try it was."""
        if not record.getMessage().startswith("Failed to download"):
            self.last = _TRY.sub("", record.getMessage()).strip()

    def attach(self) -> None:
        """Hear the loggers of pages, whatever level a user wants to read."""
        for name in PAGES:
            self._levels[name] = _listen(name, self)

    def detach(self) -> None:
        """Leave the loggers as they were."""
        for name, level in self._levels.items():
            _leave(name, self, level)


class Errors(logging.Handler):
    """Keeps what gallery-dl logs as an error of the run: a page's own are its book's problems.

    Without them a report of a run that found nothing would not say why.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.problems: list[Problem] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an error once, with the name of the site or part that it came from."""
        problem = Problem(f"{record.name}: {record.getMessage()}")
        room = len(self.problems) < LIMIT
        if record.name not in PAGES and room and problem not in self.problems:
            self.problems.append(problem)
