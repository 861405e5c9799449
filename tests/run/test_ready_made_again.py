"""Ready-made archives that are there already, that were cut short, or that go elsewhere."""

from __future__ import annotations

import os
import signal

import programs
import pytest
import site_faults
from books import HISTORY, book, outcomes, report, stamp
from disks import disk, shrink
from ready_made import PAGES, TYPE, encrypted, final, flipped, left, served, zipped
from site_faults import Page

from cbzsafe.book.lock import BookLock
from cbzsafe.book.readymade import ReadyMade
from cbzsafe.progress import Silent

REPORT = ("--report", "report.json")
LARGE = {f"{number:03}.bin": os.urandom(60_000) for number in range(8)} | PAGES


def cut_short(site, spawn, workdir, *args):
    """Begin a download, and wait until some of the archive is on the disk."""
    gate = site.hold(1, middle=True)
    process = spawn("cbzsafe", *args)
    gate.wait()
    assert programs.until(lambda: any(p.stat().st_size for p in workdir.rglob(".cbsafe-fetch-*")))
    return process, gate


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_an_archive_that_was_cut_short_is_resumed(site, run, spawn, workdir, number):
    """The next run asks for the rest alone, and proves by the CRCs that both parts belong."""
    chapter = served(site, zipped(LARGE))
    process, gate = cut_short(site, spawn, workdir, chapter.url, *REPORT, *HISTORY)
    if number == signal.SIGTERM:
        process.send_signal(number)
        assert process.wait(10) == 143
        assert outcomes(workdir) == ["held"]
    else:
        programs.kill(process)
    gate.open()
    assert not final(workdir, chapter).exists()
    assert not [name for name in left(workdir) if "cbz" in name]
    site.clear()
    done = run(chapter.url, *REPORT, *HISTORY)
    assert done.returncode == 0, done.stderr
    assert [request for request in site.log if "Range" in request.headers]
    assert final(workdir, chapter).read_bytes() == zipped(LARGE)
    assert programs.tree(final(workdir, chapter).parent) == [chapter.name(0)]


def test_two_versions_are_not_spliced(site, run, spawn, workdir):
    """Where the site's archive changed meanwhile, the new one is fetched from its start."""
    chapter = served(site, zipped(LARGE))
    process, gate = cut_short(site, spawn, workdir, chapter.url)
    programs.kill(process)
    gate.open()
    new = zipped({name: data[::-1] if ".bin" in name else data for name, data in LARGE.items()})
    chapter.pages[0].body = new
    assert run(chapter.url, *REPORT).returncode == 0
    assert final(workdir, chapter).read_bytes() == new
    assert programs.tree(final(workdir, chapter).parent) == [chapter.name(0)]


def test_what_cannot_be_proved_is_not_put_together_of_two_downloads(site, run, spawn, workdir):
    """An encrypted archive that was cut short is fetched from its start: no CRC tells a splice."""
    body = encrypted(zipped(LARGE))
    chapter = served(site, body)
    process, gate = cut_short(site, spawn, workdir, chapter.url)
    programs.kill(process)
    gate.open()
    site.clear()
    assert run(chapter.url).returncode == 0
    assert final(workdir, chapter).read_bytes() == body
    assert ["Range" in request.headers for request in site.log if request.page] == [True, False]


def test_a_damaged_archive_at_the_final_name_is_fetched_again(site, run, workdir):
    """It is evidence against the history, and is replaced in one rename."""
    chapter = served(site)
    assert run(chapter.url, *HISTORY).returncode == 0
    path = final(workdir, chapter)
    path.write_bytes(zipped()[:-3000])
    done = run(chapter.url, *HISTORY, *REPORT)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == zipped()
    assert outcomes(workdir) == ["updated"]
    assert programs.tree(path.parent) == [chapter.name(0)]


def test_a_replaced_archive_with_other_pages_is_kept(site, run, workdir):
    """What the new archive lacks stays under a hidden name."""
    chapter = served(site)
    path = final(workdir, chapter)
    path.parent.mkdir(parents=True)
    mine = zipped(PAGES | {"mine.jpg": PAGES["001.jpg"] + bytes(3)})[:-100]
    path.write_bytes(mine)
    assert run(chapter.url, *REPORT).returncode == 0
    assert path.read_bytes() == zipped()
    kept = path.parent / f".{path.stem}.1.damaged-original"
    assert kept.read_bytes() == mine
    assert kept.name in report(workdir)["books"][0]["problems"][0]["text"]


def test_the_history_is_believed_of_an_archive_that_was_moved_away(site, run, workdir):
    """A file that its owner has taken away is not fetched again, unless the history is doubted."""
    chapter = served(site)
    assert run(chapter.url, *HISTORY).returncode == 0
    final(workdir, chapter).unlink()
    site.clear()
    assert run(chapter.url, *HISTORY).returncode == 0
    assert not site.page_requests()
    assert run(chapter.url, *HISTORY, "--history", "verify").returncode == 0
    assert final(workdir, chapter).exists()


