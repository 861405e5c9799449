"""The scenes: what users do with a library, small enough to be tried at every system call."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import left_behind
import programs
import repairs
from gallery_site import Site
from scenes import HISTORY, LIBRARY, Book, Scene
from site_families import Chapter, make_pages
from site_faults import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PAGE = 3000
"""Bytes of a page, about."""


def _chapter(site: Site, number: int, pages: int) -> Chapter:
    return site.add_chapter(number, make_pages(pages, f"c{number}_", PAGE, number * 100))


def _book(chapter: Chapter, base: str = LIBRARY) -> str:
    return (base / chapter.book).as_posix() if base else chapter.book.as_posix()


def download(scene: Scene) -> None:
    """A series of two books that are new."""
    scene.chapters = [_chapter(scene.site, number, 2) for number in (1, 2)]
    scene.arguments = lambda _: [scene.site.series_url(), "--download-archive", HISTORY]
    scene.new = {f"{LIBRARY}/{each.book}": each.expected() for each in scene.chapters}


def update(scene: Scene) -> None:
    """A published book to which two pages are added."""
    chapter = _chapter(scene.site, 1, 4)
    scene.chapters = [chapter]
    scene.arguments = lambda _: [chapter.url, "--download-archive", HISTORY]
    args = [*scene.arguments(scene.template), "--range", "1-2"]
    done = programs.run_cbzsafe(args, scene.template.work, scene.site.config())
    assert done.returncode == 0, done.stderr
    scene.new = {f"{LIBRARY}/{chapter.book}": chapter.expected()}


def salvage(scene: Scene) -> None:
    """A download onto the book that a killed `gallery-dl --cbz` has left without an index."""
    pages = make_pages(4, "c1_", PAGE, 100)
    left = left_behind.torn(scene.site, scene.template.work, 3, number=1, pages=pages)
    scene.chapters = [left.chapter]
    scene.arguments = lambda _: [left.chapter.url, "--download-archive", HISTORY]
    scene.new = {f"{LIBRARY}/{left.chapter.book}": left.pages}
    scene.recoverable = frozenset(left.recoverable)


def publish_to(scene: Scene) -> None:
    """Two books that are staged on one disk and published on another."""
    scene.chapters = [_chapter(scene.site, number, 2) for number in (1, 2)]
    scene.arguments = lambda trial: [
        *(scene.site.series_url(), "--download-archive", HISTORY),
        *("--publish-to", trial.other / "library"),
    ]
    scene.new = {f"library/{each.book}": each.expected() for each in scene.chapters}


def ready_made(scene: Scene) -> None:
    """A page, and an archive that the site serves ready-made."""
    _with_archive(scene)
    scene.arguments = lambda _: [scene.chapters[0].url, "--download-archive", HISTORY]
    scene.new = _with_book(scene, f"{LIBRARY}/")


def ready_made_elsewhere(scene: Scene) -> None:
    """The same, published on another disk."""
    _with_archive(scene)
    scene.arguments = lambda trial: [
        *(scene.chapters[0].url, "--download-archive", HISTORY),
        *("--publish-to", trial.other / "library"),
    ]
    scene.new = _with_book(scene, "library/")


def _with_archive(scene: Scene) -> None:
    archive = Page("x.cbz", repairs.whole(), "application/zip")
    scene.chapters = [scene.site.add_chapter(1, [*make_pages(1, "c1_", PAGE, 100), archive])]


def _with_book(scene: Scene, base: str) -> dict[str, Book]:
    chapter = scene.chapters[0]
    page, archive = chapter.expected()
    pages = {page: chapter.expected()[page]}
    return {
        f"{base}{chapter.book}": pages,
        f"{base}{chapter.folder}/{archive}": repairs.PAGES,
    }


def finished(scene: Scene) -> None:
    """A series under `--skip-finished`: one chapter is finished, one lost its book, one is new."""
    first = [_chapter(scene.site, number, 2) for number in (1, 2)]
    scene.arguments = lambda _: [scene.site.series_url(), "--skip-finished"]
    _before(scene)
    (scene.template.work / _book(first[1])).unlink()
    scene.chapters = [*first, _chapter(scene.site, 3, 2)]
    scene.new = {_book(each): each.expected() for each in scene.chapters}


def finished_volume(scene: Scene) -> None:
    """A volume that is finished, and grows by a chapter."""
    first = _chapter(scene.site, 1, 2)
    scene.arguments = lambda _: [
        *(scene.site.series_url(), "--skip-finished", "-o", 'directory=["volume"]'),
    ]
    _before(scene)
    scene.chapters = [first, _chapter(scene.site, 2, 2)]
    pages = {name: body for each in scene.chapters for name, body in each.expected().items()}
    scene.new = {f"{LIBRARY}/volume.cbz": pages}


def comicinfo(scene: Scene) -> None:
    """A published book that gets a ComicInfo.xml: every page is there already."""
    chapter = _chapter(scene.site, 1, 2)
    scene.chapters = [chapter]
    scene.arguments = lambda _: [chapter.url]
    _before(scene)
    scene.arguments = lambda _: [chapter.url, "--comicinfo"]
    with scene.trial() as trial:
        done = scene.run(trial)
        assert done.returncode == 0, done.stderr
        scene.new = {_book(chapter): programs.pages(trial.work / _book(chapter))}
    assert scene.new[_book(chapter)].keys() > chapter.expected().keys()


def _before(scene: Scene) -> None:
    """Run the command once, on what the site has so far."""
    args = scene.arguments(scene.template)
    done = programs.run_cbzsafe(args, scene.template.work, scene.site.config())
    assert done.returncode == 0, done.stderr


def repair(scene: Scene) -> None:
    """A book with a broken page that is repaired, with the original kept beside it."""
    _damaged(scene)
    scene.arguments = lambda trial: ["repair", trial.work / "book.cbz"]


def repair_elsewhere(scene: Scene) -> None:
    """The same with the original copied to another disk."""
    _damaged(scene)
    scene.arguments = lambda trial: [
        *("repair", trial.work / "book.cbz", "--backup-dir", trial.other / "kept"),
    ]


def _damaged(scene: Scene) -> None:
    """Put a book into the library of whose pages one is lost: status 1, once."""
    pages = {f"{number:03}.jpg": data for number, data in enumerate(repairs.PAGES.values(), 1)}
    (scene.template.work / "book.cbz").write_bytes(repairs.broken("002.jpg", pages))
    scene.new = {"book.cbz": {name: data for name, data in pages.items() if name != "002.jpg"}}
    scene.first = 1


def check(scene: Scene) -> None:
    """A check that records what it saw in a state file."""
    (scene.template.work / "book.cbz").write_bytes(repairs.whole())
    scene.arguments = lambda trial: ["check", trial.work, "--state", "state.sqlite3"]
    scene.new = {"book.cbz": repairs.PAGES}


SCENES: dict[str, Callable[[Scene], None]] = {
    made.__name__: made
    for made in (
        *(download, update, salvage, publish_to, ready_made, ready_made_elsewhere),
        *(finished, finished_volume, comicinfo),
        *(repair, repair_elsewhere, check),
    )
}
"""The scenes by name."""


@contextmanager
def opened(name: str, home: Path) -> Iterator[Scene]:
    """Set a scene up, with a site of its own, and rehearse it.

    Args:
        name: of the scene.
        home: an empty folder for it.
    """
    with Site() as site:
        scene = Scene(name, site, home, lambda _: [])
        for root in scene.template.roots:
            root.mkdir()
        SCENES[name](scene)
        scene.rehearse()
        yield scene
