"""What the reports for programs are made of; `docs/report.md` tells of each field."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from cbzsafe.ui.words import valid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cbzsafe.model import Finding, Problem


def path(name: str, value: str) -> dict[str, str | None]:
    """Give a path as text, and its bytes where they are not UTF-8: JSON has no strings of bytes.

    Args:
        name: of the field; that of the bytes is `name` and `_base64`.
        value: the path, as `os.fsdecode` makes it.
    """
    encoded = None
    if valid(value) != value:
        encoded = base64.b64encode(value.encode("utf-8", "surrogateescape")).decode("ascii")
    return {name: valid(value), f"{name}_base64": encoded}


def strings(values: Iterable[str]) -> list[str]:
    """Give strings that are valid Unicode."""
    return [valid(value) for value in values]


def problem(given: Problem) -> dict[str, Any]:
    """Give a problem's fields."""
    return {
        "severity": given.severity.value,
        "page": None if given.page is None else valid(given.page),
        "text": valid(given.text),
    }


def finding(given: Finding) -> dict[str, Any]:
    """Give a finding's fields, and its code's level."""
    return {
        "code": given.code.value,
        "level": given.level.value,
        "page": None if given.page is None else valid(given.page),
        "detail": valid(given.detail),
        "start": given.start,
        "end": given.end,
    }


def document(data: dict[str, Any]) -> str:
    """Render a report as a text for people's eyes too, with a line end."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def line(data: dict[str, Any]) -> str:
    """Render an object on one line, with a line end."""
    return json.dumps(data, ensure_ascii=False) + "\n"
