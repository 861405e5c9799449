"""The options of the installed gallery-dl, read from its own parser."""

from __future__ import annotations

import argparse
import re
from importlib import import_module

from cbzsafe.gallerydl import parser
from cbzsafe.model.option import Kind, Option, Value, value

_NAMED = {
    "--postprocessor": ("gallery_dl.postprocessor", "modules"),
    "--cookies-from-browser": ("gallery_dl.cookies", "SUPPORTED_BROWSERS"),
}
"""Options whose values are in a collection of gallery-dl's, which its parser does not look at."""

_QUOTED = re.compile(r"(?:One of|formats are)((?:,? (?:or )?'[^']+')+)")
_LISTED = re.compile(r"\(([a-z]+(?:, [a-z]+)+)\)$")


def options() -> tuple[Option, ...]:
    """Give gallery-dl's options, in the order of its help.

    Raises:
        UnsupportedGalleryDL: gallery-dl is not installed, or has no such parser.
    """
    return tuple(_option(action) for action in parser.build()._actions if action.option_strings)


def _option(action: argparse.Action) -> Option:
    hidden = action.help == argparse.SUPPRESS
    text = "" if hidden else " ".join(str(action.help or "").split())
    return Option(tuple(action.option_strings), _values(action, text), text, hidden)


def _values(action: argparse.Action, text: str) -> tuple[Value, ...]:
    # What may be left out (`*`, `?`) is not waited for: the next word may be a URL.
    count = 1 if action.nargs is None else action.nargs if isinstance(action.nargs, int) else 0
    if "directory" in action.dest:
        return (Value(Kind.FOLDER),) * count
    metavars = action.metavar or ""
    if isinstance(metavars, str):  # gallery-dl has 'FORMAT FILE' for two
        metavars = tuple(metavars.split()) if count > 1 else (metavars,) * count
    choices = _choices(action, text)
    return tuple(value(metavar, choices) for metavar in metavars)


def _choices(action: argparse.Action, text: str) -> tuple[str, ...]:
    """List what may be chosen from: gallery-dl tells most of it in help texts alone."""
    if action.choices is not None:
        return tuple(map(str, action.choices))
    for name in _NAMED.keys() & set(action.option_strings):
        return _collected(*_NAMED[name])
    quoted = _QUOTED.search(text)
    if quoted:
        return tuple(re.findall(r"'([^']+)'", quoted[1]))
    listed = _LISTED.search(text)
    return tuple(listed[1].split(", ")) if listed else ()


def _collected(module: str, name: str) -> tuple[str, ...]:
    try:
        found = getattr(import_module(module), name)
        return tuple(sorted(map(str, found)))
    except (ImportError, AttributeError, TypeError):  # another version: nothing is offered then
        return ()
