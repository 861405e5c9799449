"""Corners where a page could be lost: shared names, shared folders, early ends."""

from __future__ import annotations

import zipfile

import pictures
import programs
import pytest
import site_faults as faults
from books import HISTORY, assert_whole, book, outcomes
from gallery_dl import job, path
from site_faults import Page

SAME = "same.{extension}"
REPORT = ("--report", "report.json")


def bodies(target):
    return sorted(programs.pages(target).values())


def served(*chapters):
    return sorted(page.body for chapter in chapters for page in chapter.pages)


def hook(workdir, body, event, **options):
    """A post-processor that runs Python."""
    module = workdir.parent / "hook.py"
    module.write_text(f"def run(kwdict):\n    {body}\n")
    return {"name": "python", "event": event, "function": f"{module}:run", **options}


# ---- one name, two pages


@pytest.mark.parametrize("times", [1, None], ids=["once", "for good"])
def test_the_first_of_two_pages_of_one_name_fails(site, run, workdir, times):
    """The second page does not take the failed one's place."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[0].faults.append(faults.status(404, times))
    config = site.config(filename=SAME)
    done = run(chapter.url, *HISTORY, config=config)
    assert bool(done.returncode) == (times is None)
    chapter.pages[0].faults.clear()
    assert run(chapter.url, *HISTORY, config=config).returncode == 0
    assert bodies(book(workdir, chapter)) == served(chapter)


@pytest.mark.parametrize("fault", [faults.status(404), faults.html()], ids=["404", "html"])
def test_the_second_of_two_pages_of_one_name_fails_once(site, run, workdir, fault):
    """When it is fetched again it does not overwrite the first."""
    chapter = site.add_chapter(pages=2)
    chapter.pages[1].faults.append(faults.Fault(fault.name, fault.act))
    assert run(chapter.url, config=site.config(filename=SAME)).returncode == 0
    assert bodies(book(workdir, chapter)) == served(chapter)


def test_the_second_of_two_pages_of_one_name_does_not_decode(site, run, workdir):
    """The same where its damage is found beside the next download."""
    chapter = site.add_chapter(
        pages=[Page(f"{n}.png", pictures.png(n, 30_000), "image/png") for n in (1, 2)]
    )
    bad = bytearray(chapter.pages[1].body)
    bad[15_000:15_400] = bytes(400)
    chapter.pages[1].faults.append(faults.other_bytes(bytes(bad)))
    done = run(chapter.url, *HISTORY, config=site.config(filename=SAME))
    assert done.returncode == 0
    assert bodies(book(workdir, chapter)) == served(chapter)


def test_a_failed_page_does_not_get_the_address_of_another_of_its_stem(site, run, workdir):
    """Asked for fresh addresses, the site's other page of that stem is not taken for it."""
    jpg = Page("a.jpg", pictures.jpeg(1), faults=[faults.status(404, None)])
    png = Page("b.png", pictures.png(2), "image/png")
    chapter = site.add_chapter(pages=[jpg, png])
    config = site.config(filename=SAME)
    assert run(chapter.url, config=config).returncode & 5 == 5
    jpg.faults.clear()
    assert run(chapter.url, *HISTORY, config=config).returncode == 0
    assert programs.pages(book(workdir, chapter)) == {"same.jpg": jpg.body, "same.png": png.body}


@pytest.mark.parametrize("rounds", [0, 1])
def test_a_page_taken_for_another_of_its_stem_is_fetched(site, run, workdir, rounds):
    """A guess by stem that turns out wrong costs one request, whatever the repair rounds."""
    png = Page("b.png", pictures.png(5), "image/png")
    chapter = site.add_chapter(pages=[png])
    config = site.config(filename="cover.{extension}")
    assert run(chapter.url, config=config).returncode == 0
    jpg = Page("a.jpg", pictures.jpeg(7))
    chapter.pages.insert(0, jpg)
    site._pages[chapter.page_path(jpg)] = (jpg, chapter)
    assert run(chapter.url, "--repair-rounds", rounds, config=config).returncode == 0
    assert programs.pages(book(workdir, chapter)) == {"cover.png": png.body, "cover.jpg": jpg.body}


