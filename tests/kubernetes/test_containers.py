"""Each manifest's container run as its pod would run it, but for Kubernetes itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import programs
import pytest
from container import Container, owned
from manifests import work
from programs import ROOT
from site_faults import status

PYTHON = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
"""What the installed program is made of."""


@pytest.fixture
def pod(site, tmp_path):
    """Give a function that makes a manifest's container, with this site's first URL in the list."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "gallery-dl.conf").write_text(json.dumps(site.config()), "utf-8")
    (tmp_path / "urls").mkdir()
    volumes = {"config": tmp_path / "config", "urls": tmp_path / "urls"}
    log = tmp_path / "termination-log"
    log.touch()
    log.chmod(0o666)  # as the kubelet makes it

    def make(one, url="", index=0):
        (tmp_path / "urls" / "urls.txt").write_text(f"# the list\n{url}\n", "utf-8")
        (tmp_path / f"root{index}").mkdir(exist_ok=True)
        path = f"{sys.prefix}/bin:/usr/bin:/bin"
        env = {"PATH": path, "HOME": "/tmp"}  # noqa: S108 - as the image sets it
        if one.job.get("completionMode") == "Indexed":
            env["JOB_COMPLETION_INDEX"] = str(index)
        made = Container(tmp_path / f"root{index}", PYTHON, env)
        made.writable["/dev/termination-log"] = log
        for mount in one.container["volumeMounts"]:
            if "emptyDir" in one.volume(mount["name"]):
                made.memory.append(mount["mountPath"])
            elif mount.get("readOnly"):
                made.readable[mount["mountPath"]] = volumes[mount["name"]]
            else:
                made.writable[mount["mountPath"]] = owned(tmp_path / mount["name"])
        return made

    return make


@pytest.fixture
def data(tmp_path):
    """Give the folder that the claim's volume is."""
    return tmp_path / "data"


def books(data):
    return {path.name: programs.pages(path) for path in (data / "comics").rglob("*.cbz")}


@pytest.mark.parametrize("name", ["cronjob", "cronjob-scratch"])
def test_a_cron_job_downloads_without_rights_on_a_root_that_cannot_be_written(
    site, pod, data, name
):
    """As 65532, on a read-only root, the book, the history, the report and the metrics come."""
    chapter = site.add_chapter(pages=4)
    one = work(f"{name}.yaml")
    done = pod(one, chapter.url).run("cbzsafe", *one.args())
    assert done.returncode == 0, done.stderr
    assert books(data) == {Path(chapter.book).name: chapter.expected()}
    task = one.path.stem.replace("cronjob", "cbzsafe")
    kept = {"comics", "history.sqlite3", f"{task}.json", f"{task}.prom"}
    assert {path.name for path in data.iterdir()} == kept
    assert {path.stat().st_uid for path in data.rglob("*")} == {65532}
    assert [json.loads(line)["level"] for line in done.stderr.splitlines()]


def test_the_pods_of_an_indexed_job_share_a_series(site, pod, data):
    """Each chapter is fetched by one pod, all of them together make every book."""
    chapters = [site.add_chapter(number, pages=2) for number in range(1, 9)]
    one = work("indexed-job.yaml")
    for index in range(one.job["completions"]):
        done = pod(one, site.series_url(), index).run("cbzsafe", *one.args(index))
        assert done.returncode == 0, done.stderr
    assert len(books(data)) == len(chapters)
    assert set(site.page_requests().values()) == {1}
    reports = [json.loads(path.read_text("utf-8")) for path in data.glob("*.json")]
    assert sum(len(report["books"]) for report in reports) == len(chapters)


def test_a_check_finds_what_a_cron_job_left(site, pod, data, tmp_path):
    """The nightly check ends with 1 over a damaged book, and its message names the book."""
    chapter = site.add_chapter(pages=3)
    one, check = work("cronjob.yaml"), work("check-cronjob.yaml")
    assert pod(one, chapter.url).run("cbzsafe", *one.args()).returncode == 0
    sound = pod(check).run("cbzsafe", *check.args())
    assert sound.returncode == 0, sound.stderr
    (book,) = data.rglob("*.cbz")
    os.truncate(book, book.stat().st_size - 30)
    assert pod(check).run("cbzsafe", *check.args()).returncode == 1
    assert book.name in (tmp_path / "termination-log").read_text("utf-8")
    assert {"check.sqlite3", "cbzsafe-check.prom"} <= {path.name for path in data.iterdir()}


