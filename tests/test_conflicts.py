"""What in a configuration works against a safe book."""

from __future__ import annotations

import pytest

from cbzsafe import conflicts
from cbzsafe.gallerydl import configuration, parser
from cbzsafe.gallerydl.configuration import Configuration, Source

CBZ = {"name": "zip", "extension": "cbz"}


def find(merged, *argv, injecting=True):
    """Find the conflicts of one file, as `where` and `what`, and check that each has an answer."""
    understood = parser.understand([*argv, "http://a/"])
    read = Configuration(merged, (Source("a.json", merged), Source("the command line", {})))
    found = conflicts.find(understood, read, injecting=injecting)
    assert all(one.answer.endswith(".") and one.source for one in found)
    return [(one.where, one.what) for one in found]


def nested(path, value):
    """An object with `value` at a path with dots."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("downloader.part", False, "false"),
        ("downloader.http.part", False, "false"),
        ("part", False, "false"),
        ("extractor.site.http.part", None, "null"),
        ("extractor.site.sub.http.part", False, "false"),
        ("extractor.archive-mode", "memory", '"memory"'),
        ("extractor.site.archive-event", "after", '"after"'),
        ("extractor.postprocess", False, "false"),
        ("postprocess", None, "null"),
        ("extractor.skip", "abort", '"abort"'),
        ("extractor.site.skip", "abort:3", '"abort:3"'),
        ("skip", "terminate:2", '"terminate:2"'),
        ("extractor.skip", "exit:1", '"exit:1"'),
        ("extractor.site.sub.skip", False, "false"),
        ("extractor.skip", "enumerate", '"enumerate"'),
        ("signals-ignore", ["SIGINT"], '["SIGINT"]'),
        ("signals-actions", {"SIGTERM": "exit 1"}, '{"SIGTERM": "exit 1"}'),
        ("extractor.actions", {"error": "status |= 1"}, '{"error": "status |= 1"}'),
        ("extractor.site.download", False, "false"),
        ("postprocessor-options", {"keep-files": True}, '{"keep-files": true}'),
    ],
)
def test_a_key_that_matters_is_found_where_it_stands(path, value, what):
    """Each key is named with its level, its value and what is done about it."""
    assert find(nested(path, value)) == [(path, what)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("downloader.part", True),
        ("extractor.site.part", False),
        ("output.skip", False),
        ("extractor.skip", True),
        ("extractor.archive-mode", "file"),
        ("extractor.postprocess", True),
        ("extractor.signals-ignore", ["SIGINT"]),
        ("extractor.actions", {}),
        ("extractor.site", "text"),
    ],
)
def test_a_harmless_key_is_not_found(path, value):
    """Values that are harmless, and keys where gallery-dl does not look, are no conflicts."""
    assert find(nested(path, value)) == []


def test_a_root_level_key_hides_the_same_key_below():
    """gallery-dl asks the root first, so that what stands below has no effect."""
    assert find({"skip": True, "extractor": {"skip": False}}) == []
    assert find({"part": True, "downloader": {"part": False}}) == []


@pytest.mark.parametrize(
    "merged",
    [
        {"extractor": {"postprocessors": ["zip", "zip@after"]}},
        {"extractor": {"postprocessors": ["zip", "m"]}, "postprocessor": {"m": {"name": "zip"}}},
        {"extractor": {"postprocessors": [{"name": "zip"}, {"type": "zip", "mode": "safe"}]}},
        {"extractor": {"postprocessors": [{"name": "zip"}, CBZ]}, "postprocessor-options": CBZ},
    ],
)
def test_two_zips_for_one_file_are_found(merged):
    """Two entries for one archive are told, however each is written."""
    found = find(merged, injecting=False)
    assert [where for where, _ in found] == ["extractor.postprocessors"]
    assert found[0][1].startswith("a second zip for .")


@pytest.mark.parametrize("below", ["extractor.postprocessors", "extractor.site.postprocessors"])
def test_two_zips_at_different_levels_are_found_at_the_inner_one(below):
    """Levels add up in gallery-dl, so that entries of two levels meet in one file."""
    merged = {"postprocessors": [CBZ], **nested(below, [CBZ])}
    assert find(merged, injecting=False) == [(below, "a second zip for .cbz")]


def test_two_zips_that_cannot_meet_are_no_conflict():
    """Two extensions are two files, two sites two jobs, and two white lists two jobs."""
    two = {"extractor": {"postprocessors": ["zip", CBZ]}}
    sites = {"extractor": {"a": {"postprocessors": ["zip"]}, "b": {"postprocessors": ["zip"]}}}
    lists = [{"name": "zip", "whitelist": ["a"]}, {"name": "zip", "whitelist": ["b"]}]
    for merged in (two, sites, {"extractor": {"postprocessors": lists}}):
        assert find(merged, injecting=False) == []


def test_a_zip_beside_the_injected_one_is_told():
    """Who has a zip already learns that none is added, or with --cbz that both are written."""
    merged = {"extractor": {"postprocessors": ["zip"]}}
    read = Configuration(merged, (Source("a.json", merged), Source("the command line", {})))
    plain = conflicts.find(parser.understand(["u"]), read, injecting=True)
    asked = conflicts.find(parser.understand(["--cbz", "u"]), read, injecting=True)
    assert [one.what for one in plain] == [one.what for one in asked] == ["zip for .zip"]
    assert "no other is injected" in plain[0].answer
    assert "Both are written" in asked[0].answer


def test_kept_files_are_found():
    """Pages that stay beside the archive are expected by nobody who has forgotten the option."""
    kept = {"name": "zip", "keep-files": True}
    expected = [("extractor.postprocessors", "keep-files in the zip for .zip")]
    assert find({"extractor": {"postprocessors": [kept]}}, injecting=False) == expected


def test_root_level_postprocessors_that_cbz_replaces_are_told():
    """Only --cbz alone replaces what the file has at its root."""
    merged = {"postprocessors": ["mtime"]}
    assert find(merged, "--cbz") == [("postprocessors", "at the root")]
    assert find(merged) == []
    assert find(merged, "--cbz", "-P", "mtime") == []


@pytest.mark.parametrize(
    ("argv", "where"),
    [
        (["--no-part"], "part"),
        (["--no-postprocessors"], "postprocess"),
        (["-A", "3"], "skip"),
        (["-T", "3"], "skip"),
        (["--no-skip"], "skip"),
        (["--no-download"], "download"),
        (["-o", "archive-mode=memory"], "archive-mode"),
    ],
)
def test_options_on_the_command_line_are_found_as_well(argv, where):
    """What gallery-dl's own options set is told like a key, and that no file holds it."""
    understood = parser.understand(["--config-ignore", *argv, "http://a/"])
    found = conflicts.find(understood, configuration.read(understood), injecting=True)
    assert [(one.where, one.source) for one in found] == [(where, "the command line")]


def test_conflicts_are_sorted():
    """The order follows the keys, not the file."""
    merged = {"skip": False, "download": False, "extractor": {"archive-mode": "memory"}}
    found = [where for where, _ in find(merged)]
    assert found == sorted(found) == ["download", "extractor.archive-mode", "skip"]
