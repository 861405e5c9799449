"""One book, archived by each of the programs that people use, and by gallery-dl itself.

Every archive is made by the real program once for each process of the tests. A program that is not
installed fails the tests that need it.
"""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import programs
from gallery_site import Site
from made_archives import PAGES, Pipe, streamed, zipped
from site_faults import Page

from cbzsafe.cbz.entry import Method
from cbzsafe.model import Code

_STUB = b"#!/bin/sh\n# A script may stand in front of an archive: readers go by its end.\nexit 1\n"


@dataclass(frozen=True)
class Maker:
    """A program with its options.

    Attributes:
        name: of the case.
        make: gives the archive's bytes.
        methods: by which it compresses; what gets no smaller is stored by most.
        descriptors: whether data descriptors stand behind its pages.
        odd: the warnings that its archives deserve, each true of their bytes.
    """

    name: str
    make: Callable[[], bytes]
    methods: frozenset[Method]
    descriptors: bool = False
    odd: frozenset[Code] = frozenset()


MAKERS: dict[str, Maker] = {}


def maker(*methods, descriptors=False, odd=()):
    """Enter a function into the table; its archive is made once."""

    def enter(function):
        name = function.__name__
        made = Maker(name, cache(function), frozenset(methods), descriptors, frozenset(odd))
        MAKERS[name] = made
        return function

    return enter


def run(command, folder, stdout=subprocess.DEVNULL):
    """Run a program in a folder; it must succeed."""
    # Variables of the user's could add options to `zip`, `jar` and `7z`.
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    clean = known | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=programs.TIMEOUT,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def made_by(*command, pages=PAGES):
    """Give the archive that a program makes of the pages under the name `book.cbz`."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in pages.items():
            Path(folder, name).write_bytes(data)
        run([*command, *pages], folder)
        return Path(folder, "book.cbz").read_bytes()


def piped_by(*command):
    """Give the archive that a program writes to a pipe, in which it cannot go back."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in PAGES.items():
            Path(folder, name).write_bytes(data)
        return run([*command, *PAGES], folder, subprocess.PIPE)


@maker(Method.STORED)
def gallery_dl():
    """A download from a site on the loopback with `--cbz`."""
    kinds = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
    with Site() as site, tempfile.TemporaryDirectory() as folder:
        pages = [Page(name, data, kinds[name[-4:].strip(".")]) for name, data in PAGES.items()]
        chapter = site.add_chapter(1, pages, manga="book")
        work = Path(folder, "work")
        work.mkdir()
        done = programs.run_gallery_dl(["--cbz", "-d", ".", chapter.url], work, site.config())
        assert done.returncode == 0, done.stderr
        return (work / chapter.book).read_bytes()


@maker(Method.STORED)
def infozip_stored():
    return made_by("zip", "-q", "-0", "book.cbz")


@maker(Method.STORED, Method.DEFLATED)
def infozip_deflated():
    return made_by("zip", "-q", "book.cbz")


@maker(Method.STORED, Method.BZIP2)
def infozip_bzip2():
    return made_by("zip", "-q", "-Z", "bzip2", "book.cbz")


@maker(Method.STORED, Method.DEFLATED)
def infozip_zip64():
    """Sizes in zip64 fields, though they would fit into the headers."""
    return made_by("zip", "-q", "-fz", "book.cbz")


@maker(Method.DEFLATED, descriptors=True)
def infozip_piped():
    return piped_by("zip", "-q", "-")


@maker(Method.STORED, descriptors=True)
def infozip_piped_stored():
    return piped_by("zip", "-q", "-0", "-")


@maker(Method.STORED, odd=[Code.DEAD_BYTES])
def infozip_behind_a_script():
    """A self-extracting archive whose offsets `zip -A` counts from the script's beginning."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.cbz")
        path.write_bytes(_STUB + MAKERS["infozip_stored"].make())
        run(["zip", "-q", "-A", "book.cbz"], folder)
        return path.read_bytes()


@maker(Method.STORED)
def sevenzip_stored():
    return made_by("7z", "a", "-tzip", "-mm=Copy", "book.cbz")


@maker(Method.STORED, Method.DEFLATED)
def sevenzip_deflated():
    return made_by("7z", "a", "-tzip", "book.cbz")


@maker(Method.STORED, Method.BZIP2)
def sevenzip_bzip2():
    return made_by("7z", "a", "-tzip", "-mm=BZip2", "book.cbz")


@maker(Method.STORED, Method.LZMA)
def sevenzip_lzma():
    return made_by("7z", "a", "-tzip", "-mm=LZMA", "book.cbz")


@maker(Method.STORED)
def python_stored():
    return zipped()


@maker(Method.DEFLATED)
def python_deflated():
    return zipped(method=zipfile.ZIP_DEFLATED)


@maker(Method.LZMA)
def python_lzma():
    """Python ends each page by the end marker that `7z` leaves out."""
    return zipped(method=zipfile.ZIP_LZMA)


@maker(Method.STORED, descriptors=True)
def python_piped():
    return streamed()


@maker(Method.DEFLATED, descriptors=True)
def python_piped_deflated():
    return streamed(zipfile.ZIP_DEFLATED)


@maker(Method.STORED)
def python_zip64():
    return _python_zip64(io.BytesIO()).getvalue()


@maker(Method.STORED, descriptors=True)
def python_piped_zip64():
    """Descriptors with sizes of 64 bits."""
    return bytes(_python_zip64(Pipe()).data)


def _python_zip64(file):
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in PAGES.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as page:
                page.write(data)
    return file


@maker(Method.STORED)
def jar_stored():
    """Java's `jar` writes with `java.util.zip.ZipOutputStream`, as Java programs do."""
    return made_by("jar", "cM0f", "book.cbz")


@maker(Method.DEFLATED, descriptors=True)
def jar_deflated():
    return made_by("jar", "cMf", "book.cbz")


@maker(Method.DEFLATED, descriptors=True)
def bsdtar():
    return made_by("bsdtar", "--format", "zip", "-cf", "book.cbz")


@maker(Method.DEFLATED, descriptors=True, odd=[Code.DEAD_BYTES])
def bsdtar_piped():
    """What goes to a pipe is filled up with zeros to a multiple of 10240 bytes, as on a tape."""
    return piped_by("bsdtar", "--format", "zip", "-cf", "-")


@maker(Method.STORED, descriptors=True)
def bsdtar_stored():
    options = ("--options", "zip:compression=store")
    return made_by("bsdtar", "--format", "zip", *options, "-cf", "book.cbz")


EACH = tuple(MAKERS.values())


def named(*names):
    """Give the makers of these names."""
    return tuple(MAKERS[name] for name in names)
