"""`cbzsafe check` as it is typed: statuses, output, scrubbing, signals."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pictures
import pytest
from disks import disk, make_read_only
from PIL import Image
from repairs import PAGES, broken, whole

from cbzsafe.cbz.processors import available as processors

BOOKS = 6 * processors()
HTML = b"<!DOCTYPE html><html><body>403</body></html>"


@pytest.fixture
def reported(check):
    """Run `cbzsafe check --json`; give the object."""

    def run(*argv):
        status, out, _ = check("--json", *argv)
        report = json.loads(out)
        assert report["status"] == status
        return report

    return run


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    (folder / "Series").mkdir(parents=True)
    (folder / "Series" / "1.cbz").write_bytes(whole())
    (folder / "Series" / "2.cbz").write_bytes(broken())
    (folder / "3.cbz").write_bytes(whole()[:-60])
    return folder


@pytest.fixture
def large(tmp_path):
    """A folder of books of a few kilobytes that take each process seconds to decode."""
    folder = tmp_path / "large"
    folder.mkdir()
    page = io.BytesIO()
    Image.new("L", (3500, 3500)).save(page, "PNG")
    pages = {f"{number:03}.png": page.getvalue() for number in range(4)}
    for number in range(BOOKS):
        (folder / f"{number:02}.cbz").write_bytes(whole(pages))
    return folder


def codes(report):
    return {
        os.path.basename(archive["path"]): sorted({one["code"] for one in archive["findings"]})
        for archive in report["archives"]
        if archive["findings"]
    }


def flip(path, page="003.jpg", *, keep_time):
    """Flip a bit of a page, with the file's time as it was or as it is now."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[data.index(PAGES[page]) + 4000] ^= 1
    with path.open("r+b") as file:
        file.write(data)
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    else:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))


def start(*argv, **kwargs):
    command = [sys.executable, "-m", "cbzsafe", "check", *map(str, argv)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **kwargs)


def test_damage_is_named_with_its_page_and_the_status_is_1(library, check):
    """The report has the archive, the finding's code and the page, and the status is 1."""
    status, out, _ = check(library)
    assert status == 1
    assert "bad-crc: 002.jpg" in out
    assert "no-index" in out
    assert "Series/1.cbz" not in out


def test_a_sound_library_is_one_line(library, check):
    """Where all is sound there is one line and a status of 0."""
    status, out, err = check(library / "Series" / "1.cbz")
    assert (status, err, len(out.splitlines())) == (0, "", 1)


def test_what_is_no_archive_is_a_status_of_2(library, check):
    """A web page under the name of a book outweighs damage."""
    (library / "page.cbz").write_bytes(HTML)
    status, out, _ = check(library)
    assert status == 2
    assert "not-a-zip" in out


@pytest.mark.parametrize("text", ["missing.cbz", "empty"])
def test_a_path_that_gives_nothing_is_a_status_of_2(tmp_path, check, text):
    """A path that is not there and a folder without archives are told, not passed over."""
    (tmp_path / "empty").mkdir()
    status, out, _ = check(tmp_path / text)
    assert status == 2
    assert text in out


def test_quiet_says_nothing_of_a_sound_library(library, check):
    """With -q there is no line where all is sound, and damage is told all the same."""
    assert check("-q", library / "Series" / "1.cbz")[1] == ""
    assert "bad-crc" in check("-q", library)[1]


def test_verbose_names_what_is_sound(library, check):
    """With -v each sound archive has a line of its own."""
    out = check("-v", library)[1]
    assert any(line.startswith("sound") and "1.cbz" in line for line in out.splitlines())


def test_quick_looks_at_the_structure_alone(library, reported):
    """A flipped bit in a page is not looked for, a missing index is found."""
    assert codes(reported("--quick", library)) == {"3.cbz": ["no-index"]}


def test_decode_finds_what_a_right_checksum_hides(tmp_path, reported):
    """A picture that was broken before it was packed has the right CRC and both its ends."""
    page = bytearray(pictures.png(3, 300, 300))
    page[400:1200] = bytes(800)
    (tmp_path / "a.cbz").write_bytes(whole({"1.png": bytes(page)}))
    assert codes(reported(tmp_path)) == {}
    assert codes(reported("--decode", tmp_path)) == {"a.cbz": ["undecodable-image"]}


