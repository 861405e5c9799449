"""The one place that maps errors to exit statuses and sentences."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import TYPE_CHECKING

import click

from cbzsafe.errors import CbzsafeError, StorageError
from cbzsafe.interrupt import Interrupted
from cbzsafe.ui import termination

if TYPE_CHECKING:
    from collections.abc import Callable

    from cbzsafe.cli.command import State

FAILURE = 1
USAGE = 2
INTERRUPTED = 130
"""128 and SIGINT's number, as a shell reports it."""


def guard(work: Callable[[], int], state: State) -> int:
    """Do a command's work and turn whatever it raises into an exit status.

    Args:
        work: the command; returns its exit status.
        state: asked when there is an error, for what the command knew by then.

    Returns:
        the exit status of the process.
    """
    try:
        return _flushed(work())
    except BrokenPipeError:
        _abandon_stdout()
        return FAILURE
    except click.exceptions.Exit as end:
        return _flushed(end.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Interrupted as end:
        return end.exit_code
    except Exception as error:  # noqa: BLE001 - every error gets its one sentence here
        return _told(error, state)


def _told(error: Exception, state: State) -> int:
    sentence, status = _sentence(error)
    leave(sentence, state)
    # Standard error may be closed as well; there is nobody left to tell then.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        tell(sentence, error if state.verbose else None)
    return status


def leave(sentence: str, state: State) -> None:
    """Make a sentence the termination message, if it can be."""
    with contextlib.suppress(StorageError):
        termination.write(termination.of_sentence(sentence), state.termination_log)


def tell(sentence: str, error: Exception | None = None) -> None:
    """Tell on standard error what went wrong.

    Args:
        sentence: as a user is to read it.
        error: comes with its traceback.

    Raises:
        OSError: it could not be written; ValueError where standard error is closed, and
            AttributeError where there is none.
    """
    journal = getattr(sys.stderr, "journal", None)
    if journal is not None:
        journal.say("error", sentence, error=error)
        return
    if error is not None:
        traceback.print_exception(error)
    sys.stderr.write(f"cbzsafe: {sentence}\n")
    sys.stderr.flush()


def _sentence(error: Exception) -> tuple[str, int]:
    if isinstance(error, CbzsafeError):
        return str(error), error.exit_code
    if isinstance(error, click.ClickException):
        return f"{error.format_message()} See `cbzsafe --help`.", USAGE
    if _is_lack_of_memory(error):
        return "Memory ran out: give the process more, then run the same command again.", FAILURE
    name = type(error).__name__
    return f"Unexpected {name}: {error}; run it again with -v to see where.", FAILURE


def _is_lack_of_memory(error: Exception) -> bool:
    try:
        from cbzsafe.images.lack import is_lack
    except (ImportError, MemoryError):  # there is not even enough for that
        return True
    return is_lack(error)


def _flushed(status: int) -> int:
    # Here, where it can still be told: the interpreter's own flush at exit prints a traceback.
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
        return status | FAILURE
    return status


def _abandon_stdout() -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
