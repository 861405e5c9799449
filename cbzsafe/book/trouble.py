"""What went wrong with a book, in one plain sentence."""

from __future__ import annotations

from cbzsafe.errors import CbzsafeError
from cbzsafe.images.lack import is_lack

OUT_OF_MEMORY = "memory ran out: give the process more, then run the same command again"
"""The end of a sentence, or with a capital letter one of its own."""


def sentence(error: BaseException) -> str:
    """Say what an exception means for a book."""
    if is_lack(error):
        return f"{OUT_OF_MEMORY.capitalize()}."
    return str(error) if isinstance(error, CbzsafeError) else f"{type(error).__name__}: {error}"