# ---- shared folders


def test_chapters_of_one_folder_with_equal_names_are_all_kept(site, run, workdir):
    """Under `-D` the second chapter's 001.jpg is not taken for the first's; nor by the next run."""
    chapters = [site.add_chapter(n, pages=3) for n in (1, 2)]
    config = site.config(filename="{page:>03}.{extension}")
    for expected in (6, 0):
        site.clear()
        done = run("-D", "one", site.series_url(), *HISTORY, config=config)
        assert done.returncode == 0, done.stderr
        assert bodies(workdir / "one.cbz") == served(*chapters)
        assert sum(site.page_requests().values()) == expected


def test_a_held_book_is_not_published_by_a_later_job_of_the_run(site, run, workdir):
    """Two addresses of one folder, the first with a failed page: the book stays held."""
    one, two = (site.add_chapter(n, pages=3) for n in (1, 2))
    one.pages[1].faults.append(faults.status(404, None))
    assert run("-D", "one", one.url, two.url, *HISTORY).returncode & 1
    assert not (workdir / "one.cbz").exists()
    one.pages[1].faults.clear()
    site.clear()
    assert run("-D", "one", one.url, two.url, *HISTORY).returncode == 0
    assert len(site.page_requests()) == 1
    assert bodies(workdir / "one.cbz") == served(one, two)


def test_a_held_book_that_is_visited_again_stays_held(site, run, workdir):
    """A book that was settled early with a failed page is not published without it."""
    for number in range(1, 8):
        site.add_note(number, text="t1" if number == 7 else f"t{number}")
    site.notes[0].pages[0].faults.append(faults.status(404, None))
    assert run(site.notes_url(), config=site.config(directory=["{text}"])).returncode & 1
    assert not (workdir / "gallery-dl" / "t1.cbz").exists()


def test_two_folders_of_one_archive_name_do_not_wait_for_each_other(site, run, workdir):
    """`.x` and `_x` would both become `_x.cbz`: the second fails at once, with a sentence."""
    for number, text in enumerate([".x", "_x"], 1):
        site.add_note(number, text=text)
    done = run(site.notes_url(), config=site.config(directory=["{text}"]))
    assert done.returncode & 1
    assert "rename one of the two folders" in done.stderr.replace("\n", " ")
    assert len(programs.pages(workdir / "gallery-dl" / "_x.cbz")) == 2


def test_pages_do_not_meet_in_a_part_directory(site, run, workdir):
    """`part-directory` is not used for pages, whose names may be those of another book."""
    chapter = site.add_chapter(pages=2)
    config = site.config(downloader={"part-directory": str(workdir / "parts")})
    gate = site.hold(2, middle=True)
    process = programs.spawn("cbzsafe", [chapter.url], workdir, config)
    gate.wait()
    assert programs.until(lambda: any(workdir.rglob("*.part")))
    programs.kill(process)
    gate.open()
    assert not list((workdir / "parts").iterdir())
    assert run(chapter.url, config=config).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())


# ---- early ends


def test_a_page_that_vanished_does_not_enter_the_history(site, run, workdir):
    """Published without it on request, the book gets the page by a later run."""
    chapter = site.add_chapter(pages=3)
    args = (chapter.url, *HISTORY, "--incomplete", "publish")
    assert run(*args, "--exec", "case {} in *_002.jpg) rm {};; esac").returncode & 1
    site.clear()
    assert run(*args).returncode == 0
    assert len(site.page_requests()) == 1
    assert_whole(book(workdir, chapter), chapter.expected())