def test_the_doctor_finds_nothing_that_endangers_books(site, pod):
    """In the container of the example the doctor ends with 0."""
    one = work("doctor-job.yaml")
    done = pod(one, "https://example.org/").run("cbzsafe", *one.args())
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pod_that_is_deleted_goes_on_from_its_volume(site, pod, data, tmp_path):
    """SIGTERM in the middle of a page ends in a second, and the next pod fetches the rest."""
    chapter = site.add_chapter(pages=6)
    gate = site.hold(4, middle=True)
    one = work("cronjob.yaml")
    made = pod(one, chapter.url)
    with subprocess.Popen(made.command("cbzsafe", *one.args())) as process:
        gate.wait()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        began = time.monotonic()
        os.kill(int(children.read_text("utf-8")), signal.SIGTERM)
        ended = process.wait(10)
    assert (ended, time.monotonic() - began < 1) == (143, True)
    gate.open()
    assert "SIGTERM" in (tmp_path / "termination-log").read_text("utf-8")
    assert json.loads((data / "cbzsafe.json").read_text("utf-8"))["interrupted"] == "SIGTERM"
    assert books(data) == {}
    site.clear()
    assert pod(one, chapter.url).run("cbzsafe", *one.args()).returncode == 0
    assert sorted(site.page_requests()) == [page.name for page in chapter.pages[3:]]
    assert books(data) == {Path(chapter.book).name: chapter.expected()}


def test_what_an_empty_dir_would_lose_is_published_without_the_missing_page(site, pod, data):
    """Staged on scratch, a book that misses a page is published, and the next pod fetches that."""
    chapter = site.add_chapter(pages=4)
    chapter.pages[2].faults.append(status(500, times=None))
    one = work("cronjob-scratch.yaml")
    assert pod(one, chapter.url).run("cbzsafe", *one.args()).returncode & 1
    assert [len(pages) for pages in books(data).values()] == [3]
    chapter.pages[2].faults.clear()
    site.clear()
    assert pod(one, chapter.url).run("cbzsafe", *one.args()).returncode == 0
    assert site.page_requests() == {chapter.pages[2].name: 1}
    assert books(data) == {Path(chapter.book).name: chapter.expected()}


@pytest.mark.parametrize("update", [True, False])
def test_cookies_in_a_secret_are_not_written_back(site, pod, tmp_path, update):
    """Gallery-dl complains of the Secret unless `cookies-update` is off, as in the example."""
    chapter = site.add_chapter(pages=1)
    cookies = "# Netscape HTTP Cookie File\n"
    config = site.config(cookies="/config/cookies.txt", cookies_update=update)
    (tmp_path / "config" / "cookies.txt").write_text(cookies, "utf-8")
    (tmp_path / "config" / "gallery-dl.conf").write_text(json.dumps(config), "utf-8")
    one = work("cronjob.yaml")
    done = pod(one, chapter.url).run("cbzsafe", *one.args())
    assert done.returncode == 0, done.stderr
    assert ("Failed to write to '/config/cookies.txt'" in done.stderr) is update
    assert (tmp_path / "config" / "cookies.txt").read_text("utf-8") == cookies


@pytest.mark.parametrize(
    ("url", "variables", "bits", "again"),
    [
        ("{site}/nothing/of/ours", {}, 64, False),
        ("{site}/read/comic/en/0/9/", {}, 4, True),
        ("{site}/read/comic/en/0/1/", {}, 4 | 1, True),
        ("{site}/read/comic/en/0/1/", {"CBZSAFE_PACK": "now"}, 2, False),
    ],
    ids=["unsupported", "gone chapter", "failed page", "usage"],
)
def test_the_failure_policy_knows_what_really_comes_out(site, pod, url, variables, bits, again):
    """What trying again cannot mend fails the Job, and what it may mend does not."""
    site.add_chapter(pages=2).pages[1].faults.append(status(500, times=None))
    one = work("cronjob.yaml")
    made = pod(one, url.format(site=site.root))
    made.env |= variables
    done = made.run("cbzsafe", *one.args())
    assert done.returncode & bits == bits
    assert (done.returncode not in one.statuses("FailJob")) is again


def test_the_root_of_these_tests_cannot_be_written(pod):
    """What these tests show of a read-only root they show on one that is."""
    made = pod(work("cronjob.yaml"))
    attempt = "import os\ntry:\n    os.mkdir('/x')\nexcept OSError as e:\n    print(e.strerror)"
    done = made.run(sys.executable, "-c", attempt + "\nprint(os.getpid(), os.getuid())")
    assert done.stdout == "Read-only file system\n1 65532\n"


def test_a_volume_that_belongs_to_another_is_told(site, pod, data):
    """Where fsGroup did nothing, as on NFS, the disk's bit is set and the folder is named."""
    chapter = site.add_chapter(pages=2)
    one = work("cronjob.yaml")
    made = pod(one, chapter.url)
    os.chown(data, 0, 0)
    done = made.run("cbzsafe", *one.args())
    assert done.returncode & 128
    assert "/data" in done.stderr
    assert list(data.iterdir()) == []
