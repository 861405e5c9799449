"""Runs on a terminal: what is seen while they last, and what they leave behind."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager

import programs
import pytest
from books import assert_whole, book
from gallery_dl import version
from site_faults import short_without_length, status
from terminals import Terminal

BAR = "\N{BOX DRAWINGS HEAVY HORIZONTAL}"
HIDDEN_CURSOR = b"\x1b[?25l"


@pytest.fixture
def terminal():
    """A terminal of 80 columns and 24 lines."""
    with Terminal() as made:
        yield made


@pytest.fixture
def start(site, workdir):
    """Start cbzsafe on a terminal; it is killed when the test ends."""
    started = []

    def start(terminal, *args, config=None, **options):
        started.append(terminal.start(args, workdir, config or site.config(), **options))
        return started[-1]

    yield start
    for process in started:
        programs.kill(process)


@contextmanager
def at_page(site, number):
    """Let the site keep the nth page to itself within the block."""
    gate = site.hold(number)
    try:
        yield
    finally:
        gate.open()


def area(shown):
    """The lines of a screen that the view has: the last two."""
    return shown[-2:]


def is_left_over(shown):
    """Whether anything of the view is on a screen."""
    return any(BAR in line or re.search(r"\d/\d+ page", line) for line in shown)


def fits(shown, room):
    """Whether the first of the view's lines is on a screen, once, and it has room for them."""
    found = [number for number, line in enumerate(shown) if "2/4" in line]
    columns, lines = room
    inside = all(len(line) <= columns for line in shown[found[0] :]) if found else False
    return inside and len(found) == 1 and len(shown) - found[0] == min(lines, 2)


def paths(chapter, count):
    """What gallery-dl prints of a chapter's first pages."""
    return [f"./gallery-dl/{chapter.folder}/{name}" for name in list(chapter.expected())[:count]]


def test_the_book_on_its_way_stands_below_what_gallery_dl_prints(site, start, terminal, workdir):
    """In the midst of a book its name, its bar and its pages are seen, and nothing at the end."""
    chapter = site.add_chapter(pages=6)
    with at_page(site, 5):
        process = start(terminal, chapter.url)
        shown = terminal.until_has("4/6 pages")
        shown = terminal.until(lambda lines: paths(chapter, 4) == lines[:4])
        assert re.fullmatch(rf"Chapter 1\.cbz +{BAR}.* +4/6 pages", area(shown)[0])
        assert re.fullmatch(r"0:\d\d · [0-9.]+ kB", area(shown)[1])
        assert terminal.cursor() == (4, 0, False)
    assert process.wait(30) == 0
    shown = terminal.until_has("exit status 0")
    assert shown[:6] == paths(chapter, 6)
    assert [line.split()[0] for line in shown[6:]] == ["outcome", "published", "1"]
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_page_that_came_again_is_counted(site, start, terminal):
    """A page that came broken and was fetched once more shows in yellow beside the pages."""
    chapter = site.add_chapter(pages=4)
    chapter.pages[1].faults = [short_without_length()]
    with at_page(site, 4):
        process = start(terminal, chapter.url)
        terminal.until_has("2/4 pages · 1 again")
    assert process.wait(30) == 0
    assert not is_left_over(terminal.until_has("exit status 0"))


def test_books_are_counted_by_their_outcome(site, start, terminal):
    """Behind a book its outcome is counted, while the next one is on its way."""
    chapters = [site.add_chapter(number, pages=2) for number in (1, 2)]
    with at_page(site, 4):
        process = start(terminal, site.series_url())
        shown = terminal.until_has("published 1 · 0:")
        assert area(shown)[0].startswith("Chapter 2.cbz ")
    assert process.wait(30) == 0
    shown = terminal.until_has("exit status 0")
    assert shown[:4] == [path for chapter in chapters for path in paths(chapter, 2)]
    assert not is_left_over(shown)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_takes_the_view_away(number, site, start, terminal):
    """A stopped run leaves gallery-dl's lines and the summary, and the terminal as it was."""
    chapter = site.add_chapter(pages=4)
    before = terminal.attributes()
    with at_page(site, 3):
        process = start(terminal, chapter.url)
        terminal.until_has("2/4 pages")
        process.send_signal(number)
        assert process.wait(30) == 128 + number
    shown = terminal.until_has(f"exit status {128 + number}")
    assert not is_left_over(shown)
    assert shown[:2] == paths(chapter, 2)
    assert shown[3].startswith("held ")
    assert terminal.cursor() == (len(shown), 0, False)
    assert (terminal.attributes(), HIDDEN_CURSOR in terminal.output) == (before, False)


