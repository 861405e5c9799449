"""The argument list, before anybody has parsed it: pure functions on words.

What gallery-dl's own options mean is for its own parser to say (`cbzsafe.gallerydl.parser`), and
what ours mean for `cbzsafe.cli.options`. Here is only what must be known before either.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PREFIX = "CBZSAFE_"
"""What the names of our environment variables begin with."""

SECTION = "cbzsafe"
"""The key of our settings in gallery-dl's configuration."""


def names() -> tuple[str, ...]:
    """The names of all settings as a user writes them, such as `page-retries`."""
    from dataclasses import fields

    from cbzsafe.settings import Settings

    return tuple(field.name.replace("_", "-") for field in fields(Settings))


def option(name: str) -> str:
    """The command-line option of a setting: `--page-retries` for `page-retries`."""
    return f"--{name}"


def variable(name: str) -> str:
    """The environment variable of a setting: `CBZSAFE_PAGE_RETRIES` for `page-retries`."""
    return PREFIX + name.replace("-", "_").upper()


def key(name: str) -> str:
    """The configuration key of a setting: `cbzsafe.page-retries` for `page-retries`."""
    return f"{SECTION}.{name}"


def at_dashes(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split an argument list before its first `--`.

    Args:
        argv: without the program's name.

    Returns:
        what stands before it, and the rest with the `--` itself; the rest is empty without one.
    """
    words = list(argv)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at:]


def command(argv: Sequence[str], commands: Collection[str]) -> tuple[str | None, list[str]]:
    """Take the command's name off an argument list.

    Only the first word can be one, so that no word of a gallery-dl command line ever is.

    Args:
        argv: without the program's name.
        commands: the names that there are.

    Returns:
        the command's name and its arguments, or None and everything for a run.
    """
    if argv and argv[0] in commands:
        return argv[0], list(argv[1:])
    return None, list(argv)


def wants_traceback(argv: Sequence[str]) -> bool:
    """Whether `-v` or `--verbose` stands before `--`, for errors that come before any parsing."""
    return not {"-v", "--verbose"}.isdisjoint(at_dashes(argv)[0])


def early(argv: Sequence[str], environment: Mapping[str, str], name: str) -> str | None:
    """Find the text of a setting that is needed before any parsing; it may be a wrong one.

    Args:
        argv: without the program's name; what follows `--` does not count.
        environment: such as `os.environ`; an empty variable counts as not set.
        name: of the setting, such as `log-format`.

    Returns:
        what the last option says, or else the variable, or None.
    """
    words, wanted = at_dashes(argv)[0], option(name)
    found = environment.get(variable(name)) or None
    for word, following in pairwise([*words, None]):
        if word == wanted and following is not None:
            found = following
        elif word and word.startswith(f"{wanted}="):
            found = word[len(wanted) + 1 :]
    return found
