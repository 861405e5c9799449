"""Lines on standard error as JSON objects, from before anything is parsed to the very end."""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from collections import ChainMap
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Self

from cbzsafe import invocation
from cbzsafe.settings import LogFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cbzsafe.ui.log_stream import Stream
    from cbzsafe.ui.logs import Journal

NAME = "log-format"
"""The setting; see `cbzsafe.cli.options`."""

PYTHON = "python"
"""The logger of what Python itself says, such as a warning."""


class Switch:
    """Turns the objects on, once; leaving the block turns them off.

    A second run in the same process begins with plain lines again.
    """

    def __init__(self) -> None:
        self._undo = ExitStack()
        self._on = False

    def __enter__(self) -> Self:
        """Begin with plain lines."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what has no line end yet, and put back what was there before."""
        self._undo.close()
        self._on = False

    def early(self, command: str | None, arguments: Sequence[str]) -> None:
        """Turn the objects on if words or a variable ask for them, for usage errors come first.

        Args:
            command: its name, None for a run. `CBZSAFE_CHECK_LOG_FORMAT` wins over
                `CBZSAFE_LOG_FORMAT`, as for its other options.
            arguments: its own.

        Raises:
            UsageError: see `use`.
        """
        own = os.environ.get(invocation.variable(f"{command}-{NAME}")) if command else None
        environment = ChainMap({invocation.variable(NAME): own} if own else {}, os.environ)
        if invocation.early(arguments, environment, NAME) == LogFormat.JSON.value:
            self.use(LogFormat.JSON)

    def use(self, wanted: LogFormat) -> None:
        """Turn the objects on if they are wanted and not on yet.

        Raises:
            UsageError: the library that makes them is not installed.
        """
        if wanted is LogFormat.JSON and not self._on and sys.stderr is not None:
            self._turn_on()
            self._on = True

    def _turn_on(self) -> None:
        from cbzsafe.ui.log_stream import Stream
        from cbzsafe.ui.logs import Journal

        before, journal = sys.stderr, Journal(sys.stderr)
        stream = Stream(journal)
        root = logging.getLogger()
        root.handlers.insert(0, journal)  # gallery-dl configures the first
        self._undo.callback(root.removeHandler, journal)
        self._replace(sys, "stderr", stream, before)
        self._undo.callback(_finish, stream)
        self._replace(warnings, "showwarning", _warned(journal), warnings.showwarning)
        self._replace(threading, "excepthook", _thread_died(journal), threading.excepthook)
        self._replace(sys, "unraisablehook", _ignored(journal), sys.unraisablehook)

    def _replace(self, owner: Any, name: str, new: object, before: object) -> None:
        setattr(owner, name, new)
        self._undo.callback(setattr, owner, name, before)


def _finish(stream: Stream) -> None:
    with suppress(OSError, ValueError):  # there is nobody left to be told
        stream.finish()


def _warned(journal: Journal) -> Callable[..., None]:
    plain = warnings.showwarning

    def show(  # as `warnings.showwarning`
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        if file is not None:
            plain(message, category, filename, lineno, file, line)
            return
        text = f"{category.__name__}: {message} ({filename}:{lineno})"
        journal.say("warning", text, logger=PYTHON)

    return show


def _thread_died(journal: Journal) -> Callable[[threading.ExceptHookArgs], None]:
    def tell(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            name = args.thread.name if args.thread else "unknown"
            text = f"Exception in thread {name}: {args.exc_type.__name__}: {args.exc_value}"
            journal.say("error", text, logger=PYTHON, error=args.exc_value)

    return tell


def _ignored(journal: Journal) -> Callable[[Any], None]:
    def tell(args: Any) -> None:
        text = f"{args.err_msg or 'Exception ignored in'}: {args.object!r}"
        journal.say("error", text, logger=PYTHON, error=args.exc_value)

    return tell
