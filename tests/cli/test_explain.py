"""`cbzsafe explain`: what a run would do."""

from __future__ import annotations

import json

import pytest

ZIP = {
    "name": "zip",
    "compression": "store",
    "extension": "cbz",
    "filter": "extension not in ('zip', 'rar', 'cbz', 'sqlite')",
    "keep-files": False,
}


def part(text, heading):
    """The lines under a heading, without their indent."""
    lines = iter(text.splitlines())
    assert f"{heading}:" in lines
    found = []
    for line in lines:
        if not line.startswith(" "):
            break
        found.append(line.strip())
    return found


def test_the_command_line_is_quoted_for_a_shell(explain):
    """The line can be pasted: quoted, without --cbz, without our options."""
    out = explain("--cbz", "--pack", "asked", "-f", "{num} {id}", "http://a/?b&c", "--", "-x")
    assert part(out, "Command line") == ["gallery-dl -f '{num} {id}' 'http://a/?b&c' -- -x"]


@pytest.mark.parametrize(
    ("argv", "injected"),
    [
        (["u"], True),
        (["--cbz", "u"], True),
        (["--pack", "asked", "u"], False),
        (["--pack", "asked", "--cb", "u"], True),
        (["--pack", "never", "--cbz", "u"], False),
        (["-g", "u"], False),
        (["--no-such-option", "u"], False),
    ],
)
def test_the_injected_postprocessor_is_shown_as_json(explain, argv, injected):
    """It is there exactly when a job would get it."""
    shown = part(explain(*argv), "Injected post-processor")
    assert (json.loads(shown[0]) == ZIP) if injected else (shown[0] == "none")
    assert shown[1].endswith(".")


def test_the_filter_that_is_shown_is_the_one_that_is_set(explain):
    """--zip-filter reaches the post-processor."""
    shown = part(explain("--zip-filter", "extension == 'jpg'", "u"), "Injected post-processor")
    assert json.loads(shown[0])["filter"] == "extension == 'jpg'"


def test_a_line_that_downloads_nothing_is_shown_unchanged(explain):
    """Listing modes get their --cbz, and no conflicts are looked for."""
    out = explain("-g", "--cbz", "u")
    assert part(out, "Command line") == ["gallery-dl -g --cbz u"]
    assert "downloads nothing" in out


def test_settings_are_shown_with_their_sources(explain, monkeypatch, configure):
    """Each setting is on one line with its value and where it came from."""
    monkeypatch.setenv("CBZSAFE_HISTORY", "verify")
    path = configure({"cbzsafe": {"page-retries": 5}})
    lines = part(explain("--incomplete", "publish", "u"), "Settings")
    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}
    assert list(shown) == sorted(shown)
    assert shown["history"] == "verify  (CBZSAFE_HISTORY)"
    assert shown["incomplete"] == "publish  (--incomplete)"
    assert shown["page-retries"] == f"5  (cbzsafe.page-retries in {path})"
    assert shown["pack"] == "always  (default)"


def test_files_and_conflicts_are_shown(explain, configure):
    """Each file that was read is named, and each conflict with its file and an answer."""
    path = configure({"extractor": {"skip": "abort:3", "postprocess": False}})
    out = explain("u")
    assert part(out, "Configuration files") == [path]
    conflicts = part(out, "Conflicts")
    assert conflicts[0] == f"extractor.postprocess: false  ({path})"
    assert conflicts[2] == f'extractor.skip: "abort:3"  ({path})'
    assert "at the end of a book" in conflicts[3]


def test_without_files_or_conflicts_it_says_so(explain):
    """An empty part is not just empty."""
    out = explain("--config-ignore", "u")
    assert part(out, "Configuration files") == ["none"]
    assert part(out, "Conflicts") == ["none"]


def test_the_same_arguments_give_the_same_text(explain, configure):
    """The output can be compared from one day to the next."""
    configure({"extractor": {"b": {"skip": False}, "a": {"skip": False}}, "part": False})
    assert explain("--cbz", "u") == explain("--cbz", "u")


def test_nothing_is_written(explain, tmp_path, monkeypatch, home):
    """Neither a folder, nor a history, nor a report appears."""
    monkeypatch.chdir(tmp_path)
    explain("--report", "run.json", "--download-archive", "a.db", "-d", "x", "http://a/")
    assert list(tmp_path.iterdir()) == [home]
    assert list(home.iterdir()) == []


def test_options_for_all_postprocessors_reach_the_injected_one(explain, configure):
    """-O and the configuration's `postprocessor-options` count, but never the extension."""
    configure({"extractor": {"postprocessor-options": {"compression": "zip", "extension": "x"}}})
    shown = json.loads(part(explain("u"), "Injected post-processor")[0])
    assert shown == {**ZIP, "compression": "zip"}
    shown = json.loads(part(explain("-O", "keep-files=true", "u"), "Injected post-processor")[0])
    assert shown == {**ZIP, "keep-files": True}
