"""gallery-dl's post-processors together with books."""

from __future__ import annotations

import json

import pictures
import programs
import pytest
from books import assert_whole, book, report, stamp


def test_exec_after_sees_the_published_book(site, run, workdir):
    """A finalize hook finds the whole archive at its final name."""
    chapter = site.add_chapter(pages=3)
    command = f"cp '{book(workdir, chapter)}' seen.cbz"
    assert run(chapter.url, "--exec-after", command).returncode == 0
    assert programs.pages(workdir / "seen.cbz") == chapter.expected()


def test_exec_sees_each_page(site, run, workdir):
    """--exec is run for each page, which then lies in the staging folder."""
    chapter = site.add_chapter(pages=3)
    assert run(chapter.url, "--exec", "test -s {} && echo {_filename} >> seen").returncode == 0
    assert (workdir / "seen").read_text().split() == [
        part for name in chapter.expected() for part in name.split()
    ] or len((workdir / "seen").read_text().splitlines()) == 3


def test_exec_that_converts_pages(site, run, workdir):
    """A page that the user's command turned into another picture is taken in that form."""
    chapter = site.add_chapter(pages=3)
    for number, page in enumerate(chapter.pages):
        (workdir / f"{number}.webp").write_bytes(pictures.webp(number))
        assert page
    script = workdir / "convert.sh"
    script.write_text('#!/bin/sh\nn=$(ls *.webp | head -n 1)\nmv "$n" "${1%.jpg}.webp"\nrm "$1"\n')
    script.chmod(0o755)
    args = (chapter.url, "--exec", f"{script} {{}}")
    done = run(*args)
    assert done.returncode == 0, done.stderr
    expected = {
        name.replace(".jpg", ".webp"): pictures.webp(number)
        for number, name in enumerate(chapter.expected())
    }
    assert_whole(book(workdir, chapter), expected)
    site.clear()
    assert run(*args).returncode == 0
    assert not site.page_requests()


def test_a_page_that_exec_takes_away_is_reported(site, run, workdir):
    """A page that vanished is named, and the book is held."""
    chapter = site.add_chapter(pages=3)
    done = run(chapter.url, "--exec", "rm {}")
    assert done.returncode & 1
    assert "vanished" in done.stderr


def test_info_json_goes_into_the_book(site, run, workdir):
    """--write-info-json with the zip's `files` packs it first, and the next run changes nothing."""
    chapter = site.add_chapter(pages=3)
    args = ("--write-info-json", "-O", 'files=["info.json"]', "--cbz", chapter.url)
    assert run(*args).returncode == 0
    target = book(workdir, chapter)
    made = programs.pages(target)
    assert programs.names(target)[0] == "info.json"
    assert json.loads(made.pop("info.json"))["manga"] == "Comic"
    assert made == chapter.expected()
    assert not (workdir / "gallery-dl" / chapter.folder).exists()
    before = stamp(target)
    assert run(*args).returncode == 0
    assert stamp(target) == before
    assert not (workdir / "gallery-dl" / chapter.folder).exists()


def test_metadata_files_stay_beside(site, run, workdir):
    """--write-metadata writes its files where gallery-dl puts them."""
    chapter = site.add_chapter(pages=2)
    assert run("--write-metadata", chapter.url).returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())
    folder = workdir / "gallery-dl" / chapter.folder
    assert sorted(p.name for p in folder.iterdir()) == [n + ".json" for n in chapter.expected()]


def test_keep_files_keeps_the_pages(site, run, workdir):
    """With `keep-files` the pages stay in their folder as well, and nothing is fetched twice."""
    chapter = site.add_chapter(pages=3)
    config = site.config(postprocessors=[{"name": "zip", "extension": "cbz", "keep-files": True}])
    for expected in (3, 0):
        site.clear()
        assert run(chapter.url, config=config).returncode == 0
        assert sum(site.page_requests().values()) == expected
        assert programs.pages(book(workdir, chapter)) == chapter.expected()
        folder = workdir / "gallery-dl" / chapter.folder
        assert {p.name: p.read_bytes() for p in folder.iterdir()} == chapter.expected()


def test_a_zip_of_the_configuration_is_made_safely(site, run, workdir):
    """A `zip` in the configuration is written our way, with its options, and none is added."""
    chapter = site.add_chapter(pages=3)
    config = site.config(postprocessors=[{"name": "zip", "compression": "zip"}])
    assert run(chapter.url, config=config).returncode == 0
    target = book(workdir, chapter).with_suffix(".zip")
    assert programs.pages(target) == chapter.expected()
    assert not book(workdir, chapter).exists()
    import zipfile

    with zipfile.ZipFile(target) as archive:
        assert {e.compress_type for e in archive.infolist()} == {zipfile.ZIP_DEFLATED}


def test_cbz_and_a_zip_of_another_extension_are_both_written(site, run, workdir):
    """Pages leave staging only when both archives hold them."""
    chapter = site.add_chapter(pages=3)
    config = site.config(postprocessors=["zip"])
    assert run("--cbz", chapter.url, config=config).returncode == 0
    for target in (book(workdir, chapter), book(workdir, chapter).with_suffix(".zip")):
        assert programs.pages(target) == chapter.expected()
    assert not (workdir / "gallery-dl" / chapter.folder).exists()
    site.clear()
    assert run("--cbz", chapter.url, config=config).returncode == 0
    assert not site.page_requests()


