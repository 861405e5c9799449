"""Kubernetes' termination message: what is not whole and why, in at most 4 KB.

The kubelet reads a file of the container when it ends and shows its text as the state's message.
Of 4,096 bytes none is cut off (Kubernetes' page on determining the reason for pod failure).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.errors import StorageError
from cbzsafe.ui.words import valid, visible

if TYPE_CHECKING:
    from cbzsafe.ui.sheet import Sheet

USUAL = Path("/dev/termination-log")
"""Where Kubernetes expects it unless the pod says otherwise (`terminationMessagePath`)."""

LIMIT = 4096
"""Bytes."""


def of_sheet(sheet: Sheet) -> str:
    """Render a report: its last line first, then what has an error, with the errors alone."""
    return _fitted([sheet.closing, *_wrong(sheet)])


def of_sentence(sentence: str) -> str:
    """Render what ended the command before it had anything to report."""
    return _fitted([f"cbzsafe: {visible(sentence)}"])


def _wrong(sheet: Sheet) -> Iterator[str]:
    yield from (str(note) for note in sheet.notes if note.kind == "error")
    for row in sheet.rows:
        errors = [note for note in row.notes if note.kind == "error"]
        if errors:
            yield row.line
            yield from (f"  {note}" for note in errors)


def _fitted(lines: list[str]) -> str:
    """Take as many lines as there is room for, and count the others."""
    text, rest = "", [valid(line) for line in lines if line]
    while rest:
        last = "" if len(rest) == 1 else f"and {len(rest) - 1} more lines, see the log\n"
        longer = f"{text}{rest[0]}\n"
        if len((longer + last).encode()) > LIMIT:
            break
        text = longer
        rest = rest[1:]
    if not rest:
        return text
    return text + f"and {len(rest)} more lines, see the log\n" if text else _cut(rest[0])


def _cut(line: str) -> str:
    return line.encode()[: LIMIT - 4].decode(errors="ignore") + "…\n"


def is_wanted(path: Path | None) -> bool:
    """Whether there is a place for the message; `path` as for `write`."""
    return path is not None or USUAL.exists()


def write(text: str, path: Path | None) -> None:
    """Write the message in place, since the file is a mount of its own.

    Args:
        text: as `of_sheet` or `of_sentence` gives it.
        path: the file; None for the usual one, which is written to only where it is there.

    Raises:
        StorageError: `path` cannot be written; nothing is said of the usual one.
    """
    flags = os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        if path is None:
            _write(text, os.open(USUAL, flags))
        else:
            _write(text, os.open(path, flags | os.O_CREAT, 0o666))
    except OSError as error:
        if path is not None:
            raise StorageError(
                f"The termination message cannot be written to {visible(str(path))}: "
                f"{error.strerror or type(error).__name__}."
            ) from error


def _write(text: str, descriptor: int) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
