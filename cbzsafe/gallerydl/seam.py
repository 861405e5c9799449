"""Every private name of gallery-dl that is used, and the guard that refuses a version without it.

gallery-dl promises nothing about its insides. What cbzsafe builds upon is listed here and nowhere
else, so that a version which lacks one of these names is refused before anything is downloaded.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import CodeType
from typing import Any

from cbzsafe.errors import UnsupportedGalleryDL

LOWEST = (1, 30, 0)
"""The lowest version that the suite was run with."""

WORKS_WITH = "gallery-dl 1.30.0 to 1.32.18 (`pip install --upgrade gallery-dl`)"

_USES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gallery_dl:main", ("DownloadJob", "jobtype", "postprocessors")),
    ("gallery_dl:main", ("initialize_logging", "configure_logging")),
    ("gallery_dl.job:Job.run", ("handle_finalize", "dispatch", "status")),
    ("gallery_dl.job:Job.__init__", ("extractor", "kwdict", "pathfmt", "status", "_logger_extra")),
    (
        "gallery_dl.job:DownloadJob.handle_url",
        ("set_filename", "check", "exists", "handle_skip", "download", "temppath", "finalize"),
    ),
    ("gallery_dl.job:DownloadJob.handle_directory", ("set_directory",)),
    ("gallery_dl.job:DownloadJob.handle_skip", ("_skipexc", "_skipcnt", "_skipmax")),
    ("gallery_dl.job:DownloadJob.handle_finalize", ("archive", "close")),
    ("gallery_dl.job:DownloadJob.get_downloader", ("downloaders",)),
    (
        "gallery_dl.job:DownloadJob.initialize",
        ("PathFormat", "config_accumulate", "hooks", "_archive_write_file", "_skipftr", "find"),
    ),
    (
        "gallery_dl.path:PathFormat.__init__",
        ("directory_formatters", "directory_conditions", "directory_fmt", "clean_segment"),
    ),
    ("gallery_dl.path:PathFormat.build_directory", ("directory_formatters", "clean_segment")),
    ("gallery_dl.path:PathFormat.build_path", ("realpath", "temppath", "filename")),
    ("gallery_dl.path:PathFormat.part_enable", ("temppath",)),
    ("gallery_dl.path:PathFormat.finalize", ("delete", "temppath", "realpath", "set_mtime")),
    ("gallery_dl.downloader.http:HttpDownloader._adjust_extension", ("SIGNATURE_CHECKS",)),
    ("gallery_dl.path:PathFormat.set_extension", ("prefix", "extension")),
    ("gallery_dl.downloader.http:HttpDownloader.__init__", ("receive", "chunk_size")),
    ("gallery_dl.downloader.http:HttpDownloader._download_impl", ("session", "request", "receive")),
    ("gallery_dl.downloader.common:DownloaderBase.__init__", ("session",)),
    ("gallery_dl.extractor.common:Extractor.__init__", ("url", "_cfgpath", "_parentdir")),
    (
        "gallery_dl.archive:DownloadArchive.__init__",
        ("_stmt_insert", "_stmt_select", "keygen", "cursor", "connection", "_cache_key"),
    ),
    ("gallery_dl.postprocessor:find", ("_cache",)),
)
"""Functions, as `module:name`, and the names that their code has to mention."""

_HAS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gallery_dl.job:DownloadJob", ("register_hooks", "download", "run")),
    ("gallery_dl.postprocessor:", ("_cache", "find")),
    ("gallery_dl.config:", ("_config", "unset", "interpolate")),
    ("gallery_dl.util:", ("compile_filter", "expand_path", "remove_file")),
    ("gallery_dl.option:", ("build_parser",)),
    ("gallery_dl.output:", ("initialize_logging", "configure_logging")),
    ("gallery_dl.path:PathFormat", ("exists", "build_filename", "set_filename", "set_directory")),
    (
        "gallery_dl.exception:",
        ("AbortExtraction", "StopExtraction", "TerminateExtraction", "RestartExtraction"),
    ),
    ("gallery_dl.extractor.common:Extractor", ("config", "config2")),
    ("gallery_dl.extractor.message:Message", ("Url", "Directory", "Queue")),
    ("gallery_dl.postprocessor.common:", ("PostProcessor",)),
    ("gallery_dl.downloader.http:", ("SIGNATURE_CHECKS",)),
)
"""Modules and classes, and the attributes that they have to have."""


def resolve(where: str) -> Any:
    """Find what `module:name` means in the installed gallery-dl, None where it lacks it."""
    module, _, names = where.partition(":")
    try:
        found: Any = import_module(module)
        for name in filter(None, names.split(".")):
            found = getattr(found, name)
    except (ImportError, AttributeError):
        return None
    return found


def check() -> None:
    """Refuse a gallery-dl that lacks something which cbzsafe builds upon.

    Raises:
        UnsupportedGalleryDL: it says what is missing and which versions work.
    """
    installed = str(resolve("gallery_dl.version:__version__"))
    lacking = [f"{where} {name}" for where, names in _HAS for name in _lacks(where, names)]
    lacking += [f"{where} {name}" for where, names in _USES for name in _unused(where, names)]
    if _number(installed) < LOWEST:
        lacking.insert(0, "it is older than any version that was tried")
    if lacking:
        raise unsupported(installed, lacking[0])


def unsupported(installed: str, why: str) -> UnsupportedGalleryDL:
    """The refusal of a version, for what it lacks."""
    return UnsupportedGalleryDL(
        f"cbzsafe cannot work safely with gallery-dl {installed} ({why}). It works with "
        f"{WORKS_WITH}."
    )


def _lacks(where: str, names: tuple[str, ...]) -> list[str]:
    owner = resolve(where)
    return [name for name in names if not hasattr(owner, name)]


def _unused(where: str, names: tuple[str, ...]) -> list[str]:
    """Names that a function's code does not mention: instance attributes exist only there."""
    code = getattr(resolve(where), "__code__", None)
    known = set(mentioned(code)) if code is not None else set()
    return [name for name in names if name not in known]


