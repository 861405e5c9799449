"""Small archives to be repaired, whole and damaged, for the tests of several rooms."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pictures
from programs import pages

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PAGES", "broken", "pages", "whole"]

PAGES = {f"{number:03}.jpg": pictures.jpeg(number, 8000) for number in range(1, 5)}


def whole(given: Mapping[str, bytes] = PAGES) -> bytes:
    """Give an archive's bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in given.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def broken(name: str = "002.jpg", given: Mapping[str, bytes] = PAGES) -> bytes:
    """Give an archive in which a page has a flipped bit."""
    data = bytearray(whole(given))
    data[data.index(given[name]) + 5000] ^= 1
    return bytes(data)
