"""Ready-made archives, and what post-processors and options of gallery-dl do with them."""

from __future__ import annotations

import hashlib

import programs
import site_faults
from books import HISTORY, assert_whole, book, outcomes, report
from ready_made import PAGES, TYPE, final, left, served, zipped
from site_families import make_pages
from site_faults import Page

REPORT = ("--report", "report.json")
OTHER = {"9.jpg": PAGES["001.jpg"]}


def hook(command, **options):
    """An `exec` between the arrival of an archive and its publish."""
    return {"name": "exec", "event": "file", "command": command, **options}


def test_what_a_hook_has_torn_does_not_enter_the_history(site, run, workdir):
    """It fails with a sentence, in every run, and comes once the hook is gone."""
    chapter = served(site)
    tearing = hook("truncate -s 20000 {_directory}.cbsafe-fetch-*.part")
    for _ in range(2):
        config = site.config(postprocessors=[tearing])
        assert run(chapter.url, *REPORT, *HISTORY, config=config).returncode & 1
        assert outcomes(workdir) == ["failed"]
        assert "post-processor" in report(workdir)["books"][0]["problems"][0]["text"]
    assert not final(workdir, chapter).exists()
    assert run(chapter.url, *REPORT, *HISTORY).returncode == 0
    assert final(workdir, chapter).read_bytes() == zipped()


def test_an_archive_that_a_hook_moves_away_ends_no_job(site, run, workdir):
    """It fails alone: the pages behind it are named, and their book is published."""
    pages = [*make_pages(1), Page("x.cbz", zipped(), TYPE), *make_pages(1, "b")]
    chapter = site.add_chapter(pages=pages)
    moving = hook("mv {_directory}.cbsafe-fetch-*.part mine", filter="extension == 'cbz'")
    done = run(chapter.url, *REPORT, *HISTORY, config=site.config(postprocessors=[moving]))
    assert done.returncode & 1
    assert sorted(outcomes(workdir)) == ["failed", "published"]
    expected = chapter.expected()
    del expected[chapter.name(1)]
    assert_whole(book(workdir, chapter), expected)
    assert (workdir / "mine").read_bytes() == zipped()


def test_what_a_hook_has_written_anew_is_published_if_it_is_whole(site, run, workdir):
    """The archive that is published is the one that was looked at last."""
    chapter = served(site)
    (workdir / "mine").write_bytes(zipped(OTHER))
    config = site.config(postprocessors=[hook("cp mine {_directory}.cbsafe-fetch-*.part")])
    assert run(chapter.url, *REPORT, config=config).returncode == 0
    assert final(workdir, chapter).read_bytes() == zipped(OTHER)
    assert report(workdir)["books"][0]["pages"] == 1


def test_the_same_archive_is_dropped_by_compare(site, run, workdir):
    """The status is 0, and nothing is fetched a second time."""
    chapter = served(site)
    config = site.config(skip=False, postprocessors=[{"name": "compare"}])
    assert run(chapter.url, config=config).returncode == 0
    site.clear()
    assert run(chapter.url, *REPORT, config=config).returncode == 0
    assert outcomes(workdir) == ["unchanged"]
    assert sum(site.page_requests().values()) == 1
    assert programs.tree(final(workdir, chapter).parent) == [chapter.name(0)]


def test_another_archive_gets_the_name_that_compare_gives_it(site, run, workdir):
    """With the action `enumerate` both are kept, whole."""
    chapter = served(site)
    comparing = {"name": "compare", "action": "enumerate"}
    config = site.config(skip=False, postprocessors=[comparing])
    assert run(chapter.url, config=config).returncode == 0
    chapter.pages[0].body = zipped(OTHER)
    assert run(chapter.url, *REPORT, config=config).returncode == 0
    first = final(workdir, chapter)
    second = first.with_name(first.stem + ".1.cbz")
    assert (first.read_bytes(), second.read_bytes()) == (zipped(), zipped(OTHER))
    assert [one["path"] for one in report(workdir)["books"]] == [str(second)]
    assert programs.tree(first.parent) == sorted([first.name, second.name])


