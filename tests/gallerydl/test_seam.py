"""The names of gallery-dl that are built upon, and what becomes of a gallery-dl without one."""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
from pathlib import Path

import gallery_dl
import programs
import pytest

from cbzsafe.errors import UnsupportedGalleryDL
from cbzsafe.gallerydl import complaints, parser, seam, session
from cbzsafe.progress import Silent
from cbzsafe.settings import Settings

RENAMED = {
    "a private attribute of jobs": ("*.py", r"\b_skipexc\b", "_skipexception"),
    "a method of jobs": ("*.py", r"\bhandle_skip\b", "skip_it"),
    "the cache of post-processors": ("postprocessor/__init__.py", r"\b_cache\b", "_classes"),
    "the statement of the history": ("*.py", r"\b_stmt_insert\b", "_sql_insert"),
    "the path of a part file": ("*.py", r"\btemppath\b", "partpath"),
    "the receiver of a download": ("downloader/http.py", r"\breceive\b", "obtain"),
    "an exception": ("*.py", r"\bRestartExtraction\b", "StartAgain"),
    "the function that finds a zip": ("postprocessor/__init__.py", r"\bdef find\b", "def look_up"),
    "the parser": ("*.py", r"\bbuild_parser\b", "make_parser"),
    "the job itself": ("*.py", r"\bDownloadJob\b", "Downloads"),
    "too old a version": ("version.py", r'__version__ = ".*"', '__version__ = "1.29.7"'),
}
"""What is changed in a copy of gallery-dl: the files, a pattern, and what stands there then."""


IGNORED = (r"return _cache\[name\]", "if name != 'zip': return _cache[name]")
"""How `postprocessor.find` is changed, to make gallery-dl's own 'zip' whatever the cache says."""


class Copy:
    """A gallery-dl of the test's own: the installed one, with some files changed.

    Attributes:
        env: the variables that put it first.
    """

    def __init__(self, folder: Path) -> None:
        self.original = Path(gallery_dl.__file__).parent
        self.package = folder / "gallery_dl"
        self.env = {"PYTHONPATH": os.pathsep.join([str(folder), str(programs.ROOT)])}
        self._link(self.original, self.package)

    def change(self, files: str, pattern: str, becomes: str) -> None:
        """Replace a pattern in the files that a glob names."""
        self._unshare((self.package / files).parent)
        times = sum(self._replace(path, pattern, becomes) for path in self.package.glob(files))
        assert times, f"{files} has no {pattern}: this copy would be the original"

    def _replace(self, path: Path, pattern: str, becomes: str) -> int:
        text, times = re.subn(pattern, becomes, path.read_text("utf-8"))
        if times:
            path.unlink()  # the link, not the installed file
            path.write_text(text, "utf-8")
        return times

    def _unshare(self, folder: Path) -> None:
        if folder.is_symlink():
            folder.unlink()
            self._link(self.original / folder.relative_to(self.package), folder)

    def _link(self, original: Path, folder: Path) -> None:
        folder.mkdir()
        for path in original.iterdir():
            if path.name != "__pycache__":
                (folder / path.name).symlink_to(path)


@pytest.fixture
def copy(tmp_path):
    """A copy of gallery-dl to be changed."""
    (tmp_path / "packages").mkdir()
    return Copy(tmp_path / "packages")


# ---- a gallery-dl that lacks something


def test_a_copy_as_it_is_works(site, run, workdir, copy):
    """The copies of the tests below differ by their change alone."""
    copy.change("version.py", r'__version__ = "(.*)"', r'__version__ = "\1-copy"')
    chapter = site.add_chapter(pages=2)
    done = run("-v", chapter.url, env=copy.env)
    assert done.returncode == 0, done.stderr
    assert "-copy" in done.stderr
    assert programs.pages(workdir / "gallery-dl" / chapter.book) == chapter.expected()


