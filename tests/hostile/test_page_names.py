"""Names of pages that a site means to lead astray: each page is kept, in its own book."""

from __future__ import annotations

import os

import pictures
import programs
import pytest
import site_faults as faults
from books import report
from site_faults import Page

from cbzsafe.cbz.names import is_unsafe, prefix_for

NAMED = {"directory": ["local", "thread"], "filename": "{filename}.{extension}"}
NAMES = [
    "../../../canary/page.jpg",
    "/etc/passwd.jpg",
    "...jpg",
    "..jpg",
    "a\0b.jpg",
    "\x1b[2J\x1b]0;owned\x07.jpg",
    "\x9b2J.jpg",
    "one\ntwo.jpg",
    "\u202egpj.exe.jpg",
    "half\ud800.jpg",
    "byte\udce9.jpg",
    "C:\\Windows\\x.jpg",
    "   .jpg",
    "CON.jpg",
    "nul..jpg",
    "x" * 4000 + ".jpg",
    "x" * 3999 + "y.jpg",
    "\u65e5" * 1000 + ".png",
    "a.jpg",
    "A.jpg",
    "\u00e9.jpg",
    "e\u0301.jpg",
    ".cbsafe-last.part.jpg",
    ".cbsafe-0123456789ab-lock.jpg",
    "thread.cbz.jpg",
    *("x" * length + ".jpg" for length in (240, 245, 246, 247, 250, 251, 252, 255)),
]


def pages(names, **more):
    """A picture for each name, no two alike."""
    makers = {"png": pictures.png, "webp": pictures.webp}
    return [
        Page(name, makers.get(name.rpartition(".")[2], pictures.jpeg)(seed), **more)
        for seed, name in enumerate(names)
    ]


def book(around):
    return around.base / "local" / "thread.cbz"


def bodies(thread):
    return sorted(page.body for page in thread.pages)


def test_names_of_pages_stay_in_their_book(site, run, around):
    """Every page is in the archive, under a name that unpacks, and is not fetched again."""
    thread = site.add_thread(pages=pages(NAMES))
    for fetched in (len(NAMES), 0):
        site.clear()
        done = run(thread.url, config=site.config(**NAMED))
        assert done.returncode == 0, done.stderr
        found = programs.pages(book(around))
        assert sorted(found.values()) == bodies(thread)
        assert not any(map(is_unsafe, found))
        assert sum(site.page_requests().values()) == fetched
    assert programs.tree(around.base / "local") == ["thread.cbz"]


def test_names_without_an_extension_stay_in_their_book(site, run, around):
    """Names that are dots or too long are made others where no extension stands behind them."""
    names = ["...x", "..x", "x" * 4000 + ".x", "y" * 4000 + ".x"]
    thread = site.add_thread(pages=pages(names))
    config = site.config(directory=["local", "thread"], filename="{filename}")
    for fetched in (len(names), 0):
        site.clear()
        assert run(thread.url, config=config).returncode == 0
        found = programs.pages(book(around))
        assert sorted(found.values()) == bodies(thread)
        assert not any(map(is_unsafe, found))
        assert max(len(os.fsencode(name)) for name in found) <= 255
        assert sum(site.page_requests().values()) == fetched


def test_a_long_name_is_known_again_when_its_type_changes(site, run, around):
    """A PNG that is served as JPEG under a name that was cut is fetched once."""
    made = [Page("x" * 300 + ".jpg", pictures.png(1)), Page("x" * 299 + ".jpg", pictures.webp(2))]
    thread = site.add_thread(pages=made)
    for fetched in (2, 0):
        site.clear()
        assert run(thread.url, config=site.config(**NAMED)).returncode == 0
        found = programs.pages(book(around))
        assert sorted(name.rpartition(".")[2] for name in found) == ["png", "webp"]
        assert sum(site.page_requests().values()) == fetched


def test_a_format_that_leads_to_slashes_leads_nowhere(site, run, around):
    """A page that a format lays into a folder of its own fails by name, and spoils no other."""
    names = ["../../../../canary/page.jpg", "/abs.jpg", "plain.jpg", "a/b/c.jpg"]
    thread = site.add_thread(pages=pages(names))
    config = site.config(**NAMED, path_restrict="", path_remove="")
    done = run(thread.url, "--incomplete", "publish", config=config)
    assert done.returncode & 1
    assert "Traceback" not in done.stderr
    assert set(programs.pages(book(around))) == {"abs.jpg", "plain.jpg"}


