"""Commands that change a library, each with what must be true after it was stopped anywhere."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import programs
from tracing import Point, counting, points, traced

from cbzsafe.cbz.scan import scan
from cbzsafe.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gallery_site import Site
    from site_families import Chapter

HISTORY = "history.sqlite3"
LIBRARY = "gallery-dl"
OTHER_DISK = Path("/dev/shm")  # noqa: S108 - the one file system that every Linux has beside its own

Book = dict[str, bytes]


@dataclass
class Trial:
    """A library in the state in which a command finds it.

    Attributes:
        work: the folder in which the command works.
        other: a folder on another file system.
    """

    work: Path
    other: Path

    @property
    def roots(self) -> tuple[Path, Path]:
        """Where the command may change anything."""
        return self.work, self.other

    def books(self) -> dict[str, Path]:
        """Every file that readers take for a book, by its path below the folder that it is in."""
        return {
            path.relative_to(root).as_posix(): path
            for root in self.roots
            for path in sorted(root.rglob("*.cbz"))
        }

    def result(self) -> dict[str, str]:
        """Every file below both folders with the digest of its bytes, but for databases."""
        found = {}
        for root in self.roots:
            for name in programs.tree(root):
                path = root / name
                whole = path.is_file() and not path.suffix.startswith(".sqlite")
                found[name] = programs.digest(path) if whole else ""
        return found


@dataclass
class Scene:
    """One command on one library.

    Attributes:
        name: of the scene.
        site: where it downloads from.
        home: of the templates of its two folders.
        arguments: of the command, for a trial.
        chapters: what is downloaded.
        new: the pages of each book once the command is done.
        recoverable: names of pages that are whole in what stands at a book's name at first.
        status: the exit status once all is done; `first` is that of the run that gets there.
        first: see there.
    """

    name: str
    site: Site
    home: Path
    arguments: Callable[[Trial], list[Any]]
    chapters: list[Chapter] = field(default_factory=list)
    new: dict[str, Book] = field(default_factory=dict)
    recoverable: frozenset[str] = frozenset()
    status: int = 0
    first: int = 0
    old: dict[str, bytes] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    goal: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def template(self) -> Trial:
        """The library as every trial finds it."""
        return Trial(self.home / "work", self.home / "other")

    def command(self, trial: Trial) -> list[str]:
        """The command for one trial."""
        config = self.site.config() if self.chapters else None
        return programs._command("cbzsafe", self.arguments(trial), trial.work, config, None)

    def run(self, trial: Trial) -> Any:
        """Run the command undisturbed."""
        config = self.site.config() if self.chapters else None
        return programs.run_cbzsafe(self.arguments(trial), trial.work, config)

    def rehearse(self) -> None:
        """Run once undisturbed, and note each call and what comes out."""
        self.old = {name: path.read_bytes() for name, path in self.template.books().items()}
        with self.trial() as trial:
            done = traced(self.command(trial), trial.work, counting())
            assert done.status == self.first, done.errors
            self.points = points(done.log, trial.roots)
            self.goal = trial.result()
            for name, pages in self.new.items():
                assert programs.pages(trial.books()[name]) == pages
            for key in history(trial):
                self.keys[key] = self._page_of(key)

    def _page_of(self, key: str) -> str:
        """The page that a key of the history is for: its number ends in chapter and page."""
        number = int(re.findall(r"\d+", key)[-1])
        chapter = next(each for each in self.chapters if each.number == number // 1000)
        return chapter.name(number % 1000 - 1)

    @contextmanager
    def trial(self) -> Iterator[Trial]:
        """Lay out the library anew, and take it away in the end."""
        with (
            tempfile.TemporaryDirectory(prefix="crash-", dir=self.home.parent) as folder,
            tempfile.TemporaryDirectory(prefix="crash-", dir=OTHER_DISK) as elsewhere,
        ):
            trial = Trial(Path(folder, "work"), Path(elsewhere, "other"))
            for mine, template in zip(trial.roots, self.template.roots, strict=True):
                shutil.copytree(template, mine)
            self.site.clear()
            yield trial

    def look(self, trial: Trial) -> None:
        """What must be true of the library at rest, whenever the command was stopped."""
        published: set[str] = set()
        for name, path in trial.books().items():
            assert name in self.new, f"{name} is nothing that was asked for"
            if path.read_bytes() != self.old.get(name):
                assert scan(path).verdict is Verdict.SOUND, f"{name} is damaged"
                assert programs.pages(path) == self.new[name], f"{name} has other pages"
            whole = whole_pages(path)
            published |= whole.keys() | ({path.name} if whole else set())
        for name in self.old:
            assert name in trial.books(), f"{name} is gone"
        for key in history(trial):
            assert self.keys[key] in published, f"the history has {key}, which no book has"

    def missing(self, trial: Trial) -> list[str]:
        """The pages that the next run has to fetch: those of which no whole file is there."""
        files = (path for root in trial.roots for path in root.rglob("*"))
        there = {path.name: path for path in files if path.is_file()}
        found: set[str] = set()
        for name, path in trial.books().items():
            torn = path.read_bytes() == self.old.get(name)
            found |= whole_pages(path).keys() | (self.recoverable if torn else set())
        return sorted(
            chapter.pages[index].name
            for chapter in self.chapters
            for index, (name, body) in enumerate(chapter.expected().items())
            if name not in found and not (name in there and there[name].read_bytes() == body)
        )

    def fetched(self) -> list[str]:
        """The pages that were asked for, but for the rest of one that was then asked for whole."""
        asked = [(request.page, "Range" in request.headers) for request in self.site.log]
        whole = [page for page, rest in asked if page and not rest]
        rests = {page for page, rest in asked if page and rest} - set(whole)
        return sorted([*whole, *rests])

    def go_on(self, trial: Trial) -> None:
        """Run the command again: it fetches what is missing, and ends as if undisturbed."""
        missing = self.missing(trial)
        is_old = all(path.read_bytes() == self.old.get(n) for n, path in trial.books().items())
        self.site.clear()
        done = self.run(trial)
        assert done.returncode == (self.first if is_old else self.status), done.stderr
        assert self.fetched() == missing
        assert trial.result() == self.goal
        assert set(history(trial)) == set(self.keys)


def whole_pages(path: Path) -> Book:
    """The pages of an archive that opens, else none."""
    try:
        return programs.pages(path)
    except (OSError, ValueError, programs.zipfile.BadZipFile):
        return {}


def history(trial: Trial) -> list[str]:
    """The keys in the history, as the next process would read them; a copy is read."""
    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as folder:
        for path in trial.work.glob(f"{HISTORY}*"):
            shutil.copy(path, folder)
        with closing(sqlite3.connect(Path(folder, HISTORY))) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE name = 'archive'")
            if not tables.fetchall():
                return []
            return [key for (key,) in database.execute("SELECT entry FROM archive ORDER BY entry")]
