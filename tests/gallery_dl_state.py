"""Puts back what a run of gallery-dl inside the tests' process leaves behind.

gallery-dl keeps its configuration, caches, loggers and signal handlers in modules, and builds the
addresses that an extractor matches when its module is imported (`BaseExtractor.update` in
`gallery_dl/extractor/common.py`). A second run in one process would see all of the first.
"""

from __future__ import annotations

import copy
import gc
import importlib
import logging
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType

_CORE = (
    "gallery_dl",
    "gallery_dl.archive",
    "gallery_dl.cache",
    "gallery_dl.config",
    "gallery_dl.downloader",
    "gallery_dl.downloader.common",
    "gallery_dl.downloader.http",
    "gallery_dl.exception",
    "gallery_dl.extractor",
    "gallery_dl.extractor.common",
    "gallery_dl.formatter",
    "gallery_dl.job",
    "gallery_dl.option",
    "gallery_dl.output",
    "gallery_dl.path",
    "gallery_dl.postprocessor",
    "gallery_dl.postprocessor.common",
    "gallery_dl.postprocessor.zip",
    "gallery_dl.text",
    "gallery_dl.util",
)

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


@contextmanager
def restored() -> Iterator[None]:
    """Whatever gallery-dl changes inside the block is as before after it."""
    modules = [_Module(importlib.import_module(name)) for name in _CORE]
    process = _Process()
    _forget_extractors()
    stdin = sys.stdin
    try:
        # up to 1.31.10 its main() needs streams that can be reconfigured, and pytest's stdin cannot
        with Path(os.devnull).open(encoding="utf-8") as sys.stdin:
            yield
    finally:
        sys.stdin = stdin
        for module in modules:
            module.restore()
        process.restore()
        _forget_extractors()
        gc.collect()  # the sessions' sockets, while the site still answers


def main(args: Iterable[object], settings: Mapping[str, Any]) -> int:
    """Run gallery-dl's `main` in this process, inside of `restored`; returns its exit status."""
    import gallery_dl
    from gallery_dl import config

    for name, section in settings.items():
        config._config.setdefault(name, {}).update(section)
    sys.argv = ["gallery-dl", "--config-ignore", *map(str, args)]
    return int(gallery_dl.main() or 0)


def _forget_extractors() -> None:
    """Let every extractor be imported anew, to match the addresses of the next configuration."""
    from gallery_dl import extractor

    shared = {"common", "message"}
    prefix = extractor.__name__ + "."
    for name in [name for name in sys.modules if name.startswith(prefix)]:
        short = name.removeprefix(prefix)
        if short not in shared:
            del sys.modules[name]
            vars(extractor).pop(short, None)
    extractor._cache.clear()
    extractor._module_iter = extractor._modules_internal()


class _Attributes:
    """The attributes of one object, and the content of the containers among them."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.values = {k: v for k, v in vars(owner).items() if not k.startswith("__")}
        self.contents = {
            name: _copied(value)
            for name, value in self.values.items()
            if isinstance(value, (dict, list, set))
        }

    def restore(self) -> None:
        for name in [name for name in vars(self.owner) if not name.startswith("__")]:
            if name not in self.values:
                delattr(self.owner, name)
        for name, value in self.values.items():
            if vars(self.owner).get(name) is not value:
                setattr(self.owner, name, value)
        for name, content in self.contents.items():
            _refill(self.values[name], content)


class _Module(_Attributes):
    """A module, with the classes and plain objects that it defines."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module)
        self.parts = [
            _Attributes(value)
            for value in self.values.values()
            if _defined_in(value, module) or _defined_in(type(value), module)
        ]

    def restore(self) -> None:
        super().restore()
        for part in self.parts:
            part.restore()


def _defined_in(value: Any, module: ModuleType) -> bool:
    is_own = isinstance(value, type) and value.__module__ == module.__name__
    return is_own and hasattr(value, "__dict__")


def _copied(value: Any) -> Any:
    """A copy that a run's changes to nested dicts do not reach; other objects are shared."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return copy.copy(value) if isinstance(value, (list, set)) else value


def _refill(container: Any, content: Any) -> None:
    """Give a container its old content in place: others hold references to it."""
    if container == content:
        return
    container.clear()
    container.extend(content) if isinstance(container, list) else container.update(content)


class _Process:
    """What belongs to the process: logging, signals, arguments, environment."""

    def __init__(self) -> None:
        self.signals = {number: signal.getsignal(number) for number in _SIGNALS}
        self.argv = sys.argv
        self.environ = dict(os.environ)
        self.path = list(sys.path)
        self.logger_class = logging.getLoggerClass()
        loggers = [logging.getLogger(name) for name in (None, "unsupported", "errorfile")]
        self.loggers = [(log, log.level, log.propagate, list(log.handlers)) for log in loggers]

    def restore(self) -> None:
        for number, handler in self.signals.items():
            signal.signal(number, handler)
        sys.argv = self.argv
        sys.path[:] = self.path
        if dict(os.environ) != self.environ:
            os.environ.clear()
            os.environ.update(self.environ)
        logging.setLoggerClass(self.logger_class)
        for log, level, propagate, handlers in self.loggers:
            for handler in set(log.handlers) - set(handlers):
                handler.close()
            log.handlers[:] = handlers
            log.setLevel(level)
            log.propagate = propagate
