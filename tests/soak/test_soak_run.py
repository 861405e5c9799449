"""The soak itself, in small."""

from __future__ import annotations

import random

import pytest
from soak import command, figures, memory_fit, workers
from soak.faulty_site import Served
from soak.ledger import judge
from soak.part import Plan, Result, orders
from soak.site_client import served
from soak.storm import Storm

MB = 1_000_000


@pytest.mark.parametrize(
    ("last", "expected"), [(46 * MB, False), (60 * MB, True)], ids=["flat", "grows"]
)
def test_memory_that_grows_over_a_run_is_found(last, expected):
    """What is held before all is imported does not count, nor does what reports take."""
    samples = [(0, 5 * MB), *((at, 45 * MB) for at in range(20, 50))]
    samples += [(at, last) for at in range(50, 110)]
    assert memory_fit.grows(samples) is expected


def test_too_few_samples_tell_nothing():
    """Without samples memory does not grow."""
    assert memory_fit.thirds([(1, MB)]) == (0.0, 0.0)
    assert memory_fit.grows([]) is False


def test_two_of_four_processes_have_the_same_way():
    """They meet at each chapter; the others come the other way round and at random."""
    urls = [str(number) for number in range(20)]
    first, second, third, fourth = orders(urls, 4, random.Random(7))
    assert first == second == third[::-1] == urls
    assert fourth not in (urls, third)
    assert sorted(fourth) == sorted(urls)


def test_the_memory_of_a_process_that_is_gone_is_nothing():
    """A process may end between two looks."""
    assert workers.memory(2**22 + 1) == (0, 0)
    assert workers.processor_time(2**22 + 1) == 0.0


def test_the_figures_are_in_the_page_and_on_the_terminal():
    """Faults by kind, and what was broken, stand there for each part."""
    result = Result(Plan("one process", 1, 4, 60, 2, 50, 0.05, 7), broken=["x"])
    assert figures.table(result).splitlines()[1].split() == ["seconds", "0"]
    result.account = judge([Served(1, "a", page=True, fault="reset")] * 3, {})
    page = figures.section([result], "two processors", "2020-01-01", "make soak")
    assert "| reset | 3 |" in page
    assert "| promises broken, pages lost or wrong among them | 1 |" in page


@pytest.mark.long
def test_a_small_soak_ends_without_a_broken_promise(tmp_path, capsys):
    """Two short series are worked through under kills and faults, and the figures are written."""
    args = ["--series", "2", "--chapters", "12", "--minutes", "2", "--every", "2", "--seed", "7"]
    page = tmp_path / "page.md"
    page.write_text("Before\n<!-- soak -->\nOld\n<!-- end of soak -->\nBehind\n", "utf-8")
    status = command.main([*args, "--write", str(page)])
    assert status == 0, capsys.readouterr().out
    text = page.read_text("utf-8")
    assert "| ... that nothing explains | 0 | 0 |" in text
    assert text.startswith("Before")
    assert text.endswith("Behind\n")
    assert "Old" not in text


@pytest.mark.long
def test_a_page_that_is_fetched_twice_is_found(tmp_path):
    """With gallery-dl's `skip: false` a second process asks for everything again."""
    with served(tmp_path, 7, 1, 2, 0.0) as site:
        site.config["extractor"]["skip"] = False
        storm = Storm(tmp_path / "work", site, random.Random(7), 0, lambda _: None)
        urls = [book.url for book in site.books]
        for _ in range(2):
            storm.work(site.books, [urls])
        judged = judge(site.account(tmp_path / "account.json"), storm.killed)
    assert set(judged.unexplained) == {path for book in site.books for path in book.paths.values()}
