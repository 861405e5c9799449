"""The Dockerfile, read as far as its own instructions go; and what `.dockerignore` lets through."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from programs import ROOT

TEXT = (ROOT / "Dockerfile").read_text("utf-8")


@dataclass
class Stage:
    """A stage of the build.

    Attributes:
        base: what stands behind FROM, with the arguments' values in place.
        instructions: each with its word, and the rest in one line.
        arguments: values of ARG in force here.
    """

    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)

    def all(self, word: str) -> list[str]:
        """Give the rest of each instruction of that word."""
        return [rest for found, rest in self.instructions if found == word]

    def pairs(self, word: str) -> dict[str, str]:
        """Give what ENV or LABEL set; PATH keeps its `${PATH}`."""
        words = [one for rest in self.all(word) for one in shlex.split(rest)]
        pairs = dict(one.split("=", 1) for one in words)
        return {
            name: Template(text).safe_substitute(self.arguments) for name, text in pairs.items()
        }

    def commands(self) -> list[list[str]]:
        """Give the commands that RUN joins by `&&`, each as its words."""
        joined = (Template(rest).substitute(self.arguments) for rest in self.all("RUN"))
        return [shlex.split(one) for rest in joined for one in rest.split("&&")]

    def copies(self) -> list[tuple[list[str], str]]:
        """Give each COPY from the checkout as its sources and its target."""
        words = [rest.split() for rest in self.all("COPY") if not rest.startswith("--from")]
        return [(one[:-1], one[-1]) for one in words]

    def entrypoint(self) -> list[str]:
        """Give the program and its arguments, from a JSON list."""
        (rest,) = self.all("ENTRYPOINT")
        return json.loads(rest)


def stages(text: str = TEXT) -> list[Stage]:
    """Read the stages."""
    made: list[Stage] = []
    common: dict[str, str] = {}
    for word, rest in _instructions(text):
        if word == "FROM":
            made.append(Stage(Template(rest).substitute(common)))
        elif word == "ARG":
            name, _, value = rest.partition("=")
            (made[-1].arguments if made else common)[name] = value
        else:
            made[-1].instructions.append((word, rest))
    return made


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in whole.splitlines() if line]


def context() -> set[str]:
    """List the files of the checkout that reach the build."""
    patterns = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in patterns if line and not line.startswith("#")]
    found: set[str] = set()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _is_ours_alone(name)]
        paths = (Path(folder, name).relative_to(ROOT).as_posix() for name in names)
        found |= {path for path in paths if not _ignored(path, rules)}
    return found


def _is_ours_alone(name: str) -> bool:
    """Tell folders that no rule lets through and that take long to walk."""
    return name == ".git" or name.startswith(".venv")


def _ignored(path: str, rules: list[str]) -> bool:
    """Decide as Docker does: the last rule that fits the path or a folder above it."""
    parents = [path, *(parent.as_posix() for parent in Path(path).parents if parent.name)]
    ignored = False
    for rule in rules:
        if any(_fits(one, rule.removeprefix("!")) for one in parents):
            ignored = not rule.startswith("!")
    return ignored


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatchcase(path.rpartition("/")[2], pattern.removeprefix("**/"))
    return path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern)
