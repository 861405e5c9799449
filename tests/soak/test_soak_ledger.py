"""Which page requests are explained."""

from __future__ import annotations

import pytest
from soak.faulty_site import Served
from soak.ledger import chapters_passed, judge


def page(worker, path, fault="", *, whole=True):
    return Served(worker, path, page=True, fault=fault, whole=whole and not fault)


def document(worker, path="chapter"):
    return Served(worker, path, page=False, whole=True)


@pytest.mark.parametrize(
    "account",
    [
        [page(1, "a", "status 500"), page(1, "a")],
        [page(1, "a", "status 500"), page(1, "b"), page(2, "a", "reset"), page(2, "a")],
        [page(1, "a"), page(1, "b"), document(1)],
    ],
)
def test_faults_explain_as_many_requests_more(account):
    """After each fault a page may be asked for once more, by whichever process."""
    assert judge(account, {}).unexplained == []


def test_a_page_on_its_way_in_a_kill_may_be_asked_for_once_more():
    """A kill explains one request of the page that came last."""
    judged = judge([document(1), page(1, "a"), page(2, "a"), document(2)], {1: set()})
    assert (judged.unexplained, judged.excused) == ([], 1)


def test_a_page_that_broke_off_in_a_kill_may_be_asked_for_once_more():
    """The bytes that were not sent are explained by the kill, not by the client's impatience."""
    judged = judge([page(1, "a", whole=False), page(2, "a"), document(2)], {1: set()})
    assert judged.unexplained == []
    assert (judged.broken_off, judged.given_up, judged.lost_by_kills) == (1, 0, 1)


@pytest.mark.parametrize(
    ("account", "killed"),
    [
        ([page(1, "a"), page(2, "a")], {}),
        ([page(1, "a"), document(1), page(2, "a")], {1: set()}),
        ([page(1, "a"), page(1, "b"), page(2, "a")], {1: set()}),
        ([page(1, "a"), page(2, "a")], {1: {"a"}}),
        ([page(1, "a"), page(1, "a")], {1: set()}),
        ([page(1, "a"), page(2, "a"), page(3, "a")], {1: set(), 3: set()}),
    ],
    ids=["no kill", "document asked", "page asked", "on the disk", "same process", "after another"],
)
def test_a_page_that_was_safe_is_not_asked_for_again(account, killed):
    """Nothing explains a request of a page that came whole and was not on its way in a kill."""
    assert judge(account, killed).unexplained == ["a"]


def test_the_requests_are_counted():
    """Pages, documents, faults by kind and strangers are told apart."""
    account = [document(1), page(1, "a", "reset"), page(1, "a"), page(-1, "b", whole=False)]
    judged = judge(account, {})
    assert (judged.pages, judged.documents, judged.first) == (3, 1, 2)
    assert (dict(judged.faults), judged.faulty_pages) == ({"reset": 1}, 1)
    assert (judged.strangers, judged.given_up) == (1, 1)


def test_the_chapters_of_a_process_are_counted_once_each():
    """A document that is asked for twice is one chapter."""
    account = [document(1, "x"), document(1, "x"), page(1, "a"), document(2, "x"), document(2, "y")]
    assert chapters_passed(account) == {1: 1, 2: 2}
