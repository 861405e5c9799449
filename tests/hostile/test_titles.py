"""Titles that a site means to lead astray: each gives a book in its own place, or a sentence."""

from __future__ import annotations

import os
import unicodedata

import programs
import pytest
from books import report

TITLES = {
    "above": "..",
    "here": ".",
    "above, when cleaned": ".\x01.",
    "above in full": "../../../canary/deep",
    "absolute": "/etc/cron.d",
    "a NUL": "a\0b",
    "a line": "one\ntwo\r\nthree",
    "an order to the terminal": "\x1b[2J\x1b]0;owned\x07",
    "the same in one byte": "\x9b2J",
    "another direction": "\u202ezbc.\u2066x\u2069\u200b",
    "half a character": "a\ud800b",
    "a byte": "a\udce9b",
    "far too long": "x" * 4000,
    "far too long, another end": "x" * 3999 + "y",
    "far too long, in bytes": "\u65e5" * 1000,
    "spaces": " \u3000 ",
    "dots": "....",
    "a device": "CON",
    "an archive": "x.cbz",
    "a temporary": ".cbsafe-0123456789ab-cdef0123.part",
    "a lock": ".cbsafe-0123456789ab-lock",
    "an option": "--exec=rm",
    "a format": "{text!r:.10}%s$(id)`id`",
}


def titled(site, titles):
    """Add a note for each title, and give the bodies of their pages."""
    notes = [site.add_note(n, 1, text=title) for n, title in enumerate(titles, 1)]
    return sorted(page.body for note in notes for page in note.pages)


def published(folder):
    """The bodies of all pages in the archives below a folder."""
    books = [path for path in folder.rglob("*.cbz") if path.is_file()]
    return sorted(body for path in books for body in programs.pages(path).values())


def test_titles_stay_below_the_folder_that_the_user_named(site, run, workdir):
    """Every title gives a whole book there, and the next run knows each of them."""
    bodies = titled(site, TITLES.values())
    config = site.config(directory=["local", "books", "{text}"])
    for fetched in (len(TITLES), 0):
        site.clear()
        done = run(site.notes_url(), "--report", "report.json", config=config)
        assert done.returncode == 0, done.stderr
        assert published(workdir / "gallery-dl" / "local") == bodies
        assert sum(site.page_requests().values()) == fetched
        assert "Traceback" not in done.stderr
        assert obeyed(done.stderr) == set()


def obeyed(text):
    """Characters of our messages that a terminal takes for orders."""
    return {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}}


def test_folders_inside_folders_stay_there(site, run, workdir, around):
    """Two titles that are `..` do not lead out of the base directory."""
    bodies = titled(site, ["..", "../..", ".\x7f."])
    config = site.config(directory=["{text}", "{text}"], base_directory="gallery-dl/local")
    assert run(site.notes_url(), config=config).returncode == 0
    assert published(around.base / "local") == bodies


@pytest.mark.parametrize(
    "directory",
    [
        {"text == '..'": ["local", "{text}", "{text}"], "": ["local", "{text}"]},
        {"text != '..'": ["local", "{text}"], "": ["local", "{text}", "{text}"]},
    ],
)
def test_a_directory_that_conditions_choose_stays_inside(site, run, around, directory):
    """Each of the formats is guarded, whichever page by page is taken."""
    bodies = titled(site, ["..", "."])
    assert run(site.notes_url(), config=site.config(directory=directory)).returncode == 0
    assert published(around.base / "local") == bodies


def test_a_restriction_that_lets_slashes_through_leads_nowhere(site, run, around):
    """Without `path-restrict` a title makes folders, and none of them above its own."""
    bodies = titled(site, ["../../../canary/deep", "a/../../b", "/abs", "c/./d//e"])
    config = site.config(directory=["local", "{text}"], path_restrict="")
    assert run(site.notes_url(), config=config).returncode == 0
    assert published(around.base / "local") == bodies


def test_a_way_up_that_the_user_wrote_is_taken(site, run, workdir, around):
    """A `..` in the user's own format is no title, and means what it says."""
    bodies = titled(site, [".."])
    around.own |= {workdir / "elsewhere"}
    config = site.config(directory=["..", "elsewhere", "{text}"])
    assert run(site.notes_url(), config=config).returncode == 0
    assert published(workdir / "elsewhere") == bodies


def test_a_path_that_is_too_long_is_told(site, run, workdir):
    """Where all folders together are too long for the kernel, the book fails with a sentence."""
    titled(site, ["x" * 250])
    config = site.config(directory=["local", *["{text}"] * 20])
    done = run(site.notes_url(), "--report", "report.json", config=config)
    assert done.returncode == 1
    (entry,) = report(workdir)["books"]
    assert (entry["outcome"], len(entry["missing"])) == ("failed", 1)
    assert entry["problems"][0]["text"].endswith("cannot be looked at: File name too long.")


def test_one_title_that_cannot_be_spoils_no_other(site, run, workdir, around):
    """A file in the place of a title's folder fails that book, and the others are published."""
    bodies = titled(site, ["one", "two", "three"])
    (around.base / "local" / "two").mkdir(parents=True)
    (around.base / "local" / "two" / "x").write_bytes(b"mine")
    config = site.config(directory=["local", "{text}", "x", "y"])
    done = run(site.notes_url(), config=config)
    assert done.returncode & 1
    assert "Traceback" not in done.stderr
    assert len(published(around.base / "local")) == len(bodies) - 1
    assert (around.base / "local" / "two" / "x").read_bytes() == b"mine"


def test_two_titles_of_one_name_make_one_book(site, run, around):
    """Titles that come to the same folder lose none of their pages."""
    bodies = titled(site, ["..", "__", "a\0", "a", "a\ud800", "a_"])
    for _ in range(2):
        config = site.config(directory=["local", "{text}"])
        assert run(site.notes_url(), config=config).returncode == 0
        assert published(around.base / "local") == bodies


def test_names_of_books_fit_a_disk(site, run, around):
    """No name that comes of a title has more than 255 bytes."""
    titled(site, ["x" * n for n in range(245, 260)])
    config = site.config(directory=["local", "{text}"])
    assert run(site.notes_url(), config=config).returncode == 0
    names = os.listdir(around.base / "local")
    assert len(names) == 15
    assert max(len(os.fsencode(name)) for name in names) <= 255
