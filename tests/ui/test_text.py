import io
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.cells import cell_len

from cbzsafe.model import Outcome, Problem, RunReport
from cbzsafe.ui import text

COLOUR = re.compile(r"\x1b\[[0-9;]*(3[0-7]|9[0-7]|38)[0-9;]*m")


@pytest.fixture
def on_terminal(open_terminal):
    def show(report, columns=100, **environment):
        with open_terminal(columns, **environment) as terminal:
            text.run(report, quiet=False, verbose=False, stream=terminal.stream)
        return terminal

    return show


def test_a_stream_that_is_no_terminal_gets_plain_lines(report):
    """A log gets lines without colours, however wide."""
    stream = io.StringIO()
    text.run(report, quiet=False, verbose=False, stream=stream)
    assert stream.getvalue().startswith(
        "published  12 pages  +12 new  3.4 MB  /srv/manga/c001.cbz\n"
    )
    assert stream.getvalue().endswith("2 books: 1 published, 1 held; exit status 5\n")


def test_a_terminal_gets_a_table_with_what_is_wrong_under_each_book(report, on_terminal):
    """Headings, a line a book, its problems below it, and the sum at the end."""
    rows = on_terminal(report).text.splitlines()
    assert [row.split() for row in rows[:4]] == [
        ["fetched"],
        ["outcome", "pages", "new", "again", "missing", "size", "path"],
        ["published", "12", "12", "-", "-", "3.4", "MB", "/srv/manga/c001.cbz"],
        ["held", "-", "-", "4", "2", "-", "/srv/manga/c002.cbz"],
    ]
    assert rows[4] == "  error: 003.jpg: The site answered 404; run the command again later."
    assert rows[-1].rstrip() == "2 books: 1 published, 1 held; exit status 5"
    assert rows[2].index("/srv") == rows[3].index("/srv")


def test_the_outcome_is_coloured(report, on_terminal):
    """Published is green and held is yellow."""
    output = on_terminal(report).output
    assert "\x1b[32mpublished" in output
    assert "\x1b[33mheld" in output


def test_no_color_is_honoured(report, on_terminal):
    """With NO_COLOR in the environment a terminal gets the same table without a colour."""
    coloured = on_terminal(report)
    plain = on_terminal(report, NO_COLOR="1")
    assert COLOUR.search(coloured.output)
    assert not COLOUR.search(plain.output)
    assert coloured.text == plain.text


def test_names_are_neither_obeyed_nor_read_as_markup(strange, on_terminal):
    """Brackets and emoji codes stay as they are, and orders to the terminal are shown."""
    rest = on_terminal(RunReport(books=(strange,))).text
    assert "\x1b" not in rest
    assert "\x07" not in rest
    joined = re.sub(r"\s+", "", rest)
    assert "caf\\xe9\\x1b[31m[bold]\\n\\u202e:smile:進撃の巨人.cbz" in joined
    assert "\\xff.jpg:Itsays[/bold]\\x07." in joined
    assert "missing:[red]1.jpg" in joined


def test_wide_letters_keep_the_columns_and_the_width(published, on_terminal):
    """A long Japanese path is folded in its column, and no line is wider than the terminal."""
    book = replace(published, path="/srv/" + "進撃の巨人" * 20 + ".cbz")
    rows = on_terminal(RunReport(books=(published, book)), 80).text.splitlines()
    column = rows[1].index("/srv")
    assert rows[2].index("/srv") == column
    assert rows[3][:column].isspace()
    assert max(cell_len(row) for row in rows) <= 80
    assert "".join(row[column:].strip() for row in rows[2:-1]) == book.path


def test_a_path_below_the_current_folder_is_shown_relative(
    published, tmp_path, monkeypatch, on_terminal
):
    """A table spends its room on the part of the path that tells something."""
    monkeypatch.chdir(tmp_path)
    book = replace(published, path=str(tmp_path / "c001.cbz"))
    rows = on_terminal(RunReport(books=(book,))).text.splitlines()
    assert rows[1].split()[-1] == "c001.cbz"


def test_a_narrow_terminal_gets_plain_lines(report, on_terminal):
    """Where a table would leave no room for a path there is none."""
    assert on_terminal(report, columns=50).output.startswith("published  12 pages")


def test_many_unchanged_books_are_one_line_of_the_table_too(published, on_terminal):
    """A nightly run shows what changed."""
    unchanged = replace(published, outcome=Outcome.UNCHANGED)
    report = RunReport(books=(unchanged,) * 30)
    rows = on_terminal(report).text.splitlines()
    assert [row.rstrip() for row in rows] == [
        "unchanged  30 books",
        "30 books: 30 unchanged; exit status 0",
    ]


@pytest.mark.parametrize("tty", [True, False])
def test_quiet_says_nothing(report, tty, open_terminal):
    """With -q not even problems are told, on a terminal and off it."""
    with open_terminal() as terminal:
        stream = terminal.stream if tty else io.StringIO()
        text.run(report, quiet=True, verbose=True, stream=stream)
        written = "" if tty else stream.getvalue()
    assert written + terminal.output == ""


def test_a_run_that_only_passed_through_says_nothing():
    """Where no book was touched and nothing is wrong, gallery-dl's own words are enough."""
    stream = io.StringIO()
    weaker = ("A check was weaker.",)
    text.run(
        RunReport(status=4, gallery_dl_status=4, weaker=weaker),
        quiet=False,
        verbose=True,
        stream=stream,
    )
    assert stream.getvalue() == ""


def test_problems_of_a_run_without_books_are_told():
    """A run that never got to a book still says why."""
    stream = io.StringIO()
    report = RunReport(status=1, problems=(Problem("Our post-processor is missing."),))
    text.run(report, quiet=False, verbose=False, stream=stream)
    assert stream.getvalue() == "error: Our post-processor is missing.\n0 books; exit status 1\n"


def test_it_goes_to_standard_error_as_it_is_now(report, capsys):
    """Without a stream of its own it writes to standard error, and leaves standard output alone."""
    text.run(report, quiet=False, verbose=False)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("exit status 5\n")


def test_a_closed_pipe_is_given_up(report):
    """With nobody reading, telling fails without an error of its own."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as stream:
        text.run(report, quiet=False, verbose=False, stream=stream)
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def test_a_standard_error_that_is_closed_is_given_up(report, monkeypatch):
    """Python has no sys.stderr where the shell closed it."""
    monkeypatch.setattr(sys, "stderr", None)
    text.run(report, quiet=False, verbose=False)


def test_a_log_is_written_without_importing_rich():
    """Start-up and cron jobs do not pay for tables."""
    code = (
        "import sys; from cbzsafe.model import *; from cbzsafe.ui import text, progress, json\n"
        "report = RunReport((BookReport('a.cbz', Outcome.PUBLISHED),))\n"
        "text.run(report, quiet=False, verbose=False)\n"
        "assert 'rich' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (
        0,
        b"published  0 pages  a.cbz\n1 book: 1 published; exit status 0\n",
    )
