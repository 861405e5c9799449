"""Whether the clock can be right."""

from __future__ import annotations

import os
import time
import zoneinfo
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.model import Clock, Diagnosis, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_EARLIEST = 2024
"""The year before which no version of cbzsafe was made."""

_ANY_ZONE = "Europe/London"

_UTC = frozenset({"", "UTC", "UTC0", "GMT", "Etc/UTC"})
"""Values of `TZ` for which no data are needed."""


def look(
    environment: Mapping[str, str] = os.environ,
    zones: Sequence[str] = zoneinfo.TZPATH,
    package: Path | None = None,
) -> Clock:
    """Find out about the clock.

    Args:
        environment: the process's variables.
        zones: the folders in which time zone data may lie.
        package: the folder whose files cannot be from the future; None for gallery-dl's.
    """
    folder = _gallery_dl() if package is None else package
    return Clock(
        now=time.time(),
        newest=None if folder is None else newest(folder),
        zone=environment.get("TZ", ""),
        zones=any(Path(place, _ANY_ZONE).is_file() for place in zones),
    )


def _gallery_dl() -> Path | None:
    spec = find_spec("gallery_dl")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def newest(folder: Path) -> float | None:
    """Give the mtime of a folder's newest source file, None where it has none."""
    times = []
    for path in folder.rglob("*.py"):
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    return max(times, default=None)


def diagnose(found: Clock) -> list[Diagnosis]:
    """Say what follows from the clock.

    Args:
        found: as `look` gives it.
    """
    return [*_time(found), *_zone(found)]


def _time(found: Clock) -> Iterator[Diagnosis]:
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(found.now))
    early = time.gmtime(found.now).tm_year < _EARLIEST
    behind = found.newest is not None and found.now < found.newest
    if early or behind:
        than = f"the year {_EARLIEST}" if early else "the installed gallery-dl"
        text = f"It says {shown}, which is earlier than {than}: certificates will be refused."
        yield _said(Weight.WARNING, "clock", text, "Set the clock of the machine (NTP).")
    else:
        yield _said(Weight.OK, "clock", f"It says {shown}.")


def _zone(found: Clock) -> Iterator[Diagnosis]:
    if not found.zones:
        text = "There are no time zone data: times are in UTC, whatever TZ says."
        yield _said(Weight.WARNING, "time zone", text, "Install the package tzdata.")
    elif _is_known(found.zone):
        yield _said(Weight.OK, "time zone", f"It is {found.zone or 'that of the machine'}.")
    else:
        text = f"TZ names no time zone: {found.zone}; times are in UTC."
        yield _said(Weight.WARNING, "time zone", text, "Set TZ to a name such as Europe/Rome.")


def _is_known(zone: str) -> bool:
    """Whether a zone is a name, a file, or a rule with an offset, as `CET-1CEST` (tzset(3))."""
    name = zone.lstrip(":")
    is_rule = name.startswith("/") or any(char.isdigit() for char in name)
    return name in _UTC or is_rule or name in zoneinfo.available_timezones()


def _said(weight: Weight, subject: str, text: str, advice: str = "") -> Diagnosis:
    return Diagnosis(weight, "clock", subject, text, advice)
