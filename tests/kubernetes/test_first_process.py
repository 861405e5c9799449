"""The installed entry point as the first process of a PID namespace, as a container runs it."""

from __future__ import annotations

import json
import signal
import time

import pytest
from books import HISTORY, assert_whole, book, outcomes, report
from namespaces import completed, first
from programs import until
from repairs import broken, whole

SIGNALS = {signal.SIGTERM: 143, signal.SIGINT: 130}
REPORT = ("--report", "report.json")

LINES = {
    "run": ["{url}"],
    "check": ["check", "."],
    "repair": ["repair", "."],
    "explain": ["explain", "{url}"],
    "our help": ["--help"],
    "help": ["-h"],
    "version": ["--version"],
    "gallery-dl's": ["-g", "{url}"],
}
"""A line of each kind: every command, and what goes to gallery-dl unchanged."""


@pytest.fixture
def options(site, workdir):
    """Give the options for the site's configuration, which all downloads here have."""
    config = workdir.with_name("config.json")
    config.write_text(json.dumps(site.config()), "utf-8")
    return ("--config-ignore", "-c", config)


def slow(folder, package, then=""):
    """Make a package whose import takes a minute, and says so by a file; gives that file."""
    (folder / package).mkdir()
    source = f"import pathlib, time\npathlib.Path({str(folder / 'reached')!r}).touch()\n{then}\n"
    (folder / package / "__init__.py").write_text(source + "time.sleep(60)\n", "utf-8")
    return folder / "reached"


def timed(process, number):
    """Send a signal; gives the exit status and the seconds until the end."""
    began = time.monotonic()
    process.send(number)
    return process.wait(), time.monotonic() - began


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_in_the_middle_of_a_page_holds_the_book(site, workdir, options, number):
    """The first process ends within a second, with the report, and the next run goes on."""
    chapter = site.add_chapter(pages=6)
    gate = site.hold(4, middle=True)
    args = (*options, chapter.url, *HISTORY, *REPORT)
    with first(args, workdir) as process:
        gate.wait()
        assert process.inner_pid() == 1
        status, seconds = timed(process, number)
    gate.open()
    assert (status, outcomes(workdir)) == (SIGNALS[number], ["held"])
    assert seconds < 1
    assert report(workdir)["interrupted"] == number.name
    assert not book(workdir, chapter).exists()
    site.clear()
    done = completed(args, workdir)
    assert done.returncode == 0, done.stderr
    assert sorted(site.page_requests()) == [page.name for page in chapter.pages[3:]]
    assert_whole(book(workdir, chapter), chapter.expected())


def test_after_a_kill_the_next_first_process_goes_on(site, workdir, options):
    """SIGKILL leaves no archive and no lock, and only what is missing is fetched."""
    chapter = site.add_chapter(pages=6)
    gate = site.hold(4, middle=True)
    args = (*options, chapter.url, *HISTORY)
    with first(args, workdir) as process:
        gate.wait()
        process.send(signal.SIGKILL)
        process.wait()
    gate.open()
    assert not book(workdir, chapter).exists()
    site.clear()
    done = completed(args, workdir)
    assert done.returncode == 0, done.stderr
    assert sorted(site.page_requests()) == [page.name for page in chapter.pages[3:]]
    assert_whole(book(workdir, chapter), chapter.expected())


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_signal_that_comes_while_modules_are_imported_is_heard(workdir, tmp_path, line, number):
    """Every command ends on a signal from its first import on, without a traceback."""
    reached = slow(tmp_path, "click")
    words = [word.format(url="http://127.0.0.1:9/a.jpg") for word in line]
    with first(words, workdir, env={"PYTHONPATH": str(tmp_path)}) as process:
        assert until(reached.exists)
        status, seconds = timed(process, number)
        assert (status, process.errors()) == (SIGNALS[number], "")
    assert seconds < 1


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("line", ["run", "explain", "help", "gallery-dl's"])
def test_a_signal_that_comes_while_gallery_dl_is_imported_is_heard(workdir, tmp_path, line, number):
    """The import of gallery-dl, the longest of all, can be ended as well."""
    reached = slow(tmp_path, "gallery_dl")
    words = [word.format(url="http://127.0.0.1:9/a.jpg") for word in LINES[line]]
    with first(words, workdir, env={"PYTHONPATH": str(tmp_path)}) as process:
        assert until(reached.exists)
        status, seconds = timed(process, number)
        assert (status, process.errors()) == (SIGNALS[number], "")
    assert seconds < 1


def test_the_handler_is_set_before_anything_is_imported_that_takes_time(workdir, tmp_path):
    """By the time that the first module of the program is imported, both signals are heard."""
    reached = slow(tmp_path, "click")
    with first(["--version"], workdir, env={"PYTHONPATH": str(tmp_path)}) as process:
        assert until(reached.exists)
        assert [process.catches(number) for number in SIGNALS] == [True, True]


def test_a_line_that_goes_to_gallery_dl_keeps_its_keyboard_interrupt(workdir, tmp_path):
    """What gallery-dl does itself on Ctrl-C is left to it once it runs."""
    script, ready, caught = (tmp_path / name for name in ("waits.py", "ready", "caught"))
    script.write_text(
        f"""import pathlib, time
pathlib.Path({str(ready)!r}).touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path({str(caught)!r}).touch()
    raise
""",
        "utf-8",
    )
    waits = f"__import__('runpy').run_path({str(script)!r})"
    line = ["--config-ignore", "-g", "--filter", waits, "http://127.0.0.1:9/a.jpg"]
    with first(line, workdir) as process:
        assert until(ready.exists)
        status, seconds = timed(process, signal.SIGINT)
    assert caught.exists()
    assert (status, seconds < 1) == (1, True)  # as gallery-dl ends on it


def test_orphans_of_a_users_hook_do_not_disturb_the_run(site, workdir, options):
    """Processes that a hook leaves behind become ours, and no wait of ours takes them."""
    chapter = site.add_chapter(pages=4)
    hook = ("--exec", "sh -c 'sleep 0.05 & exit 0'")
    done = completed((*options, chapter.url, *hook, "--exec-after", "touch after"), workdir)
    assert done.returncode == 0, done.stderr
    assert (workdir / "after").exists()
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_check_as_first_process_has_workers_that_stay(workdir):
    """A worker whose parent is process 1 does not take that for its parent's death."""
    for number in range(6):
        (workdir / f"{number}.cbz").write_bytes(broken() if number == 3 else whole())
    done = completed(["check", "--json", "--verbose", "."], workdir)
    assert done.returncode == 1, done.stderr
    conditions = [one["condition"] for one in json.loads(done.stdout)["archives"]]
    assert conditions == ["sound", "sound", "sound", "damaged", "sound", "sound"]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_check_as_first_process_ends_on_a_signal(workdir, number):
    """A check with workers is ended within a second, and says so in its output."""
    for name in "abc":
        with (workdir / f"{name}.cbz").open("wb") as file:
            file.write(whole())
            file.truncate(64 << 30)  # all zeros: seconds of reading, and no room
    with first(["check", "--jsonl", "--decode", "."], workdir) as process:
        assert until(lambda: process.catches(number))
        assert until(lambda: process.children() > 0)
        status, seconds = timed(process, number)
    assert status == SIGNALS[number]
    assert seconds < 1
