"""What of gallery-dl's configuration is read, what is not, and what works against a safe book."""

from __future__ import annotations

import difflib
import os
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe import conflicts, zips
from cbzsafe.gallerydl import seam
from cbzsafe.invocation import PREFIX
from cbzsafe.model import Diagnosis, SettingInForce, UnreadFile, Weight
from cbzsafe.receivers import TOKEN, Kind
from cbzsafe.settings import injects

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from cbzsafe.gallerydl.configuration import Configuration
    from cbzsafe.gallerydl.parser import Understood
    from cbzsafe.settings import Settings

_GIVEN = ("configs_extra", "configs_json", "configs_yaml", "configs_toml")
"""Where gallery-dl's parser puts the files that the command line names."""

_LINK = re.compile(r"_SERVICE_(HOST|PORT(_\w+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?$")
"""How variables end that Kubernetes sets for each Service, one called `cbzsafe` among them."""

_STOPS = ("postprocess", "download")
"""Keys by which nothing is packed at all."""

_BASE = f".{os.sep}gallery-dl{os.sep}"
"""gallery-dl's own base directory (`PathFormat.__init__`)."""


def unread(understood: Understood, read: Configuration) -> tuple[UnreadFile, ...]:
    """Find the configuration files that are there, or were named, and were not read.

    gallery-dl says nothing of one that it may not open, and goes on without it
    (`gallery_dl.config.load`); one that the command line names ends it instead.

    Args:
        understood: the command line.
        read: what was read for it.
    """
    done = set(read.files())
    found = [
        UnreadFile(path, reason, ends_run)
        for path, ends_run in dict.fromkeys(_candidates(understood.namespace, read))
        if path not in done and (reason := _reason(path, missing=ends_run))
    ]
    return tuple(found)


def _candidates(namespace: Any, read: Configuration) -> Iterator[tuple[str, bool]]:
    """Yield the files that gallery-dl looks for, and whether it ends where one cannot be read."""
    if namespace.config_load:
        kind = getattr(namespace, "config_type", None)
        for name in seam.resolve("gallery_dl.config:_default_configs") or ():
            yield expanded(re.sub(r"config\.\w+$", f"config.{kind}", name) if kind else name), False
    for attribute in _GIVEN:
        for name in getattr(namespace, attribute, None) or ():
            yield expanded(name), True
    for source in read.sources:
        below = source.values.get("subconfigs") or ()
        for name in [below] if isinstance(below, str) else below:
            yield expanded(name), False


def expanded(path: str) -> str:
    """Expand a path as gallery-dl does (`util.expand_path`)."""
    return os.path.expandvars(os.path.expanduser(path))  # noqa: PTH111 - as gallery-dl expands


def _reason(path: str, *, missing: bool) -> str:
    """Say why a file cannot be read; nothing of one that is not there, unless it has to be.

    One in a folder that this user may not enter counts as not there: nobody knows.
    """
    if not missing and not os.path.lexists(path):
        return ""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        return str(error.strerror)
    except ValueError:
        return "it is not in UTF-8"
    return _fault(path, text)


def _fault(path: str, text: str) -> str:
    try:
        value = _loads(Path(path).suffix)(text)
    except Exception as error:  # noqa: BLE001 - three parsers, each with its own errors
        return " ".join(str(error).split()) or type(error).__name__
    return "" if isinstance(value, dict) else "it holds no object"


def _loads(suffix: str) -> Callable[[str], Any]:
    """Choose the parser of a file by its extension; gallery-dl's own names are as clear."""
    modules = {".yaml": "yaml", ".yml": "yaml", ".toml": "tomllib"}
    parser = import_module(modules.get(suffix, "json"))
    parse: Callable[[str], Any] = getattr(parser, "safe_load", None) or parser.loads
    return parse


def base_directories(read: Configuration | None) -> tuple[Path, ...]:
    """Collect the folders below which gallery-dl lays what it downloads, each once.

    Args:
        read: the configuration; None for gallery-dl's own folder.
    """
    merged: Mapping[str, Any] = {} if read is None else read.merged
    values = [level.get("base-directory") for _, level in zips.levels(merged)]
    outer = [merged[key] for key in ("base-directory",) if key in merged]
    names = [name for value in (outer or values) for name in _folders(value)]
    if not any(_folders(level.get("base-directory")) for level in _outermost(merged)):
        names.insert(0, _BASE)
    return tuple(dict.fromkeys(Path(expanded(name)) for name in names))


