"""Where a run's URLs and options come from: files of every format, standard input, the line."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial

import programs
import pytest
import yaml
from books import assert_whole, book, outcomes, report
from gallery_dl import option
from site_faults import html_as_jpeg, status

TYPES = {"json", "yaml", "toml"}


@pytest.fixture
def chapter(site):
    """A chapter of three pages."""
    return site.add_chapter(pages=3)


def toml(value):
    """A value in TOML, which knows no null: keys with None are left out."""
    if not isinstance(value, dict):
        return json.dumps(value)
    pairs = (f"{json.dumps(k)} = {toml(v)}" for k, v in value.items() if v is not None)
    return "{" + ", ".join(pairs) + "}"


def written(config, kind):
    """The text of a configuration file of one kind."""
    if kind == "yaml":
        return yaml.safe_dump(config)
    if kind == "toml":
        sections = {name: toml(values) for name, values in config.items()}
        return "".join(f"{name} = {values}\n" for name, values in sections.items())
    return json.dumps(config)


def cbzsafe(workdir, *args, **options):
    """Run cbzsafe with no configuration but what the arguments name."""
    return programs.run_cbzsafe(args, workdir, **options)


def from_stdin(workdir, config, text, *args):
    """Run cbzsafe with `text` on its standard input."""
    path = workdir.parent / "stdin.json"
    path.write_text(json.dumps(config), "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "cbzsafe", "--config-ignore", "-c", str(path), *args],
        cwd=workdir,
        env=programs.environment(workdir),
        input=text,
        capture_output=True,
        text=True,
        timeout=programs.TIMEOUT,
        check=False,
    )


# ---- files


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_a_configuration_file_of_each_format(site, workdir, chapter, kind):
    """gallery-dl's settings and ours count from JSON, YAML and TOML alike."""
    config = site.config(cbzsafe={"publish-to": "shelf"}, filename="{page:>03}.{extension}")
    path = workdir.parent / f"settings.{kind}"
    path.write_text(written(config, kind), "utf-8")
    named = "-c" if kind == "json" else f"--config-{kind}"
    done = cbzsafe(workdir, "--config-ignore", named, path, chapter.url)
    assert done.returncode == 0, done.stderr
    (target,) = (workdir / "shelf").rglob("*.cbz")
    assert programs.names(target) == ["001.jpg", "002.jpg", "003.jpg"]


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_a_default_file_of_another_type(site, workdir, chapter, kind):
    """--config-type moves the default file; a gallery-dl without it refuses the line as its own."""
    folder = programs.home(workdir) / "config" / "gallery-dl"
    folder.mkdir(parents=True)
    config = site.config(cbzsafe={"publish-to": "shelf"})
    (folder / f"config.{kind}").write_text(written(config, kind), "utf-8")
    done = cbzsafe(workdir, "--config-type", kind, chapter.url)
    if "--config-type" not in option.build_parser()._option_string_actions:
        assert (done.returncode, site.log) == (2, [])
        return
    assert done.returncode == 0, done.stderr
    assert_whole(workdir / "shelf" / chapter.book, chapter.expected())


def test_a_default_file_is_read_without_being_named(site, workdir, chapter):
    """The user's own configuration steers gallery-dl and us."""
    folder = programs.home(workdir) / "config" / "gallery-dl"
    folder.mkdir(parents=True)
    config = site.config(cbzsafe={"report": "report.json"})
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    done = cbzsafe(workdir, chapter.url)
    assert done.returncode == 0, done.stderr
    assert outcomes(workdir) == ["published"]


def test_a_later_file_wins_key_by_key(site, workdir, chapter):
    """Of two files the second one's keys count, and the first one's others stay."""
    first, second = workdir.parent / "first.json", workdir.parent / "second.yaml"
    ours = {"publish-to": "first", "report": "report.json"}
    first.write_text(json.dumps(site.config(cbzsafe=ours)), "utf-8")
    second.write_text("cbzsafe: {publish-to: second}\n", "utf-8")
    args = ("--config-ignore", "-c", first, "--config-yaml", second)
    assert cbzsafe(workdir, *args, chapter.url).returncode == 0
    assert_whole(workdir / "second" / chapter.book, chapter.expected())
    assert outcomes(workdir) == ["published"]


