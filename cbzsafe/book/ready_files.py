"""The files of a ready-made archive beside its final name: their names, and when they go."""

from __future__ import annotations

import re
from pathlib import Path

from cbzsafe import images
from cbzsafe.book.naming import fitting

KEPT = ".damaged-download"
"""Behind the name of what came damaged; like the name of a backup it must not hold `.cbz`."""

_HEAD = 4096


def kept_name(name: str) -> str:
    """A hidden name that no reader takes for a book."""
    plain = re.sub(r"\.(?=cbz)", "_", name, flags=re.IGNORECASE)
    return "." + fitting(plain, 255 - 1 - len(KEPT)) + KEPT


def is_worthless(path: Path) -> bool:
    """Whether a file is empty or a web page: nothing that anybody would miss."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return not head or images.sniff(head) == "html"
