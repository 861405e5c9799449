"""From what a user wrote to who is told of published books; see `cbzsafe.cli.values`.

No sentence quotes an address: what is wrong with it may be that it holds a password.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from cbzsafe.errors import UsageError
from cbzsafe.receivers import TOKEN, Address, Addresses, Command, Kind, PathMap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from urllib.parse import SplitResult

NOTIFY = (
    "Tell libraries of new books at the end: komga+https://HOST/libraries/ID, kavita+https://HOST; "
    "https://HOST/PATH is a webhook. Several are separated by spaces."
)
NOTIFY_PATH = "A folder of ours and where a Kavita sees it, such as /library=/manga."
ON_PUBLISH = "Run CMD for each new book, with the archive's path behind it or in place of {}."

NO_TOKEN = "-"  # noqa: S105 - stands for none
"""What stands for an address that needs no key, where there are several."""

_PAGE = re.compile(r"(/.*)?/libraries/(?!all\b)([0-9A-Za-z]+)(/.*)?", re.ASCII | re.DOTALL)
"""The path of a library's page in Komga, where all libraries together are called `all`."""


def addresses(raw: object) -> Addresses:
    """Parse addresses, separated by white space or as a list of texts."""
    words = raw.split() if isinstance(raw, str) else raw
    if not isinstance(words, list) or not words:
        raise ValueError("it has no address")
    return Addresses(map(_address, words))


def _address(word: object) -> Address:
    parts = _split(word)
    kind, _, scheme = parts.scheme.rpartition("+")
    home = parts._replace(scheme=scheme, path="", query="", fragment="").geturl()
    if not kind:
        url = parts._replace(fragment="").geturl()
        secret = parts.path.strip("/") or parts.query
        return Address(Kind.WEBHOOK, url, home, f"{home}/..." if secret else home)
    if parts.query or parts.fragment:
        raise ValueError("the address of a Komga or Kavita has no ? and no #")
    return _komga(parts, home) if kind == Kind.KOMGA else _kavita(parts, home)


def _split(word: object) -> SplitResult:
    from urllib.parse import urlsplit

    begins = "an address begins with http:// or https://, or with komga+ or kavita+ before that"
    if not isinstance(word, str) or not re.match(
        r"((komga|kavita)\+)?https?://", word, re.IGNORECASE
    ):
        raise ValueError(begins)
    try:
        parts = urlsplit(word)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named:
        raise ValueError("an address names no host, or a wrong port")
    if "@" in parts.netloc:
        raise ValueError(f"an address holds a user or a password: {TOKEN} is the place for it")
    return parts


def _komga(parts: SplitResult, home: str) -> Address:
    match = _PAGE.fullmatch(parts.path)
    if match is None:
        raise ValueError(
            "a Komga's address is komga+ and that of the library's page, such as "
            "komga+https://komga.example.org/libraries/0B79XX36S0YJ4"
        )
    home += match[1] or ""
    shown = f"komga+{home}/libraries/{match[2]}"
    return Address(Kind.KOMGA, f"{home}/api/v1/libraries/{match[2]}/scan", home, shown)


def _kavita(parts: SplitResult, home: str) -> Address:
    home += parts.path.rstrip("/")
    return Address(Kind.KAVITA, f"{home}/api/Library/scan-folder", home, f"kavita+{home}")


def path_map(raw: object) -> PathMap:
    """Parse where a server sees our folders: `/library=/manga`."""
    own, _, theirs = raw.partition("=") if isinstance(raw, str) else ("", "", "")
    if not own or not theirs:
        raise ValueError(f"{raw!r} is no pair of folders, such as /library=/manga")
    return PathMap(os.path.abspath(os.path.expanduser(own)), theirs.rstrip("/"))  # noqa: PTH111


def command(raw: object) -> Command:
    """Parse a command into its words, as a shell would, and make sure that it can be run."""
    import shlex
    from shutil import which

    words = shlex.split(raw) if isinstance(raw, str) else raw
    if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
        raise ValueError(f"{raw!r} is no command")
    name = os.path.expanduser(words[0])  # noqa: PTH111 - no shell has seen it
    if "\0" in "".join(words) or which(name) is None:
        raise ValueError(f"{name!r} is no command that can be run")
    return Command([name, *words[1:]])


def tokens(told: Sequence[Address], environment: Mapping[str, str]) -> list[str | None]:
    """Find each address's key.

    Args:
        told: the addresses.
        environment: such as `os.environ`; an empty variable counts as not set.

    Raises:
        UsageError: there are more or fewer keys than addresses, or one fits into no header.
    """
    text = environment.get(TOKEN, "").strip()
    if not (text and told):
        return [None] * len(told)
    found = [text] if len(told) == 1 else text.split()
    if not all(one.isascii() and one.isprintable() for one in found):
        raise UsageError(f"{TOKEN} holds a character that no key has.")
    if len(found) != len(told):
        raise UsageError(
            f"{TOKEN} has {len(found)} keys for {len(told)} addresses: it takes one for each, "
            f"separated by white space, {NO_TOKEN} where there is none."
        )
    return [None if one == NO_TOKEN else one for one in found]
