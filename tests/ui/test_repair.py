import io
import re
import sys
from dataclasses import replace

import pytest
from rich.cells import cell_len

from cbzsafe.model import Problem, RepairedArchive, RepairOutcome, RepairReport
from cbzsafe.ui import repair

PACKED = "The page's bytes are not those that were packed."


def shown(report, *, quiet=False, verbose=False):
    stream = io.StringIO()
    repair.show(report, quiet=quiet, verbose=verbose, stream=stream)
    return stream.getvalue().splitlines()


@pytest.fixture
def on_terminal(open_terminal):
    def show(report, columns=80, *, verbose=False):
        with open_terminal(columns) as terminal:
            repair.show(report, quiet=False, verbose=verbose, stream=terminal.stream)
        return terminal

    return show


def test_a_log_gets_a_line_for_each_archive_and_what_became_of_it(repair_report):
    """What was found, lost, kept and changed stands beneath each archive, and the sum at last."""
    assert shown(repair_report) == [
        "partly repaired  38 pages  2 recovered  2 lost  28.0 MB  /srv/a.cbz",
        "  note: found no-index, bad-crc (2)",
        f"  error: lost: 001.jpg: {PACKED}",
        f"  error: lost: 002.jpg: {PACKED}",
        "  warning: pages 7 to 9, 12 are missing by their numbers",
        "  warning: kept, as they still decode, with a wrong CRC: 003.jpg",
        "  note: renamed: ../1.jpg to 1.jpg",
        "  note: the original is kept as /srv/.a.cbz.old",
        "left             20 pages  9.0 MB  /srv/b.cbz",
        "  error: No page of it can be proved.",
        "10 archives: 8 sound, 1 partly repaired, 1 left; 3.1 s; exit status 1",
    ]


def test_a_dry_run_speaks_of_what_would_be(repair_report):
    """Nothing is said to be done that was not done."""
    assert shown(replace(repair_report, dry_run=True)) == [
        "would be partly repaired  38 pages  2 recovered  2 lost  28.0 MB  /srv/a.cbz",
        "  note: found no-index, bad-crc (2)",
        f"  error: would be lost: 001.jpg: {PACKED}",
        f"  error: would be lost: 002.jpg: {PACKED}",
        "  warning: pages 7 to 9, 12 are missing by their numbers",
        "  warning: would be kept, as they still decode, with a wrong CRC: 003.jpg",
        "  note: would be renamed: ../1.jpg to 1.jpg",
        "  note: the original would be kept as /srv/.a.cbz.old",
        "would be left             20 pages  9.0 MB  /srv/b.cbz",
        "  error: No page of it can be proved.",
        (
            "10 archives: 8 sound, 1 would be partly repaired, 1 would be left; "
            "nothing was written; 3.1 s; exit status 1"
        ),
    ]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(RepairOutcome.LEFT, "not proved"), (RepairOutcome.FAILED, "would be lost")],
)
def test_what_failed_is_not_said_to_be_done(repaired, outcome, expected):
    """An archive that was left as it is has lost nothing yet, and has no backup."""
    told = shown(RepairReport((replace(repaired, outcome=outcome),)))
    assert f"  error: {expected}: 001.jpg: {PACKED}" in told
    assert "  note: the original would be kept as /srv/.a.cbz.old" in told


def test_verbose_names_the_findings_and_the_recovered_pages(repair_report):
    """Each finding has its place, and each page its name."""
    lines = shown(repair_report, verbose=True)
    assert f"  note: found bad-crc: 001.jpg, bytes 1,000 to 1,699: {PACKED}" in lines
    assert "  note: recovered: 008.jpg, 009.jpg" in lines


def test_long_lists_are_cut_unless_verbose(repaired, bad_pages):
    """Ten lost pages, ten gaps and ten renamed pages are named, and the rest is counted."""
    pairs = tuple((f"a{at}", f"b{at}") for at in range(13))
    archive = replace(repaired, lost=bad_pages(12), gaps=tuple(range(1, 25, 2)), renamed=pairs)
    lines = shown(RepairReport((archive,)))
    assert sum("error: lost" in line for line in lines) == 10
    assert "  note: and 2 more; -v names them" in lines
    numbers = "1, 3, 5, 7, 9, 11, 13, 15, 17, 19 and 2 more"
    assert f"  warning: pages {numbers} are missing by their numbers" in lines
    assert any(line.endswith("a9 to b9 and 3 more") for line in lines)
    full = "\n".join(shown(RepairReport((archive,)), verbose=True))
    assert f"lost: 012.jpg: {PACKED}" in full
    assert "21, 23 are missing" in full
    assert "a12 to b12" in full
    assert "more" not in full


