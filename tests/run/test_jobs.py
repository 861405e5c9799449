"""Jobs of every shape: many directories, one name twice, skips, prints, closed pipes."""

from __future__ import annotations

import subprocess
import sys

import pictures
import programs
import pytest
import site_faults as faults
from books import HISTORY, assert_whole, book, outcomes, report
from site_faults import Page


def folder_book(workdir, name):
    return workdir / "gallery-dl" / f"{name}.cbz"


def test_directories_one_after_the_other_become_a_book_each(site, run, workdir):
    """A job that visits a directory a post publishes a book a post, not one of the first."""
    notes = [site.add_note(n, text=f"t{n}") for n in range(1, 8)]
    config = site.config(directory=["{id}"])
    assert run(site.notes_url(), "--report", "report.json", config=config).returncode == 0
    for note in notes:
        assert_whole(folder_book(workdir, note.id), note.expected())
    assert outcomes(workdir) == ["published"] * 7


def test_alternating_directories_are_written_once_each(site, run, workdir):
    """Posts that go to two directories by turns make two books, each published once."""
    notes = [site.add_note(n, text="odd" if n % 2 else "even") for n in range(1, 9)]
    config = site.config(directory=["{text}"])
    assert run(site.notes_url(), "--report", "report.json", config=config).returncode == 0
    for name in ("odd", "even"):
        expected = {k: v for n in notes if n.text == name for k, v in n.expected().items()}
        assert_whole(folder_book(workdir, name), expected)
    assert sorted(outcomes(workdir)) == ["published", "published"]


def test_a_directory_that_is_visited_again_later_gets_its_pages(site, run, workdir):
    """A book that was settled early is updated when the job comes back to it."""
    texts = ["a", "b", "c", "d", "e", "f", "a"]
    notes = [site.add_note(n, text=text) for n, text in enumerate(texts, 1)]
    assert run(site.notes_url(), config=site.config(directory=["{text}"])).returncode == 0
    expected = {k: v for n in notes if n.text == "a" for k, v in n.expected().items()}
    assert_whole(folder_book(workdir, "a"), expected)


def test_another_site_family(site, run, workdir):
    """A vichan board: other names, other directories, child jobs."""
    threads = [site.add_thread(n) for n in (1, 2)]
    assert run(f"{site.root}/b/").returncode == 0
    for thread in threads:
        assert_whole(book(workdir, thread), thread.expected())


def same_name(site, second):
    chapter = site.add_chapter(
        pages=[
            Page("a.jpg", pictures.jpeg(1)),
            Page("b.jpg", second),
            Page("c.jpg", pictures.jpeg(3)),
        ]
    )
    fmt = {"page < 3": "page.{extension}", "": "{filename}.{extension}"}
    return chapter, site.config(filename=fmt)


def test_two_pages_of_one_name_and_other_bytes_are_both_kept(site, run, workdir):
    """The second page of a name gets gallery-dl's `enumerate` name; never silently one."""
    chapter, config = same_name(site, pictures.jpeg(2))
    assert run(chapter.url, config=config).returncode == 0
    bodies = [page.body for page in chapter.pages]
    expected = dict(zip(["page.jpg", "page.1.jpg", "c.jpg"], bodies, strict=True))
    assert_whole(book(workdir, chapter), expected)
    site.clear()
    assert run(chapter.url, config=config).returncode == 0
    assert not site.page_requests()


def test_two_pages_of_one_name_and_the_same_bytes_are_one(site, run, workdir):
    """The same bytes under one name are one page."""
    chapter, config = same_name(site, pictures.jpeg(1))
    assert run(chapter.url, config=config).returncode == 0
    expected = {"page.jpg": chapter.pages[0].body, "c.jpg": chapter.pages[2].body}
    assert_whole(book(workdir, chapter), expected)
    site.clear()
    assert run(chapter.url, config=config).returncode == 0
    assert not site.page_requests()


def test_skip_false_fetches_again_and_replaces(site, run, workdir):
    """With `skip: false` every page is fetched, and a changed one replaces the old."""
    chapter = site.add_chapter(pages=3)
    assert run(chapter.url).returncode == 0
    chapter.pages[1].body = pictures.jpeg(99)
    site.clear()
    assert run("--no-skip", chapter.url).returncode == 0
    assert len(site.page_requests()) == 3
    assert_whole(book(workdir, chapter), chapter.expected())


def test_abort_takes_effect_at_the_end_of_a_book(site, run, workdir):
    """`-A 3` stops the series, but fills a hole behind three known pages first."""
    chapter = site.add_chapter(pages=8)
    chapter.pages[6].faults.append(faults.status(404, None))
    assert run(chapter.url, "--incomplete", "publish").returncode & 1
    chapter.pages[6].faults.clear()
    site.clear()
    assert run("-A", "3", chapter.url).returncode == 0
    assert list(site.page_requests()) == [chapter.pages[6].name]
    assert_whole(book(workdir, chapter), chapter.expected())


