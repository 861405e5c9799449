"""What holds for any damage whatever."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

from damages_any import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from made_archives import zipped

from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.pack import FilePage, Method, pack
from cbzsafe.cbz.proof import whole
from cbzsafe.cbz.publish import publish
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.cbz.sources import ArchivedPage
from cbzsafe.errors import UnreadableArchive
from cbzsafe.images import is_page
from cbzsafe.model import Code, Verdict


def on_disk(data, look):
    """Write an archive, and give what `look` gives for its path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.cbz")
        path.write_bytes(data)
        return look(path)


def contents(path, entries):
    with ArchiveFile(path) as file:
        return {entry.name: whole(file, entry) for entry in entries}


@settings(max_examples=150)
@given(damaged())
def test_no_damage_is_called_sound(case):
    """What no finding names has the bytes that were packed under its name, and nothing is gone."""

    def look(path):
        found = scan(path)
        good = [entry for entry in found.entries if entry.name not in found.bad_pages]
        readable = found.verdict is not Verdict.UNREADABLE
        for name, content in contents(path, good if readable else []).items():
            assert name.endswith("/") or content in case.pages[name]
        if found.verdict is Verdict.SOUND:
            assert found.entries
        if found.verdict is Verdict.SOUND and case.generations == 1:
            assert {entry.name for entry in found.entries} == set(case.pages)

    on_disk(case.data, look)


@settings(max_examples=60)
@given(damaged(), st.sampled_from(Depth))
def test_no_damage_makes_a_scan_fail(case, depth):
    """At every depth a scan ends with a verdict."""
    assert on_disk(case.data, lambda path: scan(path, depth)).verdict in set(Verdict)


@settings(max_examples=150)
@given(damaged())
def test_what_is_saved_was_packed_and_what_is_untouched_is_saved(case):
    """Only pages that were once packed come out, and all of those whose records are whole."""

    def look(path):
        saved = salvage(path)
        given = contents(path, saved.pages)
        assert len(given) == len(saved.pages)
        packed = set().union(*case.pages.values())
        assert all(page in packed or not (page or is_page(name)) for name, page in given.items())
        assert not {finding.page for finding in saved.lost} & set(given)
        for name, page in case.untouched():
            assert page in given.values() or name in given

    try:
        on_disk(case.data, look)
    except UnreadableArchive:
        assert not case.untouched()


@settings(max_examples=50)
@given(damaged())
def test_a_repaired_archive_is_sound_and_stays_as_it_is(case):
    """What was saved and packed is sound, and to save and to pack it again changes nothing."""

    def look(path):
        saved = salvage(path)
        if not saved.pages:
            return
        pages = contents(path, saved.pages)
        published = repaired(path, saved)
        assert published.scan.verdict is Verdict.SOUND
        first, again = path.read_bytes(), salvage(path)
        assert contents(path, again.pages) == pages
        assert again.lost == ()
        assert {finding.code for finding in again.findings} <= {Code.NUMBERING_GAP}
        repaired(path, again)
        assert path.read_bytes() == first

    with suppress(UnreadableArchive):
        on_disk(case.data, look)


def repaired(path, saved):
    sources = [ArchivedPage(entry.name, path, entry, entry.comment) for entry in saved.pages]
    return publish(path, sources, comment=saved.comment)


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_no_bytes_make_anything_fail(data):
    """Bytes that never were an archive get a verdict, alone and behind an archive."""
    for content in (data, zipped() + data, data + zipped()):
        assert on_disk(content, scan).verdict in set(Verdict)


NAME = st.text(st.sampled_from("abcé日 .-_0123456789"), min_size=1, max_size=30)


@settings(max_examples=80)
@given(
    st.dictionaries(NAME.map(lambda name: f"x{name}.txt"), st.binary(max_size=3000), min_size=1),
    st.sampled_from([method for method in Method if method is not Method.ZSTD]),
)
def test_what_is_packed_is_sound_and_always_the_same(pages, method):
    """Any names and bytes make a sound archive that `zipfile` reads, the same each time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = []
        for at, (page, data) in enumerate(pages.items()):
            (folder / str(at)).write_bytes(data)
            sources.append(FilePage(page, folder / str(at)))
        first, second = (pack(folder / "book.cbz", sources, method=method) for _ in range(2))
        assert first.path.read_bytes() == second.path.read_bytes()
        found = scan(first.path)
        assert (found.verdict, found.entries) == (Verdict.SOUND, first.entries)
        with zipfile.ZipFile(first.path) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == pages
