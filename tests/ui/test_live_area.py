"""The area at the bottom of a terminal, and the text above it, on a terminal that is emulated."""

from __future__ import annotations

import io
import threading
import tracemalloc

import pytest
from terminals import Terminal

from cbzsafe.ui import live_area
from cbzsafe.ui.live_area import Area
from cbzsafe.ui.live_stream import Stream


class Look:
    """Gives two lines, and keeps what it was asked with."""

    def __init__(self):
        self.lines = ["first", "second"]
        self.asked = []

    def __call__(self, size, unfinished):
        self.asked.append((size, unfinished))
        return self.lines


class Broken(io.StringIO):
    """A terminal that is gone."""

    def write(self, _):
        raise OSError(5, "Input/output error")


@pytest.fixture
def terminal():
    with Terminal(40, 8) as made:
        yield made


@pytest.fixture
def look():
    return Look()


@pytest.fixture
def area(terminal, look):
    """An area whose thread sleeps, so that the test says when it is drawn."""
    made = Area(terminal.stream, look)
    yield made
    made.finish()


@pytest.fixture
def slow(monkeypatch):
    """No drawing by itself: only that of a test, and the last one."""
    monkeypatch.setattr(live_area, "PERIOD", 60.0)


def test_text_stands_above_the_area(slow, area, terminal):
    """Lines are written where the area was, which comes below them."""
    area.start()
    area._draw()
    area.write("one\ntwo\n")
    area._draw()
    assert terminal.until_has("two") == ["one", "two", "first", "second"]
    assert terminal.cursor() == (2, 0, False)


def test_at_the_end_there_is_no_area(slow, area, terminal):
    """What waits is written, and the area is taken away."""
    area.start()
    area._draw()
    area.write("one\nhalf")
    area.finish()
    assert terminal.until_has("half") == ["one", "half"]


def test_a_line_in_pieces_waits_for_its_end(slow, area, terminal, look):
    """Pieces show in the area until the line is whole, and then only what was written last."""
    area.start()
    area.write("  path")
    area._draw()
    area.write("\r  5% 1 MB")
    area._draw()
    area.write("\r* path\n")
    area._draw()
    assert [unfinished for _, unfinished in look.asked] == ["  path", "  5% 1 MB", ""]
    assert terminal.until_has("* path") == ["* path", "first", "second"]


def test_a_whole_line_goes_before_one_in_pieces(slow, area, terminal):
    """A log record does not end the path that gallery-dl has begun to write."""
    out, err = Stream(area, terminal.stream), Stream(area, terminal.stream, lines=True)
    area.start()
    out.write("path")
    err.write("[site][warning] odd\n")
    out.write("\rpath\n")
    err.write("half")
    err.write("\n")
    area._draw()
    shown = terminal.until_has("second")
    assert shown == ["[site][warning] odd", "path", "half", "first", "second"]


def test_a_line_that_never_ends_is_written(slow, area, terminal, monkeypatch):
    """What is kept of a line has a limit."""
    monkeypatch.setattr(live_area, "LONGEST", 10)
    area.start()
    area.write("a" * 11)
    area._draw()
    assert terminal.until_has("second")[:1] == ["a" * 11]


def test_nothing_is_drawn_where_nothing_changed(slow, area, terminal):
    """The same lines again cost the terminal nothing."""
    area.start()
    area._draw()
    area._draw()
    area.write("end")
    area.finish()
    terminal.until_has("end")
    assert terminal.output == b"first\r\nsecond\x1b[1A\r\r\x1b[Jend"


def test_it_is_drawn_eight_times_a_second_at_most():
    """Two drawings are an eighth of a second apart, however much is printed."""
    assert live_area.PERIOD >= 1 / 8


def test_the_area_is_kept_where_its_lines_cannot_be_made(slow, area, terminal, look):
    """An error of the view's own costs it a drawing, and no text."""
    area.start()
    area._draw()
    look.lines = None
    area.write("text\n")
    area._render = lambda *_: 1 // 0
    area._draw()
    assert terminal.until_has("text") == ["text", "first", "second"]


