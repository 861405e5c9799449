"""Whole runs with `--log-format json`: every line of standard error is an object."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import programs
import pytest
import site_faults
from books import book

JSON = ("--log-format", "json")

FIELDS = ["time", "level", "logger", "message"]

HEADER = "import sys, threading, warnings\n"


def objects(text):
    """Parse lines, each of which has to be an object with the four fields in front."""
    assert text == "" or text.endswith("\n")
    made = [json.loads(line) for line in text.split("\n")[:-1]]
    assert [list(one)[:4] for one in made] == [FIELDS] * len(made)
    assert {one["level"] for one in made} <= {"debug", "info", "warning", "error"}
    return made


def find(made, **wanted):
    """The only object with these values."""
    (found,) = [one for one in made if wanted.items() <= one.items()]
    return found


@pytest.fixture
def both(site, run, workdir, tmp_path):
    """Run with objects and, in a folder of its own, without: gives the objects of the first.

    Standard output and exit status have to be the same.
    """

    def both(*args, config=None, env=None, option=JSON):
        plain = tmp_path / "plain"
        plain.mkdir(exist_ok=True)
        config = site.config() if config is None else config
        text = ("--log-format", "text")
        without = programs.run_cbzsafe([*text, *args], plain, config, env=env)
        done = run(*option, *args, config=config, env=env)
        assert done.stdout == without.stdout
        assert done.returncode == without.returncode
        assert (done.stderr == "") is (without.stderr == "")
        return objects(done.stderr)

    return both


@pytest.fixture
def disturbed(site, tmp_path):
    """A configuration with Python code of the user's that gallery-dl imports: `disturbed(code)`."""

    def disturbed(code):
        path = tmp_path / "globals.py"
        path.write_text(HEADER + code, "utf-8")
        config = site.config()
        return {**config, "globals": str(path)}

    return disturbed


def test_a_download_ends_with_its_books(site, both, workdir):
    """A run that goes well tells its books and its status, and prints the same paths."""
    chapter = site.add_chapter(pages=3)
    made = both(chapter.url)
    assert {one["level"] for one in made} == {"info"}
    path = str(book(workdir, chapter))
    assert [one["message"] for one in made if one["message"].endswith(path)]
    assert made[-1]["message"] == "1 book: 1 published; exit status 0"


def test_gallery_dls_loggers_keep_their_names(site, both):
    """With -v each of them tells under its own name, and what it is about."""
    chapter = site.add_chapter(pages=2)
    made = both("-v", chapter.url)
    assert {"gallery-dl", "local", "urllib3.connectionpool"} <= {one["logger"] for one in made}
    using = next(one for one in made if one["message"].startswith("Using "))
    assert (using["level"], using["url"]) == ("debug", chapter.url)


def test_a_page_that_fails_is_told_with_its_book(site, both, workdir):
    """What gallery-dl says of a page has the page's name, its book and the job's URL."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[1].faults.append(site_faults.status(404, None))
    made = both(chapter.url)
    expected = {
        "url": chapter.url,
        "book": str(book(workdir, chapter)),
        "page": chapter.name(1),
    }
    for logger, level in (("downloader.http", "warning"), ("download", "error")):
        said = [one for one in made if one["logger"] == logger]
        assert said
        for one in said:
            assert one["level"] == level
            assert {name: one[name] for name in expected} == expected


def test_the_book_is_the_one_that_is_published_elsewhere(site, both, tmp_path):
    """With --publish-to the path is the final one."""
    chapter = site.add_chapter(pages=1)
    chapter.pages[0].faults.append(site_faults.status(404, None))
    target = tmp_path / "library"
    made = both("--publish-to", target, chapter.url)
    one = next(one for one in made if one["logger"] == "download")
    assert one["book"] == str(target / chapter.book)


@pytest.mark.parametrize(
    ("args", "logger", "words"),
    [
        (("--pack", "x"), "cbzsafe", "--pack: 'x' is none of always, asked, never."),
        (("--no-such-option",), "stderr", "gallery-dl: error: unrecognized arguments"),
        ((), "stderr", "gallery-dl: error: The following arguments are required: URL"),
    ],
)
def test_usage_errors_are_objects(both, args, logger, words):
    """Ours and gallery-dl's, which come before anything is configured."""
    made = both(*args)
    said = [one for one in made if one["level"] == "error"]
    assert [one["logger"] for one in said] == [logger]
    assert said[0]["message"].startswith(words)


