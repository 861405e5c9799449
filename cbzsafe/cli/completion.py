"""`cbzsafe completion SHELL`: words completed in a shell, by a script that asks this program."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from cbzsafe.cli.command import Command
from cbzsafe.model.option import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cbzsafe.cli.offers import Offers

SCRIPTS = {"bash": "cbzsafe.bash", "zsh": "_cbzsafe", "fish": "cbzsafe.fish"}
"""The script of each shell, in the package's folder `share`; a shell looks for it by this name."""

EXAMPLES = (
    ('eval "$(cbzsafe completion bash)"', "in ~/.bashrc"),
    ('eval "$(cbzsafe completion zsh)"', "in ~/.zshrc, behind compinit"),
    ("cbzsafe completion fish | source", "in ~/.config/fish/config.fish"),
)

STATUSES = (("0", "the script was written"), ("2", "there is none for this shell"))

_ASSIGNMENT = re.compile(r"\w+=")


@click.command(
    "completion",
    cls=Command,
    examples=EXAMPLES,
    statuses=STATUSES,
    options_metavar="[OPTIONS]",
    help="Print a script that completes commands, options and their values. With LINE, a command "
    "line up to the cursor, say for such a script what may stand at its end.",
)
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(list(SCRIPTS)))
@click.argument("question", metavar="[LINE [PART]]", nargs=-1)
def command(shell: str, question: tuple[str, ...]) -> int:
    """Print the script, or answer it."""
    if not question:
        sys.stdout.write(script(shell))
        return 0
    from cbzsafe.cli import offers

    words = split(question[0])
    answers = ANSWERS[shell](offers.offers(words), words[-1], "".join(question[1:]))
    sys.stdout.writelines(f"{answer}\n" for answer in answers)
    return 0


def script(shell: str) -> str:
    """Read the script of a shell."""
    from importlib import resources

    path = resources.files("cbzsafe") / "share" / SCRIPTS[shell]
    return path.read_text(encoding="utf-8")


def split(line: str) -> list[str]:
    """Split a command line into its words, the last of which is being typed and may be empty."""
    from click.shell_completion import split_arg_string

    *words, last = split_arg_string(f"{line}|")  # so that a last word is there
    while words and _ASSIGNMENT.match(words[0]):
        del words[0]
    return [*words, last[:-1]] if words else [last[:-1], ""]


def _for_bash(offered: Offers, current: str, part: str) -> Iterator[str]:
    """Bash has its own mind about where a word begins: behind `=` and `:` it is a new one."""
    begun = len(current) - len(part) if current.endswith(part) else 0
    for kind, word, _ in _lines(offered):
        yield f"{kind}\t{word[begun:] if offered.kind is Kind.WORD else word}"


def _for_zsh(offered: Offers, *_: str) -> Iterator[str]:
    """What is kept is no part of a word for zsh once it has been told so."""
    cut = len(offered.kept)
    yield from _kept(offered)
    yield from (f"{kind}\t{word[cut:]}\t{gist}" for kind, word, gist in _lines(offered))


def _for_fish(offered: Offers, *_: str) -> Iterator[str]:
    """Fish takes whole words, and has to be told where a path begins in one."""
    yield from _kept(offered)
    yield from map("\t".join, _lines(offered))


def _kept(offered: Offers) -> Iterator[str]:
    if offered.kept:
        yield f"kept\t{offered.kept}\t"


def _lines(offered: Offers) -> Iterator[tuple[str, str, str]]:
    kind = offered.kind
    if kind in {Kind.FILE, Kind.FOLDER}:
        yield kind.value, "", ""
    for word, gist in offered.words:
        yield kind.value, _pattern(word) if kind is Kind.ARCHIVE else word, gist


def _pattern(extension: str) -> str:
    """Write an extension so that shells take it in either case, as a check does."""
    return "".join(f"[{letter}{letter.upper()}]" for letter in extension)


ANSWERS: dict[str, Callable[[Offers, str, str], Iterator[str]]] = {
    "bash": _for_bash,
    "zsh": _for_zsh,
    "fish": _for_fish,
}
"""By shell, the lines that its script reads: a kind, a word and what it is, separated by tabs."""
