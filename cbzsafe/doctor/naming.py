"""Which names a file system takes, and whether they come back as they were written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cbzsafe.cbz.storage import is_full
from cbzsafe.model import Trial, Tried

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 255
"""Bytes of a name in nearly every file system, NAME_MAX of limits.h."""

_ODD = (*(f"a{char}b" for char in ':?"<>|*'), "trailing dot.", "trailing space ")
"""What SMB and Windows do not take in a name (MS-FSCC 2.1.5), and gallery-dl may write here."""

_UNICODE = ("caf\u00e9", "cafe\u0301", "\u9032\u6483\u306e\u5de8\u4eba", "\u304c", "\u304b\u3099")
"""One letter composed and decomposed, twice, and one that is neither."""


def long_names(place: Path) -> Tried:
    """Make a file whose name has 255 bytes.

    Raises:
        OSError: it cannot be made.
    """
    return _tried(Trial.LONG_NAMES, place / "long", ("n" * _LONGEST,))


def case(place: Path) -> Tried:
    """See whether a name in small letters is another one than that in capitals."""
    folder = place / "case"
    folder.mkdir()
    (folder / "Page").write_bytes(b"P")
    (folder / "page").write_bytes(b"p")
    return Tried(Trial.CASE, works=(folder / "Page").read_bytes() == b"P")


def odd_names(place: Path) -> Tried:
    """Make files with characters that other systems do not take."""
    return _tried(Trial.ODD_NAMES, place / "odd", _ODD)


def unicode_names(place: Path) -> Tried:
    """Make files whose names differ in the form of their letters only."""
    return _tried(Trial.UNICODE_NAMES, place / "unicode", _UNICODE)


def _tried(trial: Trial, folder: Path, names: tuple[str, ...]) -> Tried:
    """Make files of these names, and see which of them are listed so."""
    folder.mkdir()
    # As bytes: what this process takes for the encoding of names must not decide.
    at = os.fsencode(folder)
    refused = [name for name in names if not _made(os.path.join(at, name.encode()))]
    listed = set(os.listdir(at))
    lost = [name for name in names if name.encode() not in listed and name not in refused]
    parts = [("refused", refused), ("changed", lost)]
    detail = "; ".join(f"{what}: {' '.join(map(_shown, some))}" for what, some in parts if some)
    return Tried(trial, works=not detail, detail=detail)


def _made(path: bytes) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:  # another of the names is the same one here
        return True
    except OSError as error:
        if is_full(error):  # which tells nothing of the name
            raise
        return False
    return True


def _shown(name: str) -> str:
    return ascii(name if len(name) < _LONGEST else f"{name[:3]}...")