def test_terminate_stops_a_series_after_known_pages(site, run, workdir):
    """`-T 3` ends the run after a chapter that is known."""
    chapters = [site.add_chapter(n, pages=4) for n in (1, 2)]
    assert run(chapters[1].url).returncode == 0
    site.clear()
    config = site.config(chapter_reverse=True)
    assert run("-T", "3", site.series_url(), config=config).returncode == 0
    assert not site.page_requests()
    assert not book(workdir, chapters[0]).exists()


def test_abort_stops_a_feed_of_one_directory_at_a_post(site, run, workdir):
    """A feed that goes into one book is not read to its end when its new posts are in."""
    notes = [site.add_note(n, pages=1, text="feed") for n in range(1, 8)]
    config = site.config(directory=["{text}"])
    newest, site.notes[:] = notes[0], notes[1:4]
    assert run(site.notes_url(), config=config).returncode == 0
    site.notes[:] = [newest, *notes[1:]]
    site.clear()
    assert run("-A", "2", site.notes_url(), config=config).returncode == 0
    assert list(site.page_requests()) == [newest.pages[0].name]
    expected = {k: v for note in notes[:4] for k, v in note.expected().items()}
    assert_whole(folder_book(workdir, "feed"), expected)


def test_staged_pages_do_not_count_as_skips(site, run, spawn, workdir):
    """A chapter that goes on from staging is not ended by `-A 1`."""
    chapter = site.add_chapter(pages=6)
    gate = site.hold(4)
    process = spawn("cbzsafe", chapter.url)
    gate.wait()
    programs.kill(process)
    gate.open()
    assert run("-A", "1", chapter.url).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())


@pytest.mark.parametrize(
    "option", [["-N", "{page}"], ["--no-download"], ["-g"], ["-s"], ["-j"], ["-K"], ["-E"]]
)
def test_modes_that_do_not_download_write_nothing(site, run, gallery_dl, workdir, option):
    """Printing, listing and simulating give gallery-dl's output and leave no file."""
    chapter = site.add_chapter(pages=3)
    ours = run(*option, chapter.url)
    assert programs.tree(workdir) == []
    plain = gallery_dl(*option, chapter.url)
    assert (ours.returncode, ours.stdout) == (plain.returncode, plain.stdout)


@pytest.mark.parametrize(
    "option",
    [
        ["--list-modules"],
        ["--list-extractors", "foolslide"],
        ["--config-status"],
        ["--clear-cache", "ALL"],
    ],
)
def test_commands_without_an_address_pass_through(site, run, gallery_dl, workdir, option):
    """gallery-dl's own commands work as they do without us."""
    ours, plain = run(*option), gallery_dl(*option)
    assert (ours.returncode, ours.stdout) == (plain.returncode, plain.stdout)


def test_a_closed_pipe_holds_the_book_and_is_no_disk_error(site, workdir):
    """When the reader of standard output goes, the pages stay staged; the status is 1."""
    chapter = site.add_chapter(pages=6)
    config = programs._config_file(workdir, site.config())
    command = [sys.executable, "-m", "cbzsafe", "--config-ignore", "-c", str(config)]
    command += [chapter.url, "--report", "report.json"]
    gate = site.hold(3)
    with subprocess.Popen(
        command,
        cwd=workdir,
        env=programs.environment(workdir),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        gate.wait()
        process.stdout.close()
        gate.open()
        errors = process.stderr.read().decode()
        assert process.wait(20) == 1
    assert "Traceback" not in errors
    assert outcomes(workdir) == ["held"]
    assert programs.run_cbzsafe([chapter.url], workdir, site.config()).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())


def test_several_addresses_and_an_input_file(site, run, workdir):
    """URLs, `-i FILE` and `-i -` all become books."""
    chapters = [site.add_chapter(n, pages=2) for n in (1, 2, 3)]
    (workdir / "urls.txt").write_text(
        f"# mine\n{chapters[1].url}\n-G skip = true\n{chapters[2].url}\n"
    )
    assert run("-i", "urls.txt", chapters[0].url).returncode == 0
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())


def test_an_input_file_keeps_the_address_of_a_held_book(site, run, workdir):
    """`-x` removes an address only when its book is whole."""
    good, bad = (site.add_chapter(n, pages=2) for n in (1, 2))
    bad.pages[0].faults.append(faults.status(404, None))
    (workdir / "urls.txt").write_text(f"{good.url}\n{bad.url}\n")
    assert run("-x", "urls.txt").returncode & 1
    assert (workdir / "urls.txt").read_text() == f"{bad.url}\n"


