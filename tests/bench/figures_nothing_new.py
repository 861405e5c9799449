"""A run over a series of which no chapter is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import rivals
from bench.data import GB, Better, Figure, Goal, Line, Outcome, compare
from bench.site_client import served
from bench.timing import complaint, launch, race

if TYPE_CHECKING:
    from pathlib import Path

    from bench.data import Contender, Setting
    from bench.site_client import RemoteSite

CHAPTERS, SIZE = 500, 5000
WHAT = f"nothing new in {CHAPTERS} chapters"


def measure_nothing_new(setting: Setting) -> Outcome:
    """Download everything, count the requests of the next run, then time more of them."""
    with served(setting.folder, CHAPTERS, 1, SIZE, 0) as site:
        ours, *others = rivals.nothing_new(site.url)
        asked, trouble = _asked(ours, setting.folder, site)
        results = race((ours, *others), setting)
    setting.say(f"    requests of a run over {CHAPTERS} finished chapters: {asked}")
    goal = Goal(Better.SMALLER, 1)
    first, strict, plain = results
    lines = (
        Line(f"{WHAT}, requests", "", asked, CHAPTERS + 1, "requests", goal, trouble),
        compare(f"{WHAT}, time", first, strict, Goal(Better.SMALLER, 2)),
        compare(f"{WHAT}, time", first, plain, Goal(Better.SMALLER, 2)),
    )
    return Outcome(lines, tuple(results))


def _asked(ours: Contender, folder: Path, site: RemoteSite) -> tuple[int | None, str]:
    """Count all requests of the second run."""
    for _ in range(2):
        site.clear()
        trouble = complaint(ours, launch(ours, folder))
        if trouble:
            return None, f"{ours.name}: {trouble}"
    return site.all_requests(), ""


FIGURES = (
    Figure(
        "nothing-new",
        "A run that finds nothing new",
        f"A site on the loopback serves a series of {CHAPTERS} chapters of one small page. After "
        "a whole download with `--skip-finished` the same command is run again, and all requests "
        "that reach the site are counted; without the option they are one more than there are "
        "chapters. Its time is compared with that of `gallery-dl --version` and one request for "
        "the list of chapters, by curl, and with gallery-dl's reading that list and leaving all of "
        "its chapters out.",
        GB // 10,
        measure_nothing_new,
    ),
)