@pytest.mark.parametrize("option", ["-c", "--config-yaml", "--config-toml"])
def test_a_file_that_is_missing_is_gallery_dls_own_error(site, workdir, chapter, option):
    """The status is the one of gallery-dl, and nothing was asked of the site."""
    args = ["--config-ignore", option, "missing", chapter.url]
    ours = programs.run_cbzsafe(args, workdir)
    theirs = programs.run_gallery_dl([option, "missing", chapter.url], workdir, site.config())
    assert ours.returncode == theirs.returncode != 0
    assert ours.stderr.splitlines()[0] == theirs.stderr.splitlines()[0]
    assert site.log == []


# ---- where URLs come from


def test_urls_come_from_standard_input(site, workdir):
    """`-i -` takes the URLs of a pipe, each of them a book, and passes comments over."""
    chapters = [site.add_chapter(number, 2) for number in (1, 2)]
    text = f"# first\n{chapters[0].url}\n\n{chapters[1].url} # second\n"
    done = from_stdin(workdir, site.config(), text, "-i", "-")
    assert done.returncode == 0, done.stderr
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())


def test_options_of_an_input_file_are_its_urls_own(site, workdir):
    """A `-` line is for the next URL alone, and names its pages before they are packed."""
    chapters = [site.add_chapter(number, 2) for number in (1, 2)]
    line = '-filename = "{page}.{extension}"\n'
    text = f"{line}{chapters[0].url}\n{chapters[1].url}\n"
    done = from_stdin(workdir, site.config(), text, "-i", "-")
    assert done.returncode == 0, done.stderr
    assert programs.names(book(workdir, chapters[0])) == ["1.jpg", "2.jpg"]
    assert_whole(book(workdir, chapters[1]), chapters[1].expected())


def test_several_input_files_and_urls_make_one_run(site, run, workdir):
    """Each `-i` and each URL counts, in gallery-dl's order, and one report tells of all."""
    chapters = [site.add_chapter(number, 2) for number in (1, 2, 3)]
    (workdir / "a.txt").write_text(chapters[1].url + "\n", "utf-8")
    (workdir / "b.txt").write_text(chapters[2].url + "\n", "utf-8")
    args = ("-i", "a.txt", chapters[0].url, "--report", "report.json", "-i", "b.txt")
    assert run(*args).returncode == 0
    assert outcomes(workdir) == ["published"] * 3
    for chapter in chapters:
        assert_whole(book(workdir, chapter), chapter.expected())


# ---- gallery-dl's options on the line


def test_several_options_set_gallery_dls_configuration(run, workdir, chapter):
    """Every `-o` counts, wherever it stands."""
    name = "filename={page}.{extension}"
    assert run("-o", name, chapter.url, "-o", "base-directory=there").returncode == 0
    (target,) = (workdir / "there").rglob("*.cbz")
    assert programs.names(target) == ["1.jpg", "2.jpg", "3.jpg"]


def test_an_option_of_the_line_steers_our_section_too(run, workdir, chapter):
    """`-o cbzsafe.key=value` counts as if it stood in a file."""
    assert run("-o", "cbzsafe.publish-to=shelf", chapter.url).returncode == 0
    assert_whole(workdir / "shelf" / chapter.book, chapter.expected())


def test_postprocessor_options_reach_the_injected_zip(run, workdir, chapter):
    """Every `-O` counts: the pages are deflated, and stay beside the book."""
    import zipfile

    done = run("-O", "compression=zip", chapter.url, "-O", "keep-files=true")
    assert done.returncode == 0, done.stderr
    target = book(workdir, chapter)
    assert programs.pages(target) == chapter.expected()
    with zipfile.ZipFile(target) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_DEFLATED}
    assert len(list(target.with_suffix("").iterdir())) == 3


def test_postprocessors_of_the_line_run_beside_ours(run, workdir, chapter):
    """Every `-P` counts: metadata is written, the modification time set, and the book made."""
    done = run("-P", "metadata", chapter.url, "-P", "mtime")
    assert done.returncode == 0, done.stderr
    assert programs.pages(book(workdir, chapter)) == chapter.expected()
    beside = {path.name for path in book(workdir, chapter).with_suffix("").iterdir()}
    assert beside == {f"{name}.json" for name in chapter.expected()}


def test_a_zip_of_the_line_is_made_our_way(run, workdir, chapter):
    """`-P cbz` is the very post-processor that is injected, and none is added."""
    done = run("-P", "cbz", "--report", "report.json", chapter.url)
    assert done.returncode == 0, done.stderr
    assert_whole(book(workdir, chapter), chapter.expected())
    assert len(outcomes(workdir)) == 1
    assert report(workdir)["problems"] == []


# ---- our own section


