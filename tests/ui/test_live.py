"""Who is shown a run, and what becomes of the streams meanwhile."""

from __future__ import annotations

import builtins
import getpass
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from terminals import Terminal

from cbzsafe.progress import Silent, Unwatched
from cbzsafe.ui import live, progress
from cbzsafe.ui.live_area import Size

BOOK = Path("/srv/c001.cbz")
LARGE = progress.LARGE + 1


@pytest.fixture
def terminal(monkeypatch):
    """A terminal; `attach` makes it standard output and standard error."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(live, "SOON", 0.0)
    with Terminal(60, 10) as made:
        yield made


@pytest.fixture
def attach(terminal, monkeypatch):
    """Attach a terminal within the test: pytest changes the streams behind each fixture."""

    def attach(stdout=terminal.stream, stderr=terminal.stream):
        monkeypatch.setattr(sys, "stdout", stdout)
        monkeypatch.setattr(sys, "stderr", stderr)

    return attach


def test_a_run_is_followed_on_a_terminal(terminal, attach):
    """What the run tells is shown, messages stand above it, and nothing is left of it."""
    attach()
    with live.following(progress.Terminal(), wanted=True) as (bar, watcher):
        watcher.page(BOOK, 3, 12, 1)
        watcher.settled(BOOK, "published")
        watcher.received(2_000)
        bar.message("Waiting.")
        shown = terminal.until_has("published 1 \N{MIDDLE DOT} 0:0")
        assert shown[0] == "cbzsafe: Waiting."
        assert shown[-2].startswith("c001.cbz ")
        assert shown[-2].endswith("3/12 pages \N{MIDDLE DOT} 1 again")
        assert shown[-1].endswith("2.0 kB")
    print("done", file=sys.stderr)  # noqa: T201 # as others do
    assert terminal.until_has("done") == ["cbzsafe: Waiting.", "done"]


def test_a_program_has_the_terminal_for_itself(terminal, attach):
    """Nothing of the view is there when it starts, and the view comes back below what it wrote."""
    attach()
    with live.following(Silent(), wanted=True) as (_, watcher):
        watcher.page(BOOK, 3, 12, 0)
        terminal.until_has("3/12 pages")
        with watcher.aside():
            os.write(terminal.stream.fileno(), b"a line of its own\n")
            watcher.page(BOOK, 4, 12, 0)
            assert terminal.until_has("a line") == ["a line of its own"]
        assert terminal.until_has("4/12 pages")[0] == "a line of its own"


def test_everything_is_put_back(attach):
    """Streams, questions, programs and threads are as they were, though the run fails."""
    attach()
    threads = threading.enumerate()
    names = [(sys, "stdout"), (sys, "stderr"), (builtins, "input"), (getpass, "getpass")]
    names.append((subprocess.Popen, "wait"))
    before = [getattr(owner, name) for owner, name in names]
    during = []
    with pytest.raises(AttributeError), live.following(Silent(), wanted=True):
        during.extend(getattr(owner, name) for owner, name in [*names, (sys, "no such name")])
    assert threading.enumerate() == threads
    assert len(during) == len(names)
    assert not set(map(id, during)) & set(map(id, before))
    assert [getattr(owner, name) for owner, name in names] == before


def test_long_work_is_shown_once_it_lasts(terminal, monkeypatch):
    """What is large and takes a second has the first line until it is done."""
    one = live.Live(terminal.stream, Silent())
    one.page(BOOK, 1, 2, 0)
    one.start("big.cbz", LARGE)
    one.advance(LARGE + 5)
    assert one.glance().work == ""
    monkeypatch.setattr(live, "PATIENCE", -1.0)
    assert (one.glance().work, one.glance().worked) == ("big.cbz", (LARGE, LARGE))
    one.finish()
    assert (one.glance().work, one.glance().book) == ("", "c001.cbz")
    one.start("small.cbz", progress.LARGE)
    assert one.glance().work == ""


def test_what_is_over_soon_is_not_shown(terminal, monkeypatch):
    """A run with nothing new ends before anything would be drawn."""
    monkeypatch.setattr(live, "SOON", 60.0)
    assert live.Live(terminal.stream, Silent())._render(Size(80, 24), "") == ()


@pytest.mark.parametrize(("lines", "shown"), [(0, 1), (1, 1), (2, 2), (3, 3), (50, 3)])
def test_there_are_no_more_lines_than_the_terminal_has(lines, shown, terminal):
    """The line that has no end yet is the first to go."""
    one = live.Live(terminal.stream, Silent())
    one.page(BOOK, 1, 2, 0)
    rendered = one._render(Size(40, lines), "half a line")
    assert len(rendered) == shown
    assert ("half a line" in rendered[0]) == (shown == 3)


@pytest.mark.parametrize("term", ["", "dumb", "unknown"])
def test_a_terminal_that_cannot_move_its_cursor_has_no_view(term, attach, monkeypatch):
    """TERM says whether lines can be drawn anew."""
    attach()
    assert live.is_possible()
    monkeypatch.setenv("TERM", term)
    assert not live.is_possible()


def test_two_terminals_have_no_view(attach):
    """An area on one of them would not keep its place below the lines of the other."""
    with Terminal() as other:
        attach(stderr=other.stream)
        assert not live.is_possible()


@pytest.mark.parametrize("stream", [None, io.StringIO()], ids=["none", "no-file"])
def test_who_has_no_terminal_has_no_view(stream, attach):
    """The plain progress stays what it was, and nobody watches."""
    attach(stderr=stream)
    plain = Silent()
    with live.following(plain, wanted=True) as (bar, watcher):
        assert (bar, type(watcher)) == (plain, Unwatched)
        assert sys.stderr is stream


def test_who_wants_none_has_no_view(terminal, attach):
    """A terminal alone is no reason."""
    attach()
    plain = Silent()
    with live.following(plain, wanted=False) as (bar, watcher):
        assert (bar, type(watcher)) == (plain, Unwatched)
        watcher.page(BOOK, 1, 2, 0)
        watcher.received(1)
        watcher.settled(BOOK, "held")
    assert sys.stdout is terminal.stream


def test_without_a_terminal_nothing_heavy_is_imported():
    """A run in a log does not pay for a view that it has not."""
    code = (
        "import sys; from cbzsafe.ui import live; from cbzsafe.progress import Silent\n"
        "with live.following(Silent(), wanted=True): print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
