"""The pages that people read: their links lead somewhere, and they name what there is."""

from __future__ import annotations

import re

import pytest
from programs import ROOT

from cbzsafe.cli.command import COMMANDS, RUN

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
"""Every page."""

FOR_USERS = [
    *(
        "README.md",
        "comicinfo.md",
        "kubernetes.md",
        "logs.md",
        "metrics.md",
        "nothing-new.md",
        "notify.md",
    ),
    "report.md",
]
"""The pages that tell how to use it."""

OF_OTHERS = {
    *("--tag", "--pull", "--no-cache", "--python", "--yes"),  # docker, pip, apt-get
    *("--for", "--from-file"),  # kubectl
    *("--include", "--collector", "--web"),  # rclone, node_exporter
    *("--only", "--runs", "--out", "--write"),  # the benchmarks' own
    *("--kinds", "--share", "--seed", "--minutes"),  # of `make crash` and `make soak`
    *("--again", "--show", "--jobs"),  # of `make mutants`
    *("--now", "--unit", "--output", "--failed"),  # systemctl, journalctl
    *("--system", "--home-dir", "--create-home"),  # useradd
}
"""Options on the pages that are neither ours nor gallery-dl's."""

OPTION = r"(?<![\w-])--[a-z][\w-]*"


def named(path):
    return path.name


def anchors(path):
    """Give the fragments that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def options():
    """Give every option of every command of ours."""
    commands = [RUN.load(), *(command.load() for command in COMMANDS.values())]
    return {word for one in commands for param in one.params for word in param.opts}


def leads_nowhere(page, link):
    """Tell whether a link has no file, or its file no such heading."""
    path, _, fragment = link.partition("#")
    there = page.parent / path if path else page
    return not there.exists() or bool(fragment and fragment not in anchors(there))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_to_a_file_and_its_heading(page):
    """No link within the project is dead."""
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    ours = [link for link in links if not link.startswith("https://")]
    assert [link for link in ours if leads_nowhere(page, link)] == []


@pytest.mark.parametrize("option", sorted(word for word in options() if word.startswith("--")))
def test_every_option_is_on_a_page_for_users(option):
    """What `--help` lists is told of where people read how to use it."""
    text = "\n".join(page.read_text("utf-8") for page in PAGES if page.name in FOR_USERS)
    assert re.search(rf"{re.escape(option)}(?![\w-])", text)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_names_no_option_that_nobody_has(page):
    """Each option on a page is ours, gallery-dl's, or of a program that the page tells of."""
    from gallery_dl.option import build_parser

    theirs = {word for action in build_parser()._actions for word in action.option_strings}
    known = options() | theirs | OF_OTHERS | {"--help", "--version"}
    assert set(re.findall(OPTION, page.read_text("utf-8"))) - known == set()


def test_the_design_names_the_modules_that_there_are():
    """Each path in the table of rooms is in the package, in the room that its row begins with."""
    page = (ROOT / "docs" / "design.md").read_text("utf-8")
    table = page.partition("\n## Rooms\n")[2].partition("\n## ")[0]
    for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE):
        first, *rest = re.findall(r"`([\w./]+)`", row)
        room = first.rpartition("/")[0] if first.endswith(".py") else ""
        paths = [first, *(f"{room}/{path}" for path in rest)]
        assert [path for path in paths if not (ROOT / "cbzsafe" / path.lstrip("/")).exists()] == []
