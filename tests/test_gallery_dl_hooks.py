"""The places in gallery-dl that cbzsafe takes hold of, and what it must not expect of them."""

from __future__ import annotations

import gallery_dl_state
import left_behind
import programs
import pytest
import site_faults


@pytest.fixture
def main(forgetful_gallery_dl, tmp_path):
    """Run gallery-dl in this process: `main(*args, **options)`, into `tmp_path`."""

    def main(*args, **options):
        arguments = ("-d", tmp_path, *args)
        return gallery_dl_state.main(arguments, forgetful_gallery_dl.config(**options))

    return main


def test_a_rebound_job_class_makes_every_child_job(site, main, tmp_path):
    """A subclass put in place of `DownloadJob` runs the series and each of its chapters."""
    from gallery_dl import job

    seen = []

    class Job(job.DownloadJob):
        def run(self):
            seen.append(self.extractor.subcategory)
            return super().run()

    job.DownloadJob = Job
    books = [site.add_chapter(number, 2) for number in (1, 2)]
    assert main("--cbz", site.series_url()) == 0
    assert len(seen) == 3
    assert all((tmp_path / book.book).exists() for book in books)


@pytest.mark.parametrize(
    "asked",
    ["zip", "zip/safe", "zip@file", {"name": "zip"}, {"type": "zip"}, "mine"],
    ids=str,
)
def test_the_cache_decides_what_zip_means(site, main, asked):
    """Whichever way a configuration names it, the class in `postprocessor._cache` is made."""
    from gallery_dl import postprocessor

    made = []

    class Ours(postprocessor.find("zip")):
        def __init__(self, job, options):
            made.append(options)
            super().__init__(job, options)

    postprocessor._cache["zip"] = Ours
    chapter = site.add_chapter(1, 2)
    named = {"mine": {"name": "zip", "extension": "cbz"}}
    assert main(chapter.url, postprocessors=[asked], postprocessor=named) == 0
    assert len(made) == 1


def test_exists_is_looked_up_on_the_instance(site, main):
    """A job's own `pathfmt.exists` answers whether a page is there."""
    from gallery_dl import job

    class Job(job.DownloadJob):
        def initialize(self, kwdict=None):
            super().initialize(kwdict)
            self.pathfmt.exists = lambda: self.pathfmt.filename.endswith("_002.jpg")

    job.DownloadJob = Job
    chapter = site.add_chapter(1, 3)
    assert main(chapter.url) == 0
    assert set(site.page_requests()) == {"c001_001.jpg", "c001_003.jpg"}


@pytest.fixture
def raising_main(main):
    """Give a `main` in which every `zip` raises at the end of its job, its archive closed."""
    from gallery_dl import postprocessor

    class Raising(postprocessor.find("zip")):
        def finalize(self, pathfmt):
            super().finalize(pathfmt)
            raise RuntimeError("from the hook")

    postprocessor._cache["zip"] = Raising
    return main


def test_an_exception_from_a_finalize_hook_leaves_main(site, raising_main):
    """What a hook of a job without parent raises goes through `main`."""
    chapter = site.add_chapter(1, 2)
    with pytest.raises(RuntimeError, match="from the hook"):
        raising_main("--cbz", chapter.url)


def test_an_exception_from_a_child_job_ends_the_series(site, raising_main):
    """What a hook of the first chapter raises ends its parent: the others are never fetched."""
    for number in (1, 2, 3):
        site.add_chapter(number, 2)
    assert raising_main("--cbz", site.series_url()) == 1
    assert site.page_requests() == {"c001_001.jpg": 1, "c001_002.jpg": 1}


def test_the_command_line_replaces_the_post_processors_at_the_root(site, gallery_dl, workdir):
    """`--cbz` takes the place of a root-level list, and adds to those of `extractor`."""
    chapter = site.add_chapter(1, 2)
    metadata = {"name": "metadata", "event": "post", "filename": "info.json"}
    for level, kept in (("root", False), ("extractor", True)):
        config = site.config()
        (config if level == "root" else config["extractor"])["postprocessors"] = [metadata]
        assert gallery_dl("--cbz", "-d", level, chapter.url, config=config).returncode == 0
        assert (workdir / level / chapter.book).exists()
        assert (workdir / level / chapter.folder / "info.json").exists() == kept