def test_an_unsupported_address_has_gallery_dls_status(site, run, workdir):
    """An address that no extractor takes gives gallery-dl's 64."""
    assert run("http://127.0.0.1:9/nothing").returncode == 64


def test_an_extractor_that_breaks_off_holds_its_book(site, run, workdir):
    """When the site fails in the midst of a list, the open book is held and says so."""
    notes = [site.add_note(n, text="same") for n in range(1, 4)]
    config = site.config(directory=["{text}"], filename="{id}_{file[id]}.{extension}")
    config["filters-environment"] = False
    config["extractor"]["image-filter"] = "1 / 0 if id == 'n3' else True"
    done = run(site.notes_url(), "--report", "report.json", config=config)
    assert done.returncode & 33 == 33
    assert outcomes(workdir) == ["held"]
    assert not folder_book(workdir, "same").exists()
    assert notes


def on_failure(workdir, action):
    """Settings that abort or restart a job when a page fails.

    In 1.30.0 `actions` end in an ImportError (gallery_dl/job.py asks for a name that is not in
    gallery_dl/actions.py), so that a post-processor has to raise what an action would raise.
    """
    if gallery_dl_version() != "1.30.0":
        return {"actions": {"error:Failed to download": action}}
    raised = {"abort": "StopExtraction", "restart": "RestartExtraction"}[action]
    module = workdir.parent / "actions.py"
    module.write_text(
        f"from gallery_dl import exception\ndef act(_):\n    raise exception.{raised}()\n"
    )
    act = {"name": "python", "event": "error", "function": f"{module}:act"}
    return {"postprocessors": [act]}


def gallery_dl_version():
    from gallery_dl import version

    return version.__version__


def test_actions_that_abort_do_not_hide_a_failed_page(site, run, workdir):
    """gallery-dl's `actions` can make it return 0 over a failed page; our status is not 0."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[1].faults.append(faults.status(404, None))
    config = site.config(**on_failure(workdir, "abort"))
    done = run(chapter.url, "--report", "report.json", config=config)
    assert done.returncode & 1
    assert outcomes(workdir) == ["held"]


@pytest.mark.parametrize("error", ["StopExtraction", "TerminateExtraction"])
def test_a_job_that_a_hook_ends_holds_the_book_in_hand(site, run, workdir, error):
    """Pages that were never named because a post-processor ended the job are no whole book."""
    notes = [site.add_note(n, pages=2, text=f"t{n}") for n in (1, 2)]
    module = workdir / "hook.py"
    module.write_text(
        "from gallery_dl import exception\n"
        f"def end(kwdict):\n    if kwdict['id'] == 'n2': raise exception.{error}()\n"
    )
    hook = {"name": "python", "event": "after", "function": f"{module}:end"}
    config = site.config(directory=["{id}"], postprocessors=[hook])
    done = run(site.notes_url(), "--report", "report.json", config=config)
    assert done.returncode == 1, done.stderr
    assert sorted(outcomes(workdir)) == ["held", "published"]
    assert_whole(folder_book(workdir, "n1"), notes[0].expected())
    assert not folder_book(workdir, "n2").exists()
    assert run(site.notes_url(), config=site.config(directory=["{id}"])).returncode == 0
    assert_whole(folder_book(workdir, "n2"), notes[1].expected())


def test_fallback_addresses_are_used(site, run, workdir):
    """A page whose first address stays bad is taken from its fallback."""
    chapter = site.add_chapter(pages=2)
    site.add_file("/other.jpg", Page("other.jpg", chapter.pages[0].body))
    chapter.pages[0].faults.append(faults.html_as_jpeg(None))
    fallback = f"{site.root}/other.jpg"
    module = workdir / "hooks.py"
    module.write_text(f"def add(kwdict):\n    kwdict['_fallback'] = ['{fallback}']\n")
    config = site.config(
        postprocessors=[{"name": "python", "event": "prepare", "function": f"{module}:add"}]
    )
    config["extractor"]["postprocessors"][0]["filter"] = "page == 1"
    done = run(chapter.url, config=config)
    assert done.returncode == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())


def test_a_restarted_extraction_goes_on_with_its_history(site, run, workdir):
    """gallery-dl's `restart` runs a job again; its pages and its history are complete."""
    chapter = site.add_chapter(pages=3)
    chapter.pages[1].faults.append(faults.status(404, 1))
    config = site.config(**on_failure(workdir, "restart"))
    done = run(chapter.url, *HISTORY, "--page-retries", 0, "--report", "report.json", config=config)
    assert done.returncode & ~4 == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    assert report(workdir)["books"][-1]["whole"]
