"""Where a run's settings come from: option, environment, configuration, default."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cbzsafe import invocation
from cbzsafe.cli.options import SETTINGS, Setting
from cbzsafe.errors import UsageError
from cbzsafe.settings import InForce, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cbzsafe.gallerydl.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings of a run.

    Attributes:
        settings: their values.
        in_force: each with where it came from, by name.
    """

    settings: Settings
    in_force: tuple[InForce, ...]


def resolve(
    given: Mapping[str, str | None],
    environment: Mapping[str, str],
    configuration: Configuration | None = None,
) -> Resolved:
    """Find each setting's value; what is written in vain is checked all the same.

    Args:
        given: the options' texts by the settings' fields, None where not given.
        environment: such as `os.environ`; an empty variable counts as not set.
        configuration: gallery-dl's, or None to leave it out.

    Raises:
        UsageError: a value or a configuration key is wrong.
    """
    section = _section(configuration)
    in_force = []
    for setting in SETTINGS:
        found = [
            InForce(setting.name, _parsed(setting, raw, place), place)
            for raw, place in _written(setting, given, environment, section)
        ]
        default = InForce(setting.name, getattr(Settings(), setting.field), "default")
        in_force.append(found[0] if found else default)
    fields = {one.name.replace("-", "_"): one.value for one in in_force}
    chosen: dict[str, Any] = fields
    return Resolved(Settings(**chosen), tuple(sorted(in_force, key=lambda one: one.name)))


def _section(configuration: Configuration | None) -> dict[str, tuple[object, str]]:
    """The configuration's values of ours, each with the place where it is written."""
    if configuration is None:
        return {}
    section = configuration.section(invocation.SECTION)
    if not isinstance(section, dict):
        place = _place(configuration, invocation.SECTION)
        raise UsageError(f"{place}: {section!r} is no object with settings.")
    placed = {
        name: (value, _place(configuration, invocation.SECTION, name))
        for name, value in section.items()
    }
    for name, (_, place) in placed.items():
        if name not in invocation.names():
            raise UsageError(f"{place}: there is no such setting{_nearest(name)}")
    return placed


def _place(configuration: Configuration, *path: str) -> str:
    origin = configuration.origin(*path)
    return ".".join(path) + (f" in {origin}" if origin else "")


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, invocation.names(), 1)
    return f", did you mean '{near[0]}'?" if near else "."


def _written(
    setting: Setting,
    given: Mapping[str, str | None],
    environment: Mapping[str, str],
    section: Mapping[str, tuple[object, str]],
) -> Iterator[tuple[object, str]]:
    text = given.get(setting.field)
    if text is not None:
        yield text, invocation.option(setting.name)
    variable = invocation.variable(setting.name)
    if environment.get(variable):
        yield _expanded(setting, environment[variable]), variable
    value, place = section.get(setting.name, (None, ""))
    if value is not None:
        yield _expanded(setting, value), place


def _expanded(setting: Setting, raw: object) -> object:
    if setting.path and isinstance(raw, str):
        return os.path.expandvars(os.path.expanduser(raw))  # noqa: PTH111 - as gallery-dl expands
    return raw


def _parsed(setting: Setting, raw: object, place: str) -> object:
    try:
        return setting.parse(raw)
    except ValueError as error:
        end = "" if str(error).endswith("?") else "."
        raise UsageError(f"{place}: {error}{end}") from None