@pytest.mark.parametrize("change", RENAMED.values(), ids=RENAMED.keys())
def test_a_gallery_dl_that_lacks_something_is_refused(site, run, workdir, copy, change):
    """It ends with 2 and one sentence that names the versions that work, before any request."""
    copy.change(*change)
    chapter = site.add_chapter(pages=2)
    done = run(chapter.url, env=copy.env)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(r"cbzsafe: .* works with\s.* 1\.30\.0 to [\d.]+ .*\n", done.stderr)
    assert done.stdout == ""
    assert site.log == []
    assert programs.tree(workdir) == []


def test_the_refusal_names_what_is_missing(site, run, copy):
    """The version that is installed and the missing name are in the sentence."""
    copy.change("*.py", r"\b_skipexc\b", "_skipexception")
    done = run(site.add_chapter(pages=1).url, env=copy.env)
    assert f"gallery-dl {gallery_dl.__version__} (" in done.stderr
    assert "_skipexc" in done.stderr


def test_a_version_that_is_newer_than_any_is_taken_at_its_word(site, run, copy):
    """What counts is whether the names are there: a new release works without one of ours."""
    copy.change("version.py", r'__version__ = ".*"', '__version__ = "2.0.0-dev"')
    assert run(site.add_chapter(pages=1).url, env=copy.env).returncode == 0


def test_what_downloads_nothing_works_with_any_gallery_dl(site, run, copy):
    """Listing URLs builds upon nothing private."""
    copy.change("*.py", r"\b_skipexc\b", "_skipexception")
    chapter = site.add_chapter(pages=2)
    done = run("-g", chapter.url, env=copy.env)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        pytest.param(seam.resolve(where), n, id=f"{where} {n}")
        for where, names in seam._HAS
        for n in names
    ],
)
def test_every_attribute_of_the_table_is_looked_for(monkeypatch, owner, name):
    """An attribute that is gone is refused by name."""
    seam.check()
    for holder in getattr(owner, "__mro__", [owner]):
        if name in vars(holder):
            monkeypatch.delattr(holder, name)
    with pytest.raises(UnsupportedGalleryDL, match=name):
        seam.check()


@pytest.mark.parametrize(
    ("function", "name"),
    [
        pytest.param(seam.resolve(where), n, id=f"{where} {n}")
        for where, names in seam._USES
        for n in names
    ],
)
def test_every_name_in_the_code_is_looked_for(monkeypatch, function, name):
    """A name that a function of gallery-dl mentions no more is refused."""
    seam.check()
    monkeypatch.setattr(function, "__code__", without(function.__code__, name))
    with pytest.raises(UnsupportedGalleryDL, match=name):
        seam.check()


def without(code, name):
    """The code with another name in the place of one."""

    def renamed(names):
        return tuple("another" if each == name else each for each in names)

    inner = (without(c, name) if isinstance(c, type(code)) else c for c in code.co_consts)
    return code.replace(
        co_names=renamed(code.co_names),
        co_varnames=renamed(code.co_varnames),
        co_consts=tuple(inner),
    )


# ---- a job without our post-processor


def test_a_job_without_our_zip_fails_before_it_downloads(site, run, workdir, copy):
    """A gallery-dl that makes its own 'zip' all the same gets no page to write into it."""
    copy.change("postprocessor/__init__.py", *IGNORED)
    chapter = site.add_chapter(pages=2)
    for args in ((), ("--cbz",), ("-P", "zip"), ("-P", "cbz")):
        done = run(*args, chapter.url, env=copy.env)
        assert done.returncode not in (0, 2), args
        assert "'zip' did not get into this job" in done.stderr
        assert not site.page_requests()
        assert not list(workdir.rglob("*.*"))


def test_each_job_of_a_series_fails_without_our_zip(site, run, copy):
    """Child jobs are looked at like their parent."""
    copy.change("postprocessor/__init__.py", *IGNORED)
    for number in (1, 2):
        site.add_chapter(number, 2)
    done = run(site.series_url(), env=copy.env)
    assert done.returncode not in (0, 2)
    assert done.stderr.count("[error] the safe 'zip' did not get into this job") == 2
    assert not site.page_requests()


