"""Several processes on one series, faults and kills at random, until all is done."""

from __future__ import annotations

import random
import time

import programs
import pytest
import site_faults as faults
from books import HISTORY, assert_whole, book


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_storm_of_kills_loses_no_page(site, spawn, run, workdir, seed):
    """Four processes that are killed all the time leave whole books; one more run ends it."""
    dice = random.Random(seed)
    site.delay = 0.005
    chapters = [site.add_chapter(number, pages=8) for number in range(1, 9)]
    for chapter in chapters:
        for page in dice.sample(chapter.pages, 2):
            page.faults.append(dice.choice([faults.status(500), faults.reset(), faults.empty()]))
    args = (site.series_url(), *HISTORY, "--lock-timeout", "5")
    running = []
    until = time.monotonic() + 25
    while time.monotonic() < until:
        running = [process for process in running if process.poll() is None]
        while len(running) < 4:
            running.append(spawn("cbzsafe", *args))
        time.sleep(dice.uniform(0.1, 0.8))
        programs.kill(dice.choice(running))
        for path in workdir.rglob("*.cbz"):
            assert programs.pages(path)
    for process in running:
        programs.kill(process)
    for _ in range(3):
        done = run(*args)
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())
        assert not (workdir / "gallery-dl" / chapter.folder).exists()
