"""The Dockerfile: its style, what it says, and its steps as far as they go without Docker."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from importlib.util import cache_from_source
from pathlib import Path

import programs
import pytest
from container import Container, owned
from dockerfile import TEXT, context, stages
from programs import ROOT

from cbzsafe import __version__

MODULES = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cbzsafe").rglob("*.py")}

SHARED = {f"cbzsafe/share/{path.name}" for path in (ROOT / "cbzsafe" / "share").iterdir()}
"""What shells and man read."""


def test_hadolint_finds_nothing():
    """The linter for Dockerfiles is content."""
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_rule_that_is_ignored_has_its_reason():
    """Where hadolint is told to ignore a rule, the line before says why."""
    lines = TEXT.splitlines()
    ignored = [at for at, line in enumerate(lines) if "hadolint ignore" in line]
    reasons = [re.match(rf"# {lines[at].split('=')[1]} .+: .+\.", lines[at - 1]) for at in ignored]
    assert all(reasons)
    assert ignored


def test_both_stages_have_one_base_with_a_tag():
    """The Python that compiles is the Python that runs, and its version is pinned."""
    build, final = (stage.base for stage in stages())
    assert build == f"{final} AS build"
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", final)


def test_the_program_is_started_by_itself_and_without_rights():
    """No shell stands before the program, and its user is neither root nor a name."""
    final = stages()[-1]
    assert final.entrypoint() == ["cbzsafe"]
    assert final.all("USER") == ["65532:65532"]
    assert not {"CMD", "SHELL", "RUN", "ADD", "VOLUME"} & {word for word, _ in final.instructions}


def test_bytecode_is_not_switched_off():
    """The running container cannot write bytecode, so that the build has to."""
    for stage in stages():
        assert "PYTHONDONTWRITEBYTECODE" not in stage.pairs("ENV")
        assert not any("--no-compile" in command for command in stage.commands())


def test_the_labels_say_what_is_in_the_image():
    """The labels of the Open Container Initiative have the program's own values."""
    prefix = "org.opencontainers.image."
    labels = {name.removeprefix(prefix): text for name, text in stages()[-1].pairs("LABEL").items()}
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert labels["title"] == "cbzsafe"
    assert labels["version"] == __version__
    assert f'description = "{labels["description"]}"' in project
    assert f'license = "{labels["licenses"]}"' in project


def test_the_build_gets_what_it_needs_and_nothing_else():
    """Every module and what the wheel's metadata is made of, and no file besides."""
    needed = {"pyproject.toml", "README.md", "LICENSE", "cbzsafe/py.typed"}
    assert context() == MODULES | SHARED | needed


def test_everything_that_is_copied_reaches_the_build():
    """No source of a COPY is kept out by .dockerignore, and every file that gets in is copied."""
    sources = {source for names, _ in stages()[0].copies() for source in names}
    tops = {path.partition("/")[0] for path in context()}
    assert {source.rstrip("/") for source in sources} == tops


def rooted(word, root):
    """Put the absolute paths of a command under another root."""
    return re.sub(r"^/(wheels|opt|source)", rf"{root}/\1", word)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Carry out the first stage's steps, with absolute paths under a folder; gives it."""
    root = tmp_path_factory.mktemp("image")
    source = root / "source"
    for path in context():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes((ROOT / path).read_bytes())
    programs_ = {"python": [sys.executable], "pip": [sys.executable, "-m", "pip"]}
    for command in stages()[0].commands():
        words = programs_[command[0]] + [rooted(word, root) for word in command[1:]]
        done = subprocess.run(words, cwd=source, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def final(built, tmp_path):
    """Give the second stage's container: what is copied, its environment, nothing else."""
    stage = stages()[-1]
    (copied,) = (rest.split() for rest in stage.all("COPY"))
    env = {
        name: text.replace("${PATH}", "/usr/bin:/bin").replace(copied[2], f"{built}{copied[2]}")
        for name, text in stage.pairs("ENV").items()
    }
    (tmp_path / "root").mkdir()
    python = [Path(sys.base_prefix), Path(rooted(copied[1], built))]
    return Container(tmp_path / "root", python, env, memory=["/tmp"])  # noqa: S108


@pytest.mark.long
def test_the_wheel_holds_every_module(built):
    """The wheel that the image is made of has all modules, and says that they are typed."""
    (wheel,) = (built / "wheels").glob("cbzsafe-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    laid = {name for name in names if ".data/data/share/" in name}
    assert names - laid == MODULES | SHARED | {"cbzsafe/py.typed"}
    assert {name.rpartition("/")[2] for name in laid} == {Path(name).name for name in SHARED}


@pytest.mark.long
def test_the_environment_has_bytecode_and_no_installer(built):
    """Each module of ours is compiled, and neither pip nor a compiler is carried along."""
    (packages,) = (built / "opt" / "cbzsafe").glob("lib/python*/site-packages")
    missing = [path for path in MODULES if not Path(cache_from_source(packages / path)).exists()]
    assert missing == []
    assert not (packages / "pip").exists()


@pytest.mark.long
def test_the_image_has_the_extras(final):
    """The strict decoder, the fast CRC, the metrics and the log lines work in the image."""
    modules = "simplejpeg, isal.isal_zlib, prometheus_client, pythonjsonlogger"
    done = final.run("python", "-c", f"import {modules}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
def test_the_image_downloads_a_book_on_a_root_that_cannot_be_written(site, final, tmp_path):
    """The installed entry point works as 65532 with nothing to write to but its volumes."""
    chapter = site.add_chapter(pages=4)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "gallery-dl.conf").write_text(json.dumps(site.config()), "utf-8")
    final.readable["/config"] = tmp_path / "config"
    final.writable = {name: owned(tmp_path / name[1:]) for name in ("/scratch", "/library")}
    config = ("--config", "/config/gallery-dl.conf")
    places = ("--destination", "/scratch", "--publish-to", "/library")
    done = final.run(*stages()[-1].entrypoint(), *config, *places, chapter.url)
    assert done.returncode == 0, done.stderr
    (book,) = (tmp_path / "library").rglob("*.cbz")
    assert programs.pages(book) == chapter.expected()
    assert [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()] == []
    assert book.stat().st_uid == 65532
