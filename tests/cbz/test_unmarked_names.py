"""Names that are UTF-8 and not marked as such, as `zip` writes them on Unix."""

from __future__ import annotations

import subprocess
import zipfile

import pictures
import pytest

from cbzsafe.cbz.repair import Wish, carry_out, plan
from cbzsafe.cbz.scan import scan
from cbzsafe.progress import Silent

NAMES = ["première.jpg", "日本.jpg", "плохо.jpg"]


@pytest.fixture
def made(tmp_path):
    """A book that Info-ZIP made, in a locale of UTF-8, and without its Unicode Path fields."""
    for seed, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(pictures.jpeg(seed, 4000))
    path = tmp_path / "book.cbz"
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    subprocess.run(["zip", "-q", "-X", path, *NAMES], cwd=tmp_path, env=environment, check=True)
    with zipfile.ZipFile(path) as archive:
        assert not any(entry.flag_bits & 0x800 or entry.extra for entry in archive.infolist())
    return path


def test_a_scan_reads_them_as_utf_8(made):
    """The names are those of the files."""
    assert sorted(entry.name for entry in scan(made).entries) == sorted(NAMES)


def test_a_repair_keeps_them(made):
    """A torn book has the same names when it is mended, and marks them as UTF-8."""
    data = made.read_bytes()
    made.write_bytes(data[: data.rindex(b"PK\1\2")])
    wish = Wish()
    carry_out(plan(made, wish, Silent()), wish, Silent())
    with zipfile.ZipFile(made) as archive:
        assert sorted(archive.namelist()) == sorted(NAMES)
        assert all(entry.flag_bits & 0x800 for entry in archive.infolist())
