"""Decoding pages whole, beside the next download."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.book.parts import Undecided
from cbzsafe.book.staging import problem
from cbzsafe.book.trouble import OUT_OF_MEMORY
from cbzsafe.images import jpeg, lack

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future


class Decoder:
    """A worker thread that decodes pages as they arrive.

    One is enough: a page is decoded in less time than it takes to arrive, and the codecs release
    the interpreter lock meanwhile.
    """

    def __init__(self) -> None:
        self._pool: Executor | None = None

    @property
    def used(self) -> bool:
        """Whether any page was given to it."""
        return self._pool is not None

    def warm_up(self) -> Executor:
        """Import what is heavy while the first page is awaited."""
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(1, "cbzsafe-decode")
            self._pool.submit(_import)
        return self._pool

    def submit(self, path: Path, name: str) -> Future[str | None]:
        """Begin to decode the page.

        Returns:
            what says in the end what is wrong with the page, if anything is: an `Undecided` where
            that could not be told. It never raises.
        """
        return self.warm_up().submit(_decode, path, name)

    def close(self) -> None:
        """Drop what has not begun."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


def _import() -> None:
    import_module("cbzsafe.book.settle")
    jpeg.library()


def _decode(path: Path, name: str) -> str | None:
    try:
        return problem(path, name, whole=True)
    except FileNotFoundError:
        return None  # a user's `exec` took it away; the book looks for what became of it
    except Exception as error:  # noqa: BLE001 - an exception here would hide what others found
        if lack.is_lack(error):
            return Undecided(f"not all pages could be decoded, since {OUT_OF_MEMORY}")
        if isinstance(error, OSError):
            return f"it cannot be read ({error.strerror})"
        return Undecided(f"{name} could not be decoded ({type(error).__name__}: {error})")
