"""Ready-made archives whose addresses expire while the run is on its way."""

from __future__ import annotations

import programs
import pytest
import site_faults
from books import HISTORY, outcomes, report
from ready_made import PAGES, TYPE, final, zipped
from site_families import make_pages
from site_faults import Page

REPORT = ("--report", "report.json")
OTHER = {"9.jpg": PAGES["001.jpg"]}


@pytest.fixture
def expiring(site):
    """A chapter of a page, whose answer makes all addresses stale, and two archives."""
    site.tokens = True
    archives = [Page("x.cbz", zipped(), TYPE), Page("y.cbz", zipped(OTHER), TYPE)]
    chapter = site.add_chapter(pages=[*make_pages(1), *archives])

    def expire(exchange, page):
        chapter.expire()
        return exchange.answer_page(page, page.body, len(page.body))

    chapter.pages[0].faults = [site_faults.Fault("expire", expire, 1)]
    return chapter


def test_archives_whose_addresses_have_expired_are_asked_for_anew(run, workdir, expiring):
    """Each gets a fresh address from the site, and its own bytes."""
    done = run(expiring.url, *REPORT, *HISTORY)
    assert done.returncode == 0, done.stderr
    assert final(workdir, expiring, 1).read_bytes() == zipped()
    assert final(workdir, expiring, 2).read_bytes() == zipped(OTHER)
    assert sorted(outcomes(workdir)) == ["published"] * 3
    assert not [name for name in programs.tree(workdir) if name.endswith(".part")]


def test_archives_of_one_name_are_not_taken_for_each_other(site, run, workdir, expiring):
    """Where folder and name do not tell them apart both are held, and the next run has them."""
    config = site.config(filename="{manga}.{extension}")
    assert run(expiring.url, *REPORT, config=config).returncode & 1
    assert sorted(outcomes(workdir)) == ["held", "held", "published"]
    assert run(expiring.url, *REPORT, config=config).returncode == 0
    folder = final(workdir, expiring).parent
    assert (folder / "Comic.cbz").read_bytes() == zipped()
    assert (folder / "Comic.1.cbz").read_bytes() == zipped(OTHER)


def test_without_repair_rounds_the_site_is_not_asked_anew(run, workdir, expiring):
    """The user wants no second try: the archives are held."""
    assert run("--repair-rounds", "0", expiring.url, *REPORT).returncode & 1
    assert sorted(outcomes(workdir)) == ["held", "held", "published"]
    assert "403" in report(workdir)["books"][0]["problems"][0]["text"]