HASH = {"name": "hash", "hashes": "md5", "event": "file", "filename": True}


def named_alike(site, run, name, *bodies):
    """Download archives, each of a chapter of its own, that a hook names into one folder."""
    pages = [Page("a.cbz", body, TYPE) for body in bodies]
    urls = [site.add_chapter(number, pages=[page]).url for number, page in enumerate(pages, 1)]
    named = {"locals().get('md5')": name, "": "{filename}.{extension}"}
    config = site.config(filename=named, postprocessors=[HASH])
    return run("-D", "all", *urls, *REPORT, config=config).returncode


def test_archives_of_the_same_bytes_may_be_named_after_them(site, run, workdir):
    """Where a hash is the name, the second one is there already."""
    assert named_alike(site, run, "{md5}.{extension}", zipped(), zipped()) == 0
    assert outcomes(workdir) == ["published"]
    name = hashlib.md5(zipped()).hexdigest()  # noqa: S324 - a name
    assert programs.tree(workdir / "all") == [f"{name}.cbz"]


def test_a_hook_gives_no_archive_the_name_of_another(site, run, workdir):
    """The second one fails with a sentence, and the first stays."""
    assert named_alike(site, run, "x.{extension}", zipped(), zipped(OTHER)) & 1
    assert outcomes(workdir) == ["published", "failed"]
    assert "name of its own" in report(workdir)["books"][1]["problems"][0]["text"]
    assert (workdir / "all" / "x.cbz").read_bytes() == zipped()


def test_an_archive_is_not_resumed_from_the_one_that_it_replaces(site, run, workdir):
    """Under `http-metadata` too, a damaged archive is fetched again from its start."""
    chapter = served(site, None, site_faults.short_without_length(1))
    path = final(workdir, chapter)
    path.parent.mkdir(parents=True)
    path.write_bytes(zipped()[:-3000])
    config = site.config(**{"http-metadata": "_http"})
    assert run(chapter.url, *REPORT, config=config).returncode == 0
    assert path.read_bytes() == zipped()
    assert outcomes(workdir) == ["updated"]
    assert programs.tree(path.parent) == [path.name]


def test_what_came_twice_leaves_nothing_beside_it(site, run, workdir):
    """An archive of which only the response tells, fetched again by wish, is the same file."""
    chapter = served(site, name="download")
    for outcome in ("published", "unchanged"):
        assert run("--no-skip", chapter.url, *REPORT).returncode == 0
        assert outcomes(workdir) == [outcome]
    assert sorted(left(workdir)) == ["Comic_c001_001.zip", "report.json"]


def test_an_archive_of_which_only_the_response_tells_is_fetched_under_a_hidden_name(
    site, spawn, workdir
):
    """Whatever is killed then leaves no file that has the book's name."""
    chapter = served(site, zipped({"a.bin": bytes(500_000)}), name="download")
    gate = site.hold(1, middle=True)
    process = spawn("cbzsafe", chapter.url)
    gate.wait()
    assert programs.until(lambda: any(p.stat().st_size for p in workdir.rglob("*.part")))
    programs.kill(process)
    gate.open()
    assert {name[:14] for name in left(workdir) if name.endswith(".part")} == {".cbsafe-fetch-"}


def test_a_damaged_archive_that_is_passed_over_for_its_size_is_told(site, run, workdir):
    """`filesize-max` keeps it from being fetched again, and nothing says that it is whole."""
    chapter = served(site)
    path = final(workdir, chapter)
    path.parent.mkdir(parents=True)
    path.write_bytes(zipped()[:-3000])
    assert run(chapter.url, *REPORT, "--filesize-max", "10k").returncode & 1
    told = report(workdir)["books"][0]
    assert (told["outcome"], told["whole"]) == ("held", False)
    assert "its size" in told["problems"][0]["text"]