def test_a_job_that_takes_no_hooks_is_no_silent_hole(site, run, workdir, copy):
    """A post-processor that was made and is never called leaves a status and no archive."""
    copy.change(
        "job.py", r"(def register_hooks\(self, hooks, options=None\):)", r"\1\n        return"
    )
    chapter = site.add_chapter(pages=2)
    done = run(chapter.url, env=copy.env)
    assert done.returncode & 1
    assert not list(workdir.rglob("*.cbz"))


# ---- everything is put back


def state():
    """What a run replaces, in gallery-dl, in its loggers and in the process."""
    from gallery_dl import job, postprocessor

    loggers = [logging.getLogger(name) for name in complaints.PAGES]
    return {
        "job": job.DownloadJob,
        "cache": dict(postprocessor._cache),
        "argv": (id(sys.argv), list(sys.argv)),
        "signals": [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)],
        "loggers": [(log.level, list(log.handlers)) for log in loggers],
        "find": postprocessor.find("zip"),
    }


@pytest.fixture
def in_process(forgetful_gallery_dl, workdir, monkeypatch):
    """Run cbzsafe's session in this process: `in_process(*args)` gives the report."""
    from gallery_dl import config

    monkeypatch.chdir(workdir)
    for name, section in forgetful_gallery_dl.config().items():
        config._config[name] = section

    def in_process(*args):
        argv = ["--config-ignore", *args]
        return session.run(parser.understand(argv), Settings(), Silent())

    return in_process


@pytest.fixture(params=["never used", "used before"])
def before(request, in_process):
    """The state before a run, where 'zip' has been looked up and where it has not."""
    from gallery_dl import postprocessor

    postprocessor._cache.pop("zip", None)
    if request.param == "used before":
        postprocessor.find("zip")
    had = dict(postprocessor._cache)
    found = state()
    postprocessor._cache.clear()
    postprocessor._cache.update(had)
    return {**found, "cache": had}


def after():
    """The state after a run."""
    from gallery_dl import postprocessor

    cache = dict(postprocessor._cache)
    return {**state(), "cache": cache}


def test_a_run_puts_everything_back(in_process, site, workdir, before):
    """After a run gallery-dl's job, 'zip', loggers, arguments and signals are what they were."""
    chapter = site.add_chapter(pages=2)
    assert in_process(chapter.url).status == 0
    assert programs.pages(workdir / "gallery-dl" / chapter.book) == chapter.expected()
    assert after() == before


def test_a_run_that_fails_puts_everything_back(in_process, site, before):
    """So does one in which gallery-dl itself breaks down."""
    broken = ("-o", "extractor.x=1", "-o", "extractor.x.y.z=2")
    assert in_process(*broken, site.add_chapter().url).status & 1
    assert site.log == []
    assert after() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_puts_everything_back(in_process, site, before, number):
    """So does one that a signal ends, although the configuration replaces the handlers."""
    chapter = site.add_chapter(pages=4)
    site.on_request = lambda request: request.page and os.kill(os.getpid(), number)
    report = in_process("-o", f"signals-ignore={number.name}", chapter.url)
    assert (report.status, report.interrupted) == (128 + number, number.name)
    assert after() == before


def test_a_line_that_gallery_dl_refuses_puts_everything_back(in_process, before, capfd):
    """A usage error of gallery-dl's changes nothing either."""
    assert in_process is not None
    assert seam.call_main(["--no-such-option"]) == 2
    assert "--no-such-option" in capfd.readouterr().err
    assert after() == before


def test_two_runs_in_one_process_are_alike(in_process, site, workdir):
    """The second run finds the books of the first, and is no second layer over it."""
    chapter = site.add_chapter(pages=2)
    first, second = in_process(chapter.url), in_process(chapter.url)
    assert [one.books[0].outcome.value for one in (first, second)] == ["published", "unchanged"]
    assert set(site.page_requests().values()) == {1}
