import io
import re
import time

import pytest

from cbzsafe.progress import Silent
from cbzsafe.ui import progress

LARGE = progress.LARGE + 1


def work(listener, total=LARGE, pause=0.0):
    listener.start("Packing [bold]c001.cbz", total)
    listener.advance(total // 2)
    time.sleep(pause)
    listener.advance(total // 4)


def test_a_message_is_one_line_with_our_name():
    """Lines among gallery-dl's tell who speaks, and hold no orders to the terminal."""
    stream = io.StringIO()
    progress.Terminal(stream).message("Waiting for a\x1b[31m.cbz")
    assert stream.getvalue() == "cbzsafe: Waiting for a\\x1b[31m.cbz\n"


def test_messages_go_to_standard_error_as_it_is_now(capsys):
    """Without a stream of its own it writes to standard error."""
    progress.Terminal().message("Waiting.")
    assert capsys.readouterr() == ("", "cbzsafe: Waiting.\n")


def test_large_slow_work_shows_a_bar_on_a_terminal(monkeypatch, open_terminal):
    """After a second the work's name, unread as markup, and its part done are shown."""
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    with open_terminal() as terminal:
        listener = progress.Terminal(terminal.stream)
        work(listener, pause=0.1)
        listener.message("Still there.")
        listener.finish()
    shown = terminal.text
    assert "Packing [bold]c001.cbz" in shown
    assert "50.3/67.1 MB" in shown
    assert "cbzsafe: Still there." in shown


def test_the_cursor_is_back_while_the_bar_is_shown(monkeypatch, open_terminal):
    """A process that is killed while it shows a bar leaves a terminal with a cursor."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with open_terminal() as terminal:
        listener = progress.Terminal(terminal.stream)
        work(listener, pause=0.01)
        listener.finish()
    hidden = terminal.output.rindex("\x1b[?25l")
    assert terminal.output.count("\x1b[?25h", hidden) == 2  # at once, and again at the end


@pytest.mark.parametrize(
    ("total", "patience", "tty"),
    [(progress.LARGE, 0.0, True), (LARGE, 60.0, True), (LARGE, 0.0, False)],
    ids=["small", "fast", "log"],
)
def test_work_that_nobody_waits_for_shows_nothing(total, patience, tty, monkeypatch, open_terminal):
    """There is no bar for small work, for fast work, or in a log."""
    monkeypatch.setattr(progress, "PATIENCE", patience)
    log = io.StringIO()
    with open_terminal() as terminal:
        listener = progress.Terminal(terminal.stream if tty else log)
        work(listener, total, pause=0.01)
        listener.finish()
    assert terminal.output + log.getvalue() == ""


def test_a_library_shows_a_bar_with_its_speed(monkeypatch, open_terminal):
    """Many small archives are worth a bar too, and messages are lines above it."""
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    monkeypatch.setattr(progress, "_PAUSE", 0.02)
    with open_terminal(80) as terminal:
        listener = progress.for_library(quiet=False, stream=terminal.stream)
        listener.start("", 4_000_000)
        for _ in range(20):
            listener.advance(100_000)
            time.sleep(0.02)
        listener.message("Read again.")
        listener.finish()
    assert re.search(r"cbzsafe \S+ [0-9.]+/4\.0 MB +[0-9.]+ MB/s 0:00:0\d", terminal.text)
    assert "cbzsafe: Read again.\n" in terminal.text.replace("\r", "")


def test_a_bar_is_not_updated_at_each_step(monkeypatch, open_terminal):
    """A thousand steps at once are one update, and those that come later are not lost."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_PAUSE", 60.0)
    with open_terminal() as terminal:
        listener = progress.for_library(quiet=False, stream=terminal.stream)
        listener.start("", 10_000)
        for _ in range(1000):
            listener.advance(1)
        bar, _ = listener._bar
        assert bar.tasks[0].completed == 1
        listener._due = 0.0
        listener.advance(1)
        assert bar.tasks[0].completed == 1001
        listener.finish()


def test_standard_output_stays_as_it_is_under_a_bar(monkeypatch, open_terminal, capsys):
    """What gallery-dl prints while a bar is shown goes where it always goes."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with open_terminal() as terminal:
        listener = progress.Terminal(terminal.stream)
        work(listener, pause=0.01)
        print("# page.jpg")  # noqa: T201 # as gallery-dl does
        listener.finish()
    assert capsys.readouterr().out == "# page.jpg\n"
    assert "page.jpg" not in terminal.output


def test_a_stream_that_fails_is_given_up(monkeypatch):
    """Nothing that goes wrong in telling reaches the engine."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    stream = io.StringIO()
    stream.close()
    listener = progress.Terminal(stream)
    listener.message("Lost.")
    work(listener, pause=0.01)
    listener.finish()
    assert stream.closed


def test_work_may_end_that_never_began():
    """An engine that cleans up after an error may finish twice."""
    listener = progress.Terminal(io.StringIO())
    listener.finish()
    listener.advance(1)
    listener.finish()
    assert listener._bar is None


def test_quiet_has_the_silent_twin():
    """With -q nobody listens, and otherwise the terminal does."""
    for choose in (progress.for_stream, progress.for_library):
        assert isinstance(choose(quiet=True), Silent)
        assert isinstance(choose(quiet=False), progress.Terminal)