def test_a_kill_leaves_a_terminal_to_work_on(site, start, terminal):
    """After SIGKILL the cursor is seen, on a blank line, and the kernel's settings are the same."""
    chapter = site.add_chapter(pages=4)
    before = terminal.attributes()
    with at_page(site, 3):
        process = start(terminal, chapter.url)
        shown = terminal.until_has("2/4 pages")
        programs.kill(process)
    line, column, hidden = terminal.cursor()
    assert (shown[line], column, hidden) == ("", 0, False)
    assert (terminal.attributes(), HIDDEN_CURSOR in terminal.output) == (before, False)


def asking(workdir):
    """Settings that ask for a key when a page fails; `actions` fail in 1.30.0 (see test_jobs)."""
    if version.__version__ != "1.30.0":
        return {"actions": {"warning:404": "wait"}}
    module = workdir.parent / "asking.py"
    module.write_text("def ask(_):\n    input('Press Enter to continue')\n", "utf-8")
    return {"postprocessors": [{"name": "python", "event": "error", "function": f"{module}:ask"}]}


def test_a_question_has_the_terminal_for_itself(site, start, terminal, workdir):
    """Where gallery-dl asks for a key nothing is drawn, and the view comes back with the answer."""
    chapter = site.add_chapter(pages=4)
    chapter.pages[1].faults = [status(404, None)]
    config = site.config(**asking(workdir))
    with at_page(site, 4):
        process = start(terminal, chapter.url, "--repair-rounds", "0", config=config)
        shown = terminal.until_has("Press Enter to continue")
        assert shown[-1] == "Press Enter to continue"
        assert not is_left_over(shown)
        terminal.type("\n")
        shown = terminal.until_has("2/4 pages")
        assert area(shown)[0].startswith("Chapter 1.cbz ")
        assert "Press Enter to continue" in shown
    assert process.wait(30) & 1
    assert not is_left_over(terminal.until_has("exit status"))


def test_what_a_program_writes_is_not_drawn_over(site, start, terminal):
    """The lines of a command that gallery-dl starts stand between its own, whole."""
    chapter = site.add_chapter(pages=4)
    command = "sleep 0.2; echo one; echo two"
    config = site.config(postprocessors=[{"name": "exec", "command": command}])
    with at_page(site, 4):
        process = start(terminal, chapter.url, config=config)
        terminal.until_has("3/4 pages")
    assert process.wait(30) == 0
    shown = terminal.until_has("exit status 0")
    assert [line for line in shown if line in {"one", "two"}] == ["one", "two"] * 4
    assert set(paths(chapter, 4)) < set(shown)
    assert not is_left_over(shown)


def test_what_a_command_for_a_book_writes_is_not_drawn_over(site, start, terminal):
    """It has the terminal from its start to its end, though it is looked after all the while."""
    chapters = [site.add_chapter(number, pages=2) for number in (1, 2, 3)]
    command = "sh -c 'for n in 1 2 3 4; do sleep 0.15; echo line $n; done'"
    process = start(terminal, "--on-publish", command, site.series_url())
    assert process.wait(30) == 0
    shown = terminal.until_has("exit status 0")
    said = [line for line in shown if "line" in line]
    assert said == ["line 1", "line 2", "line 3", "line 4"] * len(chapters)
    assert not is_left_over(shown)


def test_the_progress_of_a_download_is_in_the_view(site, start, terminal):
    """What gallery-dl writes over and over on one line shows above the book until it is over."""
    chapter = site.add_chapter(pages=3)
    config = site.config(downloader={"progress": 0, "chunk-size": 1024})
    gate = site.hold(3, middle=True)
    try:
        process = start(terminal, chapter.url, config=config)
        shown = terminal.until(lambda lines: len(lines) > 2 and "B/s" in lines[-3])
        assert re.fullmatch(r" *\d+% +[0-9.]+[kK]B +[0-9.]+[kKM]?B/s", shown[-3])
        assert area(shown)[0].endswith("2/3 pages")
    finally:
        gate.open()
    assert process.wait(30) == 0
    shown = terminal.until_has("exit status 0")
    assert shown[:3] == paths(chapter, 3)
    assert not any("B/s" in line for line in shown)