@pytest.mark.parametrize(
    ("fault", "retries", "rounds", "requests"),
    [
        (html_as_jpeg, 0, 0, 1),
        (html_as_jpeg, 3, 0, 4),
        (partial(status, 500), 0, 3, 4),
        (partial(status, 500), 3, 0, 1),
    ],
    ids=["broken", "broken, retries", "failed, rounds", "failed"],
)
def test_the_section_sets_how_often_a_page_is_fetched(
    site, run, chapter, fault, retries, rounds, requests
):
    """`page-retries` is for what came broken, `repair-rounds` for what did not come."""
    chapter.pages[1].faults.append(fault(times=None))
    config = site.config(cbzsafe={"page-retries": retries, "repair-rounds": rounds})
    assert run(chapter.url, config=config).returncode & 5 == 5
    assert site.page_requests()[chapter.pages[1].name] == requests


def test_the_section_sets_what_becomes_of_an_incomplete_book(site, run, workdir, chapter):
    """`incomplete: publish` in the file publishes what there is, and the status tells."""
    chapter.pages[1].faults.append(status(404, times=None))
    config = site.config(cbzsafe={"incomplete": "publish", "report": "report.json"})
    assert run(chapter.url, config=config).returncode & 5 == 5
    missing = chapter.name(1)
    expected = {name: body for name, body in chapter.expected().items() if name != missing}
    assert_whole(book(workdir, chapter), expected)
    assert report(workdir)["books"][0]["missing"] == [missing]


def test_the_option_wins_over_the_variable_and_that_over_the_file(site, run, workdir, chapter):
    """Each of the three names another folder; the one that is nearest to the user counts."""
    config = site.config(cbzsafe={"publish-to": "file"})
    env = {"CBZSAFE_PUBLISH_TO": "variable"}
    assert run(chapter.url, config=config, env=env).returncode == 0
    assert run(chapter.url, "--publish-to", "option", config=config, env=env).returncode == 0
    assert run(chapter.url, config=config).returncode == 0
    for name in ("option", "variable", "file"):
        assert_whole(workdir / name / chapter.book, chapter.expected())


def test_variables_set_up_a_whole_run(run, workdir, chapter):
    """A container needs no option of ours: variables say where to and how often."""
    chapter.pages[1].faults.append(status(404, times=None))
    env = {
        "CBZSAFE_INCOMPLETE": "publish",
        "CBZSAFE_PUBLISH_TO": str(workdir / "shelf"),
        "CBZSAFE_REPORT": "report.json",
        "CBZSAFE_REPAIR_ROUNDS": "0",
    }
    assert run(chapter.url, env=env).returncode & 5 == 5
    assert len(programs.names(workdir / "shelf" / chapter.book)) == 2
    assert report(workdir)["books"][0]["path"] == str(workdir / "shelf" / chapter.book)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"args": ("--page-retries", "often")}, "--page-retries: 'often'"),
        ({"env": {"CBZSAFE_INCOMPLETE": "drop"}}, "CBZSAFE_INCOMPLETE: 'drop'"),
        ({"ours": {"page-retries": -1}}, "cbzsafe.page-retries in "),
        ({"ours": {"page-retrys": 1}}, "did you mean 'page-retries'?"),
        ({"ours": {"incomplete": None, "history": "doubt"}}, "cbzsafe.history in "),
        ({"args": ("-o", "cbzsafe.incomplete=drop")}, "cbzsafe.incomplete in the command line"),
        ({"args": ("-o", "cbzsafe=1")}, "is no object with settings"),
    ],
    ids=["option", "variable", "key", "no such key", "second key", "-o", "no section"],
)
def test_a_wrong_value_asks_the_site_for_nothing(site, run, workdir, chapter, where, told):
    """Wherever it is written, it is a usage error of one sentence that names the place."""
    config = site.config(cbzsafe=where.get("ours", {}))
    done = run(*where.get("args", ()), chapter.url, config=config, env=where.get("env"))
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert site.log == []
    assert programs.tree(workdir) == []


@pytest.mark.parametrize("kind", ["yaml", "toml"])
def test_a_wrong_value_of_another_format_is_found_too(site, workdir, chapter, kind):
    """A value that only YAML or TOML can have is refused like any other."""
    text = {"yaml": "cbzsafe: {lock-timeout: 2020-01-01}\n", "toml": "cbzsafe.lock-timeout = nan\n"}
    path = workdir.parent / f"ours.{kind}"
    path.write_text(text[kind], "utf-8")
    done = programs.run_cbzsafe([f"--config-{kind}", path, chapter.url], workdir, site.config())
    assert done.returncode == 2
    assert f"cbzsafe.lock-timeout in {path}" in done.stderr
    assert site.log == []
