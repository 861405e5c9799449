"""Every damage of the table: what a scan says, and what is saved."""

from __future__ import annotations

import pytest
from damages import TABLE
from made_archives import NAMES, PAGES

from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.proof import whole
from cbzsafe.cbz.publish import publish
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import scan
from cbzsafe.cbz.sources import ArchivedPage
from cbzsafe.model import Code, Level, Verdict

pytestmark = pytest.mark.parametrize("damage", TABLE, ids=lambda damage: damage.name)


@pytest.fixture
def path(damage, tmp_path):
    made = tmp_path / "book.cbz"
    made.write_bytes(damage.make())
    return made


def test_a_scan_names_the_damage(damage, path):
    """The findings have just the codes of the table, and the verdict follows from their levels."""
    found = scan(path)
    assert {finding.code for finding in found.findings} == damage.codes
    bad = any(code.level is Level.ERROR for code in damage.codes)
    assert found.verdict is (Verdict.DAMAGED if bad else Verdict.SOUND)


def test_all_that_can_be_proved_is_saved(damage, path):
    """Salvage gives the pages of the table, byte for byte, and nothing else."""
    saved = salvage(path)
    with ArchiveFile(path) as file:
        given = sorted(whole(file, entry) for entry in saved.pages)
    assert given == sorted(PAGES[NAMES[number - 1]] for number in damage.saved)


def test_what_is_lost_is_named(damage, path):
    """A page that the index names is either saved or reported as lost."""
    saved = salvage(path)
    named = {entry.name for entry in scan(path).entries}
    assert named <= {entry.name for entry in saved.pages} | {finding.page for finding in saved.lost}


def test_what_is_saved_makes_a_sound_archive(damage, path):
    """The pages that were saved, packed anew, have no finding but gaps in their numbers."""
    saved = salvage(path)
    done = publish(path, [ArchivedPage(entry.name, path, entry) for entry in saved.pages])
    assert {finding.code for finding in done.scan.findings} <= {Code.NUMBERING_GAP}
    assert len(done.scan.entries) == len(damage.saved)
