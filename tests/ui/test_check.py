import io
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.cells import cell_len

from cbzsafe.model import CheckReport, Condition
from cbzsafe.ui import check

SOUND = CheckReport(sound=60, pages=2400, size=1_800_000_000, seconds=0.34)
PACKED = "The page's bytes are not those that were packed."


def shown(report, *, quiet=False, verbose=False):
    stream = io.StringIO()
    check.show(report, quiet=quiet, verbose=verbose, stream=stream)
    return stream.getvalue().splitlines()


@pytest.fixture
def on_terminal(open_terminal):
    def show(report, columns=80, *, quiet=False, verbose=False, **environment):
        with open_terminal(columns, **environment) as terminal:
            check.show(report, quiet=quiet, verbose=verbose, stream=terminal.stream)
        return terminal

    return show


def rows(terminal):
    return [row.rstrip() for row in terminal.text.splitlines()]


def test_a_log_gets_a_line_for_each_archive_that_is_not_sound(check_report):
    """Archives with their findings beneath them, problems and the sum come in this order."""
    assert shown(check_report) == [
        "damaged     40 pages  30.1 MB  /srv/a.cbz",
        f"  error: bad-crc: 001.jpg: {PACKED}",
        f"  error: bad-crc: 002.jpg: {PACKED}",
        "unreadable  0 pages  14.0 MB  /srv/b.cbz",
        "  error: not-a-zip: The file is no ZIP file but a RAR archive.",
        "changing    0 pages  1.0 kB  /srv/c.cbz",
        "  error: It changed.",
        "error: /srv/e has no archive in it.",
        (
            "60 archives: 56 sound (1 with warnings), 1 damaged, 1 unreadable, 1 changing, "
            "1 vanished; 1.8 GB in 0.3 s; exit status 2"
        ),
    ]


def test_verbose_names_the_sound_and_the_vanished_too(check_report):
    """Everything that the report has is a line, and findings have their places."""
    lines = shown(check_report, verbose=True)
    assert f"  error: bad-crc: 001.jpg, bytes 1,000 to 1,699: {PACKED}" in lines
    assert lines[lines.index("vanished    0 pages  /srv/d.cbz") :][:4] == [
        "vanished    0 pages  /srv/d.cbz",
        "  note: It is not there any more.",
        "sound       20 pages  9.0 MB  /srv/odd.cbz",
        "  warning: numbering-gap: The pages' numbers leave out 7.",
    ]


def test_where_all_is_sound_there_is_one_line(odd):
    """Archives, pages, bytes and time; warnings are only counted."""
    assert shown(SOUND) == ["60 archives sound, 2400 pages, 1.8 GB; 0.3 s"]
    assert shown(replace(SOUND, archives=(odd,))) == [
        "60 archives sound (1 with warnings), 2400 pages, 1.8 GB; 0.3 s"
    ]
    assert shown(replace(SOUND, sound=1, pages=1)) == ["1 archive sound, 1 page, 1.8 GB; 0.3 s"]


def test_where_there_is_nothing_it_says_so():
    """A part of a small library may be empty."""
    assert shown(CheckReport()) == ["no archives; 0.0 s"]


def test_archives_that_were_not_read_are_counted():
    """The last line tells what is unchanged, what there was no time for, and which signal came."""
    assert shown(replace(SOUND, unchanged=50)) == [
        "60 archives sound, 2400 pages, 1.8 GB; 50 unchanged, not read again; 0.3 s"
    ]
    assert shown(replace(SOUND, left=41, seconds=600.4)) == [
        "101 archives: 60 sound; 41 not reached: the time was up; 1.8 GB in 10 min; exit status 0"
    ]
    assert shown(replace(SOUND, left=41, interrupted="SIGTERM", status=143)) == [
        (
            "101 archives: 60 sound; 41 not reached; 1.8 GB in 0.3 s; interrupted by SIGTERM; "
            "exit status 143"
        )
    ]


def test_what_is_only_remembered_is_said_to_be(damaged, monkeypatch):
    """Damage that the state file knows of has the day on which it was found."""
    monkeypatch.setenv("TZ", "UTC")
    known = replace(damaged, known=True, checked=1795132800.0)
    assert shown(CheckReport((known,), damaged=1))[3] == (
        "  note: found on 2026-11-20, not read again"
    )


def test_quiet_says_nothing_where_all_is_sound(odd):
    """A cron job sends no mail for warnings, for time that was up, or for weaker checks."""
    report = replace(SOUND, archives=(odd,), left=3, vanished=1, weaker=("It was weaker.",))
    assert shown(report, quiet=True, verbose=True) == []


def test_quiet_tells_what_is_not_sound(check_report):
    """Damage and problems are told, and the last line is not."""
    lines = shown(check_report, quiet=True)
    assert lines == shown(check_report)[:-1]


def test_weaker_checks_are_told():
    """Who had pictures decoded learns by what."""
    assert shown(replace(SOUND, weaker=("Pillow did it.",))) == [
        "note: Pillow did it.",
        "60 archives sound, 2400 pages, 1.8 GB; 0.3 s",
    ]


