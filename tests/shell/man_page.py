"""The manual page, made of the tables that the command line has, as roff for man(7)."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import click
from programs import ROOT

from cbzsafe import __version__, invocation
from cbzsafe.cli.command import COMMANDS, RUN
from cbzsafe.cli.grouped import Grouped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cbzsafe.cli.command import Table

PAGE = ROOT / "cbzsafe" / "share" / "cbzsafe.1"
"""The page; an installer puts it where man looks."""

DATE = "2026-11-28"
"""What the page's foot bears: man(7) wants a day, and a day of its own would make a page stale."""

DESCRIPTION = (
    """cbzsafe runs gallery-dl's download in its own process and makes a .cbz of every directory
    that is downloaded. A .cbz at its final name is always whole. A page that was downloaded is
    never lost, a page that is missing or broken is never passed over in silence, and the exit
    status says so.""",
    """Pages lie in their usual folder while a book is downloaded. When it is complete, the archive
    is written beside it under a temporary name, synced, read back, and renamed; then the folder
    goes. The same command goes on where one was interrupted.""",
    """The first word decides for a command. Every other line is a download's, and every option of
    gallery-dl may stand in it, in any order with those below.""",
)

ENVIRONMENT = (
    "Each option of a download has a variable, such as `CBZSAFE_PAGE_RETRIES` for --page-retries, "
    "and a key in the object `cbzsafe` of gallery-dl's configuration file, `page-retries`. The "
    "option wins over the variable, the variable over the key. An empty variable counts as not set."
)

FILES = (
    ("~/.config/gallery-dl/config.json", "gallery-dl's configuration, with the object `cbzsafe`"),
    ("DIRECTORY/", "the pages of a book that is not published yet"),
    ("DIRECTORY.cbz", "the book"),
    (".TITLE.1.damaged-original", "what `cbzsafe repair` wrote anew"),
)
"""Files that users meet, and what they are."""

WIDTH = 76
"""Characters of a line of the source, before it may get two more."""

_NAMED = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "~": "\\(ti", "^": "\\(ha", "`": "\\(ga"}
"""Characters that roff takes for something else, or prints as something else."""

_MARKED = re.compile(r"(?<![\w-])(--[a-z][\w-]*)|`([^`]+)`")


def page() -> str:
    """Write the whole page."""
    run = RUN.load()
    lines = [
        '.\\" Made by `make man`.',
        f'.TH CBZSAFE 1 {DATE} "cbzsafe {__version__}" "User Commands"',
        *(".SH NAME", "cbzsafe \\- make whole .cbz archives with gallery\\-dl"),
        *(".SH SYNOPSIS", *_synopsis()),
        *(".SH DESCRIPTION", *_paragraphs(*DESCRIPTION)),
        *(".SH COMMANDS", *_commands()),
        *(".SH OPTIONS", *_options(run)),
        *(line for name in COMMANDS for line in _command(name)),
        *(".SH EXIT STATUS", *_table(run.statuses)),
        *(".SH ENVIRONMENT", *_environment()),
        *(".SH FILES", *_table(FILES)),
        *(".SH EXAMPLES", *_table(run.examples)),
        *(".SH SEE ALSO", ".BR gallery\\-dl (1),", ".BR gallery\\-dl.conf (5)"),
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Write text in ASCII so that roff prints each character as it is, and a search finds it."""
    return "".join(
        _NAMED.get(one) or (one if one.isascii() else f"\\[u{ord(one):04X}]") for one in text
    )


def prose(text: str) -> str:
    """Write sentences, with options and what stands in backquotes in bold."""
    parts, end = [], 0
    text = " ".join(text.split())  # roff keeps blanks that stand beside each other
    for match in _MARKED.finditer(text):
        parts += [escaped(text[end : match.start()]), _bold(match[1] or match[2])]
        end = match.end()
    return _wrapped("".join([*parts, escaped(text[end:])]))


def _wrapped(text: str) -> str:
    """Begin each sentence on a line, as man(7) asks for, and none with a request's full stop."""
    lines: list[str] = []
    for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z])", text):
        lines += textwrap.wrap(sentence, WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in lines)


def _bold(text: str) -> str:
    return f"\\fB{escaped(text)}\\fR"


def _item(term: str, text: str) -> Iterator[str]:
    yield from (".TP", term, prose(text))


def _table(rows: Table) -> Iterator[str]:
    for term, text in rows:
        yield from _item(_bold(term), text)


def _paragraphs(*texts: str) -> Iterator[str]:
    yield "\n.PP\n".join(map(prose, texts))


def _usage(name: str, rest: str) -> str:
    return f"{_bold(name)} {escaped(rest)}"


def _synopsis() -> Iterator[str]:
    yield _usage("cbzsafe", "[OPTIONS] [GALLERY-DL OPTIONS] URL...")
    for name, entry in COMMANDS.items():
        yield from (".br", _usage(f"cbzsafe {name}", f"[OPTIONS] {entry.usage}"))


def _commands() -> Iterator[str]:
    for name, entry in COMMANDS.items():
        yield from _item(_bold(name), entry.help)


def _options(command: click.Command) -> Iterator[str]:
    """Write a command's options, each group under its heading, as `--help` has them."""
    groups: dict[str, list[click.Option]] = {}
    for one in command.get_params(click.Context(command)):
        if isinstance(one, click.Option) and not one.hidden:
            group = one.group if isinstance(one, Grouped) else "Information"
            groups.setdefault(group, []).append(one)
    for group, members in groups.items():
        yield f".SS {group}"
        for one in members:
            yield from _option(one)


def _option(one: click.Option) -> Iterator[str]:
    names = ", ".join(map(_bold, (*one.opts, *one.secondary_opts)))
    value = "" if one.is_flag or not one.metavar else f" \\fI{escaped(one.metavar)}\\fR"
    return _item(names + value, one.help or "")


def _command(name: str) -> Iterator[str]:
    """Write a command's section; what passes on has a download's options, which are told."""
    command = COMMANDS[name].load()
    yield f".SH CBZSAFE {name.upper()}"
    if getattr(command, "ignore_unknown_options", False):
        yield from _paragraphs(command.help or "", "It takes the options of a download.")
    else:
        yield from (*_paragraphs(command.help or ""), *_options(command))
    for heading, attribute in (("Exit status", "statuses"), ("Examples", "examples")):
        if getattr(command, attribute):
            yield from (f".SS {heading}", *_table(getattr(command, attribute)))


def _environment() -> Iterator[str]:
    yield from _paragraphs(ENVIRONMENT)
    for name in invocation.names():
        yield from _item(
            _bold(invocation.variable(name)), f"{invocation.option(name)} of a download"
        )
    for name, entry in COMMANDS.items():
        prefix = entry.load().context_settings.get("auto_envvar_prefix")
        if prefix:
            yield from _item(
                f"{_bold(f'{prefix}_')}\\fIOPTION\\fR", f"an option of `cbzsafe {name}`"
            )
    yield from _item(_bold("NO_COLOR"), "no colours")
