"""Real shells that know the program, in a home of their own, and a terminal to type into."""

from __future__ import annotations

import os
import pty
import select
import shlex
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from programs import ROOT, TIMEOUT, environment

if TYPE_CHECKING:
    from pathlib import Path

SHARE = ROOT / "cbzsafe" / "share"
"""The scripts, each under the name by which its shell looks for it."""

DUMP = "\x0f"
"""The key, Ctrl-O, at which a shell writes the line that is being typed into a file."""


class Shells:
    """A home with a few files, in which shells are started.

    Attributes:
        folder: the home, and the working directory.
        variables: those of the shells.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables = environment(folder) | {
            "HOME": str(folder),
            "PATH": f"{program(folder / '.bin')}{os.pathsep}{os.environ['PATH']}",
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        for name in ("one two.cbz", "B.CBZ", "notes.txt", "pack.zip"):
            (folder / name).touch()
        for name in ("Comics", "My Books"):
            (folder / name).mkdir()

    def run(self, shell: list[str], text: str) -> list[str]:
        """Let a shell carry out some lines; gives the lines that it wrote."""
        done = subprocess.run(
            [*shell, "-c", text],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def fish(self, line: str, first: str = "") -> dict[str, str]:
        """Ask fish what may stand at the end of a line; gives words and descriptions."""
        lines = self.run(
            ["fish", "--no-config"],
            f"source {shlex.quote(str(SHARE / 'cbzsafe.fish'))}\n{first}\n"
            f"complete -C {shlex.quote(line)}",
        )
        return dict((*found.split("\t", 1), "")[:2] for found in lines)

    def bash(self, line: str, part: str) -> list[str]:
        """Call bash's function as bash does; `part` is what readline takes for the word."""
        return self.run(
            ["bash", "--norc"],
            f"source {shlex.quote(str(SHARE / 'cbzsafe.bash'))}\n"
            "compopt() { :; }  # there is none outside of a completion\n"
            f"COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}\n"
            f"_cbzsafe cbzsafe {shlex.quote(part)}\n"
            'printf "%s\\n" "${COMPREPLY[@]}"',
        )


class Terminal:
    """A shell at a terminal; to be closed.

    Args:
        shells: the home.
        command: the shell and its arguments.
        start: lines that are typed first.
    """

    def __init__(self, shells: Shells, command: list[str], start: str) -> None:
        self._dumped = shells.folder / ".line"
        self._output = b""
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            command,
            cwd=shells.folder,
            env=shells.variables | {"LINE": str(self._dumped)},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._type(f"{start}\necho rea''dy\n")
        self.seen("ready\r\n")

    def __enter__(self) -> Self:
        """Use it for a while."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the shell."""
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def typed(self, keys: str) -> str:
        """Type into an empty line; gives what the line then is."""
        self._dumped.unlink(missing_ok=True)
        self._type(f"{keys}{DUMP}")
        end = time.monotonic() + TIMEOUT
        while not self._written() and time.monotonic() < end:
            self._read()
        self._type("\x05\x15")  # to the end, and all of it away
        return self._dumped.read_text("utf-8").removesuffix("\n")

    def seen(self, text: str) -> str:
        """Wait until a text is on the screen; gives all that came since the last time."""
        end = time.monotonic() + TIMEOUT
        while text.encode() not in self._output and time.monotonic() < end:
            self._read()
        output, self._output = self._output.decode("utf-8", "replace"), b""
        assert text in output
        return output

    def _written(self) -> bool:
        return self._dumped.exists() and self._dumped.read_bytes().endswith(b"\n")

    def _type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def _read(self) -> None:
        if select.select([self._ours], [], [], 0.02)[0]:
            with suppress(OSError):
                self._output += os.read(self._ours, 1 << 16)


def bash(shells: Shells, start: str = "", *options: str) -> Terminal:
    """Start bash with the completion, without anything of the system's."""
    key = r"""bind -x '"\C-o": printf "%s\n" "$READLINE_LINE" >"$LINE"'"""
    script = shlex.quote(str(SHARE / "cbzsafe.bash"))
    start = f"source {script}\n{start}\n{key}\nbind 'set bell-style none'"
    return Terminal(shells, ["bash", "--norc", "--noprofile", *options, "-i"], start)


def zsh(shells: Shells, start: str = "") -> Terminal:
    """Start zsh, which finds the completion in its `fpath`."""
    lines = (
        f"fpath=({shlex.quote(str(SHARE))} $fpath); PS1='%% '; unsetopt beep zle_bracketed_paste",
        "autoload -Uz compinit; compinit -u -D",
        'dump() { print -r -- "$BUFFER" >"$LINE" }; zle -N dump; bindkey "^O" dump',
        start,
    )
    return Terminal(shells, ["zsh", "-f", "-i"], "\n".join(lines))


def program(folder: Path) -> Path:
    """Put the program into a folder, as an installer does."""
    folder.mkdir(parents=True)
    path = folder / "cbzsafe"
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cbzsafe "$@"\n', "utf-8")
    path.chmod(0o755)
    return folder
