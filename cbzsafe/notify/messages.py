"""What each kind of server is asked, in the form that its source has.

Komga: `POST /api/v1/libraries/{libraryId}/scan`, answered by 202, for administrators
(`interfaces/api/rest/LibraryController.kt`, gotson/komga 95afb4b). A key comes in `X-API-Key`,
since 1.20.0; older versions take HTTP basic authentication.

Kavita: `POST /api/Library/scan-folder`, answered by 200, with an administrator's key in the body
(`LibraryController.ScanFolder`, `ScanFolderDto`, Kareadita/Kavita 10dcde2 and 58a5bef). It takes
any folder for the one right below its library's folder, waits for a minute, in which it drops
doubles, and passes over a folder that it does not know, with 200 all the same.
"""

from __future__ import annotations

import base64
import os
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cbzsafe.receivers import Address, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from cbzsafe.receivers import PathMap

FOLDERS = 100
"""Folders that a Kavita is told of one by one; for more, it is the one that has them all."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request.

    Attributes:
        headers: those that prove who asks.
        body: what becomes JSON, None for no body.
    """

    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell.

    Attributes:
        paths: the archives that are new or changed.
        document: makes the report, as a webhook gets it.
        mapping: where a Kavita sees our folders, None for where we see them.
    """

    paths: tuple[str, ...]
    document: Callable[[], object]
    mapping: PathMap | None = None


def messages(address: Address, token: str | None, news: News) -> list[Message]:
    """Make the requests for one address.

    Args:
        address: who is told.
        token: the key, or `user:password`.
        news: what is told.
    """
    if address.kind is Kind.KOMGA:
        return [Message(_proof(token, "X-API-Key", ""))]
    if address.kind is Kind.WEBHOOK:
        return [Message(_proof(token, "Authorization", "Bearer "), news.document())]
    return [
        Message({}, {"apiKey": token, "folderPath": folder, "abortOnNoSeriesMatch": False})
        for folder in folders(news)
    ]


def _proof(token: str | None, header: str, prefix: str) -> dict[str, str]:
    if token is None:
        return {}
    if ":" in token:  # neither Komga's keys nor bearer tokens (RFC 6750, 2.1) have one
        return {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}
    return {header: f"{prefix}{token}"}


def folders(news: News) -> list[str]:
    """List the folders of the archives, as the server sees them and takes them."""
    own = {os.path.dirname(os.path.abspath(path)) for path in news.paths}  # noqa: PTH120
    mapped = (_mapped(folder, news.mapping) for folder in own)
    found = sorted({_accepted(folder) for folder in mapped if folder is not None})
    return found if len(found) <= FOLDERS else [posixpath.commonpath(found)]


def outside(news: News) -> list[str]:
    """List the archives that the server cannot see, in the order of their names."""
    return [
        path
        for path in sorted(news.paths)
        if _mapped(os.path.dirname(os.path.abspath(path)), news.mapping) is None  # noqa: PTH120
    ]


def _mapped(folder: str, mapping: PathMap | None) -> str | None:
    if mapping is None:
        return folder
    own = mapping.own.rstrip("/")
    if folder == mapping.own or folder.startswith(f"{own}/"):
        return mapping.theirs + folder[len(own) :].rstrip("/") or "/"
    return None


def _accepted(folder: str) -> str:
    """Climb to a folder that Kavita takes: it refuses two dots in a row, and JSON has no bytes."""
    while not _is_acceptable(folder) and posixpath.dirname(folder) != folder:
        folder = posixpath.dirname(folder)
    return folder


def _is_acceptable(folder: str) -> bool:
    return ".." not in folder and not any("\ud800" <= char <= "\udfff" for char in folder)
