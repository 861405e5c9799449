"""The schema of ComicInfo 2.1, as comicbox ships it."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import xmlschema

FILE = Path(sys.prefix, "schemas/comicbox/schemas/ComicInfo-v2.1-Draft.xsd")


@functools.cache
def schema() -> xmlschema.XMLSchema:
    """The schema; one that is not installed fails the test."""
    assert FILE.is_file(), f"{FILE} is not there: `make readers` installs it."
    return xmlschema.XMLSchema(str(FILE))


def errors(data: bytes) -> list[str]:
    """What the schema has against a file, nothing where it is valid."""
    return [str(error) for error in schema().iter_errors(data.decode("utf-8"))]


def elements() -> list[str]:
    """The schema's elements below `ComicInfo`, in its order."""
    return [child.local_name for child in schema().elements["ComicInfo"].type.content]
