"""What the tests of whole runs share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import programs

if TYPE_CHECKING:
    from pathlib import Path

    from site_families import Chapter

HISTORY = ("--download-archive", "history.sqlite3")


def book(workdir: Path, chapter: Any) -> Path:
    """Where a gallery's archive is to be."""
    return workdir / "gallery-dl" / chapter.book


def assert_whole(path: Path, expected: dict[str, bytes]) -> None:
    """The archive opens, and has each page, byte for byte, and no other."""
    assert programs.pages(path) == expected
    assert not programs_part_files(path.parent)


def programs_part_files(folder: Path) -> list[str]:
    """Temporaries, locks and partial downloads that are left beside an archive."""
    return [p.name for p in folder.iterdir() if p.name.startswith(".") or p.suffix == ".part"]


def stamp(path: Path) -> tuple[int, int]:
    """What changes when a file is replaced or touched."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def report(workdir: Path, name: str = "report.json") -> dict[str, Any]:
    """The report that `--report` wrote."""
    return json.loads((workdir / name).read_text("utf-8"))


def outcomes(workdir: Path, name: str = "report.json") -> list[str]:
    """The outcomes of a report's books, in order."""
    return [entry["outcome"] for entry in report(workdir, name)["books"]]


def undisturbed(site: Any, folder: Path, chapter: Chapter) -> Path:
    """The book as a run makes it that nothing disturbs."""
    folder.mkdir()
    done = programs.run_cbzsafe([chapter.url], folder, site.config())
    assert done.returncode == 0, done.stderr
    site.clear()
    return book(folder, chapter)