def test_problems_of_a_check_without_archives_are_told(check_report):
    """A folder that is not there is no sound library."""
    report = CheckReport(problems=check_report.problems, status=2)
    assert shown(report) == [
        "error: /srv/e has no archive in it.",
        "0 archives; 0 B in 0.0 s; exit status 2",
    ]


def test_a_terminal_gets_a_table(check_report, on_terminal):
    """Headings, a row for each archive, findings over the whole width beneath it, and the sum."""
    assert rows(on_terminal(check_report)) == [
        "condition   pages     size  path",
        "damaged        40  30.1 MB  /srv/a.cbz",
        "  error: bad-crc: 001.jpg: The page's bytes are not those that were packed.",
        "  error: bad-crc: 002.jpg: The page's bytes are not those that were packed.",
        "unreadable      -  14.0 MB  /srv/b.cbz",
        "  error: not-a-zip: The file is no ZIP file but a RAR archive.",
        "changing        -   1.0 kB  /srv/c.cbz",
        "  error: It changed.",
        "error: /srv/e has no archive in it.",
        "60 archives: 56 sound (1 with warnings), 1 damaged, 1 unreadable, 1 changing, 1",
        "vanished; 1.8 GB in 0.3 s; exit status 2",
    ]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(damaged, columns, on_terminal):
    """Long Japanese paths and long sentences are folded in their places."""
    archive = replace(damaged, path="/srv/" + "進撃の巨人" * 20 + ".cbz")
    lines = on_terminal(CheckReport((archive,), damaged=1), columns).text.splitlines()
    assert max(map(cell_len, lines)) <= columns
    column = lines[0].index("path")
    notes = [at for at, line in enumerate(lines) if line.startswith("  error")]
    assert "".join(line[column:].strip() for line in lines[1 : notes[0]]) == archive.path


def test_a_narrow_terminal_gets_the_lines_of_a_log(check_report, on_terminal):
    """Where a table would leave no room for a path there is none."""
    assert rows(on_terminal(check_report, 59)) == shown(check_report)


@pytest.mark.parametrize("condition", Condition)
def test_each_condition_has_a_colour_on_a_terminal_alone(damaged, condition, on_terminal):
    """A log and a terminal under NO_COLOR get none."""
    report = CheckReport((replace(damaged, condition=condition),))
    assert re.search(rf"\x1b\[[0-9;]+m{condition.value}", on_terminal(report, verbose=True).output)
    assert "\x1b" not in "".join(shown(report, verbose=True))
    assert "\x1b[3" not in on_terminal(report, verbose=True, NO_COLOR="1").output


def test_names_are_neither_obeyed_nor_read_as_markup(damaged, hostile, on_terminal):
    """Brackets and emoji codes stay as they are, and orders to the terminal are shown."""
    found = replace(damaged.findings[0], page=hostile)
    archive = replace(damaged, path=f"/srv/{hostile}.cbz", findings=(found,), problem=hostile)
    report = CheckReport((archive,), damaged=1)
    assert all(line.isprintable() for line in shown(report))
    joined = re.sub(r"\s+", "", on_terminal(report).text)
    assert joined.count("caf\\xe9\\x1b[31m[bold]\\n\\u202e:smile:進撃") == 3
    assert joined.isprintable()


def test_it_goes_to_standard_output_as_it_is_now(capsys):
    """Without a stream of its own it leaves standard error alone."""
    check.show(SOUND, quiet=False, verbose=False)
    assert capsys.readouterr() == ("60 archives sound, 2400 pages, 1.8 GB; 0.3 s\n", "")


def test_a_standard_output_that_is_closed_is_given_up(monkeypatch):
    """Python has no sys.stdout where the shell closed it."""
    monkeypatch.setattr(sys, "stdout", None)
    check.show(SOUND, quiet=False, verbose=False)


def test_a_closed_pipe_is_given_up(check_report):
    """With nobody reading, telling fails without an error of its own."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as stream:
        check.show(check_report, quiet=False, verbose=False, stream=stream)
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def test_letters_that_the_stream_has_not_are_escaped(damaged):
    """A log in Latin-1 gets the whole report, with what it cannot hold shown as escapes."""
    raw = io.BytesIO()
    archive = replace(damaged, path="/srv/café 進.cbz", findings=())
    with io.TextIOWrapper(raw, "latin-1") as stream:
        check.show(CheckReport((archive,)), quiet=True, verbose=False, stream=stream)
        written = raw.getvalue().decode("latin-1")
    assert written == "damaged     40 pages  30.1 MB  /srv/café \\u9032.cbz\n"


def test_a_log_is_written_without_importing_rich():
    """Start-up and cron jobs do not pay for tables and bars."""
    code = (
        "import sys; from cbzsafe.model import *; from cbzsafe.ui import check, repair, progress\n"
        "bar = progress.for_library(False); bar.start('', 10**12); bar.advance(10**9)\n"
        "check.show(CheckReport(), quiet=False, verbose=False)\n"
        "repair.show(RepairReport(), quiet=False, verbose=False)\n"
        "assert 'rich' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"no archives; 0.0 s\n0 archives, nothing to repair; 0.0 s\n"
