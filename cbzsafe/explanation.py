"""What a run would do, as data: nothing is downloaded or written for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbzsafe import conflicts
from cbzsafe.settings import InForce, Pack, Settings, injected, injects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cbzsafe.conflicts import Conflict
    from cbzsafe.gallerydl.configuration import Configuration
    from cbzsafe.gallerydl.parser import Understood


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a run would do.

    Attributes:
        command: the gallery-dl command line.
        injected: the post-processor's options, or None where none is injected.
        reason: why it is injected or not, one sentence.
        settings: those in force, by name.
        files: the configuration files that were read, in order.
        conflicts: what in the configuration works against a safe book, or looks as if.
    """

    command: tuple[str, ...]
    injected: dict[str, object] | None
    reason: str
    settings: tuple[InForce, ...]
    files: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def explain(
    argv: Sequence[str],
    understood: Understood | None,
    configuration: Configuration | None,
    settings: Settings,
    in_force: Sequence[InForce],
) -> Explanation:
    """Tell what a run with these arguments would do.

    Args:
        argv: the argument list without our options.
        understood: what it means to gallery-dl, None where its parser rejects it.
        configuration: gallery-dl's, None where nothing would be downloaded.
        settings: the run's.
        in_force: the same, each with its source.
    """
    command = ("gallery-dl", *(argv if understood is None else understood.stripped))
    if understood is None or configuration is None:
        return Explanation(command, None, _passed_on(understood), tuple(in_force))
    asked = understood.cbz_asked
    wanted = injects(settings, cbz_asked=asked)
    return Explanation(
        command,
        {**injected(settings), **_for_all(configuration)} if wanted else None,
        _reason(settings.pack, asked=asked),
        tuple(in_force),
        configuration.files(),
        conflicts.find(understood, configuration, injecting=wanted),
    )


def _passed_on(understood: Understood | None) -> str:
    if understood is None:
        return "gallery-dl's parser does not take this line for a run; it gets it unchanged."
    return "This line downloads nothing; gallery-dl gets it unchanged."


def _for_all(configuration: Configuration) -> dict[str, object]:
    """What `-O` and the outer `postprocessor-options` set, which no extension comes from."""
    merged = configuration.merged
    extractor = merged.get("extractor")
    outer = extractor if isinstance(extractor, dict) else {}
    options = merged.get("postprocessor-options", outer.get("postprocessor-options"))
    options = options if isinstance(options, dict) else {}
    return {key: value for key, value in options.items() if key != "extension"}


def _reason(pack: Pack, *, asked: bool) -> str:
    given = "--cbz is given" if asked else "--cbz is not given"
    return {
        Pack.ALWAYS: "pack is always: every download is packed.",
        Pack.ASKED: f"pack is asked, and {given}.",
        Pack.NEVER: f"pack is never, and {given}: only a zip of the configuration packs.",
    }[pack]
