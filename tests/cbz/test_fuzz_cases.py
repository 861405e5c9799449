"""What the fuzzer found once stays found: its cases, and the archives that it starts from."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from pathlib import Path

import pytest
from invariants import archive_holds, records_hold
from made_archives import patched

from cbzsafe.cbz.fields import FLAG_UTF8
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import scan
from cbzsafe.model import Code

FUZZ = Path(__file__).parent.parent / "fuzz"
sys.path.insert(0, str(FUZZ))

from mutation import mutated  # noqa: E402 - they stand in the fuzzer's folder
from seeds import GIF, seeds  # noqa: E402 - likewise

CASES = sorted((FUZZ / "cases").iterdir())
SEEDS = seeds()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_what_the_fuzzer_found_holds(tmp_path, case):
    """Bytes that broke a promise once break it no more, at whatever place in a file."""
    for data in (case.read_bytes(), b"x" + case.read_bytes(), SEEDS["torn"] + case.read_bytes()):
        path = tmp_path / "book.cbz"
        path.write_bytes(data)
        archive_holds(path)
        records_hold(data)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_fuzzer_starts_from_holds(tmp_path, seed):
    """The fuzzer's own archives, and some that are made from them, break no promise."""
    chance = random.Random(seed)
    path = tmp_path / "book.cbz"
    for data in (SEEDS[seed], *(mutated(SEEDS[seed], chance) for _ in range(40))):
        path.write_bytes(data)
        archive_holds(path)


@pytest.mark.parametrize(
    ("name", "flags", "expected"),
    [("1.gif", FLAG_UTF8, []), ("ü.gif", 0, [Code.HEADER_MISMATCH])],
    ids=["ascii", "other"],
)
def test_a_flag_of_one_header_counts_where_it_changes_the_name(tmp_path, name, flags, expected):
    """A name that one header alone marks as UTF-8 is a mismatch unless ASCII, and is one page."""
    made, path = io.BytesIO(), tmp_path / "book.cbz"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, GIF)
    path.write_bytes(patched(made.getvalue(), b"PK\3\4", 6, "<H", flags))
    assert [finding.code for finding in scan(path).findings] == expected
    saved = salvage(path, decode=False)
    assert ([entry.name for entry in saved.pages], saved.lost) == ([name], ())


def test_a_name_of_the_index_inside_another_page_is_lost(tmp_path):
    """What the index names within the bytes of another page is told, with the reason."""
    path = tmp_path / "book.cbz"
    path.write_bytes((FUZZ / "cases" / "forgotten-index-name").read_bytes())
    told = {finding.page: finding for finding in salvage(path, decode=False).lost}
    assert told["0.gif"].code is Code.OVERLAP
    assert "inside those of another page" in told["0.gif"].detail
