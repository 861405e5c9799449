"""Commands on pages that are not run: each is one that there is, with options that it has."""

from __future__ import annotations

import re
import shlex
from itertools import dropwhile, groupby
from typing import TYPE_CHECKING

import click
from programs import ROOT

from cbzsafe import invocation
from cbzsafe.cli import sources
from cbzsafe.cli.command import COMMANDS, RUN
from cbzsafe.cli.run import RunCommand
from cbzsafe.errors import CbzsafeError
from cbzsafe.gallerydl import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_OTHERS = {
    *("pipx", "python3", "pip", "mkdir", "useradd", "systemctl", "journalctl"),
    *("docker", "kubectl", "cp", "jq", "source", "echo", "man"),
}
"""Programs whose options are theirs."""

_BETWEEN = {"|", "||", "&", "&&", ";", ">", ">>", "<"}


def faults(text: str, *, ours: bool = False) -> list[str]:
    """Say what is wrong with the commands of a script, a sentence each.

    Args:
        text: lines as for a shell.
        ours: pass over all that is no command line of cbzsafe.
    """
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        for words in _commands(line):
            fault = "" if ours and words[0] != "cbzsafe" else _fault(words)
            found += [f"{shlex.join(words)}: {fault}"] if fault else []
    return found


def _commands(line: str) -> Iterator[list[str]]:
    """Split a line as a shell does, as far as pages need it."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.wordchars += "$@:%!,+[]{}"
    for between, group in groupby(lexer, lambda word: word in _BETWEEN):
        words = [] if between else list(dropwhile(_is_before_program, group))
        if words:
            yield words


def _is_before_program(word: str) -> bool:
    return word in {"sudo", "export"} or re.match(r"[A-Z_]+=", word) is not None


def _fault(words: list[str]) -> str:
    program = words[0].rpartition("/")[2]
    gone = [word for word in words if word.startswith("docs/") and not (ROOT / word).exists()]
    if gone:
        return f"{gone[0]} is not there"
    if program == "alias":
        return "".join(faults(words[1].partition("=")[2]))
    if program == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        return "" if re.search(rf"^{words[1]}:", makefile, re.MULTILINE) else "no such target"
    if program == "cbzsafe":
        return _refusal(words[1:])
    return "" if program in OF_OTHERS else f"{program} is no program that is known here"


def _refusal(words: list[str]) -> str:
    """Say what cbzsafe has against a command line."""
    name, arguments = invocation.command(words, COMMANDS)
    command = (RUN if name is None else COMMANDS[name]).load()
    try:
        with command.make_context("cbzsafe", arguments) as ctx:
            if isinstance(command, RunCommand):
                sources.resolve(ctx.params, {}, None)
                return "" if parser.understand(ctx.args) else "gallery-dl does not take it"
    except click.exceptions.Exit:
        return ""
    except click.ClickException as error:
        return error.format_message()
    except CbzsafeError as error:
        return str(error)
    return ""
