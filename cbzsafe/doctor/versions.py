"""Which versions are installed, and whether this gallery-dl is one that was tried."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

from cbzsafe import __version__
from cbzsafe.cbz.entry import ZSTD_MODULE
from cbzsafe.errors import UnsupportedGalleryDL
from cbzsafe.gallerydl import parser, seam
from cbzsafe.model import Diagnosis, Package, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NEEDED = ("click", "rich", "pillow", "filelock", "requests")

_OPTIONAL = {
    "simplejpeg": "JPEGs are decoded by Pillow, which passes one that was cut and closed again.",
    "isal": "Checksums are computed by zlib, at half the speed.",
    "backports.zstd": "Pages that are compressed by Zstandard cannot be read.",
    "prometheus-client": "--metrics cannot be used.",
    "python-json-logger": "--log-format json cannot be used.",
}
"""What works without, and what is missed then."""

_EXTRA = {
    **dict.fromkeys(("simplejpeg", "isal", "backports.zstd"), "full"),
    **dict.fromkeys(("prometheus-client", "python-json-logger"), "container"),
}
"""The extra that brings each of them."""


def packages() -> tuple[Package, ...]:
    """List what is installed, cbzsafe, Python and gallery-dl first."""
    return (
        Package("cbzsafe", __version__),
        Package("Python", platform.python_version()),
        Package("gallery-dl", _gallery_dl()),
        *(Package(name, installed(name)) for name in _NEEDED),
        *(Package(name, installed(name), optional=True) for name in _OPTIONAL),
    )


def _gallery_dl() -> str:
    try:
        return parser.version()
    except (UnsupportedGalleryDL, OSError):
        return ""


def installed(name: str) -> str:
    """Give a distribution's version without importing it; empty where it is not installed.

    Args:
        name: as it is installed by.
    """
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def diagnose(found: Sequence[Package]) -> list[Diagnosis]:
    """Say what follows from the versions.

    Args:
        found: as `packages` gives them.
    """
    there = [package for package in found if package.version]
    text = ", ".join(f"{package.name} {package.version}" for package in there)
    said = [Diagnosis(Weight.INFO, "versions", "installed", f"{text}.")]
    for package in found:
        if not package.version:
            said += _absent(package)
        elif package.name == "gallery-dl":
            said += gallery_dl(package.version)
    return said


def _absent(package: Package) -> Iterator[Diagnosis]:
    if package.name == "backports.zstd" and ZSTD_MODULE:  # Python 3.14 has one of its own
        return
    if package.optional:
        text = f"It is not installed. {_OPTIONAL[package.name]}"
        advice = f"Install it with `pip install 'cbzsafe[{_EXTRA[package.name]}]'`."
        yield Diagnosis(Weight.INFO, "versions", package.name, text, advice)
    else:
        advice = "Install it with `pip install --force-reinstall cbzsafe`."
        yield Diagnosis(Weight.ERROR, "versions", package.name, "It is not installed.", advice)


def gallery_dl(version: str) -> list[Diagnosis]:
    """Say whether cbzsafe works with a version of gallery-dl.

    Args:
        version: the installed one, such as `1.32.18` or `1.33.0-dev`.
    """
    try:
        seam.check()
    except UnsupportedGalleryDL as error:
        advice = "Install a version that it works with; until then every run is refused."
        return [Diagnosis(Weight.ERROR, "versions", "gallery-dl", str(error), advice)]
    if _numbers(version) > highest():
        text = f"{version} is newer than any version that was tried; it has all that is needed."
        advice = f"If a run goes wrong, install one of {seam.WORKS_WITH}."
        return [Diagnosis(Weight.WARNING, "versions", "gallery-dl", text, advice)]
    text = f"{version} is among the versions that were tried."
    return [Diagnosis(Weight.OK, "versions", "gallery-dl", text)]


def highest() -> tuple[int, ...]:
    """Give the highest version of gallery-dl that was tried, as `seam.WORKS_WITH` names it."""
    return max(_numbers(found) for found in re.findall(r"\d+(?:\.\d+)+", seam.WORKS_WITH))


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()
