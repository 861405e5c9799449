"""The floors of the package, read from its imports, and the form of modules and tests."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "cbzsafe"

FLOORS = (
    "__main__",
    "cli",
    "ui",
    "explanation",
    "doctor",
    "notify",
    "conflicts",
    "zips",
    "gallerydl",
    "library",
    "book",
    "cbz",
    "images",
    "comicinfo",
    "invocation",
    "settings",
    "sharing",
    "receivers",
    "model",
    "progress",
    "interrupt",
    "errors",
    "__init__",
)
"""The rooms from the top down: each may import from itself and from those behind it."""

ONLY = {"ui": {"ui", "model", "progress", "errors"}}
"""Rooms that may import less than their floor allows: what shows data must not make it."""

OWNERS = {
    "gallery_dl": "gallerydl",
    "rich": "ui",
    "click": "cli",
    "filelock": "book",
    "requests": "notify",
    "urllib3": "notify",
    "prometheus_client": "ui",
    "pythonjsonlogger": "ui",
}
"""Packages of others that one room alone knows."""

HEAVY = {
    *("rich", "PIL", "simplejpeg", "isal", "numpy", "gallery_dl", "filelock", "requests", "yaml"),
    *("prometheus_client", "pythonjsonlogger"),
}
"""Packages that cost start-up time, so that they are imported when first needed."""

AT_ONCE = {"gallery_dl": "gallerydl", "filelock": "book", "isal": "cbz"}
"""The rooms that do not work without one of them; isal takes two milliseconds."""

DEPENDENCIES = {
    *("click", "gallery_dl", "rich", "PIL", "filelock"),
    *("simplejpeg", "isal", "numpy"),  # the extra `full`; simplejpeg brings numpy
    *("prometheus_client", "pythonjsonlogger"),  # the extra `container`
    "yaml",  # where gallery-dl reads such configurations, it is there
    *("requests", "urllib3"),  # gallery-dl depends on them
}

LONGEST = 250
"""Lines of a module."""


@dataclass(frozen=True)
class Import:
    """One import statement's module.

    Attributes:
        room: the room that imports.
        target: the dotted name that is imported.
        when: `at once` as the module is imported, `later`, or `never` if it is for types alone.
        where: file and line.
    """

    room: str
    target: str
    when: str
    where: str

    @property
    def package(self):
        return self.target.partition(".")[0]

    @property
    def target_room(self):
        return (f"{self.target}.__init__").split(".")[1] if self.package == "cbzsafe" else None


def imports_of(source, path):
    """Read a module's imports, those in functions and under TYPE_CHECKING too."""
    room = path.parts[0].removesuffix(".py")
    tree = ast.parse(source)
    when = {}
    for outer in ast.walk(tree):
        inside = time_of(outer)
        if inside:
            found = [node for statement in outer.body for node in ast.walk(statement)]
            when.update({id(node): inside for node in found if when.get(id(node)) != "never"})
    for node in ast.walk(tree):
        for target in targets(node, path):
            yield Import(room, target, when.get(id(node), "at once"), f"{path}:{node.lineno}")


def time_of(node):
    """Tell when the body of a statement is carried out, if not with what is around it."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return "never"
    return "later" if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None


def targets(node, path):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    folder = ["cbzsafe", *path.parts[:-1]]
    start = folder[: len(folder) - node.level + 1] if node.level else []
    base = ".".join([*start, *filter(None, [node.module])])
    if base != "cbzsafe":
        return [base]
    return [
        base if alias.name.startswith("__version") else f"{base}.{alias.name}"
        for alias in node.names
    ]


def modules():
    return sorted(PACKAGE.rglob("*.py"))


@pytest.fixture(scope="module")
def imports():
    found = []
    for module in modules():
        found += imports_of(module.read_text("utf-8"), module.relative_to(PACKAGE))
    return found


def climbs(imported):
    """Tell whether an import of our own goes to a room that its importer must not know."""
    room, target = imported.room, imported.target_room
    if target is None:
        return False
    allowed = ONLY.get(room, set(FLOORS[FLOORS.index(room) :]))
    return target not in allowed


def is_foreign(imported):
    """Tell whether an import is of a package that belongs to another room."""
    return OWNERS.get(imported.package, imported.room) != imported.room


def is_early(imported):
    """Tell whether an import makes every start of the program pay for a heavy package."""
    allowed = AT_ONCE.get(imported.package) == imported.room
    return imported.when == "at once" and imported.package in HEAVY and not allowed


def test_every_module_is_in_a_room_of_the_plan():
    """A new room has to be given its floor."""
    rooms = {module.relative_to(PACKAGE).parts[0].removesuffix(".py") for module in modules()}
    assert rooms <= set(FLOORS)


def test_imports_go_downwards(imports):
    """No module imports from a room above its own, and what renders imports only data."""
    assert [imported for imported in imports if climbs(imported)] == []


def test_each_foreign_package_is_known_to_one_room(imports):
    """Only gallerydl imports gallery_dl, only ui imports rich, only cli imports click."""
    assert [imported for imported in imports if is_foreign(imported)] == []


def test_heavy_packages_are_imported_when_first_needed(imports):
    """Importing a module of ours does not import what is slow to import."""
    assert [imported for imported in imports if is_early(imported)] == []


def test_nothing_is_imported_that_the_package_does_not_depend_on(imports):
    """Each import is of Python's own library, of ours, or of a declared dependency."""
    known = DEPENDENCIES | {"cbzsafe"} | sys.stdlib_module_names
    used = {imported.package for imported in imports if imported.when != "never"}
    assert used <= known