def _outermost(merged: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the levels whose values hold for every site."""
    return [level for path, level in zips.levels(merged) if len(path) <= 1]


def _folders(value: Any) -> list[str]:
    """Give the folders of one value: text, or an object with one for each condition."""
    found = value.values() if isinstance(value, dict) else [value]
    return [one for one in found if isinstance(one, str) and one]


def diagnose(
    understood: Understood, read: Configuration, settings: Settings, failed: Iterable[UnreadFile]
) -> list[Diagnosis]:
    """Say what is to be said of the configuration.

    Args:
        understood: the command line.
        read: what it leads to.
        settings: of the run.
        failed: files that were not read.
    """
    files = ", ".join(read.files()) or "none"
    said = [Diagnosis(Weight.INFO, "configuration", "files", f"Read: {files}.")]
    said += [_unread(file) for file in failed]
    injecting = injects(settings, cbz_asked=understood.cbz_asked)
    for conflict in conflicts.find(understood, read, injecting=injecting):
        text = f"{conflict.where}: {conflict.what}. {conflict.answer}"
        weight = Weight.WARNING if conflict.where.endswith(_STOPS) else Weight.INFO
        said.append(Diagnosis(weight, "configuration", conflict.source, text))
    return said


def _unread(file: UnreadFile) -> Diagnosis:
    then = "ends at once" if file.ends_run else "goes on without it"
    text = f"The file cannot be read, and gallery-dl {then}: {file.reason.rstrip('.')}."
    advice = "Mend the file, or give this user the right to read it."
    return Diagnosis(Weight.ERROR, "configuration", file.path, text, advice)


def settings(in_force: Iterable[SettingInForce], wrong: str) -> list[Diagnosis]:
    """Tell the settings that are no defaults, or why they are wrong.

    Args:
        in_force: all of them.
        wrong: a sentence, empty where nothing is wrong.
    """
    if wrong:
        advice = "Correct it: every run ends at once with status 2."
        return [Diagnosis(Weight.ERROR, "configuration", "settings", wrong, advice)]
    return [
        Diagnosis(Weight.INFO, "configuration", one.name, f"It is {one.value} ({one.source}).")
        for one in in_force
        if one.source != "default"
    ]


def variables(environment: Mapping[str, str], known: Collection[str]) -> list[Diagnosis]:
    """Tell of the variables that look like ours and mean nothing.

    Args:
        environment: such as `os.environ`.
        known: the names that mean something.
    """
    return [
        Diagnosis(
            Weight.WARNING,
            "configuration",
            name,
            f"There is no such variable{_nearest(name, known)}",
            "Correct its name, or take it away.",
        )
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known and not _LINK.search(name)
    ]


def key(environment: Mapping[str, str], settings: Settings) -> list[Diagnosis]:
    """Tell of servers that no run can tell of new books, since their key is not there.

    Args:
        environment: such as `os.environ`.
        settings: those of the run.
    """
    waiting = [one for one in settings.notify or () if one.kind is not Kind.WEBHOOK]
    if not waiting or environment.get(TOKEN, "").strip():
        return []
    text = f"{waiting[0].home} takes nothing without a key, and none is set."
    advice = f"Set {TOKEN} to the key of an administrator, in a pod from a Secret."
    return [Diagnosis(Weight.WARNING, "configuration", "notify", text, advice)]


def home(environment: Mapping[str, str]) -> list[Diagnosis]:
    """Tell of a home folder whose configuration this user cannot read, as of a container's root.

    Args:
        environment: such as `os.environ`.
    """
    folder = environment.get("HOME", "")
    if not os.path.lexists(folder) or os.access(folder, os.X_OK):
        return []
    text = f"HOME is {folder}, which this user may not enter: no configuration there is read."
    advice = "Set HOME to a folder of this user, or name the file with --config."
    return [Diagnosis(Weight.WARNING, "configuration", "HOME", text, advice)]


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), 1)
    return f", did you mean {near[0]}?" if near else "."
