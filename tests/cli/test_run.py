"""A run from the command line: what is ours, what is gallery-dl's, and the exit status."""

from __future__ import annotations

import json

import programs
import pytest


@pytest.fixture
def chapter(site):
    """A chapter of three pages."""
    return site.add_chapter(pages=3)


def in_cwd(workdir):
    """All files below the working directory."""
    return sorted(path.relative_to(workdir) for path in workdir.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "argv",
    [
        ["--report", "report.json", "-d", "{out}", "URL", "--page-retries=1"],
        ["URL", "--pack", "asked", "--cb", "-d", "{out}", "--report=report.json"],
        ["-d", "{out}", "--incomplete", "hold", "--report", "report.json", "--", "URL"],
    ],
)
def test_our_options_go_anywhere_among_gallery_dls(argv, run, chapter, workdir):
    """Both kinds work in any order, and gallery-dl gets its own."""
    done = run(*[{"URL": chapter.url, "{out}": "out"}.get(word, word) for word in argv])
    assert done.returncode == 0, done.stderr
    books = json.loads((workdir / "report.json").read_text())["books"]
    assert [book["outcome"] for book in books] == ["published"]
    assert (workdir / "out" / chapter.book).is_file()


def test_pack_asked_packs_only_with_cbz(run, chapter, workdir):
    """Under the alias a download without --cbz stays a folder of pages."""
    assert run("--pack", "asked", chapter.url).returncode == 0
    assert len(in_cwd(workdir)) == 3
    assert run("--pack", "asked", "--cbz", chapter.url).returncode == 0
    assert [path.suffix for path in in_cwd(workdir)] == [".cbz"]


def test_pack_never_packs_nothing(run, chapter, workdir):
    """With never, even --cbz leaves a folder of pages."""
    assert run("--pack", "never", "--cbz", chapter.url).returncode == 0
    assert len(in_cwd(workdir)) == 3


@pytest.mark.parametrize("mode", ["-g", "-j", "-K", "-E"])
def test_a_mode_that_only_prints_is_gallery_dls_own(mode, run, gallery_dl, chapter, workdir):
    """Its output is gallery-dl's, byte for byte, and not even a report is written."""
    ours = run(mode, "--report", "report.json", "--cbz", chapter.url)
    theirs = gallery_dl(mode, "--cbz", chapter.url)
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, theirs.stdout, theirs.stderr)
    assert in_cwd(workdir) == []


def _lines(text):
    """The lines without the name that the program was started by, which alone may differ."""
    return text.replace("__main__.py", "gallery-dl").splitlines()


@pytest.mark.parametrize("argv", [["--list-modules"], ["--config-status"], ["-h"], []])
def test_a_line_without_a_url_is_gallery_dls_own(argv, run, gallery_dl):
    """What needs no URL works, and what needs one is refused as gallery-dl does."""
    ours, theirs = run(*argv), gallery_dl(*argv)
    assert ours.returncode == theirs.returncode
    assert _lines(ours.stdout) == _lines(theirs.stdout)
    assert _lines(ours.stderr) == _lines(theirs.stderr)


def test_input_files_of_the_configuration_need_no_arguments(site, run, chapter, workdir):
    """A configuration that names its URLs downloads without a single argument."""
    (workdir.parent / "urls").write_text(f"{chapter.url}\n")
    config = {**site.config(), "input-files": [str(workdir.parent / "urls")]}
    assert run(config=config).returncode == 0
    assert [path.suffix for path in in_cwd(workdir)] == [".cbz"]


def test_an_option_that_nobody_has_is_refused(run, chapter):
    """A misspelled option of ours reaches gallery-dl, which refuses it before anything starts."""
    done = run("--page-retrys", "3", chapter.url)
    assert done.returncode == 2
    assert "--page-retrys" in done.stderr


def test_a_wrong_value_starts_nothing(site, run, chapter, workdir):
    """After a usage error the site was not asked, and nothing was written."""
    done = run("--page-retries", "x", chapter.url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cbzsafe: --page-retries: 'x' is no whole number from 0.\n"
    assert not site.chapter_requests()
    assert in_cwd(workdir) == []


def test_settings_of_the_configuration_file_are_in_force(site, run, chapter, workdir):
    """The `cbzsafe` section of gallery-dl's own file counts, and gallery-dl takes no offence."""
    config = {**site.config(), "cbzsafe": {"report": "report.json", "publish-to": "books"}}
    done = run(chapter.url, config=config)
    assert done.returncode == 0, done.stderr
    assert (workdir / "books" / chapter.book).is_file()
    assert (workdir / "report.json").is_file()


def test_settings_of_the_environment_are_in_force(run, chapter, workdir):
    """A container can be set up with variables alone."""
    assert run(chapter.url, env={"CBZSAFE_PACK": "never"}).returncode == 0
    assert len(in_cwd(workdir)) == 3


def test_quiet_says_nothing_of_whole_books(run, chapter):
    """gallery-dl's -q silences us too; without it a line tells of the book on standard error."""
    done = run(chapter.url)
    assert chapter.book.name in done.stderr
    assert chapter.book.name not in done.stdout
    done = run("-q", "--no-skip", chapter.url)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_report_that_cannot_be_written_is_a_failed_disk(run, chapter, workdir):
    """The books are published all the same, and the status tells of the report."""
    done = run("-q", "--report", "none/report.json", chapter.url)
    assert done.returncode == 128
    assert done.stderr.startswith("cbzsafe: The report cannot be written to ")
    assert done.stderr.count("\n") == 1
    assert [path.suffix for path in in_cwd(workdir)] == [".cbz"]


def test_explain_asks_the_site_for_nothing(site, chapter, workdir):
    """The explanation of a command line makes no request and no file."""
    done = programs.run_cbzsafe(["explain", "--cbz", chapter.url], workdir)
    assert (done.returncode, done.stderr) == (0, "")
    assert chapter.url in done.stdout
    assert not site.chapter_requests()
    assert in_cwd(workdir) == []