def test_an_interrupt_from_a_hook_holds_the_book(site, run, workdir):
    """A KeyboardInterrupt that is none of our signals ends no book as whole."""
    chapter = site.add_chapter(pages=4)
    raising = hook(workdir, "raise KeyboardInterrupt", "after", filter="page == 2")
    done = run(chapter.url, *REPORT, config=site.config(postprocessors=[raising]))
    assert done.returncode
    assert outcomes(workdir) == ["held"]


def test_an_empty_archive_that_nothing_replaces_is_not_whole(site, run, workdir):
    """An archive without pages whose pages the user's limits keep out is told."""
    chapter = site.add_chapter(pages=2)
    target = book(workdir, chapter)
    target.parent.mkdir(parents=True)
    with zipfile.ZipFile(target, "w"):
        pass
    assert run(chapter.url, "--filesize-max", "100").returncode & 1


def test_an_unreadable_archive_leaves_no_lock(site, run, spawn, workdir):
    """A killed process's lock file is swept although the book cannot be worked on."""
    chapter = site.add_chapter(pages=3)
    gate = site.hold(3)
    process = spawn("cbzsafe", chapter.url)
    gate.wait()
    programs.kill(process)
    gate.open()
    book(workdir, chapter).write_bytes(b"<html>hello</html>")
    assert run(chapter.url).returncode & 1
    assert not list(book(workdir, chapter).parent.glob(".cbsafe-*"))


# ---- what newer versions of gallery-dl have

if hasattr(job.Job, "_follow_parse"):

    def test_a_child_that_breaks_off_holds_its_parents_book(site, run, workdir):
        """A child job in the parent's folder that ends too early keeps the book from publishing."""
        chapter = site.add_chapter(pages=4)
        site.add_note(1, text=chapter.url)
        config = site.config(follow="{text}")
        config["filters-environment"] = False
        expression = "1 / 0 if category == 'local' and page == 3 else True"
        config["extractor"]["file-filter"] = expression
        assert run(site.notes_url(), "-D", "one", *REPORT, config=config).returncode
        assert outcomes(workdir) == ["held"]

    def test_a_stop_flag_after_a_failed_page_holds_the_book(site, run, workdir):
        """`flag file=stop` on a failure: pages behind it were never named."""
        chapter = site.add_chapter(pages=5)
        chapter.pages[1].faults.append(faults.status(404))
        config = site.config(actions={"warning:404": "flag file=stop"})
        assert run(chapter.url, *REPORT, config=config).returncode & 1
        assert outcomes(workdir) == ["held"]


if hasattr(job.DownloadJob, "_build_extractor_filter") and "_async_items" in str(
    job.Job.__init__.__code__.co_names
):

    def test_an_async_extractor_that_reuses_its_dict_gives_every_page(site, run, workdir):
        """With `async` the extractor's thread goes on filling the dict of the page in hand."""
        chapter = site.add_chapter(pages=4)
        done = run(chapter.url, *HISTORY, config=site.config(**{"async": True}))
        assert done.returncode == 0
        assert_whole(book(workdir, chapter), chapter.expected())


if "basedirectory_conditions" in path.PathFormat.__init__.__code__.co_names:

    def test_conditional_base_directories_keep_books_apart(site, run, workdir):
        """Books of two base directories do not meet under --publish-to."""
        one = site.add_chapter(1, pages=2)
        two = site.add_chapter(1, pages=2, slug="other", manga="Other")
        two.pages[0].body, two.pages[1].body = pictures.jpeg(900), pictures.jpeg(901)
        bases = {"manga == 'Other'": "b1", "manga == 'Comic'": "b2", "": "b3"}
        config = site.config(base_directory=bases, filename="{page}.{extension}")
        assert run(one.url, two.url, "--publish-to", "lib", config=config).returncode == 0
        found = sorted((workdir / "lib").rglob("*.cbz"))
        assert sorted(b for target in found for b in bodies(target)) == served(one, two)
