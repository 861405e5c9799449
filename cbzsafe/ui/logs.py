"""Standard error as JSON, an object a line, for programs that gather logs.

`docs/logs.md` tells of each field. What is written to standard error without logging comes here
through `cbzsafe.ui.log_stream`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cbzsafe.errors import UsageError
from cbzsafe.ui.words import valid

if TYPE_CHECKING:
    from typing import TextIO

Context = Callable[[logging.LogRecord], Mapping[str, object]]
"""Finds the fields that a record has beyond the usual ones."""

OURS = "cbzsafe"
"""The logger of what we say ourselves."""

_LEVELS = (
    (logging.ERROR, "error"),
    (logging.WARNING, "warning"),
    (logging.INFO, "info"),
)

_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What JSON lets through, and some readers take for a line's end or for an order."""


def _dumps(data: Any, **options: Any) -> str:
    text = json.dumps(data, **{**options, "ensure_ascii": False})
    return _BREAKS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _formatter() -> logging.Formatter:
    try:
        from pythonjsonlogger.json import JsonFormatter
    except ImportError:
        raise UsageError(
            "JSON logs need python-json-logger: install it with `pip install 'cbzsafe[container]'`."
        ) from None
    return JsonFormatter(
        "%(time)s %(level)s %(logger)s %(message)s",
        json_serializer=_dumps,
        rename_fields={"exc_info": "exception"},
        reserved_attrs=[*vars(logging.makeLogRecord({})), "message", "asctime"],
    )


class Journal(logging.Handler):
    """Writes what is logged as objects, each whole and by one write.

    Attributes:
        stream: what the objects are written to.
        context: see `Context`; what it raises is passed over.
        alone: the lock under which an object is written.

    Args:
        stream: as above; the objects are UTF-8, whatever its encoding.

    Raises:
        UsageError: the library that makes the objects is not installed.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(logging.WARNING)
        self.formatter = _formatter()
        self.stream = stream
        self.context: Context = lambda _: {}
        self.alone: Any = self.lock  # logging makes it anew in a process that is forked

    def setFormatter(self, fmt: logging.Formatter | None) -> None:  # noqa: N802 - logging's name
        """Keep the objects: gallery-dl's configuration has formats for people."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; what cannot be written is given up, as other handlers do."""
        fields: dict[str, object] = {}
        with contextlib.suppress(Exception):
            fields.update(self.context(record))
        message, told = _words(record)
        fields |= {"level": _level(record.levelno), "logger": record.name}
        with contextlib.suppress(OSError, ValueError):
            self._write(message, told, record.created, fields)

    def say(
        self,
        level: str,
        message: str,
        *,
        logger: str = OURS,
        error: BaseException | str | None = None,
        **fields: object,
    ) -> None:
        """Write one object.

        Args:
            level: `debug`, `info`, `warning` or `error`.
            message: what is said.
            logger: whose words they are.
            error: comes along as `exception`, with its traceback, or as the text that it is.
            fields: more fields; one that is None or empty is left out.

        Raises:
            OSError: whatever the stream raises.
            ValueError: the stream is closed.
        """
        told = _traced(error) if isinstance(error, BaseException) else error or ""
        with self.alone:
            self._write(message, told, None, {**fields, "level": level, "logger": logger})

    def _write(
        self, message: str, told: str, moment: float | None, fields: Mapping[str, object]
    ) -> None:
        values = {key: _clean(value) for key, value in fields.items() if value not in (None, "")}
        values |= {"msg": valid(message), "exc_text": valid(told), "time": _time(moment)}
        record = logging.makeLogRecord(values)
        self._send(f"{self.format(record)}\n")

    def _send(self, text: str) -> None:
        raw: Any = getattr(self.stream, "buffer", None)  # io.StringIO has none
        if raw is None:
            self.stream.write(text)
        left = memoryview(b"" if raw is None else text.encode())
        while left:  # unbuffered, as PYTHONUNBUFFERED makes it, a write may be cut short
            left = left[raw.write(left) or 0 :]
        self.stream.flush()


def _clean(value: object) -> object:
    return valid(value) if isinstance(value, str) else value


def _time(moment: float | None) -> str:
    """A moment, or now, as RFC 3339 has it."""
    at = datetime.now(UTC) if moment is None else datetime.fromtimestamp(moment, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(number: int) -> str:
    return next((name for least, name in _LEVELS if number >= least), "debug")


def _words(record: logging.LogRecord) -> tuple[str, str]:
    """A record's message, and its traceback; a traceback alone gives the message its last line."""
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - arguments that do not fit, or that fail by themselves
        message = repr(record.msg)
    told = record.exc_text or ""
    if not told and record.exc_info and record.exc_info[1]:
        told = _traced(record.exc_info[1])
    return message or told.rpartition("\n")[2], told


def _traced(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip("\n")
