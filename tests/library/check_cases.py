"""Checks of many archives, for the tests of what comes of them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cbzsafe.interrupt import Stop
from cbzsafe.library.check import Request, check
from cbzsafe.library.find import Finder, Wanted
from cbzsafe.progress import Silent


def found_in(*paths, **wanted):
    finder = Finder(Wanted(**wanted))
    return list(finder.find(paths)), finder.problems


def checked(*paths, progress=None, tell=None, subset=None, stop=None, **request):
    """Check what the paths name; give the report."""
    found, problems = found_in(*paths, subset=subset)
    made = Request(**request)
    return check(found, problems, made, progress or Silent(), stop or Stop(), tell or silent)


def silent(report):
    pass


def conditions(report):
    return {os.path.basename(one.path): one.condition.value for one in report.archives}


def codes(report):
    return [finding.code for one in report.archives for finding in one.findings]


def children():
    """Give the ids of this process's children."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # the thread has ended meanwhile
            found |= {int(pid) for pid in (task / "children").read_text("ascii").split()}
    return found
