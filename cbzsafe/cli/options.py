"""The options that commands share, each written once: for Click, the environment and the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import click

from cbzsafe import invocation
from cbzsafe.cli import receivers, values
from cbzsafe.cli.grouped import Grouped
from cbzsafe.settings import History, Incomplete, LogFormat, Pack

F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a run, wherever it is written.

    Attributes:
        name: as in the configuration; the option, the variable and the field follow from it.
        group: the heading in `--help`.
        metavar: what stands for the value in `--help`.
        help: one sentence, or two.
        parse: from text or a configuration value to the value.
        path: whether `~` and `$VARIABLES` stand for something, where no shell has seen it.
        flag: whether the option takes no value: it says `true`.
    """

    name: str
    group: str
    metavar: str
    help: str
    parse: values.Parse
    path: bool = False
    flag: bool = False

    @property
    def field(self) -> str:
        """The attribute of `cbzsafe.settings.Settings`."""
        return self.name.replace("-", "_")


SETTINGS = (
    Setting(
        "pack",
        "Packing",
        "always|asked|never",
        "Pack every download into a .cbz (default), only with --cbz, or none.",
        values.one_of(Pack),
    ),
    Setting(
        "zip-filter",
        "Packing",
        "EXPR",
        "Python expression for what goes into the .cbz. Default: all but archives and databases.",
        values.expression,
    ),
    Setting(
        "shard",
        "Sharing",
        "I/N",
        "Take the share I of N of all chapters; I may be 'index', for an Indexed Job's pods.",
        values.shard,
    ),
    Setting(
        "skip-finished",
        "Finished chapters",
        "true|false",
        "Ask for no chapter that was published whole and whose books are there unchanged.",
        values.yes_or_no,
        flag=True,
    ),
    Setting(
        "recheck",
        "Finished chapters",
        "true|false",
        "Visit finished chapters too, and record anew which are.",
        values.yes_or_no,
        flag=True,
    ),
    Setting(
        "page-retries",
        "Pages",
        "N",
        "Fetch a page that came broken up to N times more. Default: 2.",
        values.count,
    ),
    Setting(
        "repair-rounds",
        "Pages",
        "N",
        "Fetch the pages that failed again, N times, before a book is settled. Default: 1.",
        values.count,
    ),
    Setting(
        "page-deadline",
        "Pages",
        "SECONDS",
        "Give a picture up that takes longer to arrive. Default: 600.",
        values.deadline,
    ),
    Setting(
        "page-limit",
        "Pages",
        "SIZE",
        "Give a page up that is larger, such as 500M or 2G. Default: 1G.",
        values.size,
    ),
    Setting(
        "history",
        "Pages",
        "trust|verify",
        "Believe the download archive (default), or look for each page in its book first.",
        values.one_of(History),
    ),
    Setting(
        "incomplete",
        "Publishing",
        "hold|publish",
        "Keep the pages of a book that misses some for the next run (default), or publish them.",
        values.one_of(Incomplete),
    ),
    Setting(
        "publish-to",
        "Publishing",
        "DIR",
        "Put finished books under DIR, at the path that they have below the base directory.",
        values.folder,
        path=True,
    ),
    Setting(
        "comicinfo",
        "Publishing",
        "true|false",
        "Put a ComicInfo.xml with what the site says of a book into it, as its first entry.",
        values.yes_or_no,
        flag=True,
    ),
    Setting(
        "comicinfo-formats",
        "Publishing",
        "JSON",
        "Object of gallery-dl format strings by element of ComicInfo.xml; null leaves one out.",
        values.comicinfo_formats,
    ),
    Setting(
        "lock-timeout",
        "Publishing",
        "SECONDS",
        "Wait so long for a book that another process works on. Default: 600.",
        values.seconds,
    ),
    Setting("notify", "Publishing", "URL", receivers.NOTIFY, receivers.addresses),
    Setting(
        "notify-path",
        "Publishing",
        "OURS=THEIRS",
        receivers.NOTIFY_PATH,
        receivers.path_map,
        path=True,
    ),
    Setting("on-publish", "Publishing", "CMD", receivers.ON_PUBLISH, receivers.command),
    Setting(
        "report",
        "Reporting",
        "FILE",
        "Write what became of each book to FILE, as JSON.",
        values.file,
        path=True,
    ),
    Setting(
        "metrics",
        "Reporting",
        "FILE",
        "Write metrics to FILE, in the text format of Prometheus.",
        values.file,
        path=True,
    ),
    Setting(
        "termination-log",
        "Reporting",
        "FILE",
        "Write a short summary to FILE; without it, to /dev/termination-log if that is there.",
        values.file,
        path=True,
    ),
    Setting(
        "log-format",
        "Reporting",
        "text|json",
        "Write lines of text to standard error (default), or a JSON object a line.",
        values.one_of(LogFormat),
    ),
)


def of_a_run(function: F) -> F:
    """Decorate a command's function with all options of a run; their values come as text."""
    for setting in reversed(SETTINGS):
        form: dict[str, object] = {"metavar": setting.metavar, "type": click.UNPROCESSED}
        if setting.flag:
            form = {"is_flag": True, "flag_value": "true", "type": click.STRING, "default": None}
        function = click.option(
            invocation.option(setting.name),
            setting.field,
            cls=Grouped,
            group=setting.group,
            help=setting.help,
            **form,
        )(function)
    return function
