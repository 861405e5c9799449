"""`repair --from URL`: what a book lacks comes by a real download, into the same book."""

from __future__ import annotations

import fcntl
import json
import signal
from collections import Counter

import programs
import pytest
from books import assert_whole, book, programs_part_files
from site_faults import Page
from site_faults import status as refusing

from cbzsafe.cbz.entry import KEPT_DAMAGED
from cbzsafe.cbz.names import prefix_for
from cbzsafe.cbz.scan import scan


@pytest.fixture
def chapter(site):
    return site.add_chapter(pages=5)


@pytest.fixture
def path(site, run, workdir, chapter):
    """A whole book of the chapter, moved to where its owner wants it."""
    assert run(chapter.url).returncode == 0
    moved = workdir / "Library" / "My Comic 1.cbz"
    moved.parent.mkdir()
    book(workdir, chapter).replace(moved)
    site.clear()
    return moved


@pytest.fixture
def repair(site, workdir):
    """Run `cbzsafe repair` with a configuration that lies where gallery-dl looks for it."""

    def run(*args, config=None, env=None):
        folder = programs.home(workdir) / "config" / "gallery-dl"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(site.config() if config is None else config)
        (folder / "config.json").write_text(text, "utf-8")
        return programs.run_cbzsafe(["repair", *args], workdir, env=env)

    return run


def damage(path, chapter, *numbers):
    """Flip a byte in pages of a book."""
    data = bytearray(path.read_bytes())
    for number in numbers:
        data[data.index(chapter.pages[number - 1].body) + 9000] ^= 0x20
    path.write_bytes(data)


def asked(chapter, *numbers):
    """Give what the site is asked for where these pages are fetched once each."""
    return Counter(chapter.pages[number - 1].name for number in numbers)


def test_what_a_repair_loses_is_fetched_into_the_same_book(site, repair, path, chapter):
    """Two lost pages are two requests, and the book is whole where it lies, at the status 0."""
    damage(path, chapter, 2, 4)
    before = path.read_bytes()
    done = repair("--from", chapter.url, path)
    assert done.returncode == 0, done.stderr
    assert site.page_requests() == asked(chapter, 2, 4)
    assert programs.pages(path) == chapter.expected()
    kept = [one for one in path.parent.iterdir() if one != path]
    assert [one.read_bytes() for one in kept] == [before]


def test_what_an_earlier_repair_dropped_is_fetched_later(site, repair, path, chapter):
    """A sound book that lacks pages gets them, and a whole one is left as it is."""
    damage(path, chapter, 3)
    assert repair("--no-backup", path).returncode == 1
    assert len(programs.pages(path)) == 4
    assert repair("--from", chapter.url, path).returncode == 0
    assert site.page_requests() == asked(chapter, 3)
    assert programs.pages(path) == chapter.expected()
    stamp = path.stat()
    assert repair("--from", chapter.url, path).returncode == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (stamp.st_ino, stamp.st_mtime_ns)
    assert site.page_requests() == asked(chapter, 3)


def test_a_torn_book_is_fetched_on_from_where_it_was_torn(site, repair, path, chapter):
    """The pages before the tear are kept, and those behind it come from the site."""
    data = path.read_bytes()
    path.write_bytes(data[: data.index(chapter.pages[3].body) + 700])
    done = repair("--from", chapter.url, path)
    assert done.returncode == 0, done.stderr
    assert site.page_requests() == asked(chapter, 4, 5)
    assert programs.pages(path) == chapter.expected()


def test_a_book_of_which_nothing_can_be_proved_is_fetched_whole(site, repair, path, chapter):
    """The repair leaves it, and the download fetches each page anew."""
    start = path.read_bytes().index(chapter.pages[0].body)
    path.write_bytes(path.read_bytes()[: start + 9000])
    done = repair("--from", chapter.url, path)
    assert done.returncode == 0, done.stderr
    assert site.page_requests() == asked(chapter, 1, 2, 3, 4, 5)
    assert programs.pages(path) == chapter.expected()


def test_damage_that_a_run_does_not_see_is_not_called_healed(repair, path, chapter):
    """A run believes a page whose ends are right, and the status says that the book is damaged."""
    damage(path, chapter, 1, 2, 3, 4, 5)
    before = path.read_bytes()
    done = repair("--from", chapter.url, path)
    assert done.returncode == 1
    assert "No page of it can be proved: download it again." in done.stdout
    assert path.read_bytes() == before


def test_a_page_that_was_kept_broken_is_replaced(site, repair, path, chapter):
    """The next download fetches the one marked page, and its mark goes."""
    damage(path, chapter, 2)
    assert repair("--keep-viewable", path).returncode == 1
    assert [e.comment for e in scan(path).entries if e.comment] == [KEPT_DAMAGED]
    assert not site.page_requests()
    assert repair("--from", chapter.url, path).returncode == 0
    assert site.page_requests() == asked(chapter, 2)
    assert programs.pages(path) == chapter.expected()
    assert not any(entry.comment for entry in scan(path).entries)


def test_a_plain_run_replaces_a_page_that_was_kept_broken(site, run, repair, workdir, chapter):
    """Where the book lies in gallery-dl's place, the command of every night does it."""
    assert run(chapter.url).returncode == 0
    path = book(workdir, chapter)
    damage(path, chapter, 2)
    assert repair("--keep-viewable", "--backup-dir", "kept", path).returncode == 1
    site.clear()
    assert run(chapter.url).returncode == 0
    assert site.page_requests() == asked(chapter, 2)
    assert_whole(path, chapter.expected())


