"""The reference of commands, options and exit statuses, read from Click's own commands."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

import click

from cbzsafe import invocation
from cbzsafe.cli import values
from cbzsafe.cli.command import COMMANDS, RUN
from cbzsafe.cli.grouped import Grouped
from cbzsafe.cli.options import SETTINGS
from cbzsafe.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT = re.compile(r" Default: ([^ ]+)\.$")
_UNITS = {"G": 1 << 30, "M": 1 << 20, "K": 1 << 10}


def commands() -> dict[str, click.Command]:
    """Load every command; a run's has the program's name."""
    loaded = {f"cbzsafe {name}": entry.load() for name, entry in COMMANDS.items()}
    return {"cbzsafe": RUN.load(), **loaded}


def options() -> str:
    """Write the reference of all commands and their options, in Markdown."""
    return "\n\n".join(_command(name, command) for name, command in commands().items())


def statuses() -> str:
    """Write the exit statuses of all commands that say theirs, in Markdown."""
    return "\n\n".join(
        "\n".join([f"## {name}", "", *_table(("Status", "Means"), command.statuses)])
        for name, command in commands().items()
        if getattr(command, "statuses", ())
    )


def _command(name: str, command: click.Command) -> str:
    parts = [f"## {name}", _escaped(_one_line(command.help or ""))]
    usage = RUN.usage if name == "cbzsafe" else COMMANDS[name.partition(" ")[2]].usage
    parts.append(f"    {name} [OPTIONS] {usage}")
    if name != "cbzsafe" and _names(command) == _names(RUN.load()):
        parts.append("It takes [the options of a run](#cbzsafe).")
        return "\n\n".join(parts)
    for group, rows in _groups(command).items():
        parts += [f"**{group}**", "\n".join(rows)]
    return "\n\n".join(parts)


def _names(command: click.Command) -> set[str]:
    return {word for option in _options(command) for word in option.opts}


def _options(command: click.Command) -> Iterator[click.Option]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield parameter


def _groups(command: click.Command) -> dict[str, list[str]]:
    """Write a table for each group of options, in the order of `--help`."""
    prefix = command.context_settings.get("auto_envvar_prefix")
    heads = ("Option", "Meaning", "Value", "Default", "Variable", "Key")
    tables: dict[str, list[tuple[str, ...]]] = {}
    for option in _options(command):
        group = option.group if isinstance(option, Grouped) else "Information"
        tables.setdefault(group, []).append(_row(option, prefix))
    return {
        group: list(_table(*_without_empty(heads, rows), code=0)) for group, rows in tables.items()
    }


def _without_empty(
    heads: tuple[str, ...], rows: list[tuple[str, ...]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    kept = [index for index in range(len(heads)) if any(row[index] for row in rows)]
    return tuple(heads[i] for i in kept), [tuple(row[i] for i in kept) for row in rows]


def _row(option: click.Option, prefix: str | None) -> tuple[str, ...]:
    setting = next((one for one in SETTINGS if one.field == option.name), None)
    longest = max(option.opts, key=len)
    words = ", ".join(f"`{word}`" for word in sorted(option.opts, key=len))
    help_, default = option.help or "", ""
    stated = _DEFAULT.search(help_)
    if prefix:
        variable = f"{prefix}_{longest.lstrip('-').replace('-', '_').upper()}"
        key = ""
    else:
        known = setting is not None
        variable = invocation.variable(longest.lstrip("-")) if known else ""
        key = longest.lstrip("-") if known else ""
        default = _default(option.name or "")
    if stated:
        help_, default = help_[: stated.start()], default or f"`{stated[1]}`"
    return (
        words,
        _escaped(_one_line(help_)),
        _value(option),
        default,
        f"`{variable}`" if variable else "",
        f"`{key}`" if key else "",
    )


def _value(option: click.Option) -> str:
    """Say what stands behind an option; a table has no room for the bars of `a|b`."""
    if option.is_flag:
        return ""
    *others, last = [f"`{word}`" for word in (option.metavar or "TEXT").split("|")]
    return f"{', '.join(others)} or {last}" if others else last


def _default(field: str) -> str:
    value = getattr(Settings(), field, None)
    if value is None or value is False or value == ():
        return ""
    return f"`{_text(field, value)}`"


def _text(field: str, value: object) -> str:
    setting = next((one for one in SETTINGS if one.field == field), None)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, int) and setting is not None and setting.parse is values.size:
        unit = next((unit for unit, size in _UNITS.items() if value % size == 0), "")
        return f"{value // _UNITS.get(unit, 1)}{unit}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(
    heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...] | list[tuple[str, ...]], code: int = 1
) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    for row in rows:
        cells = [_escaped(cell) for cell in row] if code else row
        yield f"| {' | '.join(cells)} |"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    """Take from signs what they mean in Markdown, outside of `code`."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*_<|\\])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)
