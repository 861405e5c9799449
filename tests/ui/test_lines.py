from dataclasses import replace

from cbzsafe.model import BookReport, Outcome, Problem, RunReport, Severity
from cbzsafe.ui import lines, sheet


def plain(report, verbose=False):
    return list(sheet.plain(lines.laid_out(report, verbose=verbose)))


def test_a_run_is_a_line_a_book_with_its_problems_indented_below(report):
    """Books, what is under them, the run's own notes and the sum come in this order."""
    assert plain(report) == [
        "published  12 pages  +12 new  3.4 MB  /srv/manga/c001.cbz",
        "held       0 pages  4 fetched again  2 missing  10 staged  /srv/manga/c002.cbz",
        "  error: 003.jpg: The site answered 404; run the command again later.",
        "  error: missing: 007.jpg",
        "  note: 10 pages kept in /srv/manga/c002; the next run goes on from there",
        "warning: Two zip entries write one file.",
        "note: JPEG pages were decoded by Pillow, as simplejpeg is not installed.",
        "2 books: 1 published, 1 held; exit status 5",
    ]


def test_verbose_names_where_a_book_came_from(report):
    """Under each book its URL is told."""
    assert "  note: from http://localhost/c001" in plain(report, verbose=True)


def test_a_missing_page_without_a_problem_of_its_own_is_named(held):
    """No missing page is passed over: beyond ten they are counted, and verbose names all."""
    names = tuple(f"{number:03}.jpg" for number in range(1, 13))
    book = replace(held, missing=names, problems=(), staged=0)
    assert [str(note) for note in lines.book_notes(book, verbose=False)] == [
        "error: missing: " + ", ".join(names[:10]) + " and 2 more"
    ]
    assert names[11] in str(lines.book_notes(book, verbose=True)[0])


def test_a_page_is_not_named_twice(held):
    """A problem whose sentence names its page is told as it is."""
    book = replace(held, missing=(), problems=(Problem("3.jpg is missing: 404.", "3.jpg"),))
    assert str(lines.book_notes(book, verbose=False)[0]) == "error: 3.jpg is missing: 404."


def test_many_unchanged_books_become_one_line(published):
    """More than twenty of them are counted in a line, unless verbose."""
    unchanged = replace(published, outcome=Outcome.UNCHANGED, new=0)
    report = RunReport(books=(unchanged,) * 21 + (published,))
    assert plain(report) == [
        "published  12 pages  +12 new  3.4 MB  /srv/manga/c001.cbz",
        "unchanged  21 books",
        "22 books: 1 published, 21 unchanged; exit status 0",
    ]
    assert len(plain(report, verbose=True)) == 22 + 22 + 1
    assert len(plain(RunReport(books=(unchanged,) * 20))) == 20 + 1


def test_an_unchanged_book_with_a_problem_is_never_only_counted(published):
    """What is wrong with a book is said, however many others are unchanged."""
    unchanged = replace(published, outcome=Outcome.UNCHANGED)
    marked = replace(unchanged, problems=(Problem("Half of it.", "1.jpg", Severity.WARNING),))
    report = RunReport(books=(unchanged,) * 30 + (marked,))
    assert plain(report)[1:3] == ["  warning: 1.jpg: Half of it.", "unchanged  30 books"]


def test_the_sum_tells_of_published_books_that_are_not_whole(published):
    """With --incomplete publish, the last line says how many books have holes."""
    report = RunReport(books=(published, replace(published, whole=False)), status=1)
    assert plain(report)[-1] == "2 books: 2 published; 1 not whole; exit status 1"


def test_the_sum_names_the_signal():
    """An interrupted run says so even where no book was begun."""
    report = RunReport(status=143, interrupted="SIGTERM")
    assert plain(report) == ["0 books; interrupted by SIGTERM; exit status 143"]


def test_names_cannot_break_or_colour_a_line(strange):
    """Whatever a name holds, its book stays on one line, without orders to a terminal."""
    rendered = plain(RunReport(books=(strange,)))
    assert len(rendered) == 1 + 3 + 1
    assert all(line.isprintable() for line in rendered)
    assert "caf\\xe9 \\x1b[31m[bold]\\n\\u202e:smile: 進撃の巨人.cbz" in rendered[0]


def test_a_book_keeps_its_columns_where_counts_are_missing():
    """The outcome has a fixed width and the path comes last."""
    failed = BookReport(path="a b.cbz", outcome=Outcome.FAILED, pages=1)
    assert lines.book_line(failed) == "failed     1 page  a b.cbz"
