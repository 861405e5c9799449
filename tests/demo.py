"""Show what cbzsafe promises, on a small gallery of our own: `make demo`.

A series of three chapters is downloaded from a site on the loopback, the process is killed with
SIGKILL in the second of them, and the same command is run again. Everything that is written lies
in `.demo/`. The exit status is 0 only if all went as promised.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import programs
from gallery_site import Site

if TYPE_CHECKING:
    from pathlib import Path

DEMO = programs.ROOT / ".demo"
BOOKS = DEMO / "books"
CHAPTERS = 3
PAGES = 12
DELAY = 0.05
KILLED_AFTER = CHAPTERS * PAGES // 2
COMMAND = ["cbzsafe", "--config-ignore", "-c", "config.json", "-d", "books"]

failures: list[str] = []


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def promise(kept: bool, text: str) -> None:
    """Say whether something is as promised, and remember if not."""
    say(f"  {'ok' if kept else 'NOT SO'}: {text}")
    if not kept:
        failures.append(text)


def prepare(site: Site) -> None:
    """Begin with an empty folder and a site with a series."""
    shutil.rmtree(DEMO, ignore_errors=True)
    BOOKS.mkdir(parents=True)
    (DEMO / "config.json").write_text(json.dumps(site.config(), indent=2), "utf-8")
    for number in range(1, CHAPTERS + 1):
        site.add_chapter(number, PAGES, manga="Demo", title="進撃の巨人" if number == 3 else "")


def start(site: Site) -> subprocess.Popen[bytes]:
    """Start cbzsafe in `.demo/`; it writes to this terminal."""
    say(f"$ {' '.join([*COMMAND, site.series_url()])}")
    return subprocess.Popen(
        [sys.executable, "-m", *COMMAND, site.series_url()],
        cwd=DEMO,
        env=programs.environment(BOOKS),
        stdin=subprocess.DEVNULL,
    )


def fetched(site: Site) -> int:
    return sum(site.page_requests().values())


def run_to_end(site: Site) -> tuple[int, int]:
    """Run the command; return its exit status and how many pages it asked for."""
    site.clear()
    status = start(site).wait(programs.TIMEOUT)
    return status, fetched(site)


def run_and_kill(site: Site) -> int:
    """Run the command until it has asked for half of all pages, and kill it."""
    site.clear()
    process = start(site)
    programs.until(
        lambda: fetched(site) > KILLED_AFTER or process.poll() is not None, programs.TIMEOUT
    )
    process.kill()
    return process.wait(programs.TIMEOUT)


def archives() -> list[Path]:
    return sorted(BOOKS.rglob("*.cbz"))


def loose_pages() -> list[Path]:
    """The pages that are whole and not in an archive."""
    files = [path for path in BOOKS.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return [path for path in files if path.suffix not in (".cbz", ".part")]


def count_pages(archive: Path) -> int | None:
    """Count an archive's pages, each read and checked; None if one cannot be read."""
    try:
        return len(programs.pages(archive))
    except (OSError, zipfile.BadZipFile):
        return None


def show_disk() -> None:
    """List what lies in `.demo/books`, with each archive read by Python's zipfile."""
    for archive in archives():
        pages = count_pages(archive)
        state = "cannot be read" if pages is None else f"{pages} pages, each read and checked"
        say(f"    {archive.relative_to(DEMO)}: {state}")
    for folder in sorted({page.parent for page in loose_pages()}):
        count = sum(page.parent == folder for page in loose_pages())
        say(f"    {folder.relative_to(DEMO)}/: {count} pages that wait")


def first_run(site: Site) -> int:
    """Be killed half-way; return how many pages are safe on disk."""
    say("1. Download a series, and be killed half-way")
    status = run_and_kill(site)
    say(f"\nkilled after {fetched(site)} pages were asked for; this is on disk:")
    show_disk()
    counts = [count_pages(archive) for archive in archives()]
    promise(status == -signal.SIGKILL, "the process was killed")
    promise(0 < len(counts) < CHAPTERS, "some chapters are published, and some are not yet")
    promise(all(count == PAGES for count in counts), "every .cbz is whole")
    return sum(filter(None, counts)) + len(loose_pages())


def second_run(site: Site, safe: int) -> None:
    """Go on, and end with all that the site has."""
    say("\n2. Run the same command again")
    status, asked = run_to_end(site)
    say(f"\n{safe} pages were on disk, {asked} were fetched now; this is on disk:")
    show_disk()
    promise(status == 0, "the exit status is 0")
    promise(asked == CHAPTERS * PAGES - safe, "only the missing pages were fetched")
    promise([*map(count_pages, archives())] == [PAGES] * CHAPTERS, "every chapter is whole")
    promise(not loose_pages(), "no loose page is left")
    promise(bodies_on_disk() == bodies_of(site), "every page has the bytes that the site has")


def bodies_on_disk() -> list[bytes]:
    return sorted(body for path in archives() for body in programs.pages(path).values())


def bodies_of(site: Site) -> list[bytes]:
    return sorted(page.body for chapter in site.chapters for page in chapter.pages)


def third_run(site: Site) -> None:
    """Change nothing where nothing is to do."""
    say("\n3. Run it once more")
    before = identities()
    status, asked = run_to_end(site)
    say(f"\n{asked} pages were fetched")
    promise(status == 0, "the exit status is 0")
    promise(asked == 0, "nothing was fetched")
    promise(identities() == before, "no .cbz was touched")


def identities() -> list[tuple[Path, int, int]]:
    return [(path, path.stat().st_ino, path.stat().st_mtime_ns) for path in archives()]


def main() -> int:
    """Run the demonstration; return the exit status."""
    with Site(delay=DELAY) as site:
        prepare(site)
        second_run(site, first_run(site))
        third_run(site)
    say(f"\nThe books are in {BOOKS}.")
    say("All as promised." if not failures else f"NOT as promised: {'; '.join(failures)}.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