def test_skip_false_replaces_an_archive_only_by_other_bytes(site, run, workdir):
    """The same bytes leave the file untouched, others replace it."""
    chapter = served(site)
    assert run(chapter.url).returncode == 0
    path = final(workdir, chapter)
    before = stamp(path)
    assert run("--no-skip", chapter.url, *REPORT).returncode == 0
    assert stamp(path) == before
    assert outcomes(workdir) == ["unchanged"]
    chapter.pages[0].body = zipped(LARGE)
    assert run("--no-skip", chapter.url, *REPORT).returncode == 0
    assert path.read_bytes() == zipped(LARGE)
    assert outcomes(workdir) == ["updated"]
    assert programs.tree(path.parent) == [chapter.name(0)]


def test_known_archives_count_for_skip_abort(site, run, workdir):
    """`skip: abort:1` ends a feed at the post behind the first archive that is there."""
    for number, name in enumerate("ab", 1):
        site.add_note(number, pages=[Page(f"{name}.cbz", zipped(), TYPE)])
    config = site.config(directory=["{id}"], filename="{filename}.{extension}")
    assert run("--range", "1", site.notes_url(), config=config).returncode == 0
    base = workdir / "gallery-dl"
    before = [name for name in programs.tree(base) if name.endswith(".cbz")]
    assert len(before) == 1
    site.clear()
    run("--abort", "1", site.notes_url(), config=config)
    assert not site.page_requests()
    run(site.notes_url(), config=config)
    assert site.page_requests() == {"b.cbz": 1}


def test_two_archives_of_one_name_are_both_published(site, run, workdir):
    """The second gets gallery-dl's `enumerate` name, in later runs the same."""
    chapter = site.add_chapter(
        pages=[Page("a.cbz", zipped(), TYPE), Page("b.cbz", zipped(LARGE), TYPE)]
    )
    config = site.config(filename="{manga}.{extension}")
    assert run(chapter.url, config=config).returncode == 0
    folder = final(workdir, chapter).parent
    assert programs.tree(folder) == ["Comic.1.cbz", "Comic.cbz"]
    assert (folder / "Comic.1.cbz").read_bytes() == zipped(LARGE)
    site.clear()
    assert run(chapter.url, *REPORT, config=config).returncode == 0
    assert not site.page_requests()
    assert outcomes(workdir) == ["unchanged", "unchanged"]


def test_a_book_and_an_archive_never_share_a_name(site, run, workdir):
    """Where pages make a book of the archive's name, the archive gets another one."""
    pages = [Page("a.jpg", PAGES["001.jpg"]), Page("b.cbz", zipped(), TYPE)]
    chapter = site.add_chapter(pages=pages)
    sorting = [{"name": "classify", "mapping": {"Comic": ["jpg"], ".": ["cbz"]}}]
    config = site.config(directory=[], filename="Comic.{extension}", postprocessors=sorting)
    for _ in range(2):
        done = run(chapter.url, *REPORT, config=config)
        assert done.returncode == 0, done.stderr
        base = workdir / "gallery-dl"
        assert programs.names(base / "Comic.cbz") == ["Comic.jpg"]
        assert (base / "Comic.1.cbz").read_bytes() == zipped()


def test_pages_are_not_packed_into_an_archive_of_the_site(site, run, workdir):
    """Where the archive comes first, the pages fail with a sentence, and the archive stays."""
    pages = [Page("b.cbz", zipped(), TYPE), Page("a.jpg", PAGES["001.jpg"])]
    chapter = site.add_chapter(pages=pages)
    sorting = [{"name": "classify", "mapping": {"Comic": ["jpg"]}}]
    config = site.config(directory=[], filename="Comic.{extension}", postprocessors=sorting)
    assert run(chapter.url, *REPORT, config=config).returncode & 1
    assert (workdir / "gallery-dl" / "Comic.cbz").read_bytes() == zipped()
    assert outcomes(workdir) == ["published", "failed"]
    assert "ready-made" in report(workdir)["books"][1]["problems"][0]["text"]


def test_archives_are_published_to_another_disk(site, run, workdir, tmp_path):
    """Under --publish-to they keep their relative path, and nothing stays in staging."""
    chapter = served(site, None, site_faults.other_bytes(flipped(zipped())))
    with disk(tmp_path / "library") as library:
        done = run(chapter.url, "--publish-to", library, *REPORT)
        assert done.returncode == 0, done.stderr
        path = library / chapter.folder / chapter.name(0)
        assert path.read_bytes() == zipped()
        assert programs.tree(path.parent) == [chapter.name(0)]
        assert report(workdir)["books"][0]["path"] == str(path)
        assert programs.tree(workdir / "gallery-dl") == ["local/", "local/Comic/"]
        site.clear()
        assert run(chapter.url, "--publish-to", library).returncode == 0
        assert not site.page_requests()


