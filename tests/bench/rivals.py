"""The commands that are compared, as data; paths are relative to the folder they are run in."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.data import Contender

HERE = Path(__file__).parent
PYTHON = sys.executable
CBZSAFE = (PYTHON, "-m", "cbzsafe")
GALLERY_DL = (PYTHON, "-m", "gallery_dl")

CHECK = Contender("cbzsafe check", (*CBZSAFE, "check", "books"))
QUICK = Contender("cbzsafe check --quick", (*CBZSAFE, "check", "--quick", "books"))
UNZIP = Contender("unzip -tqq", ("unzip", "-tqq", "books/*.cbz"))
SEVEN_ZIP = Contender("7z t", ("7z", "t", "-bso0", "-bsp0", "books/*.cbz"))
TESTZIP = Contender("testzip", (PYTHON, str(HERE / "testzip.py"), "books"))
CAT = Contender("cat", ("sh", "-c", "cat books/*.cbz >/dev/null"), "cat")

DECODE = Contender("cbzsafe check --decode", (*CBZSAFE, "check", "--decode", "books"))
JPEGINFO = Contender("jpeginfo -c", ("sh", "-c", "jpeginfo -c pages/*.jpg"), "jpeginfo")
JPEGINFO_2 = Contender(
    "jpeginfo -c, two at a time",
    ("sh", "-c", "printf '%s\\0' pages/*.jpg | xargs -0 -n 50 -P 2 jpeginfo -c"),
    "jpeginfo",
)

REPAIR = Contender("cbzsafe repair", (*CBZSAFE, "repair", "torn.cbz"), status=1)
ZIP_FF = Contender("zip -FF", ("zip", "-FF", "torn.cbz", "--out", "fixed.cbz"), stdin="y\n")

ADD = Contender("publish", (PYTHON, str(HERE / "add_page.py"), "book.cbz", "new.jpg"))
COPY = Contender("cp and sync", ("sh", "-c", "cp book.cbz copy.cbz && sync copy.cbz"), "cp")

VERSION = Contender("cbzsafe --version", (*CBZSAFE, "--version"))
GALLERY_DL_VERSION = Contender("gallery-dl --version", (*GALLERY_DL, "--version"))


def download(url: str) -> tuple[Contender, Contender]:
    """Give the two ways to download a series with the configuration in `config.json`."""
    options = ("--config-ignore", "-c", "config.json", "-d", "books")
    return (
        Contender("cbzsafe", (*CBZSAFE, *options, url)),
        Contender("gallery-dl --cbz", (*GALLERY_DL, *options, "--cbz", url)),
    )


def nothing_new(url: str) -> tuple[Contender, Contender, Contender]:
    """Give a run over a finished series, and two ways to do as little: in parts, and in one."""
    options = ("--config-ignore", "-c", "config.json", "-d", "books")
    version = f"{PYTHON} -m gallery_dl --version && curl -s -o list.html {url}"
    none = ("--chapter-range", "100000", url)
    return (
        Contender("cbzsafe --skip-finished", (*CBZSAFE, *options, "--skip-finished", url)),
        Contender("gallery-dl --version, curl of the list", ("sh", "-c", version), "curl"),
        Contender("gallery-dl, the list alone", (*GALLERY_DL, *options, *none)),
    )
