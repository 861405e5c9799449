"""The arithmetic of the benchmarks, what they run on, and the page that they write."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest
from bench import corpus, machine, table, timing
from bench.command import FIGURES, measure
from bench.data import (
    MB,
    NOT_INSTALLED,
    Better,
    Contender,
    Figure,
    Goal,
    Line,
    Outcome,
    Result,
    Run,
    Setting,
    compare,
)

FASTER, SHORTER = Goal(Better.LARGER, 2), Goal(Better.SMALLER, 1.5)
OURS, THEIRS = Contender("ours", ("true",)), Contender("theirs", ("true",))


def result(contender, *seconds, trouble="", peak=20 * MB):
    return Result(contender, tuple(Run(each, peak, 0, processor=0.5) for each in seconds), trouble)


def quick(folder, runs=2):
    return Setting(folder, runs, lambda _: None)


def python(code, **more):
    return Contender("python", (sys.executable, "-c", code), **more)


def test_the_median_of_the_runs_counts():
    """One slow run does not change a figure."""
    assert result(OURS, 1, 2, 90).seconds == 2


@pytest.mark.parametrize(
    ("goal", "ours", "theirs", "ratio", "reached"),
    [
        (FASTER, 1, 2, 2, True),
        (FASTER, 1, 1.9, 1.9, False),
        (SHORTER, 3, 2, 1.5, True),
        (SHORTER, 3.2, 2, 1.6, False),
        (None, 1, 4, 4, None),
    ],
)
def test_a_ratio_is_turned_the_way_of_its_goal(goal, ours, theirs, ratio, reached):
    """Where we are to be faster the ratio says how many times, else what ours is of theirs."""
    line = compare("x", result(OURS, ours), result(THEIRS, theirs), goal)
    assert line.ratio == pytest.approx(ratio)
    assert line.is_reached is reached


def test_a_goal_without_a_rival_is_one_of_our_value():
    """Requests and megabytes are held against the goal themselves."""
    none = Goal(Better.SMALLER, 0)
    assert Line("again", "", 0, 120, "requests", none).is_reached is True
    assert Line("again", "", 1, 120, "requests", none).is_reached is False


def test_memory_is_compared_in_megabytes():
    """Peaks are medians of bytes, and are shown in MB."""
    ours, theirs = result(OURS, 1, peak=30 * MB), result(THEIRS, 1)
    line = compare("x", ours, theirs, SHORTER, "peak")
    assert (line.ours, line.theirs, line.unit) == (30, 20, "MB")


@pytest.mark.parametrize(
    ("trouble", "shown"),
    [(NOT_INSTALLED, "not installed"), ("exit status 9", "failed")],
)
def test_a_rival_without_figures_is_named(trouble, shown):
    """A program that is not there is told from one that failed, and neither counts as reached."""
    line = compare("x", result(OURS, 1), result(THEIRS, trouble=trouble), FASTER)
    assert table.cells(line) == ("x", "theirs", "≥ 2", "-", "1.000 s", "-", shown)


def test_contenders_take_turns(tmp_path):
    """A and B are run in the order A B A B, each prepared anew."""
    order = []
    contenders = [Contender(name, ("true",)) for name in "ab"]
    done = timing.race(contenders, quick(tmp_path), prepare=lambda c, _: order.append(c.name))
    assert order == ["a", "b", "a", "b"]
    assert [len(each.runs) for each in done] == [2, 2]


@pytest.mark.parametrize(("seconds", "turns"), [(1, 5), (11, 3)])
def test_slow_commands_are_run_less_often(seconds, turns):
    """What takes more than ten seconds takes part in half of the turns, rounded up."""
    due = [timing.is_due(result(OURS, seconds), turn, 5) for turn in range(5)]
    assert sum(due) == turns


@pytest.mark.parametrize(
    ("contender", "trouble"),
    [
        (Contender("x", ("no-such-program",)), "not installed"),
        (python("import sys; sys.exit('full of woe')"), "exit status 1: full of woe"),
        (python("import os; os.abort()"), "exit status -6"),
    ],
)
def test_what_does_not_work_is_not_timed(tmp_path, contender, trouble):
    """A program that is missing, fails or dies has no median, and is run no more."""
    (done,) = timing.race([contender], quick(tmp_path))
    assert (done.trouble, done.seconds, done.peak) == (trouble, None, None)
    assert len(done.runs) <= 1


def test_a_result_that_is_wrong_is_not_timed(tmp_path):
    """A run that ends well and leaves the wrong thing counts as failed."""
    (done,) = timing.race([OURS], quick(tmp_path), verify=lambda *_: "a page is missing")
    assert (done.trouble, done.seconds) == ("a page is missing", None)


def test_a_status_and_an_answer_may_be_expected(tmp_path):
    """A command may ask a question, and end with another status than 0."""
    asks = python("import sys; sys.exit(3 if input() == 'y' else 4)", status=3, stdin="y\n")
    (done,) = timing.race([asks], quick(tmp_path, 1))
    assert done.trouble == ""


def test_memory_is_that_of_the_command(tmp_path):
    """Neither this process nor the launcher is counted, and what a child takes is."""
    ballast = b"x" * (300 * MB)
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'b\"x\" * (99 * 10**6)'])"
    run = timing.launch(python(code), tmp_path)
    assert 99 * MB < run.peak < len(ballast) - 100 * MB


def test_pages_are_pictures_that_differ():
    """Pages of one picture have their own bytes, and all open as JPEG of one size."""
    from PIL import Image

    made = [corpus.marked(corpus.picture(1, 5000), number) for number in range(3)]
    assert len(set(made)) == 3
    for body in made:
        with Image.open(io.BytesIO(body)) as image:
            image.load()
            assert image.size == (114, 163)


def test_a_torn_book_has_no_index_and_half_a_page(tmp_path):
    """Tearing leaves all pages but the last, and half of that."""
    book = corpus.write_book(tmp_path / "a.cbz", corpus.pages(4, 5000))
    corpus.tear(book, tmp_path / "torn.cbz")
    torn = (tmp_path / "torn.cbz").read_bytes()
    assert book.read_bytes().startswith(torn)
    assert not zipfile.is_zipfile(tmp_path / "torn.cbz")
    bodies = [body for _, body in corpus.pages(4, 5000)]
    assert [body in torn for body in bodies] == [True, True, True, False]
    assert bodies[3][: len(bodies[3]) // 3] in torn


def test_a_spoilt_book_fails_its_crc(tmp_path):
    """One bit in the middle of a book is enough for zipfile to see it."""
    book = corpus.write_book(tmp_path / "a.cbz", corpus.pages(3, 5000))
    corpus.spoil(book)
    with zipfile.ZipFile(book) as archive:
        assert archive.testzip() == "00002.jpg"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("UnZip 6.00 of 20 April 2009, by Debian.", "6.00"),
        ("Copyright (c) 1990-2008 Info-ZIP\nThis is Zip 3.0 (July 5th 2008)", "3.0"),
        ("\n7-Zip [64] 26.02 : Copyright (c) 1999-2026 Igor Pavlov", "26.02"),
        ("jpeginfo v1.7.0  $host (Jan 16 2023)", "1.7.0"),
        ("no number", "unknown"),
    ],
)
def test_versions_are_found_in_what_programs_say(text, version):
    """The first number with a point in it is the version."""
    assert machine.version_in(text) == version


def test_a_command_is_shown_as_one_types_it():
    """Neither the interpreter's path nor that of the checkout is shown."""
    script = str(Path(timing.__file__).with_name("testzip.py"))
    shown = Contender("x", (sys.executable, script, "my books"), stdin="y\n").shown
    assert shown == "echo y | python tests/bench/testzip.py 'my books'"
    assert Contender("x", ("sh", "-c", "cat *.cbz")).shown == "cat *.cbz"