def test_one_number_is_singular(repaired):
    """A single gap is one page."""
    lines = shown(RepairReport((replace(repaired, gaps=(7,)),)))
    assert "  warning: page 7 is missing by its number" in lines


def test_where_nothing_is_to_be_repaired_there_is_one_line():
    """In a dry run it is the same line, and quiet has none."""
    report = RepairReport(sound=8, seconds=0.2)
    assert shown(report) == ["8 archives, nothing to repair; 0.2 s"]
    assert shown(replace(report, dry_run=True)) == shown(report)
    assert shown(report, quiet=True) == []


def test_verbose_names_what_is_sound(repaired):
    """The sound archives are shown if asked for, unless quiet."""
    archive = RepairedArchive("/srv/c.cbz", RepairOutcome.SOUND, pages=3, size=500)
    report = RepairReport((archive,), sound=1)
    assert shown(report) == ["1 archive, nothing to repair; 0.0 s"]
    assert shown(report, verbose=True)[0] == "sound            3 pages  500 B  /srv/c.cbz"
    assert shown(report, verbose=True, quiet=True) == []


def test_quiet_tells_what_was_done_and_what_is_wrong(repair_report):
    """A repair is no silent matter: only the last line goes, and the weaker checks."""
    report = replace(repair_report, problems=(Problem("/x is not there."),), weaker=("So.",))
    lines = shown(report)
    assert lines[-3:-1] == ["error: /x is not there.", "note: So."]
    assert shown(report, quiet=True) == lines[:-2]


def test_an_interrupted_repair_says_so(repair_report):
    """The signal and what was skipped are in the last line."""
    report = replace(repair_report, skipped=3, interrupted="SIGINT", status=130)
    assert shown(report)[-1] == (
        "13 archives: 8 sound, 1 partly repaired, 1 left, 3 skipped; 3.1 s; "
        "interrupted by SIGINT; exit status 130"
    )


def test_a_terminal_gets_a_table(repair_report, on_terminal):
    """Recovered and lost pages have columns, and what is said beneath has the whole width."""
    rows = [row.rstrip() for row in on_terminal(repair_report).text.splitlines()]
    assert rows == [
        "outcome          pages  recovered  lost     size  path",
        "partly repaired     38          2     2  28.0 MB  /srv/a.cbz",
        *shown(repair_report)[1:8],
        "left                20          -     -   9.0 MB  /srv/b.cbz",
        *shown(repair_report)[9:],
    ]


def test_a_dry_run_has_a_table_of_its_own_words(repair_report, on_terminal):
    """The heading makes the outcomes conditional."""
    rows = on_terminal(replace(repair_report, dry_run=True)).text.splitlines()
    assert rows[0].split() == ["would", "be", "pages", "recovered", "lost", "size", "path"]
    assert rows[0].startswith("would be  ")
    assert rows[1].startswith("partly repaired  ")


def test_columns_without_a_number_are_left_out(repaired, on_terminal):
    """Where nothing is lost there is no column for it."""
    archive = replace(repaired, outcome=RepairOutcome.REPAIRED, lost=())
    rows = on_terminal(RepairReport((archive,))).text.splitlines()
    assert rows[0].split() == ["outcome", "pages", "recovered", "size", "path"]


@pytest.mark.parametrize("outcome", RepairOutcome)
def test_each_outcome_has_a_colour(repaired, outcome, on_terminal):
    """What an archive has become can be seen from afar."""
    report = RepairReport((replace(repaired, outcome=outcome),))
    assert re.match(r"[^\n]*\n\x1b\[[0-9;]+m\w", on_terminal(report, verbose=True).output)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_names_are_neither_obeyed_nor_wider_than_the_terminal(
    repaired, hostile, columns, on_terminal
):
    """Whatever the names hold, a terminal gets letters and lines that fit."""
    archive = replace(
        repaired,
        path=hostile * 5,
        backup=hostile,
        kept=(hostile,),
        recovered=(hostile,),
        renamed=((hostile, hostile),),
        lost=(replace(repaired.lost[0], page=hostile),),
        problem=hostile,
    )
    lines = on_terminal(RepairReport((archive,)), columns, verbose=True).text.splitlines()
    assert all(line.isprintable() for line in lines)
    assert max(map(cell_len, lines)) <= columns
    assert all(line.isprintable() for line in shown(RepairReport((archive,)), verbose=True))


def test_it_goes_to_standard_output_as_it_is_now(capsys, monkeypatch):
    """Without a stream of its own it leaves standard error alone, and a closed one is given up."""
    repair.show(RepairReport(sound=1), quiet=False, verbose=False)
    assert capsys.readouterr() == ("1 archive, nothing to repair; 0.0 s\n", "")
    monkeypatch.setattr(sys, "stdout", None)
    repair.show(RepairReport(sound=1), quiet=False, verbose=False)