@pytest.mark.parametrize(("size", "seen"), [((0, 0), (80, 24)), ((90, 3), (90, 3))])
def test_a_terminal_that_does_not_know_its_size_has_the_usual_one(size, seen, slow, look):
    """Some say that they have no lines and no columns."""
    with Terminal(*size) as terminal:
        area = Area(terminal.stream, look)
        area.start()
        area._draw()
        area.finish()
    assert look.asked == [(seen, "")]


def test_something_else_may_have_the_terminal(slow, area, terminal):
    """The area goes away for it, once for all that is within, and comes back behind it."""
    area.start()
    area._draw()
    with area.away(), area.away():
        area.write("Password: ")
        assert terminal.until_has("Password:") == ["Password:"]
        assert not area._is_up()
    assert area._is_up()
    area.finish()
    with area.away():
        pass
    assert not area._is_up()


def test_a_terminal_that_is_gone_is_given_up(slow, look):
    """What cannot be written is dropped, and nothing is raised."""
    area = Area(Broken(), look)
    area.start()
    area.write("one\n")
    area._draw()
    area.write("two\n")
    area.finish()
    area.write("three\n")
    assert (area._lost, list(area._waiting)) == (True, [])


def test_who_prints_waits_for_a_terminal_that_takes_nothing(area, terminal, monkeypatch):
    """So much text waits and no more: the rest is taken once the terminal goes on."""
    monkeypatch.setattr(live_area, "MANY", 3)
    monkeypatch.setattr(live_area, "PERIOD", 0.01)
    stopped = threading.Event()
    monkeypatch.setattr(area, "_is_ready", lambda _: stopped.is_set())
    area.start()
    writer = threading.Thread(target=lambda: [area.write(f"{n}\n") for n in range(6)])
    writer.start()
    while len(area._waiting) < 4:
        pass
    assert writer.is_alive()
    stopped.set()
    writer.join(10)
    area.finish()
    assert terminal.until_has("5") == [str(n) for n in range(6)]


def test_without_a_thread_text_is_written_all_the_same(area, terminal, monkeypatch):
    """A process that may have no more threads has no view."""
    monkeypatch.setattr(live_area.Thread, "start", refuse)
    area.start()
    area.write("one\n")
    assert terminal.until_has("one") == ["one"]


def refuse(_):
    raise RuntimeError("can't start new thread")


def test_letters_that_the_terminal_lacks_are_replaced(slow, look, tmp_path):
    """A terminal that is no UTF-8 gets a question mark, and the run goes on."""
    with (tmp_path / "out").open("w", encoding="ascii") as stream:
        area = Area(stream, look)
        area.start()
        area.write("caf\xe9\n")
        area.finish()
    assert (tmp_path / "out").read_bytes() == b"caf?\n"


def test_a_long_run_takes_no_more_memory(slow, look, tmp_path):
    """Thousands of lines leave nothing behind."""
    sizes = []
    with (tmp_path / "out").open("w", encoding="utf-8") as stream:
        area = Area(stream, lambda *_: look.lines)
        area.start()
        tracemalloc.start()
        for _ in range(2):
            for number in range(2000):
                area.write(f"page {number}\r")
                area.write(f"page {number} has come\n")
                if not number % 100:
                    area._draw()
            area._draw()
            sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        area.finish()
    assert sizes[1] - sizes[0] < 20_000


def test_a_stream_is_the_one_that_it_stands_for(area, terminal):
    """Descriptor, encoding and all else are the terminal's, and closing it closes nothing."""
    stream = Stream(area, terminal.stream)
    stream.close()
    stream.flush()
    assert stream.fileno() == terminal.stream.fileno()
    assert (stream.isatty(), stream.writable(), stream.encoding) == (True, True, "utf-8")
    assert (stream.errors, stream.buffer) == ("strict", terminal.stream.buffer)
    assert not terminal.stream.closed
    assert getattr(stream, "journal", None) is None