def test_two_zips_for_one_file_become_one_writer(site, run, workdir):
    """--cbz together with a `zip` of the extension cbz gives one whole book."""
    chapter = site.add_chapter(pages=3)
    zip_ = {"name": "zip", "extension": "cbz"}
    config = site.config(postprocessors=[zip_])
    config["extractor"]["foolslide"]["postprocessors"] = [dict(zip_)]
    done = run("--cbz", chapter.url, config=config)
    assert done.returncode == 0
    assert "merged into one" in done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())


@pytest.mark.parametrize(
    ("args", "packed"),
    [
        ((), True),
        (("--pack", "always"), True),
        (("--pack", "asked"), False),
        (("--pack", "asked", "--cbz"), True),
        (("--pack", "asked", "--cb"), True),
        (("--pack", "never"), False),
        (("--no-postprocessors",), False),
    ],
)
def test_what_is_packed(site, run, workdir, args, packed):
    """--pack decides which downloads become books; loose pages stay as gallery-dl leaves them."""
    chapter = site.add_chapter(pages=2)
    assert run(*args, chapter.url).returncode == 0
    assert book(workdir, chapter).exists() == packed
    folder = workdir / "gallery-dl" / chapter.folder
    assert folder.exists() != packed
    if not packed:
        assert {p.name: p.read_bytes() for p in folder.iterdir()} == chapter.expected()


def test_a_filter_keeps_files_out_of_the_book(site, run, workdir):
    """What --zip-filter refuses stays in the folder."""
    chapter = site.add_chapter(pages=3)
    assert run("--zip-filter", "page != 2", chapter.url).returncode == 0
    expected = chapter.expected()
    out = chapter.name(1)
    folder = workdir / "gallery-dl" / chapter.folder
    assert [p.name for p in folder.iterdir()] == [out]
    del expected[out]
    assert programs.pages(book(workdir, chapter)) == expected
    site.clear()
    assert run("--zip-filter", "page != 2", chapter.url).returncode == 0
    assert not site.page_requests()


def test_classify_makes_a_book_of_each_directory(site, run, workdir):
    """Pages belong to the book of the directory that post-processors chose."""
    chapter = site.add_chapter(pages=2)
    config = site.config(postprocessors=["classify"])
    assert run(chapter.url, config=config).returncode == 0
    target = workdir / "gallery-dl" / chapter.folder / "Pictures.cbz"
    assert programs.pages(target) == chapter.expected()
    site.clear()
    assert run(chapter.url, config=config).returncode == 0
    assert not site.page_requests()


def test_rename_and_mtime_work(site, run, workdir):
    """--rename-to gives the pages their names in the book; --mtime does no harm."""
    chapter = site.add_chapter(pages=2)
    args = ("--rename-to", "p{page}.{extension}", "--mtime", "date", chapter.url)
    assert run(*args).returncode == 0
    assert programs.names(book(workdir, chapter)) == ["p1.jpg", "p2.jpg"]


def test_parent_directories(site, run, workdir):
    """With `parent-directory` a child's book lies inside the parent's folder."""
    chapters = [site.add_chapter(n, pages=2) for n in (1, 2)]
    config = site.config(parent_directory=True)
    assert run(site.series_url(), config=config).returncode == 0
    found = {p.name for p in (workdir / "gallery-dl").rglob("*.cbz")}
    assert found == {chapter.book.name for chapter in chapters}


def test_a_zip_that_cannot_be_made_fails_before_downloading(site, run, workdir):
    """gallery-dl would drop a broken post-processor and go on; here the job fails first."""
    chapter = site.add_chapter(pages=2)
    config = site.config(postprocessors=[{"name": "zip", "filter": "not ("}])
    done = run(chapter.url, config=config)
    assert done.returncode != 0
    assert not site.page_requests()


def test_part_false_does_not_matter(site, run, spawn, workdir):
    """Pages are written as .part files even under `--no-part`, so that none is short."""
    chapter = site.add_chapter(pages=3)
    gate = site.hold(2, middle=True)
    process = spawn("cbzsafe", "--no-part", chapter.url)
    gate.wait()
    assert programs.until(lambda: any("_002" in p for p in programs.tree(workdir)))
    programs.kill(process)
    gate.open()
    names = [p for p in programs.tree(workdir) if "_002" in p]
    assert [name.endswith(".part") for name in names] == [True]
    assert run("--no-part", chapter.url, "--report", "report.json").returncode == 0
    assert_whole(book(workdir, chapter), chapter.expected())
    assert report(workdir)["books"][0]["pages"] == 3


def test_root_level_postprocessors_are_still_replaced_by_cbz(site, run, gallery_dl, workdir):
    """`--cbz` replaces post-processors at the configuration's root, stripped or not."""
    chapter = site.add_chapter(pages=2)
    config = {**site.config(), "postprocessors": [{"name": "exec", "command": "touch ran"}]}
    assert run("--cbz", chapter.url, config=config).returncode == 0
    assert not (workdir / "ran").exists()
    assert run("-d", "other", chapter.url, config=config).returncode == 0
    assert (workdir / "ran").exists()