def test_the_page_has_machine_figures_and_reasons():
    """The page tells how it was made, each figure, each command, and why a goal was missed."""
    figure = Figure("name", "A title", "What is run.", 0, lambda _: Outcome(()))
    ours, theirs = result(OURS, 1, 3, 2), result(THEIRS, 1)
    outcome = Outcome((compare("a | b", ours, theirs, SHORTER),), (ours, theirs))
    reasons = {("a | b", "theirs"): "The disk is slow."}
    page = table.page([(figure, outcome)], [("memory", "4 GB")], "2024-01-01", "cmd", reasons)
    assert "Measured on 2024-01-01" in page
    assert "| memory | 4 GB |" in page
    assert "| a \\| b | theirs | ≤ 1.5 | 2.00 | 2.000 s | 1.000 s | no |" in page
    assert "## A title\n\nWhat is run.\n" in page
    assert "| `true` | 2.000 s | 0.500 s | 20.0 MB | 1.000 3.000 2.000 |" in page
    assert "**a | b, theirs:** The disk is slow." in page


def test_a_reason_stands_only_where_a_goal_is_missed():
    """What was once missed and is reached now needs no excuse."""
    line = compare("x", result(OURS, 1), result(THEIRS, 1), SHORTER)
    assert list(table.missed([line], {("x", "theirs"): "The disk is slow."})) == []


def test_a_disk_that_is_too_small_is_said_so(tmp_path):
    """A figure that does not fit is not begun, and the line says how much it needs."""
    figure = Figure("name", "A title", "", 10**18, lambda _: pytest.fail("it was begun"))
    (line,) = measure(figure, quick(tmp_path)).lines
    assert line.trouble.startswith(f"1000000000.0 GB are needed in {tmp_path}, and ")


def test_a_figures_folder_is_removed(tmp_path):
    """Whatever a figure makes is gone when it is done."""

    def fill(setting):
        (setting.folder / "book.cbz").write_bytes(b"x")
        timing.race([OURS], setting)
        return Outcome(())

    measure(Figure("name", "A title", "", 1, fill), quick(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_each_figure_has_a_name_of_its_own():
    """`--only` can take each figure by its name."""
    names = [figure.name for figure in FIGURES]
    assert len(set(names)) == len(names)
