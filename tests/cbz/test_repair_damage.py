"""Every damage of the tables, and any damage whatever, repaired."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from damages_any import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from mending import codes, mended, pages, planned, state
from test_damage import CASES

from cbzsafe.cbz.repair import TIDIED, Wish, carry_out
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import scan
from cbzsafe.images import is_page
from cbzsafe.model import Code, Level, RepairOutcome, Verdict
from cbzsafe.progress import Silent

HARMLESS = {Code.NUMBERING_GAP}
WRITTEN = {RepairOutcome.REPAIRED, RepairOutcome.PARTLY}


def is_mended(damage):
    """Whether a repair that does not tidy has something to do, and pages to do it with."""
    levels = {code.level for code in damage.codes - TIDIED}
    return Level.ERROR in levels and Level.UNREADABLE not in levels and bool(damage.kept)


@pytest.fixture(params=CASES, ids=lambda damage: damage.name)
def damage(request):
    return request.param


@pytest.fixture
def path(damage, tmp_path):
    made = tmp_path / "books" / "book.cbz"
    made.parent.mkdir()
    made.write_bytes(damage.make())
    return made


def test_a_damage_is_repaired_as_the_dry_run_said(damage, path):
    """The new archive is sound and has the pages of the table, and the old one is kept."""
    before, old = state(path.parent), path.read_bytes()
    foretold = planned(path)
    assert state(path.parent) == before
    done = carry_out(foretold, Wish(), Silent())
    assert replace(foretold.result, size=0) == replace(done, size=0, backup="")
    if not is_mended(damage):
        assert done.outcome not in WRITTEN
        assert state(path.parent) == before
        return
    assert done.outcome in WRITTEN
    assert sorted(pages(path).values()) == sorted(damage.saved)
    assert scan(path).verdict is Verdict.SOUND
    assert Path(done.backup).read_bytes() == old
    assert sorted(os.listdir(path.parent)) == [".book.1.damaged-original", "book.cbz"]


def test_a_repair_of_a_repaired_archive_touches_nothing(damage, path):
    """The second time there is nothing to do, whatever was done the first time."""
    mended(path)
    before = state(path.parent)
    again = mended(path)
    assert state(path.parent) == before
    assert again.outcome is (
        RepairOutcome.SOUND if is_mended(damage) else planned(path).result.outcome
    )


def test_what_was_tidied_has_nothing_odd_either(damage, path):
    """With --tidy no finding is left but gaps in the numbers, and a second time nothing is done."""
    done = mended(path, tidy=True, decode=True)
    left = codes(path) - HARMLESS
    assert not left or done.outcome not in WRITTEN
    before = state(path.parent)
    assert mended(path, tidy=True, decode=True).outcome not in WRITTEN
    assert state(path.parent) == before


def test_no_proved_page_goes_without_its_original(damage, path):
    """Where the original is not kept, all that could be proved of it is in the new archive."""
    saved = salvage(path) if is_mended(damage) else None
    done = mended(path, keep_original=False)
    if saved is None or done.backup:
        return
    proved = {(entry.crc, entry.size) for entry in (*saved.pages, *saved.superseded)}
    assert proved <= {(entry.crc, entry.size) for entry in scan(path).entries}
    assert not done.lost


@settings(max_examples=120)
@given(damaged(), st.booleans(), st.booleans())
def test_no_damage_costs_a_proved_page_or_brings_an_unproved_one(case, tidy, decode):
    """What was packed and is untouched is in the repaired archive, and nothing else is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.cbz")
        path.write_bytes(case.data)
        done = mended(path, tidy=tidy, decode=decode)
        if done.outcome not in WRITTEN:
            assert path.read_bytes() == case.data
            assert os.listdir(folder) == ["book.cbz"]
            return
        new, packed = pages(path), set().union(*case.pages.values())
        assert scan(path).verdict is Verdict.SOUND
        assert all(page in packed or not (page or is_page(name)) for name, page in new.items())
        names = set(new) | {old for old, _ in done.renamed}
        assert all(page in new.values() or name in names for name, page in case.untouched())
        assert Path(done.backup).read_bytes() == case.data
        before = state(path.parent)
        assert mended(path, tidy=tidy, decode=decode).outcome is RepairOutcome.SOUND
        assert state(path.parent) == before
