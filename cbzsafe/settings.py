"""What a user can set of ours; see `cbzsafe.cli.options` for where the values come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cbzsafe.receivers import Addresses, Command, PathMap

ZIP_FILTER = "extension not in ('zip', 'rar', 'cbz', 'sqlite')"
"""The injected post-processor's filter: what must not be packed into a book."""


class Pack(StrEnum):
    """Which downloading jobs get the injected post-processor."""

    ALWAYS = "always"
    ASKED = "asked"
    NEVER = "never"


class Incomplete(StrEnum):
    """What happens to a book that misses pages."""

    HOLD = "hold"
    PUBLISH = "publish"


class LogFormat(StrEnum):
    """What a line on standard error looks like."""

    TEXT = "text"
    JSON = "json"


class History(StrEnum):
    """Whether gallery-dl's download archive is believed without evidence against it."""

    TRUST = "trust"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run.

    Attributes:
        pack: which jobs get the injected post-processor.
        incomplete: what happens to a book that misses pages.
        page_retries: fetches of a page that came broken, beyond the first.
        repair_rounds: rounds in which failed pages are fetched again before the book is settled.
        publish_to: folder for the finished archives, or None for beside the staging folder.
        zip_filter: expression of the injected post-processor's filter.
        comicinfo: whether books get a ComicInfo.xml.
        comicinfo_formats: gallery-dl format strings by element, which replace what is built in;
            None for an element that is left out.
        skip_finished: whether chapters whose whole books are there unchanged are passed over.
        recheck: whether all chapters are visited, and it is recorded anew which are finished.
        report: file for the JSON report.
        history: whether the download archive is believed.
        lock_timeout: seconds to wait for a book that another process works on.
        notify: servers that are told of new books, or None.
        notify_path: where a server sees our folders, None for where we see them.
        on_publish: command that is run for each new book, or None.
        page_deadline: seconds that a picture may take to arrive.
        page_limit: bytes that a page may have.
        shard: which share of the chapters is this run's, as number and count; None for all.
        log_format: what lines on standard error look like.
        metrics: file for the metrics in Prometheus' text format.
        termination_log: file for Kubernetes' termination message, None for the usual place.
    """

    pack: Pack = Pack.ALWAYS
    incomplete: Incomplete = Incomplete.HOLD
    page_retries: int = 2
    repair_rounds: int = 1
    publish_to: Path | None = None
    zip_filter: str = ZIP_FILTER
    comicinfo: bool = False
    comicinfo_formats: tuple[tuple[str, str | None], ...] = ()
    skip_finished: bool = False
    recheck: bool = False
    report: Path | None = None
    history: History = History.TRUST
    lock_timeout: float = 600.0
    notify: Addresses | None = None
    notify_path: PathMap | None = None
    on_publish: Command | None = None
    page_deadline: float = 600.0
    page_limit: int = 1 << 30
    shard: tuple[int, int] | None = None
    log_format: LogFormat = LogFormat.TEXT
    metrics: Path | None = None
    termination_log: Path | None = None


@dataclass(frozen=True, slots=True)
class InForce:
    """One setting that is in force, and where it came from.

    Attributes:
        name: as in the configuration, such as `page-retries`.
        value: its parsed value, as in `Settings`.
        source: the option, the variable, the configuration key with its file, or `default`.
    """

    name: str
    value: object
    source: str


def injects(settings: Settings, *, cbz_asked: bool) -> bool:
    """Whether downloading jobs get the injected post-processor.

    Args:
        settings: those of the run.
        cbz_asked: whether `--cbz` was on the command line.
    """
    return settings.pack is Pack.ALWAYS or (settings.pack is Pack.ASKED and cbz_asked)


def injected(settings: Settings) -> dict[str, object]:
    """The injected post-processor's options, as gallery-dl's `postprocessors` take them."""
    return {
        "name": "zip",
        "compression": "store",
        "extension": "cbz",
        "filter": settings.zip_filter,
        "keep-files": False,
    }