def test_an_index_that_skips_a_page_is_damage_that_testzip_passes(tmp_path, reported):
    """The archive of a writer that came after a killed one has pages that no reader shows."""
    first, path = whole({"001.jpg": PAGES["001.jpg"]}), tmp_path / "a.cbz"
    file = io.BytesIO(first[: first.index(b"PK\1\2")])
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("002.jpg", PAGES["002.jpg"])
    path.write_bytes(file.getvalue())
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    assert "orphaned-pages" in codes(reported(path))["a.cbz"]


def test_lines_come_as_archives_are_read(large):
    """With --jsonl the first archive is told while others are still being read."""
    with start("--jsonl", "--decode", large) as process:
        first = json.loads(process.stdout.readline())
        assert process.poll() is None
        rest = [json.loads(line) for line in process.stdout]
    assert first["type"] == "archive"
    assert [line["type"] for line in rest] == ["archive"] * (BOOKS - 1) + ["summary"]


def test_nothing_of_the_library_is_written_to(library, check):
    """A library on a read-only disk is checked as any other, and no time in it changes."""
    with disk(library.parent / "disk") as mounted:
        (mounted / "a.cbz").write_bytes(whole())
        make_read_only(mounted)
        before = (mounted.stat(), (mounted / "a.cbz").stat())
        assert check("--decode", mounted)[0] == 0
        after = (mounted.stat(), (mounted / "a.cbz").stat())
    assert [(s.st_mtime_ns, s.st_ctime_ns) for s in before] == [
        (s.st_mtime_ns, s.st_ctime_ns) for s in after
    ]


def test_paths_come_from_standard_input(library):
    """`find -print0` and `cbzsafe check -` go together."""
    listing = b"\0".join(os.fsencode(path) for path in sorted(library.rglob("*.cbz")))
    command = [sys.executable, "-m", "cbzsafe", "check", "--json", "-"]
    done = subprocess.run(command, input=listing, capture_output=True, check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, report["sound"], report["damaged"]) == (1, 1, 2)


# ---- scrubbing


def test_changed_reads_only_what_changed(library, tmp_path, reported):
    """A second run reads nothing, and known damage is reported with a status of 1 all the same."""
    state = tmp_path / "state.db"
    reported("--state", state, library)
    again = reported("--state", state, "--changed", library)
    assert (again["size"], again["unchanged"], again["status"]) == (0, 3, 1)
    assert all(archive["known"] for archive in again["archives"])
    flip(library / "Series" / "1.cbz", keep_time=False)
    third = reported("--state", state, "--changed", library)
    assert (third["unchanged"], third["damaged"]) == (2, 3)


def test_changed_goes_deeper_where_more_is_asked(library, tmp_path, reported):
    """What was looked at closely enough is left out, and what was not is read."""
    state = tmp_path / "state.db"
    reported("--state", state, "--quick", library / "Series")
    assert reported("--state", state, "--changed", library / "Series")["unchanged"] == 0
    assert reported("--state", state, "--changed", "--quick", library / "Series")["unchanged"] == 2


def test_a_page_that_changed_by_itself_is_bit_rot(library, tmp_path, reported):
    """Same size, time and inode, other bytes: a disk did that, and it is said; a writer did not."""
    state, path = tmp_path / "state.db", library / "Series" / "1.cbz"
    assert reported("--state", state, path)["sound"] == 1
    flip(path, keep_time=True)
    assert codes(reported("--state", state, path)) == {"1.cbz": ["bad-crc", "bit-rot"]}


def test_a_page_that_was_written_to_is_no_bit_rot(library, tmp_path, reported):
    """With another time of the file the page is damaged, and no disk is accused."""
    state, path = tmp_path / "state.db", library / "Series" / "1.cbz"
    reported("--state", state, path)
    flip(path, keep_time=False)
    assert codes(reported("--state", state, path)) == {"1.cbz": ["bad-crc"]}


def test_a_library_is_walked_bit_by_bit(large, tmp_path, reported):
    """Each run stops in time and takes what was not read for longest, until all was read."""
    state, left = tmp_path / "state.db", [BOOKS]
    began = time.monotonic()
    options = ("--state", state, "--changed", "--decode", "--max-duration", "0.02s")
    while left[-1]:
        assert len(left) < 60
        left.append(reported(*options, large)["left"])
    assert sorted(left, reverse=True) == left
    assert len(left) > 2
    assert time.monotonic() - began < 60


