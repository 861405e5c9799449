"""The site that fails at random, and its account."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter
from http.client import HTTPException

import pictures
import pytest
from PIL import Image
from site_faults import Page
from soak.faulty_site import KINDS, PICTURES_ONLY, FaultySite, asked_by, cut_in_the_middle, drawn
from soak.site_process import truth


def ask(url, worker=1):
    """Ask for a page; give its bytes, None where none came."""
    request = urllib.request.Request(url, headers={"User-Agent": f"soak/{worker}"})  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - ours
            return response.read()
    except (urllib.error.URLError, HTTPException, OSError):
        return None


def chance(number, **how):
    return drawn(7, f"/{number}", 1, 0.05, **how)


def test_a_seed_spoils_the_same_requests_each_time():
    """Path and number decide, and another seed decides otherwise."""
    first = [drawn(7, "/a", number, 0.5, picture=True) for number in range(50)]
    assert [drawn(7, "/a", number, 0.5, picture=True) for number in range(50)] == first
    assert [drawn(8, "/a", number, 0.5, picture=True) for number in range(50)] != first


def test_the_share_of_faults_is_as_asked():
    """Of twenty thousand requests five in a hundred fail, in every way that there is."""
    found = Counter(chance(number, picture=True) for number in range(20_000))
    assert 800 < 20_000 - found[""] < 1200
    assert found.keys() == {"", *KINDS}


def test_a_document_fails_as_no_picture_does():
    """What only a picture can suffer happens to no document."""
    found = {chance(number, picture=False) for number in range(20_000)}
    assert found == {"", *KINDS} - PICTURES_ONLY


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "stall"])
def test_each_fault_spoils_the_page_and_is_accounted_for(monkeypatch, kind):
    """The bytes that come are not the page's, and the account has kind and process."""
    monkeypatch.setattr("soak.faulty_site.drawn", lambda *_, **__: kind)
    with FaultySite(seed=7, rate=1.0) as site:
        chapter = site.add_chapter(pages=1)
        page = chapter.pages[0]
        assert ask(site.root + chapter.page_path(page), worker=3) != page.body
    (served,) = site.account
    assert (served.worker, served.page, served.fault, served.whole) == (3, True, kind, False)


def test_what_comes_whole_is_accounted_for():
    """Documents and pages are told apart."""
    with FaultySite(seed=7, rate=0.0) as site:
        chapter = site.add_chapter(pages=1)
        page = chapter.pages[0]
        assert ask(site.root + chapter.page_path(page)) == page.body
        assert page.name.encode() in ask(chapter.url)
        assert ask(site.root + "/nothing") is None
    assert [(one.page, one.fault, one.whole) for one in site.account] == [
        (True, "", True),
        (False, "", True),
    ]


def test_a_cut_picture_has_both_its_ends_and_is_not_whole(tmp_path):
    """Nothing but decoding it tells that it is cut."""
    body = pictures.jpeg(1, 4000)
    cut = cut_in_the_middle(Page("a.jpg", body))
    assert (cut[:20], cut[-2:]) == (body[:20], body[-2:])
    (tmp_path / "whole.jpg").write_bytes(body)
    (tmp_path / "cut.jpg").write_bytes(cut)
    with Image.open(tmp_path / "whole.jpg") as whole, Image.open(tmp_path / "cut.jpg") as picture:
        assert whole.tobytes() != picture.tobytes()


def test_the_truth_names_what_the_site_serves():
    """Each page's path in it leads to the page, and no key occurs twice."""
    with FaultySite(seed=7, rate=0.0) as site:
        site.add_chapter(1, pages=2)
        site.add_chapter(2, pages=2)
        told = truth(site)
        assert all(ask(site.root + path) for one in told for path in one["paths"].values())
    assert len({key for one in told for key in one["keys"]}) == 4


@pytest.mark.parametrize(("agent", "number"), [("soak/12", 12), ("Mozilla/5.0", -1), ("", -1)])
def test_a_process_is_known_by_its_agent(agent, number):
    """Whoever is not one of ours is a stranger."""
    assert asked_by(agent) == number