@pytest.mark.parametrize("same", [True, False], ids=["same bytes", "other bytes"])
@pytest.mark.parametrize("name", ["x" * 4000 + ".jpg"])
def test_two_pages_of_one_name(site, run, around, name, same):
    """The same bytes are one page, other bytes are two, whatever the name is."""
    made = [Page(name, pictures.jpeg(seed)) for seed in (1, 1 if same else 2)]
    thread = site.add_thread(pages=made)
    for _ in range(2):
        assert run(thread.url, config=site.config(**NAMED)).returncode == 0
        assert set(programs.pages(book(around)).values()) == set(bodies(thread))
        assert len(programs.names(book(around))) == (1 if same else 2)


def test_pages_that_are_called_like_our_own_files(site, run, around):
    """A page's name may be that of a temporary, of a lock, or of the kept broken bytes."""
    prefix = prefix_for(book(around))
    names = [".cbsafe-last.part", f"{prefix}lock", f"{prefix}00000000.part", "x.damaged-original"]
    thread = site.add_thread(pages=pages(names))
    thread.pages.append(Page("broken.jpg", pictures.jpeg(9)))
    site._pages[thread.page_path(4)] = (thread.pages[4], None)
    thread.pages[4].faults.append(faults.short_without_length())
    assert run(thread.url, config=site.config(**NAMED)).returncode == 0
    assert sorted(programs.pages(book(around)).values()) == bodies(thread)


def test_a_page_that_is_called_like_anothers_download(site, run, around):
    """`a.jpg.part` and `a.jpg` are two pages; where one takes the other's place it is told."""
    thread = site.add_thread(pages=pages(["a.jpg.part", "a.jpg"]))
    done = run(thread.url, config=site.config(**NAMED))
    assert done.returncode == 0 or "a.jpg.part is missing" in done.stderr
    assert run(thread.url, config=site.config(**NAMED)).returncode == 0
    assert sorted(programs.pages(book(around)).values()) == bodies(thread)


def test_a_chapter_in_the_place_of_anothers_page(site, run, workdir, around):
    """A book's folder that has the name of another book's page fails neither of them for good."""
    for number, (text, name) in enumerate([("x", "y.jpg"), ("x/y.jpg", "z.jpg")], 1):
        site.add_note(number, pages([name]), text=text)
    config = site.config(directory=["local", "{text}"], filename="{id}.{extension}")
    config["extractor"]["path-restrict"] = ""
    config["extractor"]["filename"] = "{filename}.{extension}"
    for _ in range(2):
        done = run(site.notes_url(), config=config)
        assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    found = {p.name for p in (around.base / "local").rglob("*.cbz")}
    assert found == {"x.cbz", "y.jpg.cbz"}


EVIL = "\x1b[2J\x07\x9b2J\u202e\u2028\ud800\udce9"


def test_what_a_site_says_reaches_no_terminal_as_an_order(site, run, workdir, around):
    """Our sentences, the report, the metrics and the message show no name in its raw form."""
    thread = site.add_thread(pages=pages([f"{EVIL}.jpg", "b.jpg"]))
    thread.pages[0].faults.append(faults.status(404, None))
    outputs = [workdir / name for name in ("report.json", "cbzsafe.prom", "last-words")]
    around.own |= set(outputs)
    outputs[2].touch()
    args = ("--report", outputs[0], "--metrics", outputs[1], "--termination-log", outputs[2])
    title = {"path_remove": "", "directory": ["local", EVIL], "filename": "{filename}.{extension}"}
    done = run(thread.url, *args, config=site.config(**title))
    assert done.returncode == 5
    ours = [line for line in done.stderr.splitlines() if not line.startswith("[download")]
    texts = ["".join(ours), *(path.read_text("utf-8") for path in outputs)]
    assert ours
    assert not any("\x1b" in text or "\x07" in text for text in texts)
    assert not {"\x9b", "\u202e", "\u2028"} & {*texts[0], *texts[3]}
    (entry,) = report(workdir)["books"]
    assert len(entry["missing"]) == 1
