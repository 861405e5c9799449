"""gallery-dl's configuration, read without touching gallery-dl's own."""

from __future__ import annotations

import copy
import json

import pytest
from gallery_dl import config

from cbzsafe.gallerydl import configuration, parser


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder without any configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    return tmp_path


@pytest.fixture(autouse=True)
def untouched():
    """gallery-dl's own state is the same after each test."""
    names = ("_config", "_files", "_type", "_load", "_default_configs")
    before = {name: copy.copy(getattr(config, name, None)) for name in names}
    yield
    assert {name: getattr(config, name, None) for name in names} == before


def write(path, values):
    """Write `values` as JSON, or as text, and return the path as text."""
    path.write_text(values if isinstance(values, str) else json.dumps(values))
    return str(path)


def read(*argv):
    """Read the configuration of a command line."""
    return configuration.read(parser.understand([*argv, "http://a/"]))


def test_the_default_file_is_read(home):
    """The user's own file counts without being named."""
    path = write(home / ".gallery-dl.conf", {"cbzsafe": {"pack": "never"}})
    found = read()
    assert found.section("cbzsafe") == {"pack": "never"}
    assert found.files() == (path,)


@pytest.mark.parametrize("option", ["--config-ignore", "--ignore-config"])
def test_the_default_file_can_be_ignored(home, option):
    """What gallery-dl does not read is not read."""
    write(home / ".gallery-dl.conf", {"cbzsafe": {"pack": "never"}})
    assert read(option).section("cbzsafe") == {}


def test_a_later_file_wins_key_by_key(home):
    """Files are merged deeply, and each key's origin is the last that has it."""
    first = write(home / ".gallery-dl.conf", {"cbzsafe": {"pack": "never", "page-retries": 1}})
    second = write(home / "b.json", {"cbzsafe": {"pack": "asked"}})
    found = read("-c", second)
    assert found.section("cbzsafe") == {"pack": "asked", "page-retries": 1}
    assert found.origin("cbzsafe", "pack") == second
    assert found.origin("cbzsafe", "page-retries") == first
    assert found.origin("cbzsafe", "history") is None


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--config-toml", '[cbzsafe]\npack = "never"\n'),
        ("--config-yaml", "cbzsafe:\n  pack: never\n"),
        ("-c", '{"cbzsafe": {"pack": "never"}}'),
    ],
)
def test_every_format_of_gallery_dl_is_read(home, option, text):
    """A file in any of gallery-dl's formats holds our settings."""
    path = write(home / "a", text)
    found = read(option, path)
    assert found.section("cbzsafe") == {"pack": "never"}
    assert found.files() == (path,)


def test_subconfigs_follow_the_file_that_names_them(home):
    """A file that a file names is merged after it, once even where they name each other."""
    inner = home / "inner.json"
    outer = write(home / "outer.json", {"a": 1, "b": 1, "subconfigs": str(inner)})
    write(inner, {"b": 2, "subconfigs": [outer]})
    found = read("--config-ignore", "-c", outer)
    assert (found.merged["a"], found.merged["b"]) == (1, 2)
    assert found.files() == (outer, str(inner))


def test_options_of_the_command_line_come_last(home):
    """-o wins over every file, and its origin is told."""
    path = write(home / "a.json", {"cbzsafe": {"pack": "never"}})
    found = read("-c", path, "-o", "cbzsafe.pack=asked", "-o", "cbzsafe.page-retries=5")
    assert found.section("cbzsafe") == {"pack": "asked", "page-retries": 5}
    assert found.origin("cbzsafe", "pack") == configuration.COMMAND_LINE
    assert found.files() == (path,)


def test_options_that_set_a_root_key_are_in_the_result(home):
    """-D, -A, -P, -O and -f end where gallery-dl's main() puts them."""
    merged = read("-D", "x", "-A", "3", "-P", "mtime", "-O", "a=1", "-f", "n").merged
    assert merged["base-directory"] == "x"
    assert merged["skip"] == "abort:3"
    assert merged["postprocessors"] == ["mtime"]
    assert merged["postprocessor-options"] == {"a": 1}
    assert merged["filename"] == "n"


def test_a_lone_cbz_leaves_no_root_level_postprocessors(home):
    """With --cbz taken out, the root-level ones that it replaced stay replaced."""
    path = write(home / "a.json", {"postprocessors": ["zip"]})
    assert read("-c", path).merged["postprocessors"] == ["zip"]
    assert read("-c", path, "--cbz").merged["postprocessors"] == []


@pytest.mark.parametrize("text", ["{", "[1, 2]", "null", '"text"', "\x00"])
def test_a_broken_file_counts_as_absent(home, text, caplog, capfd):
    """gallery-dl complains about a broken file; here it is passed over without a word."""
    found = read("-c", write(home / "a.json", text))
    assert found.merged == {}
    assert found.files() == ()
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_counts_as_absent(home):
    """A file that is not there changes nothing."""
    assert read("-c", str(home / "none.json")).merged == {}


def test_an_option_through_no_object_is_passed_over(home):
    """An option below a value that is no object cannot be set, and nothing else is lost."""
    assert read("-o", "a=1", "-o", "a.b.c=2", "-o", "d=3").merged == {"a": 1, "d": 3}


def test_merging_leaves_each_source_as_it_was(home):
    """What a file is said to hold does not change when a later one is merged."""
    first = write(home / "a.json", {"cbzsafe": {"pack": "never"}})
    second = write(home / "b.json", {"cbzsafe": {"history": "trust"}})
    found = read("-c", first, "-c", second)
    assert found.sources[0].values == {"cbzsafe": {"pack": "never"}}


def test_another_type_of_default_file_is_read_where_there_is_one(home):
    """--config-type changes the default file for this reading only; 1.30.0 has no such option."""
    (home / ".config" / "gallery-dl").mkdir(parents=True)
    path = write(home / ".config" / "gallery-dl" / "config.toml", '[cbzsafe]\npack = "never"\n')
    typed = ["--config-type", "toml"]
    argv = typed if parser.knows_option("--config-type") else ["--config-toml", path]
    assert read(*argv).origin("cbzsafe", "pack") == path


def test_reading_leaves_gallery_dls_own_configuration_empty(home):
    """What is read here does not show in gallery-dl's own configuration."""
    read("-c", write(home / "a.json", {"extractor": {"skip": False}}), "-o", "x=1")
    assert "x" not in config._config
    assert config.get(("extractor",), "skip") is None
