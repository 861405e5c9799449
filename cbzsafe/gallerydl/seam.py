"""Every private name of gallery-dl that is used, and the guard that refuses a version without it.

gallery-dl promises nothing about its insides. What cbzsafe builds upon is listed here and nowhere
else, so that a version which lacks one of these names is refused before anything is downloaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

import gallery_dl
from gallery_dl import archive, config, exception, job, option, path, postprocessor, util, version
from gallery_dl.downloader import http
from gallery_dl.extractor.message import Message
from gallery_dl.postprocessor.common import PostProcessor

from cbzsafe.errors import UnsupportedGalleryDL

LOWEST = (1, 30, 0)
"""The lowest version that the suite was run with."""

WORKS_WITH = "gallery-dl 1.30.0 to 1.32.18 (`pip install --upgrade gallery-dl`)"

_USES: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("gallery_dl.main", gallery_dl.main, ("DownloadJob", "jobtype", "postprocessors")),
    ("Job.run", job.Job.run, ("handle_finalize", "dispatch", "status")),
    ("Job.__init__", job.Job.__init__, ("extractor", "kwdict", "pathfmt", "status")),
    (
        "DownloadJob.handle_url",
        job.DownloadJob.handle_url,
        ("set_filename", "check", "exists", "handle_skip", "download", "temppath", "finalize"),
    ),
    ("DownloadJob.handle_directory", job.DownloadJob.handle_directory, ("set_directory",)),
    ("DownloadJob.handle_skip", job.DownloadJob.handle_skip, ("_skipexc", "_skipcnt", "_skipmax")),
    ("DownloadJob.handle_finalize", job.DownloadJob.handle_finalize, ("archive", "close")),
    ("DownloadJob.get_downloader", job.DownloadJob.get_downloader, ("downloaders",)),
    (
        "DownloadJob.initialize",
        job.DownloadJob.initialize,
        ("PathFormat", "config_accumulate", "hooks", "_archive_write_file", "_skipftr", "find"),
    ),
    ("PathFormat.build_path", path.PathFormat.build_path, ("realpath", "temppath", "filename")),
    ("PathFormat.part_enable", path.PathFormat.part_enable, ("temppath",)),
    ("PathFormat.set_extension", path.PathFormat.set_extension, ("prefix", "extension")),
    ("HttpDownloader.__init__", http.HttpDownloader.__init__, ("receive", "chunk_size")),
    (
        "DownloadArchive.__init__",
        archive.DownloadArchive.__init__,
        ("_stmt_insert", "_stmt_select", "keygen", "cursor", "connection", "_cache_key"),
    ),
    ("postprocessor.find", postprocessor.find, ("_cache",)),
)

_HAS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("gallery_dl.job.DownloadJob", job.DownloadJob, ("register_hooks", "download", "run")),
    ("gallery_dl.postprocessor", postprocessor, ("_cache",)),
    ("gallery_dl.config", config, ("_config", "unset", "interpolate")),
    ("gallery_dl.util", util, ("compile_filter", "expand_path", "remove_file")),
    ("gallery_dl.option", option, ("build_parser",)),
    ("gallery_dl.path.PathFormat", path.PathFormat, ("exists", "build_filename", "set_filename")),
    (
        "gallery_dl.exception",
        exception,
        ("AbortExtraction", "StopExtraction", "TerminateExtraction", "RestartExtraction"),
    ),
    ("gallery_dl.extractor.message.Message", Message, ("Url", "Directory", "Queue")),
    ("gallery_dl.postprocessor.common", PostProcessor, ("__init__",)),
)


def check() -> None:
    """Refuse a gallery-dl that lacks something which cbzsafe builds upon.

    Raises:
        UnsupportedGalleryDL: it says what is missing and which versions work.
    """
    installed = version.__version__
    lacking = [f"{what}: {name}" for what, owner, names in _HAS for name in _lacks(owner, names)]
    lacking += [f"{what}: {name}" for what, func, names in _USES for name in _unused(func, names)]
    if _number(installed) < LOWEST:
        lacking.insert(0, "it is older than any version that was tried")
    if lacking:
        raise UnsupportedGalleryDL(
            f"cbzsafe cannot work safely with gallery-dl {installed} ({lacking[0]}). It works with "
            f"{WORKS_WITH}."
        )


def _lacks(owner: Any, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if not hasattr(owner, name)]


def _unused(function: Any, names: tuple[str, ...]) -> list[str]:
    """Names that a function's code does not mention: instance attributes exist only there."""
    code = getattr(function, "__code__", None)
    known = set(_mentioned(code)) if code is not None else set()
    return [name for name in names if name not in known]


def _mentioned(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    yield from code.co_varnames
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _mentioned(constant)


def _number(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.partition("-")[0].split(".")[:3] if part.isdigit())


@contextmanager
def installed(download_job: type, zip_class: type) -> Iterator[None]:
    """Let gallery-dl use our job and our meaning of `zip`, and put its own back afterwards.

    `main()` looks up `job.DownloadJob` when it runs and child jobs are made by `self.__class__`,
    so rebinding the name reaches every job. `postprocessor._cache` decides what `zip` means.
    """
    before = job.DownloadJob
    cached = postprocessor._cache.get("zip")
    job.DownloadJob = download_job
    postprocessor._cache["zip"] = zip_class
    try:
        yield
    finally:
        job.DownloadJob = before
        postprocessor._cache.pop("zip", None)
        if cached is not None:
            postprocessor._cache["zip"] = cached


def new_hooks() -> Any:
    """An empty set of hooks, as DownloadJob.initialize makes it."""
    return defaultdict(list)


def remove_file(path: str) -> None:
    """Remove a file if it is there."""
    util.remove_file(path)


def zip_is(zip_class: type) -> bool:
    """Whether `zip` still means what `installed` made of it."""
    return postprocessor.find("zip") is zip_class


def call_main(argv: list[str], run_main: Callable[[], Any] = gallery_dl.main) -> int:
    """Run gallery-dl's `main()` as its command would, and return the exit status.

    Raises:
        BaseException: of our own, such as `cbzsafe.interrupt.Interrupted`.
    """
    import sys

    before = sys.argv
    sys.argv = ["gallery-dl", *argv]
    try:
        return _status(run_main())
    except SystemExit as stop:
        if isinstance(stop.code, str):
            sys.stderr.write(stop.code + "\n")
            return 1
        return _status(stop.code)
    finally:
        sys.argv = before


def _status(code: Any) -> int:
    return int(code) if code else 0
