"""What an argument list means to gallery-dl, told by gallery-dl's own parser.

Nothing is decided by comparing strings alone: a word is `--cbz` when the parser understands the
line without it as the same line with one CBZ post-processor less.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbzsafe import invocation
from cbzsafe.errors import UnsupportedGalleryDL
from cbzsafe.gallerydl import seam

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

# The attributes of the parsed line for which `gallery_dl.main` returns before it makes any
# DownloadJob, or makes jobs of another class (gallery_dl/__init__.py); 1.30.0 to 1.32.18 have
# these, some of them not all. `list_extractors` is apart: its empty list counts.
_NO_DOWNLOAD = (
    "list_urls",
    "dump_json",
    "jobtype",
    "list_modules",
    "config",
    "clear_cache",
    "cache_clear",
    "cache_show",
    "cache_status",
    "cache_vacuum",
    "update",
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A command line as gallery-dl understands it.

    Attributes:
        cbz_asked: whether `--cbz` was given.
        stripped: the argument list without `--cbz`; all of it where nothing is downloaded.
        downloads: whether the line leads to download jobs. One that is told `download: false`
            (`-N`, `--no-download`) is one all the same.
        replaces_root_postprocessors: whether gallery-dl would have replaced the root-level
            `postprocessors` of the configuration by `--cbz` alone, so that with `--cbz` stripped
            they must not come back.
        loglevel: of `logging`, as `-q`, `-w` and `-v` set it.
        namespace: what gallery-dl's parser makes of `stripped`.
    """

    cbz_asked: bool
    stripped: tuple[str, ...]
    downloads: bool
    replaces_root_postprocessors: bool
    loglevel: int
    namespace: argparse.Namespace

    @property
    def rewrites_input(self) -> bool:
        """Whether URLs are commented out or deleted in their list once they are downloaded."""
        return any(action for _, action in getattr(self.namespace, "input_files", ()))


class _Mark:
    """Stands for the post-processor of one `--cbz` when two parsed lines are compared."""


_CBZ = _Mark()


@dataclass(frozen=True, slots=True)
class _Line:
    """One parsed line, with each post-processor that came from `--cbz` marked."""

    namespace: argparse.Namespace
    spellings: tuple[str, ...]
    postprocessors: list[object]

    def asks(self) -> bool:
        return any(entry is _CBZ for entry in self.postprocessors)

    def others(self) -> dict[str, object]:
        return {k: v for k, v in vars(self.namespace).items() if k != "postprocessors"}


def understand(argv: Sequence[str]) -> Understood | None:
    """Ask gallery-dl's parser what an argument list means.

    Args:
        argv: what would reach gallery-dl, without the program's name.

    Returns:
        None where gallery-dl's parser rejects the list, or prints something and ends.
    """
    line = _parse(argv)
    if line is None:
        return None
    asked, downloads = line.asks(), _downloads(line.namespace)
    stripped, left = _strip(argv, line) if asked and downloads else (list(argv), line)
    return Understood(
        cbz_asked=asked,
        stripped=tuple(stripped),
        downloads=downloads,
        replaces_root_postprocessors=asked and downloads and not _sets_postprocessors(left),
        loglevel=line.namespace.loglevel,
        namespace=left.namespace,
    )


def knows_option(name: str) -> bool:
    """Whether gallery-dl's parser takes `name`, such as `--cb`, as an option or abbreviates one."""
    strings = (string for action in build()._actions for string in action.option_strings)
    return any(string.startswith(name) for string in strings)


def version() -> str:
    """The installed gallery-dl's version, without importing it (that takes a tenth of a second).

    Raises:
        UnsupportedGalleryDL: gallery-dl is not installed, or does not tell its version.
    """
    spec = importlib.util.find_spec("gallery_dl")
    if spec is None or spec.origin is None:
        raise UnsupportedGalleryDL("gallery-dl is not installed.")
    names: dict[str, Any] = {}
    source = Path(spec.origin).with_name("version.py")
    exec(compile(source.read_bytes(), str(source), "exec"), names)  # noqa: S102 - the module itself, without its package
    return str(names["__version__"])


def build() -> argparse.ArgumentParser:
    """Make gallery-dl's parser.

    Raises:
        UnsupportedGalleryDL: gallery-dl is not installed, or has no such parser.
    """
    try:
        from gallery_dl import option

        parser: argparse.ArgumentParser = option.build_parser()
    except (ImportError, AttributeError) as error:
        raise seam.unsupported(version(), str(error)) from error
    return parser


def _parse(argv: Sequence[str]) -> _Line | None:
    # A new parser each time: the lists that are its defaults are appended to in place.
    parser = build()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            namespace = parser.parse_args(list(argv))
        except (SystemExit, Exception):  # noqa: BLE001 - its actions raise what they like; main() will too
            return None
    cbz = [action for action in parser._actions if "--cbz" in action.option_strings]
    made = [action.const for action in cbz]
    marked = [
        _CBZ if any(entry is const for const in made) else entry
        for entry in getattr(namespace, "postprocessors", None) or ()
    ]
    return _Line(namespace, tuple(s for a in cbz for s in a.option_strings), marked)


def _downloads(namespace: argparse.Namespace) -> bool:
    if getattr(namespace, "list_extractors", None) is not None:
        return False
    return not any(getattr(namespace, name, None) for name in _NO_DOWNLOAD)


def _strip(argv: Sequence[str], line: _Line) -> tuple[list[str], _Line]:
    words, rest = invocation.at_dashes(argv)
    at = 0
    while at < len(words):
        fewer = words[:at] + words[at + 1 :]
        without = _parse(fewer + rest) if _could_be(words[at], line) else None
        if without is not None and _one_less(line, without):
            words, line = fewer, without
        else:
            at += 1
    return words + rest, line


def _could_be(word: str, line: _Line) -> bool:
    # A cheap 'no', to parse again for few words only; `_one_less` has the say.
    return len(word) > len("--") and any(s.startswith(word) for s in line.spellings)


def _one_less(line: _Line, without: _Line) -> bool:
    if line.others() != without.others():
        return False
    return any(entries == without.postprocessors for entries in _shortened(line.postprocessors))


def _shortened(entries: list[object]) -> Iterator[list[object]]:
    for at, entry in enumerate(entries):
        if entry is _CBZ:
            yield entries[:at] + entries[at + 1 :]


def _sets_postprocessors(line: _Line) -> bool:
    given = getattr(line.namespace, "options", ())
    return bool(line.postprocessors) or any(
        not path and key == "postprocessors" for path, key, _ in given
    )
