"""The calls of a process and its threads, as strace writes them with `-f -y -xx`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPTIONS = ("-xx", "-s", str(1 << 24))
"""Every string whole and in hexadecimal, on top of what `traced` asks for."""

_LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)")
_BEGUN = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_ENDED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_BASE = re.compile(r'iov_base=("[^"]*")')


@dataclass(frozen=True)
class Call:
    """A call that succeeded.

    Attributes:
        name: of the call.
        args: its arguments as they were written; strings have no commas in hexadecimal.
        result: what it returned.
        line: which line of the trace it began in; it is given when it ends.
    """

    name: str
    args: list[str]
    result: int
    line: int

    def text(self, at: int) -> bytes:
        """Give an argument that is a string."""
        return unescaped(self.args[at])

    def path(self, at: int) -> str:
        """Give the path of an argument that is a descriptor."""
        return os.fsdecode(unescaped(self.args[at].partition("<")[2].rpartition(">")[0]))

    def is_deleted(self, at: int) -> bool:
        """Whether an argument is a descriptor of what had no name any more."""
        return self.args[at].endswith("(deleted)")

    def number(self, at: int) -> int:
        """Give an argument that is a number or a descriptor."""
        return int(re.match(r"-?\d+", self.args[at])[0])  # type: ignore[index]

    def mode(self, at: int) -> int:
        """Give an argument that is a mode, 0 where it was left out."""
        return int(self.args[at], 8) if at < len(self.args) else 0

    def place(self, at: int) -> int | None:
        """Give an argument that points to an offset; None where it points nowhere."""
        match = re.match(r"\[(\d+)", self.args[at])
        return int(match[1]) if match else None

    def gathered(self) -> bytes:
        """Give the bytes of a call that writes from several places at once."""
        return b"".join(map(unescaped, _BASE.findall(", ".join(self.args))))[: self.result]


def unescaped(text: str) -> bytes:
    r"""Give the bytes of `\x61\x62`, in quotes or without.

    Raises:
        ValueError: strace has cut it short.
    """
    return bytes.fromhex(text.strip('"').replace("\\x", ""))


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """Read a trace: the halves of a call that another thread's came into are joined.

    Calls that failed, and those that a process did not live to see the end of, are left out.
    """
    begun: dict[tuple[str, str], tuple[str, int]] = {}
    for number, line in enumerate(lines):
        whole, first = line, number
        if match := _BEGUN.match(line):
            begun[match[1], match[2]] = f"{match[1]} {match[2]}({match[3]}", number
            continue
        if match := _ENDED.match(line):
            head, first = begun.pop((match[1], match[2]))
            whole = head + match[3]
        if (match := _LINE.match(whole)) and match[4] != "?" and int(match[4]) >= 0:
            yield Call(match[2], match[3].split(", "), int(match[4]), first)