@pytest.mark.parametrize("options", [(), ("-v",)], ids=["plain", "verbose"])
def test_log_lines_stand_above_the_view(options, site, start, terminal):
    """What gallery-dl logs are lines of their own, be they few or many."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[0].faults = [status(404)]
    with at_page(site, 3):
        process = start(terminal, chapter.url, *options)
        shown = terminal.until_has("1/3 pages")
        assert "[downloader.http][warning] '404 Not Found' for" in "\n".join(shown)
        assert any(line.startswith("[download][error] Failed to download") for line in shown)
        assert ("[urllib3.connectionpool][debug]" in "\n".join(shown)) == bool(options)
        assert area(shown)[0].startswith("Chapter 1.cbz ")
    assert process.wait(30) == 0
    assert not is_left_over(terminal.until_has("exit status 0"))


def test_a_terminal_that_takes_nothing_delays_no_signal(site, start, terminal, workdir):
    """Behind Ctrl-S a run that is ended lets go of its book, and says so after Ctrl-Q."""
    chapter = site.add_chapter(pages=4)
    folder = workdir / "gallery-dl" / chapter.folder
    with at_page(site, 3):
        process = start(terminal, chapter.url)
        terminal.until_has("2/4 pages")
        locks = [path for path in folder.parent.iterdir() if path.name.startswith(".")]
        assert locks
        terminal.type("\x13")
        process.terminate()
        assert programs.until(lambda: not any(map(type(locks[0]).exists, locks)))
    terminal.type("\x11")
    assert process.wait(30) == 143
    assert not is_left_over(terminal.until_has("exit status 143"))


def test_a_window_that_is_closed_ends_no_run(site, start, terminal, workdir):
    """A run whose terminal is gone goes on, and publishes its book."""
    chapter = site.add_chapter(pages=4)
    with at_page(site, 3):
        process = start(terminal, chapter.url)
        terminal.until_has("2/4 pages")
        terminal.vanish()
    process.wait(30)
    assert_whole(book(workdir, chapter), chapter.expected())


@pytest.mark.parametrize(("columns", "lines"), [(20, 6), (30, 1)])
def test_a_small_terminal_has_what_fits(columns, lines, site, start):
    """The view has no more lines than the terminal, and none that is broken."""
    chapter = site.add_chapter(pages=4)
    with Terminal(columns, lines) as terminal:
        with at_page(site, 3):
            process = start(terminal, chapter.url)
            terminal.until(lambda shown: fits(shown, (columns - 1, lines)))
        assert process.wait(30) == 0
        terminal.until(lambda _: "status 0" in "".join(terminal.scrolled())[-12:])
        assert not is_left_over(terminal.scrolled())


def test_a_terminal_may_be_resized(site, start, terminal):
    """The view takes the size that the terminal has at the moment."""
    chapter = site.add_chapter(pages=4)
    with at_page(site, 3):
        process = start(terminal, chapter.url)
        terminal.until_has("2/4 pages")
        terminal.resize(20, 6)
        terminal.until(lambda shown: fits(shown, (19, 6)))
    assert process.wait(30) == 0
    assert not is_left_over(terminal.until(lambda lines: "status 0" in "".join(lines)[-12:]))


def test_names_that_give_orders_are_shown_as_text(site, start, terminal):
    """A title that turns the direction of writing is shown with its escape."""
    chapter = site.add_chapter(pages=3)
    config = site.config(directory=["a\u202eb"])
    with at_page(site, 3):
        process = start(terminal, chapter.url, config=config)
        shown = terminal.until_has("2/3 pages")
        assert area(shown)[0].startswith("a\\u202eb.cbz ")
    assert process.wait(30) == 0


SILENT = [("-q",), ("-w",), ("-o", "output.mode=null"), ("--log-format", "json")]


@pytest.mark.parametrize("options", SILENT, ids=" ".join)
def test_who_wants_to_see_nothing_gets_no_view(options, site, start, terminal):
    """Under -q, -w, JSON logs and without gallery-dl's output nothing is drawn."""
    chapter = site.add_chapter(pages=3)
    with at_page(site, 3):
        process = start(terminal, chapter.url, *options)
        assert programs.until(lambda: sum(site.page_requests().values()) == 3)
        assert not is_left_over(terminal.shown())
    assert process.wait(30) == 0
    assert b"\x1b[J" not in terminal.output


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_stream_that_is_no_terminal_turns_the_view_off(name, site, start, terminal, workdir):
    """Where either is a file, standard output is what gallery-dl prints, byte for byte."""
    chapter = site.add_chapter(pages=3)
    outputs = []
    for module in ("cbzsafe", "gallery_dl"):
        folder = workdir / module
        folder.mkdir()
        with Terminal() as other, (folder / name).open("w+b") as file:
            options = {name: file, "module": module}
            assert other.start([chapter.url], folder, site.config(), **options).wait(30) == 0
            file.seek(0)
            other.close()
            outputs.append(file.read() if name == "stdout" else other.output)
    assert outputs[0] == outputs[1] != b""


def test_a_dumb_terminal_gets_no_view(site, start, terminal):
    """Where lines cannot be drawn anew they are printed as ever."""
    chapter = site.add_chapter(pages=3)
    with at_page(site, 3):
        process = start(terminal, chapter.url, TERM="dumb")
        shown = terminal.until(lambda lines: paths(chapter, 2) == lines[:2])
        assert not is_left_over(shown)
    assert process.wait(30) == 0
    assert b"\x1b[J" not in terminal.output