def test_an_address_is_told_whatever_is_in_it(both):
    """Line ends and bytes that are no text, as an argument may have them, make no second line."""
    made = both(os.fsdecode(b"http://nowhere.invalid/a\nb\xff\xe2\x80\xa8"))
    told = find(made, logger="gallery-dl", level="error")
    assert told["message"] == "Unsupported URL 'http://nowhere.invalid/a\nb\\xff\u2028'"


def test_a_title_is_told_whatever_is_in_it(site, both):
    """A site's line ends make no second line, and its book is named by what a disk can hold."""
    thread = site.add_thread(pages=1, title="two\nlines\u2028 \ud800")
    made = both("-v", thread.url)
    assert not any("exception" in one for one in made)
    [book] = [one["book"] for one in made if "book" in one]
    assert book.endswith("/1 twolines\u2028 _.cbz")


def test_a_traceback_is_one_object(site, both):
    """An exception that gallery-dl tells with -v comes whole."""
    chapter = site.add_chapter(pages=1)
    made = both("-v", chapter.url, config=site.config(filename="{page:Rx}"))
    traced = [one for one in made if "exception" in one]
    assert traced
    for one in traced:
        assert one["exception"].startswith("Traceback (most recent call last):\n")
        assert one["message"] == one["exception"].rpartition("\n")[2]
        assert one["url"] == chapter.url


def test_a_broken_configuration_file_is_told(run, site, workdir):
    """What gallery-dl says of a file that it cannot read is an object, and ends the run alike."""
    path = workdir / "broken.json"
    path.write_text("{", "utf-8")
    args = ("-c", str(path), "http://nowhere.invalid/")
    plain, done = run(*args), run(*JSON, *args)
    assert done.returncode == plain.returncode != 0
    assert any(one["logger"] == "config" for one in objects(done.stderr))


def test_the_level_of_the_configuration_counts_and_its_format_does_not(site, both):
    """`output.log` chooses what is told; colours and words for people are left out."""
    chapter = site.add_chapter(pages=1)
    log = {"format": "{name}: {message}", "level": "debug"}
    config = site.config(output={"log": log, "colors": {"debug": "1;31"}})
    made = both(chapter.url, config=config)
    using = next(one for one in made if one["message"].startswith("Using "))
    assert (using["level"], using["logger"]) == ("debug", "local")


def test_the_users_own_log_files_stay_as_they_are_configured(site, both, workdir):
    """A log file, and the files of unsupported and failed URLs, get the lines that they had."""
    chapter = site.add_chapter(pages=1)
    names = {name: {"path": f"{name}.txt"} for name in ("logfile", "unsupportedfile", "errorfile")}
    names["logfile"]["format"] = "<{levelname}> {message}"
    site_output = {**names, "log": {"level": "error"}}
    both(chapter.url, "http://nowhere.invalid/", config=site.config(output=site_output))
    plain = workdir.with_name("plain")
    files = [path.name for path in sorted(plain.glob("*.txt"))]
    assert "logfile.txt" in files
    for name in files:
        assert (workdir / name).read_text() == (plain / name).read_text()
    assert "<error> Unsupported URL" in (workdir / "logfile.txt").read_text()


def test_quiet_says_nothing_but_errors(site, both):
    """-q leaves standard error empty, and an error comes all the same."""
    assert both("-q", site.add_chapter(pages=1).url) == []
    (one,) = both("-q", "http://nowhere.invalid/")
    assert one["level"] == "error"


def test_progress_over_many_addresses_is_a_line_each(site, both):
    """What gallery-dl writes past its loggers is gathered into lines."""
    urls = [site.add_chapter(number, pages=1).url for number in (1, 2)]
    made = both(*urls)
    assert find(made, message=f"[2/2] {urls[1]}")["logger"] == "stderr"


@pytest.mark.parametrize(
    "mode", ["terminal", {"start": "", "skip": "", "success": "", "progress-total": "\r{3} %"}]
)
def test_no_progress_of_a_download_is_shown(site, both, mode):
    """A terminal's progress, which overwrites one line, has no place among objects."""
    config = site.config(output={"mode": mode}, downloader={"http": {"progress": 0.0}})
    made = both(site.add_chapter(pages=1).url, config=config)
    assert [one["message"] for one in made if "%" in one["message"]] == []


def test_a_warning_of_pythons_is_an_object(site, both, disturbed):
    """What a module warns of is one object, with its kind and its place."""
    config = disturbed("warnings.warn('two\\nlines', FutureWarning)\n")
    made = both(site.add_chapter(pages=1).url, config=config)
    one = find(made, logger="python")
    assert one["level"] == "warning"
    assert one["message"].startswith("FutureWarning: two\nlines (")