def test_a_post_processor_that_fails_to_start_is_dropped(site, gallery_dl, workdir):
    """The pages are downloaded without it, exit 0."""
    chapter = site.add_chapter(1, 2)
    config = site.config(postprocessors=[{"name": "mtime", "value": "{"}])
    done = gallery_dl(chapter.url, config=config)
    assert "initialization failed" in done.stderr
    assert done.returncode == 0
    assert len(list((workdir / "gallery-dl" / chapter.folder).iterdir())) == 2


def test_a_simulated_run_finalizes_and_makes_a_download_archive(site, gallery_dl, workdir):
    """`-s` fetches no page, and yet runs finalize hooks and creates the history."""
    chapter = site.add_chapter(1, 2)
    exec_ = {"name": "exec", "event": "finalize", "command": "touch finalized"}
    config = site.config(postprocessors=[exec_])
    done = gallery_dl("-s", "--download-archive", "h.sqlite3", chapter.url, config=config)
    assert done.returncode == 0
    assert not site.page_requests()
    assert {"finalized", "h.sqlite3"} <= set(programs.tree(workdir))


@pytest.mark.parametrize("option", ["-g", "-j", "-K"])
def test_listing_modes_do_not_download(site, gallery_dl, workdir, option):
    """They ask for the chapter alone, and write nothing."""
    chapter = site.add_chapter(1, 2)
    assert gallery_dl(option, "--cbz", chapter.url).returncode == 0
    assert not site.page_requests()
    assert programs.tree(workdir) == []


@pytest.mark.parametrize("options", [["--no-download"], ["-N", "file:{filename}"]], ids=str)
def test_without_downloading_the_zip_fails_on_the_file_event(site, gallery_dl, options):
    """The event fires although there is no file: the job breaks off with a status."""
    chapter = site.add_chapter(1, 2)
    assert gallery_dl(*options, "--cbz", chapter.url).returncode != 0
    assert not site.page_requests()


def test_skipped_pages_count_for_abort(site, gallery_dl):
    """`-A 2` ends at two known pages, whatever is missing behind them."""
    chapter = site.add_chapter(1, 5)
    assert gallery_dl("--range", "1-2", chapter.url).returncode == 0
    site.clear()
    assert gallery_dl("-A", "2", chapter.url).returncode == 0
    assert not site.page_requests()


def test_stale_addresses_fail_with_403(site, gallery_dl):
    """A page whose address has gone stale is given up: only a new chapter page helps."""
    site.tokens = True
    chapter = site.add_chapter(1, 3)
    site.on_request = lambda request: request.page == "c001_002.jpg" and chapter.expire()
    done = gallery_dl(chapter.url)
    assert done.returncode == 4
    assert done.stderr.count("403") >= 1
    site.on_request = None
    assert gallery_dl(chapter.url).returncode == 0


def test_a_failed_page_is_asked_for_once_more_for_each_retry(site, gallery_dl):
    """The downloader's retries repeat a 500 and not a 404."""
    chapter = site.add_chapter(1, 2)
    chapter.pages[0].faults.append(site_faults.status(500))
    chapter.pages[1].faults.append(site_faults.status(404))
    config = site.config(downloader={"retries": 1})
    assert gallery_dl(chapter.url, config=config).returncode == 4
    assert site.page_requests() == {"c001_001.jpg": 2, "c001_002.jpg": 1}


def test_the_parser_knows_abbreviations_and_lets_options_take_what_follows():
    """`--cb` is `--cbz`, and `--list-extractors` would swallow the address behind a `--cbz`."""
    from gallery_dl import option

    parser = option.build_parser()
    assert parser.parse_args(["--cb", "u"]).postprocessors == [left_behind.ZIP]
    kept = parser.parse_args(["--list-extractors", "A", "--cbz", "URL"])
    stripped = parser.parse_args(["--list-extractors", "A", "URL"])
    assert (kept.list_extractors, kept.urls) == (["A"], ["URL"])
    assert (stripped.list_extractors, stripped.urls) == (["A", "URL"], [])


def test_a_usage_error_exits_with_2(site, gallery_dl):
    """What the parser rejects ends with 2, before any request."""
    assert gallery_dl("--no-such-option", site.root).returncode == 2
    assert not site.log


def test_the_exit_bits_of_errors_are_powers_of_two_but_2(gallery_dl):
    """Each error of gallery-dl has its bit; 2 is none of them, and an unknown address has 64."""
    from gallery_dl import exception

    classes = [value for value in vars(exception).values() if isinstance(value, type)]
    codes = {value.code for value in classes if issubclass(value, exception.GalleryDLException)}
    assert codes - {-1, 0} <= {1, 4, 8, 16, 32, 64, 128}
    assert gallery_dl("nosuch:address").returncode == 64