def test_what_is_stopped_by_time_is_not_damaged(large, reported):
    """Archives that were not reached are counted as such, with a status of 0."""
    report = reported("--decode", "--max-duration", "0.02s", large)
    assert report["left"] > 0
    assert (report["damaged"], report["status"]) == (0, 0)


def test_parts_of_a_library_make_the_whole(library, reported):
    """Each archive is in exactly one part, and in the same part each time."""
    parts = [reported("--subset", f"{part}/3", "-v", library) for part in (1, 2, 3, 1)]
    names = [[archive["path"] for archive in part["archives"]] for part in parts]
    assert names[0] == names[3]
    assert sorted([*names[0], *names[1], *names[2]]) == sorted(map(str, library.rglob("*.cbz")))


def test_the_state_file_may_come_from_the_environment(library, tmp_path, check, monkeypatch):
    """CBZSAFE_CHECK_STATE stands for --state."""
    monkeypatch.setenv("CBZSAFE_CHECK_STATE", str(tmp_path / "state.db"))
    check(library)
    assert (tmp_path / "state.db").exists()


# ---- signals and misuse


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_check_with_its_report(large, tmp_path, reported, number):
    """The status is 128 and the signal's number within a second, and what was read is recorded."""
    state = tmp_path / "state.db"
    with start("--jsonl", "--decode", "--state", state, large) as process:
        process.stdout.readline()
        began = time.monotonic()
        process.send_signal(number)
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait(10) == 128 + number
    assert time.monotonic() - began < 2
    summary = rest[-1]
    assert (summary["interrupted"], summary["type"]) == (number.name, "summary")
    assert summary["left"] == BOOKS - len(rest)
    again = reported("--changed", "--quick", "--state", state, large)
    assert (again["status"], again["unchanged"]) == (0, len(rest))


def test_no_process_is_left_by_a_check_that_is_killed(large):
    """The processes that read end by themselves once the one that started them is gone."""
    with start("--jsonl", "--decode", large) as process:
        process.stdout.readline()
        path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        children = path.read_text("ascii").split()
        process.kill()
    assert children
    until = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_closed_pipe_ends_it(large):
    """A reader that went away is a status of 1, without a traceback."""
    with start("--jsonl", large, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(20) == 1


WRONG = {
    "both depths": ("--quick", "--decode", "x"),
    "changed without a state": ("--changed", "x"),
    "no paths": (),
    "a part of nothing": ("--subset", "4/3", "x"),
    "no time": ("--max-duration", "soon", "x"),
    "two outputs": ("--json", "--jsonl", "x"),
    "a list that is not there": ("--files-from", "nowhere.txt"),
    "an unknown option": ("--wrong", "x"),
}


@pytest.mark.parametrize("argv", WRONG.values(), ids=WRONG.keys())
def test_wrong_options_are_told_in_one_sentence(check, argv):
    """The status is 2, with one line on standard error and nothing else."""
    status, out, err = check(*argv)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith("cbzsafe: ")


def test_a_file_that_is_no_state_file_is_refused(library, tmp_path, check):
    """Somebody else's file is named, and left as it is."""
    other = tmp_path / "notes.txt"
    other.write_text("my notes\n" * 100)
    status, _, err = check("--state", other, library)
    assert status == 2
    assert str(other) in err
    assert other.read_text() == "my notes\n" * 100


def test_a_bomb_is_not_unpacked_beyond_what_it_declares(tmp_path, reported):
    """A page that declares 1 kB and holds a gigabyte is damaged, and no gigabyte is made."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = 1024 * block + packer.flush()
    data = bytearray(whole({"1.jpg": packed}))
    size = struct.pack("<L", 1000)
    at, index = 0, data.index(b"PK\1\2")
    data[at + 8 : at + 10] = data[index + 10 : index + 12] = struct.pack("<H", 8)
    data[at + 22 : at + 26] = data[index + 24 : index + 28] = size
    (tmp_path / "bomb.cbz").write_bytes(data)
    began = time.process_time()
    assert codes(reported(tmp_path)) == {"bomb.cbz": ["bad-data"]}
    assert time.process_time() - began < 2
