"""One call that is waited for later."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Aside(Generic[Result]):
    """Makes a call in a thread of its own, at once; what it raises is raised where it is awaited.

    Args:
        call: what to do.
    """

    def __init__(self, call: Callable[[], Result]) -> None:
        self._call = call
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._results.append(self._call())
        except BaseException as error:  # noqa: BLE001 - raised again by `wait`
            self._error = error

    @property
    def going_on(self) -> bool:
        """Whether it is not done yet."""
        return self._thread.is_alive()

    def wait(self) -> Result:
        """Wait for the end of the call, and give what it gave.

        Raises:
            BaseException: what the call raised.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]