def test_a_full_disk_loses_nothing_of_an_archive(site, run, workdir, tmp_path):
    """Bit 128 is set, the archive stays in staging, and the next run goes on from there."""
    chapter = served(site, zipped(LARGE))
    with disk(tmp_path / "library") as library:
        shrink(library, 100_000)
        done = run(chapter.url, "--publish-to", library, *REPORT)
        assert done.returncode & 128
        assert outcomes(workdir) == ["failed"]
        assert [n for n in programs.tree(library) if not n.endswith("/")] == ["filler"]
        (library / "filler").unlink()
        site.clear()
        assert run(chapter.url, "--publish-to", library).returncode == 0
        assert [r.headers.get("Range") for r in site.log if r.page] == [
            f"bytes={len(zipped(LARGE))}-"
        ]
        assert (library / chapter.folder / chapter.name(0)).read_bytes() == zipped(LARGE)


def test_an_archive_that_another_process_works_on_fails(site, run, workdir):
    """There is one writer: the report says so, and the next run fetches it."""
    chapter = served(site)
    path = final(workdir, chapter)
    lock = BookLock(path, 1.0, Silent())
    lock.acquire()
    done = run(chapter.url, "--lock-timeout", "0", *REPORT)
    lock.release()
    assert done.returncode & 1
    assert outcomes(workdir) == ["failed"]
    assert "Another process" in report(workdir)["books"][0]["problems"][0]["text"]
    assert not site.page_requests()
    assert run(chapter.url).returncode == 0
    assert path.read_bytes() == zipped()


def test_a_link_at_the_final_name_is_not_written_through(site, run, workdir):
    """The archive fails with a sentence, before anything is fetched."""
    chapter = served(site)
    path = final(workdir, chapter)
    path.parent.mkdir(parents=True)
    other = workdir / "other"
    other.write_bytes(b"mine")
    path.symlink_to(other)
    assert run(chapter.url, *REPORT).returncode & 1
    assert other.read_bytes() == b"mine"
    assert outcomes(workdir) == ["failed"]
    assert "symbolic link" in report(workdir)["books"][0]["problems"][0]["text"]
    assert not site.page_requests()


def test_what_never_comes_is_held(site, run, workdir):
    """Nothing is published, the status has gallery-dl's bit and ours, and the report says why."""
    chapter = served(site, None, site_faults.status(404, None))
    done = run(chapter.url, *REPORT)
    assert done.returncode == 5
    assert outcomes(workdir) == ["held"]
    assert "404" in report(workdir)["books"][0]["problems"][0]["text"]
    assert not book(workdir, chapter).exists()


def test_an_archive_that_is_too_large_is_dropped(site, run, workdir):
    """--page-limit holds for archives too, and nothing of it stays."""
    chapter = served(site, zipped(LARGE))
    assert run(chapter.url, "--page-limit", "100k", *REPORT).returncode == 5
    assert "--page-limit" in report(workdir)["books"][0]["problems"][0]["text"]
    assert left(workdir) == ["report.json"]


@pytest.mark.parametrize("options", [(), ("--publish-to", "library")], ids=["beside", "elsewhere"])
def test_hooks_see_the_published_archive(site, run, workdir, options):
    """An `exec` behind the download finds the file at its final name."""
    chapter = served(site)
    done = run("--exec", "cp {} seen", chapter.url, *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"./gallery-dl/{chapter.folder}/{chapter.name(0)}\n"
    assert (workdir / "seen").read_bytes() == zipped()


def test_an_archive_that_a_hook_has_torn_is_not_published(site, run, workdir):
    """What a user's program makes of it is looked at again before the publish."""
    command = "truncate -s 20000 {_directory}.cbsafe-fetch-*.part"
    hook = {"name": "exec", "event": "file", "command": command}
    chapter = served(site)
    config = site.config(postprocessors=[hook])
    assert run(chapter.url, *REPORT, config=config).returncode & 1
    assert not final(workdir, chapter).exists()


def test_what_a_failed_sync_left_in_staging_is_swept(site, run, workdir, tmp_path):
    """Where the archive has its final name already, its copy goes with the next run."""
    chapter = served(site)
    with disk(tmp_path / "library") as library:
        args = (chapter.url, "--publish-to", library)
        assert run(*args).returncode == 0
        made = ReadyMade(
            library / chapter.folder / chapter.name(0), final(workdir, chapter), "", 0.1, Silent()
        )
        made.part.parent.mkdir()
        made.part.write_bytes(zipped())
        site.clear()
        assert run(*args).returncode == 0
        assert not site.page_requests()
        assert not made.part.exists()