@pytest.mark.parametrize(
    ("path", "source", "rule"),
    [
        ("cbz/scan.py", "from cbzsafe.book.lock import BookLock", climbs),
        ("cbz/scan.py", "def f():\n    from cbzsafe import book", climbs),
        ("cbz/scan.py", "from ..book import lock", climbs),
        ("cbz/scan.py", "import cbzsafe.gallerydl.seam", climbs),
        ("model.py", "if TYPE_CHECKING:\n    from cbzsafe import cli", climbs),
        ("ui/text.py", "from cbzsafe.cbz import scan", climbs),
        ("book/lock.py", "def f():\n    import gallery_dl.job", is_foreign),
        ("cli/main.py", "from rich.table import Table", is_foreign),
        ("ui/text.py", "try:\n    import rich\nexcept ImportError:\n    pass", is_early),
        ("images.py", "class A:\n    from PIL import Image", is_early),
        ("images.py", "if not TYPE_CHECKING:\n    from PIL import Image", is_early),
    ],
)
def test_a_breach_of_the_floors_is_seen(path, source, rule):
    """Imports are found wherever they stand and however they are written."""
    assert [rule(imported) for imported in imports_of(source, Path(path))] == [True]


@pytest.mark.parametrize(
    ("path", "source", "rule"),
    [
        ("cbz/scan.py", "from . import records", climbs),
        ("cbz/scan.py", "from cbzsafe import images, model", climbs),
        ("cli/main.py", "from cbzsafe import __version__", climbs),
        ("ui/text.py", "if TYPE_CHECKING:\n    from rich.table import Table", is_early),
        ("images.py", "def f():\n    from PIL import Image", is_early),
        ("gallerydl/job.py", "from gallery_dl import job", is_early),
    ],
)
def test_what_the_floors_allow_is_let_through(path, source, rule):
    """The own room, lower rooms, and imports that are put off are no breach."""
    found = list(imports_of(source, Path(path)))
    assert found
    assert not any(map(rule, found))


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_can_be_read_in_one_sitting(module):
    """No module has more than 250 lines."""
    assert len(module.read_text("utf-8").splitlines()) <= LONGEST


def is_one_sentence(docstring):
    text = docstring or ""
    return bool(re.fullmatch(r"[^\n]+[.]", text)) and not re.search(r"[.!?] [A-Z]", text)


def test_every_test_says_in_one_sentence_what_it_shows():
    """Each test function has a docstring of one line and one sentence."""
    wanting = [
        f"{path.relative_to(TESTS)}:{node.lineno} {node.name}"
        for path in sorted(TESTS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if not is_one_sentence(ast.get_docstring(node))
    ]
    assert wanting == []


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("A page is kept.", True),
        ("A name such as c001.cbz, e.g. this one, is kept.", True),
        ("A page is kept. It is whole.", False),
        ("A page is kept", False),
        ("A page is kept.\n\nSee there.", False),
        (None, False),
    ],
)
def test_a_docstring_that_is_no_sentence_is_seen(docstring, expected):
    """Nothing, half a sentence, and more than one are told from one."""
    assert is_one_sentence(docstring) is expected
