"""The broken books that users have on disk, each made by the real gallery-dl.

Where a process is killed decides what is left. gallery-dl downloads a page, packs it, and only then
asks for the next; `zipfile` has each entry on disk, its header filled in, before it takes another
(`_ZipWriteFile.close` in CPython's `zipfile`). Killed while it waits for page N, it therefore
leaves N - 1 whole entries and no index; for N = 1, no file at all. Killed inside the write of an
entry (`torn_inside_a_page`), it also leaves the start of that entry, whose header still has a CRC
and a compressed size of zero, and the whole page in the folder, under its `.part` name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import programs
import site_faults
from programs import run_gallery_dl

if TYPE_CHECKING:
    from pathlib import Path

    from gallery_site import Site
    from site_families import Chapter

PAGES = 8
"""How many pages the books have, unless a test asks for another number."""

KILLED_AT = 5
"""The page that is being asked for when gallery-dl is killed."""

ZIP = {"name": "zip", "extension": "cbz"}
"""What `--cbz` means (`gallery_dl/option.py`), for configurations."""


@dataclass(frozen=True)
class LeftBehind:
    """A book as a user has it.

    Attributes:
        book: its archive at the final name.
        chapter: where it comes from.
        pages: what the whole book should have, by file name.
        recoverable: the pages whose whole bytes are in the archive, indexed or not.
        args: the arguments of the runs that made it, for one more.
        config: the configuration of these runs.
    """

    book: Path
    chapter: Chapter
    pages: dict[str, bytes]
    recoverable: dict[str, bytes]
    args: tuple[str, ...]
    config: dict[str, Any]


def torn(site: Site, cwd: Path, killed_at: int = KILLED_AT, **options: Any) -> LeftBehind:
    """`--cbz`, SIGKILL while page `killed_at` is awaited: whole entries, no index.

    Args:
        site: gets a new chapter.
        cwd: where gallery-dl works.
        killed_at: number of the page from 1.
        options: for `Site.add_chapter`, such as `number` and `pages`.
    """
    left = _left(site, cwd, site.add_chapter(**{"pages": PAGES, **options}))
    _killed(site, cwd, left, killed_at)
    return _with_recoverable(left, range(killed_at - 1))


def torn_inside_a_page(site: Site, cwd: Path, size: int = 60_000, **options: Any) -> LeftBehind:
    """`--cbz`, killed inside the write that would make the archive longer than `size` bytes.

    The last entry is cut, and its local header has CRC and compressed size 0. The page itself is
    whole, in the folder beside the archive, with `.part` behind its name. `size` must be more than
    any page's; an archive that never gets so long is finished as usual.
    """
    left = _left(site, cwd, site.add_chapter(**{"pages": PAGES, **options}))
    run_gallery_dl(left.args, cwd, left.config, killed_at=size)
    site.clear()
    return _with_recoverable(left, _whole(left))


def torn_then_appended(
    site: Site, cwd: Path, killed_at: int = KILLED_AT, **options: Any
) -> LeftBehind:
    """`torn`, then the same command: every page again, behind the dead entries of the first run.

    The index lists all pages, and every check of other programs passes; the file has the bytes of
    `killed_at - 1` pages twice.
    """
    left = torn(site, cwd, killed_at, **options)
    _finished(site, cwd, left)
    return _with_recoverable(left, range(len(left.chapter.pages)))


def first_pages_missing(
    site: Site, cwd: Path, killed_at: int = KILLED_AT, **options: Any
) -> LeftBehind:
    """`--cbz --download-archive`, SIGKILL, the same command: the index lacks the first pages.

    Those before `killed_at` were recorded as downloaded, so only the others are fetched and
    indexed. The bytes of the first are whole before the first indexed entry.
    """
    chapter = site.add_chapter(**{"pages": PAGES, **options})
    left = _left(site, cwd, chapter, "--download-archive", "history.sqlite3")
    _killed(site, cwd, left, killed_at)
    _finished(site, cwd, left)
    return _with_recoverable(left, range(len(chapter.pages)))


def two_interleaved_writers(site: Site, cwd: Path, **options: Any) -> LeftBehind:
    """`--cbz`, and a `zip` with the extension `cbz` in the configuration: two writers of one file.

    The second writer opens the file when the first has written page 1, and appends behind it; from
    then on its entry for page K begins one page 1 behind the first writer's, whose page K + 1 then
    goes over it. The first writer closes first: it puts its index behind its last page and cuts the
    file there, in the midst of the second's last page. The second's index, at the end it expected,
    is the one that readers find; the cut-off bytes before it are zeros.

    So no indexed page is whole, and the first writer's page K is whole if its entry is no longer
    than that of page 1, which no index that readers find names.
    """
    chapter = site.add_chapter(**{"pages": PAGES, **options})
    left = _left(site, cwd, chapter, config=site.config(postprocessors=[ZIP]))
    _finished(site, cwd, left)
    return _with_recoverable(left, _whole(left))


def truncated_page_inside(site: Site, cwd: Path, index: int = 3) -> LeftBehind:
    """A body cut short without a Content-Length: half a picture is packed, with a right CRC."""
    return _with_fault(site, cwd, index, site_faults.short_without_length())


def html_page_inside(site: Site, cwd: Path, index: int = 3) -> LeftBehind:
    """An error page sent as `image/jpeg`: it is packed as a page, with a right CRC."""
    return _with_fault(site, cwd, index, site_faults.html_as_jpeg())


def _with_fault(site: Site, cwd: Path, index: int, fault: site_faults.Fault) -> LeftBehind:
    left = _left(site, cwd, site.add_chapter(pages=PAGES))
    left.chapter.pages[index].faults.append(fault)
    _finished(site, cwd, left)
    return _with_recoverable(left, [i for i in range(PAGES) if i != index])


def _left(
    site: Site, cwd: Path, chapter: Chapter, *args: str, config: dict[str, Any] | None = None
) -> LeftBehind:
    book = cwd / "gallery-dl" / chapter.book
    command = ("--cbz", *args, chapter.url)
    return LeftBehind(book, chapter, chapter.expected(), {}, command, config or site.config())


def _with_recoverable(left: LeftBehind, indexes: Any) -> LeftBehind:
    names = [left.chapter.name(index) for index in indexes]
    recoverable = {name: left.pages[name] for name in names}
    return LeftBehind(left.book, left.chapter, left.pages, recoverable, left.args, left.config)


def _whole(left: LeftBehind) -> list[int]:
    content = left.book.read_bytes()
    return [index for index, page in enumerate(left.chapter.pages) if page.body in content]


def _killed(site: Site, cwd: Path, left: LeftBehind, killed_at: int) -> None:
    """Run gallery-dl, and SIGKILL it while it waits for that page."""
    gate = site.hold(killed_at)
    process = programs.spawn("gallery_dl", left.args, cwd, left.config)
    try:
        gate.wait()
    finally:
        programs.kill(process)
        gate.open()
        site.clear()


def _finished(site: Site, cwd: Path, left: LeftBehind) -> None:
    """Run gallery-dl to its end, which it reports as a success."""
    done = run_gallery_dl(left.args, cwd, left.config)
    if done.returncode:
        raise AssertionError(f"gallery-dl ended with {done.returncode}:\n{done.stderr}")
    site.clear()