def mentioned(code: CodeType) -> Iterator[str]:
    """The names that a function's code mentions, with those of the functions within it."""
    yield from code.co_names
    yield from code.co_varnames
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from mentioned(constant)


def _number(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.partition("-")[0].split(".")[:3] if part.isdigit())


@contextmanager
def installed(download_job: type, zip_class: type) -> Iterator[None]:
    """Let gallery-dl use our job and our meaning of `zip`, and put its own back afterwards.

    `main()` looks up `job.DownloadJob` when it runs and child jobs are made by `self.__class__`,
    so rebinding the name reaches every job. `postprocessor._cache` decides what `zip` means. What
    is no ZIP file, though it is called `.cbz`, gets the name that its first bytes ask for, as
    gallery-dl gives it to what is called `.zip`.
    """
    from gallery_dl import job, postprocessor
    from gallery_dl.downloader.http import SIGNATURE_CHECKS

    before = job.DownloadJob
    cached = postprocessor._cache.get("zip")
    job.DownloadJob = download_job
    postprocessor._cache["zip"] = zip_class
    SIGNATURE_CHECKS["cbz"] = SIGNATURE_CHECKS["zip"]
    try:
        yield
    finally:
        job.DownloadJob = before
        del SIGNATURE_CHECKS["cbz"]
        postprocessor._cache.pop("zip", None)
        if cached is not None:
            postprocessor._cache["zip"] = cached


def new_hooks() -> Any:
    """An empty set of hooks, as DownloadJob.initialize makes it."""
    return defaultdict(list)


def remove_file(path: str) -> None:
    """Remove a file if it is there."""
    from gallery_dl import util

    util.remove_file(path)


def zip_is(zip_class: type) -> bool:
    """Whether `zip` still means what `installed` made of it."""
    from gallery_dl import postprocessor

    return postprocessor.find("zip") is zip_class


def call_main(argv: list[str]) -> int:
    """Run gallery-dl's `main()` as its command would, and return the exit status.

    Raises:
        BaseException: of our own, such as `cbzsafe.interrupt.Interrupted`.
    """
    import gallery_dl

    from cbzsafe.gallerydl import logs

    before = sys.argv
    sys.argv = ["gallery-dl", *argv]
    try:
        with logs.as_objects():
            return _status(gallery_dl.main())
    except SystemExit as stop:
        if isinstance(stop.code, str):
            sys.stderr.write(stop.code + "\n")
            return 1
        return _status(stop.code)
    finally:
        sys.argv = before


def _status(code: Any) -> int:
    return int(code) if code else 0
