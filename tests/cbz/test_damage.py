"""Every damage of the tables: what a scan says, and what is saved."""

from __future__ import annotations

import damages_bytes
import damages_index
import damages_overlap
import damages_writers
import pytest
from sampling import sampled

from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.proof import whole
from cbzsafe.cbz.publish import publish
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import scan
from cbzsafe.cbz.sources import ArchivedPage
from cbzsafe.errors import PackFailed
from cbzsafe.model import Code, Level, Verdict

TABLE = [
    *damages_bytes.TABLE,
    *damages_index.TABLE,
    *damages_writers.TABLE,
    *damages_overlap.TABLE,
]


def needs(damage):
    """Each damage with each of its consequences, and each maker twice."""
    what, _, maker = damage.name.rpartition("-")
    return {(what, damage.codes, len(damage.kept)): 1, maker: 2}


CASES = sampled(TABLE, needs)


def each(cases):
    return pytest.mark.parametrize("damage", cases, ids=lambda damage: damage.name)


@pytest.fixture
def path(damage, tmp_path):
    made = tmp_path / "book.cbz"
    made.write_bytes(damage.make())
    return made


@each(CASES)
def test_a_scan_names_the_damage(damage, path):
    """The findings have just the codes of the table, and the verdict follows from their levels."""
    found = scan(path)
    assert {finding.code for finding in found.findings} == damage.codes
    bad = any(code.level is Level.ERROR for code in damage.codes)
    assert found.verdict is (Verdict.DAMAGED if bad else Verdict.SOUND)


@each(CASES)
def test_all_that_can_be_proved_is_saved(damage, path):
    """Salvage gives the pages of the table, byte for byte, nothing else, and names the others."""
    saved = salvage(path)
    with ArchiveFile(path) as file:
        given = sorted(whole(file, entry) for entry in saved.pages)
    assert given == sorted(damage.saved)
    known = {entry.name for entry in saved.pages} | {finding.page for finding in saved.lost}
    assert {entry.name for entry in scan(path).entries if not inside(entry, saved.pages)} <= known


def inside(entry, pages):
    """Whether an entry's bytes are a part of another page's."""
    return any(page.data_offset <= entry.header_offset < page.end for page in pages)


@each(sampled([damage for damage in TABLE if damage.kept], needs))
def test_what_is_saved_makes_a_sound_archive(damage, path):
    """The pages that were saved, packed anew, have no finding but gaps in their numbers."""
    saved = salvage(path)
    done = publish(path, [ArchivedPage(entry.name, path, entry) for entry in saved.pages])
    assert {finding.code for finding in done.scan.findings} <= {Code.NUMBERING_GAP}
    assert len(done.scan.entries) == len(damage.saved)


@each(sampled([damage for damage in TABLE if not damage.kept], needs))
def test_nothing_takes_the_place_of_an_archive_that_gave_no_page(damage, path):
    """Where no page can be saved, the damaged archive stays as it was."""
    before = path.read_bytes()
    with pytest.raises(PackFailed):
        publish(path, salvage(path).pages)
    assert path.read_bytes() == before
