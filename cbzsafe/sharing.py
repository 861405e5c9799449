"""Dividing work among processes that do not talk to each other: by a stable hash."""

from __future__ import annotations


def part_of(key: str, parts: int) -> int:
    """Tell in which part something is, the same on every machine and in every version.

    Args:
        key: what names it; a path may hold bytes that are not UTF-8 (PEP 383).
        parts: how many parts there are.

    Returns:
        a number from 1 to `parts`.
    """
    from hashlib import sha256

    digest = sha256(key.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") % parts + 1