def test_a_thread_that_dies_is_an_object(site, both, disturbed):
    """Its traceback is one, whatever the thread was for."""
    code = "t = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()\n"
    made = both(site.add_chapter(pages=1).url, config=disturbed(code))
    assert find(made, logger="python")["exception"].endswith("ZeroDivisionError: division by zero")


def test_bytes_and_pieces_are_gathered(site, both, disturbed):
    """A program that writes bytes, or a line in pieces, or without its end, is heard."""
    code = (
        "sys.stderr.buffer.write(b'by\\xc3')\nsys.stderr.buffer.write(b'\\xa9\\n')\n"
        "print('a', 'b', file=sys.stderr)\nprint('no end', end='', file=sys.stderr)\n"
    )
    made = both(site.add_chapter(pages=1).url, config=disturbed(code))
    told = [one["message"] for one in made if one["logger"] == "stderr"]
    assert told[:2] == ["byé", "a b"]
    assert any(message.startswith("no end") for message in told)


def test_what_a_users_program_writes_is_its_own(site, run, workdir):
    """A program that `exec` starts has the real standard error, which the page says."""
    chapter = site.add_chapter(pages=1)
    done = run(*JSON, "--exec", "echo plain >&2", chapter.url)
    lines = done.stderr.splitlines()
    assert "plain" in lines
    lines.remove("plain")
    assert objects("".join(f"{line}\n" for line in lines))


def test_a_signal_ends_with_whole_objects(site, spawn, workdir):
    """SIGTERM in the midst of a page leaves whole lines, and the status of a signal."""
    chapter = site.add_chapter(pages=3)
    gate = site.hold(2, middle=True)
    process = spawn("cbzsafe", *JSON, "-v", chapter.url)
    gate.wait()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    gate.open()
    made = objects(programs.errors(workdir))
    assert made[-1]["message"] == "1 book: 1 held; interrupted by SIGTERM; exit status 143"


def test_lists_and_versions_are_printed_as_ever(site, both):
    """What downloads nothing prints the same, with nothing on standard error."""
    chapter = site.add_chapter(pages=2)
    assert both("-g", chapter.url) == []
    assert both("--version") == []
    assert both("--list-modules") == []


def test_the_variable_alone_is_enough(site, run, workdir):
    """A pod sets it for all commands."""
    done = run(site.add_chapter(pages=1).url, env={"CBZSAFE_LOG_FORMAT": "json"})
    assert done.returncode == 0
    assert objects(done.stderr)


def test_a_reader_that_went_away_changes_nothing(site, workdir):
    """With a closed standard error the book is published, as it is without objects."""
    chapter = site.add_chapter(pages=2)
    reading, writing = os.pipe()
    os.close(reading)
    config = workdir.with_name("config.json")
    config.write_text(json.dumps(site.config()), "utf-8")
    words = ["--config-ignore", "-c", str(config), "-v", *JSON, chapter.url]
    subprocess.run(
        [sys.executable, "-m", "cbzsafe", *words],
        cwd=workdir,
        env=programs.environment(workdir),
        stdout=subprocess.DEVNULL,
        stderr=writing,
        check=False,
        timeout=programs.TIMEOUT,
    )
    os.close(writing)
    assert programs.pages(book(workdir, chapter)) == chapter.expected()


def test_the_configuration_alone_is_enough(site, both):
    """The key `cbzsafe.log-format` turns the objects on once the configuration is read."""
    chapter = site.add_chapter(pages=1)
    made = both("-v", chapter.url, config=site.config(cbzsafe={"log-format": "json"}), option=())
    assert {one["logger"] for one in made} >= {"gallery-dl", "local", "cbzsafe"}


def test_a_book_is_one_object_with_figures(site, both, workdir):
    """What became of a book can be counted without reading sentences."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[1].faults.append(site_faults.status(404, None))
    made = both(chapter.url)
    whose = {"url": chapter.url, "book": str(book(workdir, chapter)), "logger": "cbzsafe"}
    one = find(made, **whose, outcome="held")
    assert (one["level"], one["whole"], one["missing"], one["staged"]) == ("warning", False, 1, 2)
    assert find(made, **whose, level="error", page=chapter.name(1))["message"].endswith(".")
    assert find(made, status=5)["level"] == "error"
    assert not [one for one in made if one["logger"] == "stderr"]


def test_a_report_that_cannot_be_written_is_an_error(site, both, workdir):
    """What is wrong with our own files is told as such."""
    made = both("--report", "no/such/folder.json", site.add_chapter(pages=1).url)
    assert [one["logger"] for one in made if one["level"] == "error"] == ["cbzsafe"]