def test_only_missing_pages_are_fetched_whatever_skip_means_to_the_user(
    site, repair, path, chapter
):
    """Neither `skip: false` nor `abort:1` of the configuration changes what is fetched."""
    for number, skip in enumerate([False, "abort:1", "exit"], 3):
        damage(path, chapter, number)
        site.clear()
        assert repair("--from", chapter.url, path, config=site.config(skip=skip)).returncode == 0
        assert site.page_requests() == asked(chapter, number)
    assert programs.pages(path) == chapter.expected()


def test_a_series_is_refused_and_nothing_is_added(site, repair, path, chapter):
    """An address that leads to other chapters does not put these into the book."""
    site.add_chapter(2, pages=2)
    before = programs.pages(path)
    done = repair("--from", site.series_url(), path)
    assert done.returncode != 0
    assert "the URL leads to others: give that of the one chapter" in done.stderr
    assert (programs.pages(path), site.page_requests()) == (before, {})
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_posts_of_one_job_do_not_become_one_book(site, repair, path):
    """A job that visits a directory a post ends at the second, and the book stays as it was."""
    notes = [site.add_note(number, pages=2, text=f"t{number}") for number in (1, 2, 3)]
    before = path.read_bytes()
    done = repair("--from", site.notes_url(), path)
    assert done.returncode != 0
    assert "the URL leads to others: give that of the one chapter" in done.stderr
    assert path.read_bytes() == before
    assert set(site.page_requests()) <= {page.name for page in notes[0].pages}


def test_a_download_archive_does_not_keep_pages_away(site, repair, path, chapter):
    """Pages that the user's history knows are fetched all the same if the book lacks them."""
    config = site.config(archive="history.sqlite3")
    assert repair("--from", chapter.url, path, config=config).returncode == 0
    damage(path, chapter, 5)
    assert repair(path).returncode == 1
    site.clear()
    assert repair("--from", chapter.url, path, config=config).returncode == 0
    assert site.page_requests() == asked(chapter, 5)
    assert programs.pages(path) == chapter.expected()


def test_settings_for_other_runs_do_not_lead_elsewhere(site, repair, path, chapter, workdir):
    """Neither --publish-to nor --pack never of the environment sends the pages elsewhere."""
    damage(path, chapter, 1)
    env = {"CBZSAFE_PUBLISH_TO": "elsewhere", "CBZSAFE_PACK": "never", "CBZSAFE_REPORT": "r.json"}
    done = repair("--from", chapter.url, path, env=env)
    assert done.returncode == 0, done.stderr
    assert programs.pages(path) == chapter.expected()
    assert not (workdir / "elsewhere").exists()
    assert not (workdir / "r.json").exists()


def test_the_status_is_that_of_the_download(repair, path, chapter):
    """Where a page is not on the site either, the book stays short and the status says so."""
    damage(path, chapter, 2)
    chapter.pages[1].faults.append(refusing(404, None))
    done = repair("--from", chapter.url, path)
    assert done.returncode & 5 == 5
    assert chapter.name(1) in done.stderr
    assert sorted(programs.pages(path)) == sorted(set(chapter.expected()) - {chapter.name(1)})


@pytest.mark.parametrize("option", ["--json", "--jsonl"])
def test_the_download_is_a_part_of_the_json(repair, path, chapter, option):
    """Standard output is JSON and nothing else, and has the run's report."""
    damage(path, chapter, 2)
    done = repair(option, "--from", chapter.url, path)
    told = json.loads(done.stdout.splitlines()[-1] if option == "--jsonl" else done.stdout)
    assert told["status"] == 0
    assert told["run"]["schema"] == "cbzsafe.run/1"
    assert [one["outcome"] for one in told["run"]["books"]] == ["updated"]


def test_what_is_no_address_is_refused_with_the_book_repaired(repair, path, chapter):
    """gallery-dl's own words say what is wrong with the address, and the status is its own."""
    damage(path, chapter, 2)
    done = repair("--from", "nonsense", path)
    assert done.returncode != 0
    assert "nonsense" in done.stderr
    assert len(programs.pages(path)) == 4
    assert [n for n in programs_part_files(path.parent) if not n.endswith("original")] == []


def test_nothing_is_downloaded_into_a_book_that_could_not_be_repaired(repair, path, chapter, site):
    """Where the disk or another process forbids the repair, the site is not asked."""
    damage(path, chapter, 2)
    with path.with_name(prefix_for(path) + "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = repair("--lock-timeout", "0.1", "--from", chapter.url, path)
    assert done.returncode == 1
    assert not site.log


def test_a_signal_in_the_midst_of_the_download_ends_it(site, spawn, workdir, path, chapter):
    """The repaired book stands, the pages that came are staged, and the status is 143."""
    damage(path, chapter, 2, 4)
    folder = programs.home(workdir) / "config" / "gallery-dl"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(site.config()), "utf-8")
    gate = site.hold(2, middle=True)
    process = programs.spawn("cbzsafe", ["repair", "--json", "--from", chapter.url, path], workdir)
    gate.wait()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    gate.open()
    told = json.loads(programs.output(workdir))
    assert (told["status"], told["interrupted"], told["partly"]) == (143, "SIGTERM", 1)
    assert len(programs.pages(path)) == 3
    assert (path.with_suffix("") / chapter.name(1)).read_bytes() == chapter.pages[1].body


def test_an_archive_that_the_site_serves_is_no_page_of_the_book(site, repair, path, chapter):
    """Where the URL leads to a ready-made archive nothing is fetched, and the sentence says why."""
    served = site.add_chapter(2, [Page("all.cbz", path.read_bytes(), "application/zip")])
    damage(path, chapter, 2)
    done = repair("--from", served.url, path)
    assert done.returncode & 1
    assert "download it without `repair`" in done.stdout + done.stderr
    assert not site.page_requests()
    assert len(programs.pages(path)) == 4
    assert {one.suffix for one in path.parent.iterdir() if not one.name.startswith(".")} == {".cbz"}
